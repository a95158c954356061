/** Looks at a run again and again until it ends. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunStatus, RunView } from './run-view.ts';
import { isNoAnswer } from './no-answer.ts';

/** Where the looks are shown. */
export interface Screen<View> {
  show(view: View): void;
  /** The server has not answered for so many milliseconds; the last look is still up. */
  noAnswer(milliseconds: number): void;
  /** One line of news that is no part of the run, such as a worker that is started again. */
  notice(line: string): void;
}

export type RunScreen = Screen<RunView>;

/** The null object: wait, and show nothing. */
export const noScreen: Screen<unknown> = { show() {}, noAnswer() {}, notice() {} };

export interface WatchOptions {
  /** Milliseconds between two looks. */
  readonly interval: number;
  /** Milliseconds for which a server that does not answer is asked again. */
  readonly patience: number;
  readonly signal: AbortSignal;
}

/**
 * @returns the last look: the ended run, or, when `signal` is aborted first, a running one; null when there was none.
 * @throws what `look` throws, once the server has been silent beyond `patience`, or at once for anything else.
 */
export async function watchRun<View extends { readonly status: RunStatus }>(
  look: () => Promise<View>,
  screen: Screen<View>,
  { interval, patience, signal }: WatchOptions,
): Promise<View | null> {
  let last: View | null = null;
  let answeredAt = Date.now();
  while (!signal.aborted) {
    try {
      last = await look();
      answeredAt = Date.now();
      screen.show(last);
      if (last.status !== 'running') return last;
    } catch (error) {
      if (signal.aborted) break;
      const silence = Date.now() - answeredAt;
      if (!isNoAnswer(error) || silence > patience) throw error;
      screen.noAnswer(silence);
    }
    await sleep(interval, undefined, { signal }).catch(() => undefined);
  }
  return last;
}
