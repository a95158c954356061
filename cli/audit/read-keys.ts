/** The public keys that a command line names. */
import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { KeyError, parsePublicKeys } from '../../provenance/keys.ts';
import { UsageError } from '../exit.ts';

/** @throws UsageError when a file can't be read or has no Ed25519 public key */
export async function readKeys(paths: readonly string[]): Promise<readonly KeyObject[]> {
  const keys = await Promise.all(paths.map(readKey));
  return keys.flat();
}

async function readKey(path: string): Promise<readonly KeyObject[]> {
  const pem = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`--key ${path}: there is no such file, or it can't be read.`, { cause });
  });
  try {
    return parsePublicKeys(pem, `--key ${path}`);
  } catch (cause) {
    throw cause instanceof KeyError ? new UsageError(cause.message, { cause }) : cause;
  }
}
