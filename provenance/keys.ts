/** Ed25519 keys in PEM: read, checked, and named by their digest. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { sha256 } from '../core/canonical.ts';

const HOW_TO_MAKE_ONE =
  'Make a pair with `openssl genpkey -algorithm ed25519 -out signing.pem` and ' +
  '`openssl pkey -in signing.pem -pubout -out signing.pub.pem`';

const PUBLIC_BLOCK = /-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----/gs;

/** A text that is no Ed25519 key in PEM. The message names where it was found and never quotes it. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
}

/**
 * @param pem PKCS #8; line ends may be written as `\n`, as environment files have them
 * @param where what messages call it: a variable, a file
 * @throws {KeyError}
 */
export function parsePrivateKey(pem: string, where: string): KeyObject {
  return parse(pem, `${where} is no private key in PEM`, where, createPrivateKey);
}

/**
 * @param pem one public key (SPKI) or several after one another
 * @param where what messages call it: a variable, a file
 * @throws {KeyError}
 */
export function parsePublicKeys(pem: string, where: string): readonly KeyObject[] {
  const blocks = withLineEnds(pem).match(PUBLIC_BLOCK);
  if (blocks === null) throw new KeyError(`${where} has no public key in PEM. ${HOW_TO_MAKE_ONE}`);
  return blocks.map((block) => parse(block, `${where} has a broken public key`, where, createPublicKey));
}

/** Of a private key or of a public one, which is returned as it is. */
export function publicHalf(key: KeyObject): KeyObject {
  return key.type === 'private' ? createPublicKey(key) : key;
}

/** What a key is called: the hex SHA-256 of its public half's SPKI in DER, as `openssl pkey -pubout -outform DER` gives it. */
export function keyId(key: KeyObject): string {
  return sha256(publicHalf(key).export({ type: 'spki', format: 'der' }));
}

function parse(pem: string, problem: string, where: string, read: (pem: string) => KeyObject): KeyObject {
  const key = readOrThrow(withLineEnds(pem), problem, read);
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw new KeyError(`${where} has a key of type ${key.asymmetricKeyType}, and Ed25519 is needed. ${HOW_TO_MAKE_ONE}`);
}

function readOrThrow(pem: string, problem: string, read: (pem: string) => KeyObject): KeyObject {
  try {
    return read(pem);
  } catch (cause) {
    throw new KeyError(`${problem}. ${HOW_TO_MAKE_ONE}`, { cause });
  }
}

function withLineEnds(pem: string): string {
  return pem.replaceAll('\\n', '\n');
}
