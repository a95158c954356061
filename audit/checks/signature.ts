/** Check `signature`: the attestation is an envelope, and signed by somebody who is trusted. */
import type { KeyObject } from 'node:crypto';
import { verifyEnvelope } from '../../provenance/envelope.ts';
import type { Attestation } from '../attestation.ts';
import { type Finding, NotChecked } from '../check.ts';

export interface Trust {
  /** Ed25519 public keys; none: a signature can't be verified. */
  readonly keys: readonly KeyObject[];
  /** Whether an unsigned run is a failure. */
  readonly requireSignature: boolean;
}

/** @throws NotChecked where there is no key to verify with */
export function checkSignature({ key, envelope, problem }: Attestation, { keys, requireSignature }: Trust): Finding {
  const finding = {
    count: envelope?.signatures.length ?? 0,
    unit: 'signatures',
    bytes: envelope?.payload.length ?? 0,
    note: null,
    differences: [],
  };
  const fails = (found: string, expected = 'a signature with a trusted key'): Finding => ({
    ...finding,
    differences: [{ object: key, place: null, expected, found }],
  });
  if (!envelope) return fails(problem ?? 'nothing', 'an attestation');
  const verification = verifyEnvelope(envelope, keys);
  if (verification.state === 'unsigned')
    return requireSignature ? fails('no signature') : { ...finding, note: 'the run is not signed' };
  if (keys.length === 0 && !requireSignature) {
    const signers = envelope.signatures.map(({ keyid }) => keyid).join(', ');
    throw new NotChecked(`not verified: no key given; it says that it is signed with key ${signers}`);
  }
  if (verification.state === 'signed') return { ...finding, note: `Ed25519, key ${verification.keyId}` };
  if (verification.state === 'unknown-key')
    return fails(`signed with key ${verification.keyIds.join(', ')}, which is not trusted`);
  return fails(`one that key ${verification.keyId} did not make, though it names that key`);
}
