/**
 * The record of a run that has moved the champion, put where all records are.
 *
 * The move is what makes the record count: it names the record's bytes, which stand as an object of their own by then,
 * with everything that is made of them. Whoever finds that the last write is missing, since the worker was killed before
 * it, makes it.
 */
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import type { ArtifactRef } from '../contracts/artifact.ts';
import type { ChampionEntry } from '../contracts/champion.ts';
import { RUN_FILES, runFolder } from '../contracts/run-record.ts';
import { sha256 } from '../core/canonical.ts';

/**
 * Puts `record.json` of the run that made a move, unless it is there.
 *
 * @returns what stands there; null: the move is of a version that wrote the record by itself
 * @throws ArtifactLostError when the record's bytes are gone
 */
export async function publishRecord(
  artifacts: ArtifactStore,
  { run, record }: Pick<ChampionEntry, 'run' | 'record'>,
): Promise<ArtifactRef | null> {
  const { objects } = artifacts;
  const key = `${runFolder(run)}${RUN_FILES.record}`;
  if (!record) return null;
  const found = await objects.get(key);
  if (found) return reference(key, found.body);
  const body = await artifacts.getBytes(record);
  return putRecord(artifacts, key, body);
}

/** The first writer's record stands. */
export async function putRecord({ objects }: ArtifactStore, key: string, body: Uint8Array): Promise<ArtifactRef> {
  if (await objects.putIfAbsent(key, body)) return reference(key, body);
  return reference(key, (await objects.get(key))?.body ?? body);
}

export function reference(key: string, body: Uint8Array): ArtifactRef {
  return { key, sha256: sha256(body), bytes: body.length };
}
