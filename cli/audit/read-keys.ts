/** The public keys and certificates that a command line names. */
import { type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { KeyError, parsePublicKeys } from '../../provenance/keys.ts';
import { UsageError } from '../exit.ts';

/** @throws UsageError when a file can't be read or has no Ed25519 public key */
export async function readKeys(paths: readonly string[]): Promise<readonly KeyObject[]> {
  const keys = await Promise.all(paths.map(readKey));
  return keys.flat();
}

/** @throws UsageError when the file can't be read or is no certificate */
export async function readTsaCertificate(path: string): Promise<X509Certificate> {
  const pem = await read('--tsa-certificate', path);
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new UsageError(`--tsa-certificate ${path} has no X.509 certificate in PEM.`, { cause });
  }
}

function read(option: string, path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`${option} ${path}: there is no such file, or it can't be read.`, { cause });
  });
}

async function readKey(path: string): Promise<readonly KeyObject[]> {
  const pem = await read('--key', path);
  try {
    return parsePublicKeys(pem, `--key ${path}`);
  } catch (cause) {
    throw cause instanceof KeyError ? new UsageError(cause.message, { cause }) : cause;
  }
}
