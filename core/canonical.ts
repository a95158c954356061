/** Digests: one way to turn bytes and JSON values into SHA-256. */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** Hex SHA-256 of bytes, or of a string's UTF-8. */
export function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/**
 * JSON in canonical form (RFC 8785, JCS): sorted keys, no white space, shortest numbers.
 *
 * @throws TypeError when the value has no JSON form (a function, NaN, a cycle).
 */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError(`No canonical JSON for a value of type ${typeof value}`);
  return text;
}

/** Hex SHA-256 of a value's canonical JSON. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value));
}
