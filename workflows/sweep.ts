/** `sweep`: many trainings on the same parts, compared on the dev part; the best alone is measured on the test part. */
import {
  defineQuery,
  executeChild,
  ParentClosePolicy,
  patched,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { CpuActivities } from '../contracts/activities.ts';
import { INTERNAL } from '../contracts/failures.ts';
import { CPU_QUEUE, SWEEP_QUERY } from '../contracts/queues.ts';
import { summaryLine } from '../contracts/run-summary.ts';
import type { RunResult } from '../contracts/run-result.ts';
import type { ResolveResult } from '../contracts/steps.ts';
import type { SweepInput } from '../contracts/sweep-input.ts';
import { changesText, type SweepProgress, type SweepResult, type SweepWinner } from '../contracts/sweep-result.ts';
import { describedActivities } from './described-activities.ts';
import { refusal } from './failures.ts';
import { CPU } from './options.ts';
import { notifiedFailure } from './notified.ts';
import { pinnedInput } from './pinned-input.ts';
import { repairing } from './repairing.ts';
import { retrain } from './retrain.ts';
import { RunControl } from './run-control.ts';
import { installSignals } from './run-handlers.ts';
import { RunState } from './run-state.ts';
import { sweepDetails } from './sweep-details.ts';
import { sharedByTrials } from './sweep-shared.ts';
import { SweepState } from './sweep-state.ts';
import { tryAll } from './sweep-trials.ts';

const { prepareSweep }: CpuActivities = describedActivities(CPU);

/** Before it, nobody heard that a sweep has failed. */
const NOTIFY_SWEEP = 'notify-sweep';

const sweepQuery = defineQuery<SweepProgress>(SWEEP_QUERY);

export async function sweep(input?: SweepInput): Promise<SweepResult> {
  let state: SweepState | null = null;
  const changed = (): void => setCurrentDetails(state ? sweepDetails(state) : '');
  const control = new RunControl(changed);
  const progress = (): SweepProgress => state?.progress ?? SweepState.notStarted(control);
  setHandler(sweepQuery, progress, { description: 'State of every trial, and the winner' });
  installSignals((signal) => state?.shared.hear(signal));
  control.install(() => state?.shared.progress ?? RunState.notStarted(control));

  try {
    const started = (state = new SweepState(await prepareSweep(input ?? {}), control, changed));
    return await chosenAndMeasured(started);
  } catch (error) {
    // The winner's run has told of its own end.
    if (!state?.progress.winner && patched(NOTIFY_SWEEP))
      await notifiedFailure(state?.plan.prepared ?? null, input?.base, error);
    throw error;
  }
}

async function chosenAndMeasured(state: SweepState): Promise<SweepResult> {
  const sources = await repairing(async () => {
    const shared = await sharedByTrials(state);
    await tryAll(state, shared);
    return shared.sources;
  });
  const winner = state.chooseWinner();
  if (!winner) throw allFailed(state.progress);
  const run = await measured(state, winner, sources);
  setCurrentDetails(sweepDetails(state, run));
  const { metric, trials, repeated, texts } = state.progress;
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
    staticSummary: summaryLine(`Winner, trial ${trial}: ${changesText(changes)}`),
  });
}

function allFailed({ trials }: SweepProgress): Error {
  const [first] = trials;
  const { type, message } = first?.failure ?? { type: null, message: 'unknown' };
  return refusal(
    type ?? INTERNAL,
    `All ${trials.length} trials failed; trial 1 (${changesText(first?.changes ?? {})}): ${type ?? 'ended'}: ${message}`,
  );
}
