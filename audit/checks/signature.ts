/** Check `signature`: the attestation is an envelope, and signed by somebody who is trusted. */
import type { KeyObject } from 'node:crypto';
import { verifyEnvelope } from '../../provenance/envelope.ts';
import type { Attestation } from '../attestation.ts';
import { type Finding, NotChecked } from '../check.ts';

export interface Trust {
  /** Ed25519 public keys; none: a signature can't be verified. */
  readonly keys: readonly KeyObject[];
  /** Whether an unsigned run is a failure although no key is known. */
  readonly requireSignature: boolean;
  /** Whether a run that nobody trusted has signed may pass: what rests on the signature then rests on nothing. */
  readonly allowUnsigned: boolean;
}

/** @throws NotChecked where there is no key to verify with */
export function checkSignature(
  { key, envelope, problem }: Attestation,
  { keys, requireSignature, allowUnsigned }: Trust,
): Finding {
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
  // Somebody who knows a key expects signed runs: whoever may write the bucket may take a signature away.
  const isRequired = requireSignature || (keys.length > 0 && !allowUnsigned);
  if (verification.state === 'unsigned') {
    if (!isRequired) return { ...finding, note: 'the run is not signed' };
    return fails('no signature: if the run was never signed, --allow-unsigned audits it all the same');
  }
  if (verification.state === 'unknown-key') {
    const signers = verification.keyIds.join(', ');
    if (isRequired)
      return fails(`signed with key ${signers}, which is not trusted: give --key with its public half if it should be`);
    if (allowUnsigned) return { ...finding, note: `signed with key ${signers}, which is not verified` };
    throw new NotChecked(
      `can't be verified: it says that it is signed with key ${signers}; give --key with its public half`,
    );
  }
  if (verification.state === 'signed') return { ...finding, note: `Ed25519, key ${verification.keyId}` };
  return fails(`one that key ${verification.keyId} did not make, though it names that key`);
}
