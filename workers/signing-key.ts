/** The keys that the environment names: the one that signs, and those that are trusted. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { KeyError, parsePrivateKey, parsePublicKeys, publicHalf } from '../provenance/keys.ts';
import type { Environment } from './environment.ts';

/**
 * The private key that attestations are signed with; null: none is named, and they are unsigned.
 *
 * @throws {KeyError} naming the variable
 */
export function signingKeyOf(environment: Environment): KeyObject | null {
  const named = readKey(environment, 'VEILLE_SIGNING_KEY');
  return named && parsePrivateKey(named.pem, named.where);
}

/**
 * The public keys whose signatures are accepted: the named ones, and the public half of the signing key.
 *
 * @throws {KeyError} naming the variable
 */
export function trustedKeysOf(environment: Environment): readonly KeyObject[] {
  const named = readKey(environment, 'VEILLE_PUBLIC_KEY');
  const signing = signingKeyOf(environment);
  return [...(named ? parsePublicKeys(named.pem, named.where) : []), ...(signing ? [publicHalf(signing)] : [])];
}

/** Curves that OpenSSF model signing takes, by OpenSSL's names. */
const MODEL_CURVES: readonly (string | undefined)[] = ['prime256v1', 'secp384r1', 'secp521r1'];

/**
 * The file of the key that models are signed with, whose reader is Python; null: none is named.
 *
 * @throws {KeyError} before any run has come to the end of its work
 */
export function modelSigningKeyOf({ VEILLE_MODEL_SIGNING_KEY_FILE: file }: Environment): string | null {
  if (file === undefined) return null;
  const where = `VEILLE_MODEL_SIGNING_KEY_FILE, ${file},`;
  const advice = 'Make one with `openssl ecparam -name prime256v1 -genkey -noout -out model-signing.pem`';
  const key = readOrThrow(`${where} has no private key in PEM. ${advice}`, () => createPrivateKey(readFileSync(file)));
  if (MODEL_CURVES.includes(key.asymmetricKeyDetails?.namedCurve)) return resolve(file);
  throw new KeyError(`${where} has no key on P-256, P-384 or P-521, which model signing needs. ${advice}`);
}

/** The text of a key that stands in a variable, or in the file that the variable `…_FILE` names. */
function readKey(
  environment: Environment,
  variable: 'VEILLE_SIGNING_KEY' | 'VEILLE_PUBLIC_KEY',
): { readonly pem: string; readonly where: string } | null {
  const pem = environment[variable];
  const file = environment[`${variable}_FILE`];
  if (pem !== undefined && file !== undefined)
    throw new KeyError(`${variable} and ${variable}_FILE are both set: keep the one that is meant`);
  if (pem !== undefined) return { pem, where: variable };
  if (file === undefined) return null;
  const where = `${variable}_FILE, ${file},`;
  return { pem: readOrThrow(`${where} can't be read`, () => readFileSync(file, 'utf8')), where };
}

function readOrThrow<T>(problem: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new KeyError(problem, { cause });
  }
}
