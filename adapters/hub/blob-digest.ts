/** The digest by which the hub names a file: SHA-256 where it is large (LFS), else that of the git blob. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { sha256OfFile } from '../object-store/file-digest.ts';
import { etagOf, type HubFile } from './hub-cache.ts';

/** Whether a local file has the bytes that the hub names; false where there is no file. */
export async function isWholeBlob(path: string, file: Pick<HubFile, 'sha256' | 'oid'>): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) return false;
  const digest = file.sha256 === null ? await gitBlobOid(path, found.size) : await sha256OfFile(path);
  return digest === etagOf(file);
}

/** SHA-1 over "blob SIZE\0" and the bytes (git-hash-object). It tells errors apart, not attackers: TLS does that. */
async function gitBlobOid(path: string, bytes: number): Promise<string> {
  const hash = createHash('sha1').update(`blob ${bytes}\0`);
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
