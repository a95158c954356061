/** The steps on the GPU queue: export of an encoder, and fine-tuning. */
import type { CpuActivities, ExportInput, GpuActivities } from '../contracts/activities.ts';
import type { ArtifactRef, FileSet } from '../contracts/artifact.ts';
import type { StepName } from '../contracts/progress.ts';
import { exportInput, fineTuneInput, mineInput, type Model, tunedExportInput } from '../contracts/step-inputs.ts';
import type { EncoderRef, FineTuneResult, SplitResult, StepOutcome } from '../contracts/steps.ts';
import { describedActivities } from './described-activities.ts';
import { embedStep } from './evaluated.ts';
import { onGpuQueue } from './gpu-queue.ts';
import { CPU, GPU } from './options.ts';
import type { RunState } from './run-state.ts';
import { exportNote, fineTuneNote, mineNote } from './step-notes.ts';
import { withTrainerRetries } from './trainer-retries.ts';

const cpu: CpuActivities = describedActivities(CPU);

/** The trainer's attempts are counted by the workflow, so Temporal calls each of them the first. */
function onGpu(attempt: number): GpuActivities {
  return describedActivities(GPU, attempt === 1 ? '' : `attempt ${attempt}`);
}

export function exportedBase(run: RunState, model: FileSet): Promise<EncoderRef> {
  return exported(run, 'base', exportInput(run.config, model, null));
}

async function exported(run: RunState, branch: 'base' | 'tuned', source: ExportInput): Promise<EncoderRef> {
  const step: StepName = `export-${branch}`;
  const attempt = (_: number | null, number: number): Promise<StepOutcome<EncoderRef>> =>
    onGpu(number).exportEncoder(source);
  return run.board.run(
    step,
    async () =>
      (await cpu.recallExport(source)) ??
      (await onGpuQueue(run.board, step, () => withTrainerRetries(attempt, teller(run, step)))),
    exportNote,
  );
}

/** Trains on the train part, or on its rows with hard negatives where the input asks for them. */
export async function fineTuned(
  run: RunState,
  model: FileSet,
  base: Model,
  parts: SplitResult,
): Promise<FineTuneResult> {
  const input = fineTuneInput(run.config, model, await trainRows(run, base, parts), parts);
  const attempt = (memoryMicroBatch: number | null, number: number): Promise<StepOutcome<FineTuneResult>> =>
    onGpu(number).fineTune({ ...input, memoryMicroBatch });
  const step = 'fine-tune';
  return run.board.run(
    step,
    async () =>
      (await cpu.recallFineTune(input)) ??
      (await onGpuQueue(run.board, step, () => withTrainerRetries(attempt, teller(run, step)))),
    fineTuneNote,
  );
}

export function exportedTuned(run: RunState, model: FileSet, training: FineTuneResult): Promise<EncoderRef> {
  return exported(run, 'tuned', tunedExportInput(run.config, model, training));
}

/** The base model ranks the train part's passages, where hard negatives are asked for. */
async function trainRows(run: RunState, base: Model, parts: SplitResult): Promise<ArtifactRef> {
  const input = mineInput(run.config, base, parts);
  if (input === null) {
    run.board.skip('embed-train', 'training.hardNegatives is false');
    run.board.skip('mine-negatives', 'training.hardNegatives is false');
    return parts.train;
  }
  await embedStep(run, 'embed-train', base, parts.train);
  return (await run.board.run('mine-negatives', () => cpu.mineNegatives(input), mineNote)).train;
}

function teller(run: RunState, step: StepName): (note: string) => void {
  return (note) => run.board.note(step, note);
}
