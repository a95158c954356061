/** The objects of a finished run that a person looks for, by name. */
import type { ArtifactRef, FileSet } from './artifact.ts';
import type { RunResult } from './run-result.ts';
import type { EncoderRef, EvaluateResult, FineTuneResult, IndexResult, SplitResult } from './steps.ts';

/** A model that was indexed and measured. */
export interface MeasuredModel {
  readonly encoder: EncoderRef;
  readonly index: IndexResult;
  readonly evaluation: EvaluateResult;
}

export function runArtifacts(
  base: MeasuredModel,
  tuned: MeasuredModel,
  training: FineTuneResult,
  { test }: SplitResult,
): RunResult['artifacts'] {
  const weights = training.kind === 'adapter' ? 'LoRA adapter' : 'fine-tuned weights';
  return {
    ...named(weights, fileOf(training.weights, '.safetensors')),
    ...named('fine-tuned encoder (ONNX)', fileOf(tuned.encoder.files, 'model.onnx')),
    ...named('fine-tuned encoder (weights)', fileOf(tuned.encoder.files, 'model.onnx.data')),
    ...named('base encoder (ONNX)', fileOf(base.encoder.files, 'model.onnx')),
    ...named('base encoder (weights)', fileOf(base.encoder.files, 'model.onnx.data')),
    ...named('fine-tuned index (FAISS)', tuned.index.index),
    ...named('base index (FAISS)', base.index.index),
    ...named('fine-tuned ranks per query', tuned.evaluation.perQuery),
    ...named('base ranks per query', base.evaluation.perQuery),
    ...named('training log', training.trainingLog),
    ...named('test part', test),
  };
}

function fileOf(set: FileSet, ending: string): ArtifactRef | undefined {
  return set.files.find(({ path }) => path.endsWith(ending));
}

/** A plain reference under its name; nothing where there is none. */
function named(name: string, ref: ArtifactRef | undefined): RunResult['artifacts'] {
  return ref ? { [name]: { key: ref.key, sha256: ref.sha256, bytes: ref.bytes } } : {};
}
