/** `sweep`: many trainings on the same parts, compared on the dev part; the best alone is measured on the test part. */
import {
  ApplicationFailure,
  defineQuery,
  executeChild,
  ParentClosePolicy,
  proxyActivities,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { CpuActivities } from '../contracts/activities.ts';
import { INTERNAL } from '../contracts/failures.ts';
import { CPU_QUEUE, SWEEP_QUERY } from '../contracts/queues.ts';
import type { RunResult } from '../contracts/run-result.ts';
import type { ResolveResult } from '../contracts/steps.ts';
import type { SweepInput } from '../contracts/sweep-input.ts';
import { changesText, type SweepProgress, type SweepResult, type SweepWinner } from '../contracts/sweep-result.ts';
import { CPU } from './options.ts';
import { pinnedInput } from './pinned-input.ts';
import { repairing } from './repairing.ts';
import { retrain } from './retrain.ts';
import { RunControl } from './run-control.ts';
import { countedSignal } from './run-handlers.ts';
import { RunState } from './run-state.ts';
import { sweepDetails } from './sweep-details.ts';
import { sharedByTrials } from './sweep-shared.ts';
import { SweepState } from './sweep-state.ts';
import { tryAll } from './sweep-trials.ts';

const { prepareSweep } = proxyActivities<CpuActivities>(CPU);

const sweepQuery = defineQuery<SweepProgress>(SWEEP_QUERY);

export async function sweep(input?: SweepInput): Promise<SweepResult> {
  let state: SweepState | null = null;
  const changed = (): void => setCurrentDetails(state ? sweepDetails(state) : '');
  const control = new RunControl(changed);
  const progress = (): SweepProgress => state?.progress ?? SweepState.notStarted(control);
  setHandler(sweepQuery, progress, { description: 'State of every trial, and the winner' });
  setHandler(countedSignal, (signal) => state?.shared.count(signal));
  control.install(() => state?.shared.progress ?? RunState.notStarted(control));

  const started = (state = new SweepState(await prepareSweep(input), control, changed));
  const sources = await repairing(async () => {
    const shared = await sharedByTrials(started);
    await tryAll(started, shared);
    return shared.sources;
  });
  const winner = started.chooseWinner();
  if (!winner) throw allFailed(started.progress);
  const run = await measured(started, winner, sources);
  setCurrentDetails(sweepDetails(started, run));
  const { metric, trials, repeated, texts } = started.progress;
  return { metric, trials, repeated, texts, winner, run };
}

/** The winner as a run like any other: its training is recalled, and gate and promotion are as the base says. */
function measured(
  { plan, progress }: SweepState,
  { trial, workflowId }: SweepWinner,
  sources: ResolveResult,
): Promise<RunResult> {
  const changes = progress.trials[trial - 1]?.changes ?? {};
  return executeChild(retrain, {
    workflowId,
    taskQueue: CPU_QUEUE,
    args: [pinnedInput(plan.prepared.config, changes, sources)],
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    staticSummary: `Winner, trial ${trial}: ${changesText(changes)}`.slice(0, 200),
  });
}

function allFailed({ trials }: SweepProgress): ApplicationFailure {
  const [first] = trials;
  const { type, message } = first?.failure ?? { type: null, message: 'unknown' };
  return ApplicationFailure.nonRetryable(
    `All ${trials.length} trials failed; trial 1 (${changesText(first?.changes ?? {})}): ${type ?? 'ended'}: ${message}`,
    type ?? INTERNAL,
  );
}
