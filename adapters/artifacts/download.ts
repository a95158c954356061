/** Brings one object to a local file, where its bytes are what its reference says. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ArtifactRef } from '../../contracts/artifact.ts';
import type { ObjectStore } from '../object-store/object-store.ts';
import { ArtifactLostError } from './artifact-lost.ts';

/**
 * Streams the object to `path`, where nothing is left when this throws. No more is written than the reference says.
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
    const found = digest.digest('hex');
    if (found !== ref.sha256) throw new ArtifactLostError(ref, 'corrupt', found);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}
