/** What an archive of one run holds: everything that a deep audit of it reads. */
import { CHAMPION_KEY } from '../adapters/champion/champion-store.ts';
import type { PackedObject } from '../adapters/archive/pack-objects.ts';
import { segmentKey } from '../adapters/embedding-cache/segment-objects.ts';
import type { ArtifactRef } from '../contracts/artifact.ts';
import { runFolder } from '../contracts/run-record.ts';
import type { AuditedRun } from './audited-run.ts';
import { namedObjects } from './checks/objects.ts';
import { embeddedTexts } from './embedded-texts.ts';
import { stepsOf } from './step-results.ts';

/**
 * In the order of their keys, each once, with the digests that the record names them by.
 *
 * @throws ArtifactLostError when a part, or something of the champion's, is missing or damaged
 * @throws RangeError when a text has no embedding
 */
export async function archivedObjects(run: AuditedRun): Promise<PackedObject[]> {
  const objects = new Map<string, PackedObject>();
  const add = (object: PackedObject): void => void objects.set(object.key, object);
  for await (const { key, bytes } of run.store.list(runFolder(run.record))) add({ key, bytes, sha256: null });
  for (const key of [...(await segmentsOf(run)), ...(await championsFile(run))]) {
    const head = await run.store.head(key);
    add({ key, bytes: head?.bytes ?? 0, sha256: null });
  }
  for (const ref of [...namedObjects(run.record), ...(await championsParts(run))]) add(ref);
  return [...objects.values()].sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
}

/** Keys of the segments that hold the run's embeddings: a cache has other runs' too. */
async function segmentsOf(run: AuditedRun): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for await (const { step, encoder, keys } of embeddedTexts(run)) {
    const { segments, segmentOf, missing } = await run.cacheOf(encoder).locate(keys);
    if (missing > 0) throw new RangeError(`${step.step}: ${missing} texts have no embedding in the bucket any more`);
    for (const segment of new Set(segmentOf)) found.add(segmentKey(encoder.digest, segments[segment]!));
  }
  return found;
}

/** Tells which champion the candidate was measured against, and that it became the champion. */
async function championsFile({ record, store }: AuditedRun): Promise<readonly string[]> {
  const isNamed = record.gate.reference.kind === 'champion' || record.promotion.state === 'promoted';
  return isNamed && (await store.head(CHAMPION_KEY)) ? [CHAMPION_KEY] : [];
}

/** What the champion was trained on and selected by: objects of another run. */
async function championsParts(run: AuditedRun): Promise<ArtifactRef[]> {
  const digests = stepsOf(run.record, 'judge').flatMap(({ inputs }) =>
    ['championTrain', 'championDev'].flatMap((name) => inputs[name] ?? []),
  );
  return Promise.all(digests.map((digest) => run.object(digest)));
}
