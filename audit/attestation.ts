/** The attestation of a run as it was found: an envelope, or what is wrong with it. */
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { RUN_FILES } from '../contracts/run-record.ts';
import { type Envelope, EnvelopeError, openEnvelope } from '../provenance/envelope.ts';

export interface Attestation {
  readonly key: string;
  readonly isThere: boolean;
  /** Null: `problem` says why. */
  readonly envelope: Envelope | null;
  readonly problem: string | null;
}

/** @param folder of the run */
export async function openAttestation(store: ObjectStore, folder: string): Promise<Attestation> {
  const key = `${folder}${RUN_FILES.attestation}`;
  const found = await store.get(key);
  if (!found) return { key, isThere: false, envelope: null, problem: 'no such object' };
  try {
    return { key, isThere: true, envelope: openEnvelope(found.body), problem: null };
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    return { key, isThere: true, envelope: null, problem: error.message };
  }
}
