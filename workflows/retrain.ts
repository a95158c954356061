/** `retrain`: one night's run, from a data source to a measured, judged and perhaps promoted model, and its record. */
import { setCurrentDetails } from '@temporalio/workflow';
import type { CpuActivities, PreparedRun } from '../contracts/activities.ts';
import type { RunProgress } from '../contracts/progress.ts';
import type { RetrainInput } from '../contracts/retrain-input.ts';
import type { RunResult } from '../contracts/run-result.ts';
import { describedActivities } from './described-activities.ts';
import { EMPTY_INPUT, runDetails } from './details.ts';
import { inTime } from './in-time.ts';
import { notifiedFailure, notifiedResult } from './notified.ts';
import { CPU } from './options.ts';
import { repairing } from './repairing.ts';
import { walk } from './retrain-dag.ts';
import { RunControl } from './run-control.ts';
import { installHandlers } from './run-handlers.ts';
import { RunState } from './run-state.ts';
import { setSearchAttributes, UNKNOWN } from './search.ts';

const { prepareRun }: CpuActivities = describedActivities(CPU);

/** Started from the UI with an empty field it gets no input at all, which is `{}`. */
export async function retrain(input?: RetrainInput): Promise<RunResult> {
  let run: RunState | null = null;
  let prepared: PreparedRun | null = null;
  const progress = (): RunProgress => run?.progress ?? RunState.notStarted(control);
  const show = (result?: RunResult): void =>
    setCurrentDetails(`${input === undefined ? EMPTY_INPUT : ''}${runDetails(progress(), prepared, result)}`);
  const changed = (): void => show();
  const control = new RunControl(changed);
  installHandlers(control, progress, (signal) => run?.hear(signal));
  try {
    const ready = (prepared = await prepareRun(input ?? {}));
    const { preset, model, timeoutHours } = ready.config;
    setSearchAttributes({ prepared }, { ...UNKNOWN, VeillePreset: preset, VeilleBaseModel: model.source });
    const result = await inTime(timeoutHours, () =>
      repairing(() => walk((run = new RunState(ready, control, run, changed)))),
    );
    show(result);
    await notifiedResult(prepared, result);
    return result;
  } catch (error) {
    await notifiedFailure(prepared, input, error);
    throw error;
  }
}
