/**
 * DSSE envelopes (https://github.com/secure-systems-lab/dsse) around in-toto statements: what is signed is the payload
 * with its type, never its JSON as somebody has written it out again.
 */
import { sign, verify, type KeyObject } from 'node:crypto';
import { dsse } from '@sigstore/core';
import { z } from 'zod';
import { canonicalJson } from '../core/canonical.ts';
import { keyId, publicHalf } from './keys.ts';

export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

const envelopeJson = z.strictObject({
  payload: z.base64(),
  payloadType: z.literal(PAYLOAD_TYPE),
  signatures: z.array(z.strictObject({ keyid: z.string(), sig: z.base64() })),
});

export interface Envelope {
  /** JSON of the statement, as it was signed. */
  readonly payload: Buffer;
  readonly signatures: readonly { readonly keyid: string; readonly sig: Buffer }[];
}

/** forged: it claims a known key, and that key did not sign it. */
export type Verification =
  | { readonly state: 'signed' | 'forged'; readonly keyId: string }
  | { readonly state: 'unknown-key'; readonly keyIds: readonly string[] }
  | { readonly state: 'unsigned' };

/** Bytes that are no envelope as {@link sealEnvelope} writes it. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError';
}

/**
 * The same statement and key give the same bytes: Ed25519 signatures are deterministic.
 *
 * @param statement has a JSON form, and is written in its canonical one
 * @param signer Ed25519 private key; null: the envelope has no signature
 */
export function sealEnvelope(statement: unknown, signer: KeyObject | null): Uint8Array {
  const payload = Buffer.from(canonicalJson(statement));
  const signatures = signer ? [{ keyid: keyId(signer), sig: sign(null, preAuthentication(payload), signer) }] : [];
  return encode({ payload, signatures });
}

/**
 * @throws {EnvelopeError} also for another spelling of the same envelope: one that was written again is not the one that
 * was stored
 */
export function openEnvelope(bytes: Uint8Array): Envelope {
  const { payload, signatures } = parse(Buffer.from(bytes).toString('utf8'));
  const envelope = {
    payload: Buffer.from(payload, 'base64'),
    signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig: Buffer.from(sig, 'base64') })),
  };
  if (encode(envelope).equals(bytes)) return envelope;
  throw new EnvelopeError('The envelope is not as it was written: its JSON has another form');
}

/** @param keys Ed25519 public keys that are trusted; a private key stands for its public half */
export function verifyEnvelope({ payload, signatures }: Envelope, keys: readonly KeyObject[]): Verification {
  if (signatures.length === 0) return { state: 'unsigned' };
  const known = new Map(keys.map((key) => [keyId(key), key]));
  const claimed = signatures.flatMap(({ keyid, sig }) => {
    const key = known.get(keyid);
    return key ? [{ keyid, sig, key }] : [];
  });
  const signed = preAuthentication(payload);
  const valid = claimed.find(({ sig, key }) => verify(null, signed, publicHalf(key), sig));
  if (valid) return { state: 'signed', keyId: valid.keyid };
  const [forged] = claimed;
  if (forged) return { state: 'forged', keyId: forged.keyid };
  return { state: 'unknown-key', keyIds: signatures.map(({ keyid }) => keyid) };
}

function encode({ payload, signatures }: Envelope): Buffer {
  const json: z.input<typeof envelopeJson> = {
    payload: payload.toString('base64'),
    payloadType: PAYLOAD_TYPE,
    signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig: sig.toString('base64') })),
  };
  return Buffer.from(`${JSON.stringify(json, null, 2)}\n`);
}

function parse(text: string): z.output<typeof envelopeJson> {
  try {
    return envelopeJson.parse(JSON.parse(text));
  } catch (cause) {
    const said = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new EnvelopeError(`Not a DSSE envelope of an in-toto statement: ${said}`, { cause });
  }
}

function preAuthentication(payload: Buffer): Buffer {
  return dsse.preAuthEncoding(PAYLOAD_TYPE, payload);
}
