/** Brings one object to a local file: it has its name only when it is whole and its digest is right. */
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { randomUUID } from 'node:crypto';
import type { ArtifactRef } from '../../contracts/artifact.ts';
import { sha256OfFile } from '../object-store/file-digest.ts';
import type { ObjectStore } from '../object-store/object-store.ts';
import { ArtifactLostError } from './artifact-lost.ts';

/**
 * Streams the object to `path`; an existing file is replaced in one move.
 *
 * @throws ArtifactLostError when the object is missing or its digest differs
 */
export async function download(objects: ObjectStore, ref: ArtifactRef, path: string): Promise<void> {
  const stream = await objects.getStream(ref.key);
  if (!stream) throw new ArtifactLostError(ref, 'missing');
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    await pipeline(stream, createWriteStream(partial));
    const digest = await sha256OfFile(partial);
    if (digest !== ref.sha256) throw new ArtifactLostError(ref, 'corrupt', digest);
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}
