/** The local S3 server's one key pair, made at the first start. */
import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** For the owner's eyes only. */
const MODE = 0o600;

/** @param folder the server's own, which exists */
export function ensureCredentials(folder: string): S3Credentials {
  const path = join(folder, 'credentials.json');
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as S3Credentials;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const made = { accessKeyId: randomBytes(10).toString('hex'), secretAccessKey: randomBytes(30).toString('base64url') };
  writePrivately(path, made);
  return made;
}

/**
 * Writes SeaweedFS's own list of who may do what.
 *
 * @returns its path
 */
export function writeIdentities(folder: string, { accessKeyId, secretAccessKey }: S3Credentials): string {
  const path = join(folder, 'identities.json');
  const credentials = [{ accessKey: accessKeyId, secretKey: secretAccessKey }];
  writePrivately(path, {
    identities: [{ name: 'veille', credentials, actions: ['Admin', 'Read', 'Write', 'List', 'Tagging'] }],
  });
  return path;
}

function writePrivately(path: string, content: unknown): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: MODE });
  renameSync(`${path}.new`, path);
}
