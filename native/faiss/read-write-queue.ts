/** A shared/exclusive lock that waits on the event loop, so that no thread of the pool is ever blocked by another. */

/**
 * Runs asynchronous work on one resource in the order of the calls: shared work side by side, exclusive work alone.
 *
 * Fair: shared work that is asked for after an exclusive one waits for it, so a stream of searches can't starve an add,
 * and a search sees every add that was asked for before it.
 */
export class ReadWriteQueue {
  /** Settles when the last exclusive work has; never rejects. */
  #exclusive: Promise<unknown> = Promise.resolve();
  /** Settles when everything asked for so far has; never rejects. */
  #all: Promise<unknown> = Promise.resolve();

  /** Runs `work` beside other shared work; settles as it does. */
  shared<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.#exclusive.then(work);
    this.#all = Promise.allSettled([this.#all, result]);
    return result;
  }

  /** Runs `work` when everything asked for before has ended; settles as it does. */
  exclusive<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.#all.then(work);
    this.#exclusive = Promise.allSettled([result]);
    this.#all = this.#exclusive;
    return result;
  }
}
