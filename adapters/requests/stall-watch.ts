/** Ends a request in which nothing moves any more; one that is slow, but moves, takes as long as it takes. */

/** Nothing was sent or received for too long. */
export class StalledError extends Error {
  override readonly name = 'StalledError';

  constructor(milliseconds: number) {
    super(`nothing has moved for ${milliseconds / 1_000} s`);
  }
}

export class StallWatch {
  readonly #controller = new AbortController();
  readonly #milliseconds: number;
  readonly #outer: AbortSignal | undefined;
  readonly #onOuter = (): void => this.fail(this.#outer?.reason);
  #timer: NodeJS.Timeout | undefined;
  #moves = 0;

  /**
   * Starts to watch.
   *
   * @param milliseconds without a move that end the request
   * @param outer ends it as well
   */
  constructor(milliseconds: number, outer?: AbortSignal) {
    this.#milliseconds = milliseconds;
    this.#outer = outer;
    outer?.addEventListener('abort', this.#onOuter, { once: true });
    if (outer?.aborted) this.#onOuter();
    else this.moved();
  }

  /** Aborted when the request has to end; its reason is why. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * A byte has moved, or a wait for one begins: the time starts over.
   *
   * @param allowance milliseconds that are granted on top
   */
  moved(allowance = 0): void {
    this.#moves++;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(this.#moves), this.#milliseconds + allowance);
  }

  /** What is waited for is on our side: no time passes until {@link moved}. */
  pause(): void {
    this.#moves++;
    clearTimeout(this.#timer);
  }

  /** Ends the request. */
  fail(reason: unknown): void {
    this.stop();
    this.#controller.abort(reason);
  }

  /** The request is over. */
  stop(): void {
    this.pause();
    this.#outer?.removeEventListener('abort', this.#onOuter);
  }

  /** Bytes may have come while this process was busy: they are looked at before the other side is blamed. */
  #ask(moves: number): void {
    setImmediate(() => {
      if (this.#moves === moves) this.fail(new StalledError(this.#milliseconds));
    });
  }
}
