/** A few tries of one request, with growing pauses in between, before its failure is everybody's. */
import { setTimeout as wait } from 'node:timers/promises';
import { requestScope } from './request-scope.ts';

/** What is thought of a failure. */
export interface Verdict {
  /** Thrown when no further try follows. */
  readonly error: Error;
  /** Tries in all that such a failure is worth; 1: it is final. */
  readonly tries: number;
  /** For watchers: "the object store s3://veille/ answers 503 SlowDown". */
  readonly waitsFor: string;
}

/** Milliseconds. */
export interface Pauses {
  /** Before the second try; three times as long before each further one. */
  readonly first: number;
  readonly longest: number;
}

const FACTOR = 3;

export class Tries {
  readonly #request = Symbol('request');
  readonly #judge: (error: unknown) => Verdict;
  readonly #pauses: Pauses;
  readonly #scope = requestScope();
  #number = 1;
  #waits = false;

  constructor(judge: (error: unknown) => Verdict, pauses: Pauses) {
    this.#judge = judge;
    this.#pauses = pauses;
  }

  /** Of the try that is under way: 1 for the first. */
  get number(): number {
    return this.#number;
  }

  /**
   * Waits until the next try is due.
   *
   * @throws what the failure is judged to be, when it is not worth another try or nobody wants one any more
   */
  async next(failure: unknown): Promise<void> {
    const { error, tries, waitsFor } = this.#judge(failure);
    const { signal, lastTry, onWait } = this.#scope;
    const isOver = (): boolean => signal?.aborted === true || lastTry?.aborted === true;
    if (this.#number >= tries || isOver()) {
      this.end();
      throw error;
    }
    this.#number++;
    this.#waits = true;
    onWait?.(this.#request, `${waitsFor} (attempt ${this.#number})`);
    await this.#pause([signal, lastTry]);
    if (!isOver()) return;
    this.end();
    throw error;
  }

  /** The request gets on: the next failure is counted as the first. */
  restart(): void {
    this.end();
    this.#number = 1;
  }

  /** The request has been answered, or given up: nothing is waited for. */
  end(): void {
    if (this.#waits) this.#scope.onWait?.(this.#request, null);
    this.#waits = false;
  }

  /** Up to half shorter at random, so that requests which failed together don't come back together. */
  async #pause(signals: readonly (AbortSignal | undefined)[]): Promise<void> {
    const { first, longest } = this.#pauses;
    const full = Math.min(longest, first * FACTOR ** (this.#number - 2));
    const woken = new AbortController();
    const wake = (): void => woken.abort();
    for (const signal of signals) signal?.addEventListener('abort', wake, { once: true });
    await wait(full * (1 - Math.random() / 2), undefined, { signal: woken.signal }).catch(() => undefined);
    for (const signal of signals) signal?.removeEventListener('abort', wake);
  }
}
