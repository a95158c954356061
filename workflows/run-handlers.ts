/** What a run answers while it goes on, and what it takes from those who work for it. */
import { defineQuery, defineSignal, setHandler } from '@temporalio/workflow';
import type { CountedSignal, NotedSignal, RunProgress } from '../contracts/progress.ts';
import { COUNTED_SIGNAL, NOTED_SIGNAL, PROGRESS_QUERY } from '../contracts/queues.ts';
import type { RunControl } from './run-control.ts';

const progressQuery = defineQuery<RunProgress>(PROGRESS_QUERY);
const notedSignal = defineSignal<[NotedSignal]>(NOTED_SIGNAL);
const countedSignal = defineSignal<[CountedSignal]>(COUNTED_SIGNAL);

/** Takes what the work on a step says of it, from workers of earlier versions too. */
export function installSignals(hear: (signal: NotedSignal | CountedSignal) => void): void {
  setHandler(notedSignal, hear, { description: 'One line on a step, from the work on it' });
  setHandler(countedSignal, hear);
}

export function installHandlers(
  control: RunControl,
  progress: () => RunProgress,
  hear: (signal: NotedSignal | CountedSignal) => void,
): void {
  setHandler(progressQuery, progress, { description: 'State of every step, figures so far' });
  installSignals(hear);
  control.install(progress);
}
