/** Objects of a store as one tar archive, their keys as paths: the same objects give the same bytes. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';
import { ArtifactLostError } from '../artifacts/artifact-lost.ts';
import type { ObjectStore } from '../object-store/object-store.ts';

export interface PackedObject {
  readonly key: string;
  readonly bytes: number;
  /** What it must hash to; null: nothing says so. */
  readonly sha256: string | null;
}

export interface PackOptions {
  /** Told of bytes as they are written. */
  readonly onBytes: (bytes: number) => void;
  /** Stops between two pieces of an object. */
  readonly signal: AbortSignal;
}

/**
 * Writes `path` in one move at the end; a file that stands there is replaced.
 *
 * @param objects in the order in which they are to stand
 * @throws ArtifactLostError when one is missing, or its bytes are not what they should be
 */
export async function packObjects(
  store: ObjectStore,
  objects: readonly PackedObject[],
  path: string,
  { onBytes, signal }: PackOptions,
): Promise<void> {
  const tar = pack();
  const partial = `${path}.partial`;
  const written = pipeline(tar, createWriteStream(partial), { signal });
  try {
    await Promise.race([addAll(tar, store, objects, onBytes), written]);
    await written;
    await rename(partial, path);
  } catch (error) {
    tar.destroy();
    await written.catch(() => {});
    throw error;
  } finally {
    await rm(partial, { force: true });
  }
}

async function addAll(
  tar: Pack,
  store: ObjectStore,
  objects: readonly PackedObject[],
  onBytes: PackOptions['onBytes'],
): Promise<void> {
  for (const object of objects) await add(tar, store, object, onBytes);
  tar.finalize();
}

async function add(
  tar: Pack,
  store: ObjectStore,
  { key, bytes, sha256 }: PackedObject,
  onBytes: PackOptions['onBytes'],
): Promise<void> {
  const ref = { key, sha256: sha256 ?? 'nothing that is known', bytes };
  const head = await store.head(key);
  const stream = head && (await store.getStream(key));
  if (!stream) throw new ArtifactLostError(ref, 'missing');
  // The archive says the size before the bytes.
  if (head.bytes !== bytes) throw new ArtifactLostError(ref, 'corrupt', `something of ${head.bytes} bytes`);
  const digest = createHash('sha256');
  const watched = new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      digest.update(chunk);
      onBytes(chunk.length);
      done(null, chunk);
    },
  });
  const entry = tar.entry({ name: key, size: bytes, mode: 0o644, mtime: new Date(0) });
  await pipeline(stream, watched, entry);
  const found = digest.digest('hex');
  if (sha256 !== null && found !== sha256) throw new ArtifactLostError(ref, 'corrupt', found);
}
