/** What a run answers while it goes on, and what it takes from those who work for it. */
import { defineQuery, defineSignal, setHandler } from '@temporalio/workflow';
import type { CountedSignal, RunProgress } from '../contracts/progress.ts';
import { COUNTED_SIGNAL, PROGRESS_QUERY } from '../contracts/queues.ts';
import type { RunControl } from './run-control.ts';

const progressQuery = defineQuery<RunProgress>(PROGRESS_QUERY);
export const countedSignal = defineSignal<[CountedSignal]>(COUNTED_SIGNAL);

export function installHandlers(
  control: RunControl,
  progress: () => RunProgress,
  count: (signal: CountedSignal) => void,
): void {
  setHandler(progressQuery, progress, { description: 'State of every step, figures so far' });
  setHandler(countedSignal, count);
  control.install(progress);
}
