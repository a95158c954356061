/** The steps on the GPU queue: export of an encoder, and fine-tuning. */
import { proxyActivities } from '@temporalio/workflow';
import type { CpuActivities, ExportInput, FineTuneInput, GpuActivities } from '../contracts/activities.ts';
import type { ArtifactRef, FileSet } from '../contracts/artifact.ts';
import type { StepName } from '../contracts/progress.ts';
import type { EncoderRef, FineTuneResult, SplitResult, StepOutcome } from '../contracts/steps.ts';
import { embedStep, type Model } from './evaluated.ts';
import { CPU, GPU } from './options.ts';
import type { RunState } from './run-state.ts';
import { exportNote, fineTuneNote, mineNote } from './step-notes.ts';
import { withTrainerRetries } from './trainer-retries.ts';

const cpu = proxyActivities<CpuActivities>(CPU);
const gpu = proxyActivities<GpuActivities>(GPU);

export async function exported(
  run: RunState,
  branch: 'base' | 'tuned',
  model: FileSet,
  adapter: FileSet | null,
): Promise<EncoderRef> {
  const { precision, device } = run.config.embedding;
  const { maxSeqLength } = run.config.model;
  const source: ExportInput = { model, adapter, maxSeqLength, precision, device };
  const step: StepName = `export-${branch}`;
  const attempt = (): Promise<StepOutcome<EncoderRef>> => gpu.exportEncoder(source);
  return run.board.run(
    step,
    async () => (await cpu.recallExport(source)) ?? (await withTrainerRetries(attempt, teller(run, step))),
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
  const { training } = run.config;
  const { maxSeqLength } = run.config.model;
  const train = await trainRows(run, base, parts);
  const { dev } = parts;
  const { prefixes } = base;
  const input: FineTuneInput = { model, train, dev, prefixes, maxSeqLength, training, memoryMicroBatch: null };
  const attempt = (memoryMicroBatch: number | null): Promise<StepOutcome<FineTuneResult>> =>
    gpu.fineTune({ ...input, memoryMicroBatch });
  return run.board.run(
    'fine-tune',
    async () => (await cpu.recallFineTune(input)) ?? (await withTrainerRetries(attempt, teller(run, 'fine-tune'))),
    fineTuneNote,
  );
}

/** The encoder of what was trained: the adapter is merged into the base model, a whole model stands for itself. */
export function exportedTuned(run: RunState, model: FileSet, { kind, weights }: FineTuneResult): Promise<EncoderRef> {
  return kind === 'adapter' ? exported(run, 'tuned', model, weights) : exported(run, 'tuned', weights, null);
}

/** The base model ranks the train part's passages, where hard negatives are asked for. */
async function trainRows(run: RunState, { encoder, prefixes }: Model, { train }: SplitResult): Promise<ArtifactRef> {
  const { hardNegatives, seed } = run.config.training;
  if (hardNegatives === false) {
    run.board.skip('embed-train', 'training.hardNegatives is false');
    run.board.skip('mine-negatives', 'training.hardNegatives is false');
    return train;
  }
  await embedStep(run, 'embed-train', { encoder, prefixes }, train);
  const mined = await run.board.run(
    'mine-negatives',
    () => cpu.mineNegatives({ encoder, prefixes, train, hardNegatives, seed }),
    mineNote,
  );
  return mined.train;
}

function teller(run: RunState, step: StepName): (note: string) => void {
  return (note) => run.board.note(step, note);
}
