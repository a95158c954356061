/** Bytes that a run fetches and stores, from the sizes of its files and the shape of its model. */
import type { ArtifactRef } from '../../contracts/artifact.ts';
import type { RetrainConfig } from '../../contracts/retrain-input.ts';
import type { ResolveResult } from '../../contracts/steps.ts';
import {
  adapterParameters,
  allParameters,
  type Architecture,
  layerParameters,
  tableParameters,
} from './architecture.ts';
import type { PlannedParts } from './planned-parts.ts';
import type { BytesEstimate, RunPlan } from './run-plan.ts';

/** Of a parameter in an encoder's graph, which has no pooler: int8 leaves the embedding tables in float32. */
const PARAMETER_BYTES = {
  fp32: { layers: 4, tables: 4 },
  fp16: { layers: 2, tables: 2 },
  int8: { layers: 1, tables: 4 },
} as const;
/** Of a text's key in a segment. */
const KEY_BYTES = 32;

export interface SizedPlan {
  readonly config: RetrainConfig;
  readonly sources: ResolveResult;
  /** Of the sources' objects, those that the bucket lacks. */
  readonly lacking: readonly ArtifactRef[];
  readonly parts: PlannedParts;
  readonly steps: RunPlan['steps'];
  readonly texts: RunPlan['texts'];
  readonly architecture: Architecture | null;
}

export function estimateBytes(plan: SizedPlan): RunPlan['bytes'] {
  const { config, architecture } = plan;
  const { lora } = config.training;
  const trained =
    architecture && (lora === false ? allParameters(architecture) : adapterParameters(architecture, lora.r));
  return {
    download: downloads(plan),
    stored: [...sourcesStored(plan), ...resultsStored(plan, trained)].filter(({ bytes }) => bytes !== 0),
    // Weights, the best ones, and the optimizer's two moments.
    checkpoint: isComputed(plan, 'fine-tune') ? trained && 4 * 4 * trained : 0,
  };
}

function downloads({ sources, lacking }: SizedPlan): BytesEstimate[] {
  const { data, guards, model, origins } = sources;
  const lacks = new Set(lacking.map(({ sha256 }) => sha256));
  const weights = model.files.filter(({ sha256 }) => lacks.has(sha256));
  const guardFiles = Object.entries(guards).flatMap(([name, file]) => (origins.guards[name] ? [file] : []));
  return [
    // Rows are read to be told by their digest; weights that the bucket has are told by the hub's listing.
    { what: 'data', bytes: origins.data ? data.bytes : 0 },
    { what: 'guard sets', bytes: sum(guardFiles) },
    { what: 'base model', bytes: origins.model ? sum(weights) : 0 },
  ].filter(({ bytes }) => bytes > 0);
}

function sourcesStored({ lacking, parts, ...plan }: SizedPlan): BytesEstimate[] {
  const { train, dev, test } = parts.result;
  return [
    { what: 'sources', bytes: sum(lacking) },
    { what: 'parts of the split', bytes: isComputed(plan, 'split') ? sum([train, dev, test]) : 0 },
  ];
}

function resultsStored(plan: SizedPlan, trained: number | null): BytesEstimate[] {
  const { config, architecture, texts, parts } = plan;
  const encoder = architecture && encoderBytes(architecture, config.embedding.precision);
  const row = architecture && 4 * architecture.hidden;
  const missing = texts.reduce((all, one) => all + one.missing, 0);
  const passages = new Set(parts.pairs.test.map(({ positive }) => positive)).size;
  const indexes = (['index-base', 'index-champion', 'index-tuned'] as const).filter((step) => isComputed(plan, step));
  const exact = config.index.factory === 'Flat';
  return [
    { what: 'base encoder (ONNX)', bytes: isComputed(plan, 'export-base') ? encoder : 0 },
    { what: 'fine-tuned encoder (ONNX)', bytes: isComputed(plan, 'export-tuned') ? encoder : 0 },
    {
      what: config.training.lora === false ? 'fine-tuned weights' : 'LoRA adapter',
      bytes: isComputed(plan, 'fine-tune') ? trained && 4 * trained : 0,
    },
    { what: 'embeddings', bytes: missing === 0 ? 0 : row && missing * (row + KEY_BYTES) },
    { what: 'indexes', bytes: indexes.length === 0 ? 0 : exact ? row && indexes.length * passages * row : null },
  ];
}

/** Of the exported graph's weights. */
export function encoderBytes(architecture: Architecture, precision: keyof typeof PARAMETER_BYTES): number {
  const { layers, tables } = PARAMETER_BYTES[precision];
  return layers * layerParameters(architecture) + tables * tableParameters(architecture);
}

function isComputed({ steps }: Pick<SizedPlan, 'steps'>, step: RunPlan['steps'][number]['step']): boolean {
  return steps.some((one) => one.step === step && one.state === 'compute');
}

function sum(refs: readonly { readonly bytes: number }[]): number {
  return refs.reduce((total, { bytes }) => total + bytes, 0);
}
