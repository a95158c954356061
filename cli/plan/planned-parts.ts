/** The rows of the parts and guard sets, cut and read here as the run would, and what they would be stored as. */
import { fromJsonLines, toJsonLines } from '../../activities/json-lines.ts';
import { guardSetOf, readGuard } from '../../activities/read-guards.ts';
import { mapGuards } from '../../activities/guard-sets.ts';
import type { IdentifiedSources } from '../../activities/resolve-sources.ts';
import { type CutParts, cutParts, requireBatches, requireRows, storeParts } from '../../activities/split-data.ts';
import {
  artifactRefOf,
  type ArtifactStore,
  fileSetOf,
  type KnownArtifacts,
} from '../../adapters/artifacts/artifact-store.ts';
import type { SplitInput } from '../../contracts/activities.ts';
import type { ArtifactRef } from '../../contracts/artifact.ts';
import type { RetrainConfig } from '../../contracts/retrain-input.ts';
import type { GuardSet, SplitResult } from '../../contracts/steps.ts';
import { sha256 } from '../../core/canonical.ts';
import type { Pair } from '../../core/clean.ts';

export interface PlannedParts {
  readonly pairs: CutParts;
  /** What the split would return. */
  readonly result: SplitResult;
}

export interface PlannedGuard {
  readonly set: GuardSet;
  readonly pairs: readonly Pair[];
}

/** Answers as a store would that has everything already. */
export const unstored: KnownArtifacts = {
  putKnown: async ({ sha256: digest, bytes }) => artifactRefOf(digest, bytes),
  putKnownFolder: async (known) =>
    fileSetOf(
      known
        .map(({ path, sha256: digest, bytes }) => ({ path, ...artifactRefOf(digest, bytes) }))
        .sort((a, b) => (a.path < b.path ? -1 : 1)),
    ),
};

/** @throws RowsError for what the run would fail of */
export async function planParts(path: string, input: SplitInput): Promise<PlannedParts> {
  const pairs = await cutParts(path, input.data.format, input);
  requireRows(input, { train: pairs.train.length, test: pairs.test.length });
  requireBatches(input, pairs.train);
  return { pairs, result: await storeParts(refOf, pairs) };
}

/** @throws RowsError for what the run would fail of */
export async function planGuards(
  { gate }: RetrainConfig,
  files: IdentifiedSources['guards'],
): Promise<Record<string, PlannedGuard>> {
  return mapGuards(gate.guards, async ({ data }, name) => {
    const { path, format } = files[name]!;
    const pairs = await readGuard(path, format, name, data);
    return { pairs, set: guardSetOf(pairs, await refOf(toJsonLines(pairs))) };
  });
}

/** The rows of a recorded part. */
export async function pairsIn(artifacts: ArtifactStore, part: ArtifactRef): Promise<Pair[]> {
  return fromJsonLines<Pair>(await artifacts.getBytes(part));
}

/** Each text once, as the encoder reads it. */
export function uniqueTexts(
  pairs: readonly Pair[],
  prefixes: { readonly query: string; readonly passage: string },
): string[] {
  return [
    ...new Set([
      ...pairs.map(({ query }) => prefixes.query + query),
      ...pairs.map(({ positive }) => prefixes.passage + positive),
    ]),
  ];
}

async function refOf(bytes: Uint8Array): Promise<ArtifactRef> {
  return artifactRefOf(sha256(bytes), bytes.length);
}
