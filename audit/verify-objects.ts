/** Hashes objects as they stream in, several at a time, and compares them with what names them. */
import { createHash } from 'node:crypto';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { StoredBytesDamagedError } from '../adapters/object-store/store-error.ts';
import type { ArtifactRef } from '../contracts/artifact.ts';
import type { Difference } from './check.ts';
import { mapParallel } from '../adapters/requests/map-parallel.ts';

/** Objects read at the same time: enough to hide a bucket's latency. Memory goes with it, and not with their sizes. */
export const OBJECTS_AT_A_TIME = 8;

/** Objects that need not be read again. */
export interface VerifiedObjects {
  has(ref: ArtifactRef): Promise<boolean>;
  add(ref: ArtifactRef): Promise<void>;
}

export interface VerifyOptions {
  readonly verified: VerifiedObjects;
  /** Told of the bytes that are dealt with, read or known to be right, of all there are. */
  readonly onBytes: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Every object, in the order of the references, that is missing or has other bytes.
 *
 * @throws what the store throws when it can't be reached
 */
export async function verifyObjects(
  store: ObjectStore,
  refs: readonly ArtifactRef[],
  { verified, onBytes, signal }: VerifyOptions,
): Promise<Difference[]> {
  const total = refs.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  const advance = (bytes: number): void => onBytes((done += bytes), total);
  const verify = async (ref: ArtifactRef): Promise<Difference | null> => {
    if (await verified.has(ref)) {
      advance(ref.bytes);
      return null;
    }
    const difference = await verifyObject(store, ref, advance).catch((error: unknown) =>
      unreadable(store, ref, error, signal),
    );
    if (!difference) await verified.add(ref);
    return difference;
  };
  const found = await mapParallel(refs, verify, { concurrency: OBJECTS_AT_A_TIME, signal });
  return found.filter((difference) => difference !== null);
}

/** One object that the store can't read is damaged; where the store does not answer at all, that is told. */
async function unreadable(
  store: ObjectStore,
  { key, sha256, bytes }: ArtifactRef,
  error: unknown,
  signal: AbortSignal,
): Promise<Difference> {
  if (signal.aborted || !(error instanceof Error)) throw error;
  await store.head(key).catch(() => {
    throw error;
  });
  const found = `bytes that the store can't read: ${error.message}`;
  return { object: key, place: null, expected: `sha256 ${sha256}, ${bytes} bytes`, found };
}

async function verifyObject(
  store: ObjectStore,
  { key, sha256, bytes }: ArtifactRef,
  advance: (bytes: number) => void,
): Promise<Difference | null> {
  const differs = (found: string): Difference => ({
    object: key,
    place: null,
    expected: `sha256 ${sha256}, ${bytes} bytes`,
    found,
  });
  const digest = createHash('sha256');
  let length = 0;
  try {
    const stream = await store.getStream(key);
    if (!stream) return differs('no such object');
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      digest.update(chunk);
      length += chunk.length;
      advance(chunk.length);
    }
  } catch (error) {
    if (error instanceof StoredBytesDamagedError) return differs(error.message);
    throw error;
  }
  const found = digest.digest('hex');
  return found === sha256 && length === bytes ? null : differs(`sha256 ${found}, ${length} bytes`);
}
