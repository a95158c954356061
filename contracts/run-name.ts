/**
 * What pages, messages and lists call a run: the name that its input gives, else that of its preset, or of its data and
 * model where they are not the preset's.
 *
 * Free of zod and of Node, since workflow code imports it.
 */
import { parseArtifactSource } from './artifact-source.ts';
import { parseHubSource } from './hub-source.ts';
import { PRESETS } from './presets.ts';
import type { RetrainConfig } from './retrain-input.ts';

/** Characters of one part of a name; a name has two. */
const LONGEST_PART = 48;

interface Named {
  readonly preset: string;
  /** Null in records of versions that had no names. */
  readonly name?: string | null | undefined;
}

export function runName({ preset, name }: Named): string {
  return name ?? preset;
}

/** Both, as documents keep them; without a name where the configuration is of a version that had none. */
export function runLabels({ preset, name }: Named): { preset: string; name?: string } {
  return { preset, ...(name === null || name === undefined ? {} : { name }) };
}

/** The name of a run whose input gives none. */
export function defaultName({ preset, data, model }: Pick<RetrainConfig, 'preset' | 'data' | 'model'>): string {
  const values = PRESETS[preset];
  const isPresets = data.source === values.data?.source && model.source === values.model?.source;
  return isPresets ? preset : `${sourceName(data.source)}, ${sourceName(model.source)}`;
}

/**
 * The part of a source that people know it by: `corpus` of /data/corpus.parquet, `bge-m3` of hf://BAAI/bge-m3@main. Only
 * characters that a group of Weights & Biases may have.
 */
export function sourceName(source: string): string {
  const last = parseArtifactSource(source)?.name ?? parseHubSource(source)?.name ?? source.replace(/^[a-z]+:/, '');
  const file = last.replace(/\/+$/, '').split(/[/\\]/).at(-1) ?? '';
  const name = file.replace(/(\.(parquet|jsonl?|ndjson|csv|tsv|gz))+$/i, '').replaceAll(/[^\p{L}\p{N}._+-]+/gu, '_');
  return Array.from(name).slice(0, LONGEST_PART).join('') || 'unnamed';
}
