/** Brings one object to a local file, where its bytes are what its reference says. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ArtifactRef } from '../../contracts/artifact.ts';
import type { ObjectStore } from '../object-store/object-store.ts';
import { StoredBytesDamagedError } from '../object-store/store-error.ts';
import { ArtifactLostError } from './artifact-lost.ts';

/** Times an object is read when the bytes that come are not those of its reference. */
const READS = 3;

/**
 * Streams the object to `path`, where nothing is left when this throws. No more is written than the reference says. Bytes
 * that were changed on their way are read again: those that are damaged in the store come twice the same.
 *
 * @param flags `wx` makes the file, and follows no link in its place; `r+` fills the one that the caller has made
 * @throws ArtifactLostError when the object is missing, or has other bytes
 */
export async function download(
  objects: ObjectStore,
  ref: ArtifactRef,
  path: string,
  flags: 'wx' | 'r+',
): Promise<void> {
  let before: string | null = null;
  for (let read = 1; ; read++) {
    const found = await fetchOnce(objects, ref, path, flags).catch(async (error: unknown) => {
      await rm(path, { force: true });
      throw error;
    });
    if (found === ref.sha256) return;
    const isLast = found === before || read === READS;
    if (isLast || flags === 'wx') await rm(path, { force: true });
    if (isLast) throw new ArtifactLostError(ref, 'corrupt', found);
    before = found;
  }
}

/** Hex SHA-256 of what has come, which is written over what an earlier read has left. */
async function fetchOnce(objects: ObjectStore, ref: ArtifactRef, path: string, flags: 'wx' | 'r+'): Promise<string> {
  const stream = await objects.getStream(ref.key);
  if (!stream) throw new ArtifactLostError(ref, 'missing');
  const digest = createHash('sha256');
  let bytes = 0;
  const checked = new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      bytes += chunk.length;
      digest.update(chunk);
      if (bytes > ref.bytes) done(new ArtifactLostError(ref, 'corrupt'));
      else done(null, chunk);
    },
  });
  try {
    await pipeline(stream, checked, createWriteStream(path, { flags }));
  } catch (error) {
    if (error instanceof StoredBytesDamagedError) return error.found;
    throw error;
  }
  return digest.digest('hex');
}
