/** `trial`: one training of a sweep, measured on the dev part alone. */
import { setCurrentDetails } from '@temporalio/workflow';
import type { CpuActivities } from '../contracts/activities.ts';
import type { FileSet } from '../contracts/artifact.ts';
import { STEP_NAMES, type RunProgress, type StepName } from '../contracts/progress.ts';
import type { RetrainInput } from '../contracts/retrain-input.ts';
import type { Model } from '../contracts/step-inputs.ts';
import type { FineTuneResult, SplitResult } from '../contracts/steps.ts';
import type { TrialResult } from '../contracts/sweep-result.ts';
import { describedActivities } from './described-activities.ts';
import { runDetails } from './details.ts';
import { fineTuned } from './fine-tuned.ts';
import { inTime } from './in-time.ts';
import { CPU } from './options.ts';
import { RunControl } from './run-control.ts';
import { installHandlers } from './run-handlers.ts';
import { RunState } from './run-state.ts';

const { prepareRun }: CpuActivities = describedActivities(CPU);

const TRIAL_STEPS: readonly StepName[] = ['embed-train', 'mine-negatives', 'fine-tune'];

export interface TrialInput {
  /** Of the run that this would be if it won: the same steps under the same keys. */
  readonly input: RetrainInput;
  readonly model: FileSet;
  readonly base: Model;
  readonly parts: SplitResult;
}

export async function trial({ input, model, base, parts }: TrialInput): Promise<TrialResult> {
  let run: RunState | null = null;
  const progress = (): RunProgress => run?.progress ?? RunState.notStarted(control);
  const control = new RunControl(() => setCurrentDetails(runDetails(progress(), run?.prepared ?? null)));
  installHandlers(control, progress, (signal) => run?.hear(signal));
  const prepared = await prepareRun(input);
  const started = (run = new RunState(prepared, control, null, () =>
    setCurrentDetails(runDetails(progress(), prepared)),
  ));
  for (const step of STEP_NAMES.filter((name) => !TRIAL_STEPS.includes(name)))
    started.board.skip(step, 'done once by the sweep, or by the winner alone');
  const training = await inTime(prepared.config.timeoutHours, () => fineTuned(started, model, base, parts));
  return resultOf(started, training);
}

function resultOf({ board, texts }: RunState, { metrics, steps, bestStep }: FineTuneResult): TrialResult {
  return { metrics, steps, bestStep, training: board.step('fine-tune'), texts };
}
