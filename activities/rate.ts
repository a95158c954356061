/** Units a second over the recent past: what a watcher's time left is made of. */

/** Readings kept: about the last half minute of a step that reports every second or so. */
const WINDOW = 30;

export class RateMeter {
  readonly #readings: { readonly at: number; readonly done: number }[] = [];
  readonly #now: () => number;

  /** @param now milliseconds, monotonic @default performance.now */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Takes a reading; returns the rate, or undefined until there are two at different times. */
  read(done: number): number | undefined {
    this.#readings.push({ at: this.#now(), done });
    if (this.#readings.length > WINDOW) this.#readings.shift();
    const [first] = this.#readings;
    const last = this.#readings.at(-1);
    if (!first || !last || last.at === first.at) return undefined;
    return ((last.done - first.done) / (last.at - first.at)) * 1_000;
  }
}
