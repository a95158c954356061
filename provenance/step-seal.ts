/**
 * The seal of a step record: a digest of the rest of it, which shows damage, and a signature, which shows who made it.
 * A record decides what later runs take for computed, so that whoever writes one decides their results.
 */
import { sign, verify, type KeyObject } from 'node:crypto';
import { dsse } from '@sigstore/core';
import { z } from 'zod';
import { stepSeal, type StepRecord } from '../contracts/steps.ts';
import { canonicalJson, sha256 } from '../core/canonical.ts';
import { keyId, publicHalf } from './keys.ts';

/** Signed with the record, as DSSE does: so that no signature over something else passes for one over a step record. */
const PAYLOAD_TYPE = 'application/vnd.veille.step-record+json';

/**
 * What a seal proves. `none`: the record is of a version that sealed none; `damaged`: the record is not the one that was
 * sealed; `forged`: the seal names a trusted key, and that key did not sign it.
 */
export type SealState = 'signed' | 'unknown-key' | 'unsigned' | 'none' | 'forged' | 'damaged';

const document = z.looseObject({ seal: stepSeal.exactOptional() });

/** @param signer Ed25519 private key; null: the seal has a digest and no signature */
export function sealStep(record: StepRecord, signer: KeyObject | null): StepRecord {
  const { seal: _, ...rest } = record;
  const bytes = Buffer.from(canonicalJson(rest));
  const signature = signer && {
    keyid: keyId(signer),
    sig: sign(null, dsse.preAuthEncoding(PAYLOAD_TYPE, bytes), signer).toString('base64'),
  };
  return { ...rest, seal: { sha256: sha256(bytes), ...(signature ? { signature } : {}) } };
}

/**
 * @param record JSON of a step record as it was stored: a parsed one may have defaults that were not sealed
 * @param keys Ed25519 public keys that are trusted
 */
export function sealState(record: unknown, keys: readonly KeyObject[]): SealState {
  const { data } = document.safeParse(record);
  if (!data) return 'damaged';
  const { seal, ...rest } = data;
  if (!seal) return 'none';
  const bytes = Buffer.from(canonicalJson(rest));
  if (sha256(bytes) !== seal.sha256) return 'damaged';
  if (!seal.signature) return 'unsigned';
  const { keyid, sig } = seal.signature;
  const key = keys.find((one) => keyId(one) === keyid);
  if (!key) return 'unknown-key';
  const isValid = verify(null, dsse.preAuthEncoding(PAYLOAD_TYPE, bytes), publicHalf(key), Buffer.from(sig, 'base64'));
  return isValid ? 'signed' : 'forged';
}

export interface SealOptions {
  /** Ed25519 private key; null: this process signs nothing. */
  readonly signer: KeyObject | null;
  /** Ed25519 public keys whose records are taken; none: no signature is asked for. */
  readonly keys: readonly KeyObject[];
  /** Whether records without a trusted signature are taken in spite of `keys`. */
  readonly acceptUnsigned: boolean;
}

/** Seals the records that a process writes, and decides which ones it takes. */
export class StepSeals {
  readonly #options: SealOptions;

  constructor(options: SealOptions) {
    this.#options = options;
  }

  seal(record: StepRecord): StepRecord {
    return sealStep(record, this.#options.signer);
  }

  /**
   * Whether the record is still what was sealed, whoever sealed it.
   *
   * @param record JSON as it was stored
   */
  isIntact(record: unknown): boolean {
    const state = sealState(record, this.#options.keys);
    return state !== 'damaged' && state !== 'forged';
  }

  /** Why a stored record is not to be taken; null: it is. */
  refusal(record: unknown): string | null {
    const { keys, acceptUnsigned } = this.#options;
    const state = sealState(record, keys);
    if (state === 'damaged') return 'is damaged: its seal has another digest';
    if (state === 'forged') return 'is forged: the key that it names did not sign it';
    if (state === 'signed' || keys.length === 0 || acceptUnsigned) return null;
    return state === 'unknown-key' ? 'is signed with a key that is not trusted' : 'is not signed';
  }
}

/** Of a process without keys: it finds damage, and asks nobody for a signature. */
export const KEYLESS_SEALS = new StepSeals({ signer: null, keys: [], acceptUnsigned: false });
