/** How fast objects are verified, and the two limits of it: reading the same bytes, and hashing them. */
import { createHash, randomBytes } from 'node:crypto';
import { finished } from 'node:stream/promises';
import { mapParallel } from '../../adapters/requests/map-parallel.ts';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { OBJECTS_AT_A_TIME, verifyObjects } from '../../audit/verify-objects.ts';
import type { ArtifactRef } from '../../contracts/artifact.ts';
import { alternate, type Measured, secondsOf } from '../rounds.ts';

/** Of an encoder, of which a run has two: what most of a run's bytes are in. */
const OBJECT_BYTES = 32 << 20;
/** As a stream hands them over. */
const CHUNK_BYTES = 64 << 10;

export interface ThroughputTask {
  readonly store: ObjectStore;
  readonly refs: readonly ArtifactRef[];
  readonly bytes: number;
}

/** Stores so many objects of random bytes. */
export async function storeObjects(store: ObjectStore, scratch: string, count: number): Promise<ThroughputTask> {
  const artifacts = new ArtifactStore(store, scratch);
  const refs: ArtifactRef[] = [];
  for (let object = 0; object < count; object++) refs.push(await artifacts.putBytes(randomBytes(OBJECT_BYTES)));
  return { store, refs, bytes: count * OBJECT_BYTES };
}

type Subjects = Record<'verify' | 'read' | 'hash', () => Promise<number>>;

/** Seconds of each, round by round. */
export async function measureThroughput(
  task: ThroughputTask,
  rounds: number,
  log: (line: string) => void,
): Promise<Measured<Subjects>> {
  const subjects: Subjects = {
    verify: () => secondsOf(() => verify(task)),
    read: () => secondsOf(() => read(task)),
    hash: () => secondsOf(async () => hash(task.bytes)),
  };
  // What is read for the first time may come from the disk, later from memory.
  await alternate(1, subjects, (line) => log(`warming up, ${line}`));
  return alternate(rounds, subjects, log);
}

async function verify({ store, refs }: ThroughputTask): Promise<void> {
  const verified = { has: async () => false, add: async () => {} };
  const options = { verified, onBytes: () => {}, signal: new AbortController().signal };
  const differences = await verifyObjects(store, refs, options);
  if (differences.length > 0) throw new Error(`the store returns other bytes: ${JSON.stringify(differences)}`);
}

/** The same objects as many at a time, their bytes thrown away. */
async function read({ store, refs }: ThroughputTask): Promise<void> {
  const drain = async ({ key }: ArtifactRef): Promise<void> => {
    const stream = await store.getStream(key);
    if (stream) await finished(stream.resume());
  };
  await mapParallel(refs, drain, { concurrency: OBJECTS_AT_A_TIME });
}

/** As many bytes in memory, on one thread. */
function hash(bytes: number): void {
  const chunk = randomBytes(CHUNK_BYTES);
  const digest = createHash('sha256');
  for (let done = 0; done < bytes; done += chunk.length) digest.update(chunk);
  digest.digest();
}
