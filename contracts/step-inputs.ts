/** What the configuration gives each step: shared by the workflow, which asks for the steps, and the plan, which does not. */
import type { ExportInput, FineTuneInput, MineInput, Prefixes, ResolveInput, SplitInput } from './activities.ts';
import type { ArtifactRef, FileSet } from './artifact.ts';
import type { RetrainConfig } from './retrain-input.ts';
import type { EncoderRef, FineTuneResult, ResolveResult, SplitResult } from './steps.ts';

/** An encoder, and what it wants before its texts. */
export interface Model {
  readonly encoder: EncoderRef;
  readonly prefixes: Prefixes;
}

export function prefixesOf({ model }: RetrainConfig): Prefixes {
  return { query: model.queryPrefix, passage: model.passagePrefix };
}

export function resolveInput({ data, model, gate }: RetrainConfig): ResolveInput {
  const guards = Object.fromEntries(Object.entries(gate.guards).map(([name, guard]) => [name, guard.data]));
  return { data, model, guards };
}

/** What a training asks of the train part. */
export type BatchRule = Pick<RetrainConfig['training'], 'batchSize' | 'maxSteps' | 'noDuplicatesInBatch'>;

/** @param trainings that the parts are for. @default that of the configuration alone */
export function splitInput(
  { data: { source, columns, limit, dropDuplicates }, split, evaluation, training }: RetrainConfig,
  { data }: Pick<ResolveResult, 'data'>,
  trainings: readonly BatchRule[] = [training],
): SplitInput {
  const needs = {
    trainRows: Math.max(...trainings.map(({ batchSize }) => batchSize)),
    testRows: evaluation.miniNegatives + 1,
    unrepeated: trainings
      .filter(({ noDuplicatesInBatch }) => noDuplicatesInBatch)
      .map(({ batchSize, maxSteps }) => ({ batchSize, maxSteps })),
  };
  return { data, source, columns, limit, dropDuplicates, split, needs };
}

export function exportInput(
  { embedding: { precision, device }, model: { maxSeqLength } }: RetrainConfig,
  model: FileSet,
  adapter: FileSet | null,
): ExportInput {
  return { model, adapter, maxSeqLength, precision, device };
}

/** The encoder of what was trained: the adapter is merged into the base model, a whole model stands for itself. */
export function tunedExportInput(
  config: RetrainConfig,
  base: FileSet,
  { kind, weights }: Pick<FineTuneResult, 'kind' | 'weights'>,
): ExportInput {
  return kind === 'adapter' ? exportInput(config, base, weights) : exportInput(config, weights, null);
}

/** Null where the input asks for no hard negatives. */
export function mineInput(
  { training: { hardNegatives, seed } }: RetrainConfig,
  { encoder, prefixes }: Model,
  { train }: Pick<SplitResult, 'train'>,
): MineInput | null {
  return hardNegatives === false ? null : { encoder, prefixes, train, hardNegatives, seed };
}

/** @param train the train part, or its rows with hard negatives */
export function fineTuneInput(
  config: RetrainConfig,
  model: FileSet,
  train: ArtifactRef,
  { dev }: Pick<SplitResult, 'dev'>,
): FineTuneInput {
  const { training } = config;
  const { maxSeqLength } = config.model;
  return { model, train, dev, prefixes: prefixesOf(config), maxSeqLength, training, memoryMicroBatch: null };
}
