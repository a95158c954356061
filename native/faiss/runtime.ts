/** What concerns the FAISS library of this process, and no single index. */
import { addon } from './addon.ts';
import { checkPositiveInteger } from './arguments.ts';

/**
 * Sets how many threads each call uses that starts from now on, in this process and all its worker threads. Calls that
 * run side by side use that many each.
 *
 * @throws {FaissError} `invalid-argument`, `addon-not-built`
 */
export function setThreads(count: number): void {
  checkPositiveInteger(count, 'the number of threads');
  addon().setThreads(count);
}

/** Threads a call uses. @default OMP_NUM_THREADS, else the number of CPUs that this process may use */
export function threads(): number {
  return addon().threads();
}

/** Version of the FAISS that the addon was built with, such as `1.7.3`. */
export function faissVersion(): string {
  return addon().faissVersion;
}
