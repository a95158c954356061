/**
 * Time stamps (RFC 3161): an authority's word that bytes were there at a time. A worker signs its own records and says when
 * it did; the stamp is somebody else's word on that.
 */
import { randomBytes, X509Certificate } from 'node:crypto';
import { RFC3161Timestamp } from '@sigstore/core';
import { sha256 } from '../core/canonical.ts';

/** Purpose of a certificate, `id-kp-timeStamping`: no other key's word counts. */
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
/** `granted`, and `granted with modifications`. */
const GRANTED: readonly bigint[] = [0n, 1n];

/** A response that is no time stamp over the bytes, or not the authority's. */
export class TimestampError extends Error {
  override readonly name = 'TimestampError';
}

/**
 * The query for a stamp over bytes: their SHA-256, a nonce, and the wish that the answer holds the certificate.
 *
 * @returns a `TimeStampReq` in DER
 */
export function timestampQuery(bytes: Uint8Array, nonce: Uint8Array = randomNonce()): Uint8Array {
  const algorithm = sequence(Buffer.from('0609608648016503040201', 'hex'), Buffer.from('0500', 'hex'));
  const imprint = sequence(algorithm, element(0x04, Buffer.from(sha256(bytes), 'hex')));
  const version = element(0x02, Buffer.of(1));
  return sequence(version, imprint, element(0x02, nonce), element(0x01, Buffer.of(0xff)));
}

/**
 * @param response `TimeStampResp` in DER
 * @param authority its certificate, which is trusted as it is: no chain is followed
 * @returns when the authority has seen the bytes
 * @throws TimestampError
 */
export function verifyTimestamp(response: Uint8Array, bytes: Uint8Array, authority: X509Certificate): Date {
  const stamp = parsed(response, bytes);
  if (!(authority.keyUsage as readonly string[] | undefined)?.includes(TIME_STAMPING))
    throw new TimestampError(`the certificate of ${authority.subject} is not for time stamping`);
  try {
    stamp.verify(Buffer.from(bytes), authority.publicKey);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TimestampError(`it is not by ${oneLine(authority.subject)}: ${reason}`, { cause });
  }
  const at = stamp.signingTime;
  if (at < new Date(authority.validFrom) || at > new Date(authority.validTo))
    throw new TimestampError(`the certificate of ${oneLine(authority.subject)} was not valid at ${at.toISOString()}`);
  return at;
}

/**
 * Whether an answer is a stamp over these bytes at all, whoever made it: what a worker can tell, which knows no authority.
 *
 * @throws TimestampError
 */
export function requireStampOver(response: Uint8Array, bytes: Uint8Array): void {
  parsed(response, bytes);
}

/** @throws TimestampError when it is none, or over other bytes */
function parsed(response: Uint8Array, bytes: Uint8Array): RFC3161Timestamp {
  try {
    const stamp = RFC3161Timestamp.parse(Buffer.from(response));
    if (!GRANTED.includes(stamp.status))
      throw new TimestampError(`the authority refused it with status ${stamp.status}`);
    stamp.tstInfo.verify(Buffer.from(bytes));
    return stamp;
  } catch (cause) {
    if (cause instanceof TimestampError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TimestampError(`it is no time stamp over the statement: ${reason}`, { cause });
  }
}

/** A positive INTEGER in DER: its first bit is 0, and its first byte is not. */
function randomNonce(): Uint8Array {
  const nonce = randomBytes(8);
  nonce[0] = (nonce[0]! & 0x3f) | 0x40;
  return nonce;
}

function sequence(...parts: Uint8Array[]): Uint8Array {
  return element(0x30, Buffer.concat(parts));
}

/** Of fewer than 128 bytes, whose length is one byte. */
function element(tag: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.of(tag, value.length), value]);
}

function oneLine(subject: string): string {
  return subject.replaceAll('\n', ', ');
}
