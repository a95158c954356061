/** The record of a run in the forms that others can read, with the statement that binds them together. */
import type { KeyObject } from 'node:crypto';
import { RUN_FILES, type RunRecord } from '../contracts/run-record.ts';
import { sha256 } from '../core/canonical.ts';
import { runCrate, type LocalFiles } from './crate/crate.ts';
import { sealEnvelope } from './envelope.ts';
import { modelCard } from './model-card/model-card.ts';
import { provenanceStatement, type Digests } from './statement.ts';
import { workflowDescription } from './workflow-description.ts';

export interface CarrierOptions {
  /** OpenSSF model signing bundle over the fine-tuned encoder; null: it is not signed. */
  readonly modelSignature: Uint8Array | null;
  /** Ed25519 private key that signs the statement; null: the statement is unsigned. */
  readonly signer: KeyObject | null;
}

/**
 * All files of the run's folder but its history, which the record refers to.
 *
 * @returns name → bytes in the order in which they are to be written: the record is last, and whoever sees it sees all.
 * The same record, signature and key give the same bytes
 */
export function carriersOf(
  record: RunRecord,
  { modelSignature, signer }: CarrierOptions,
): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  if (modelSignature) files.set(RUN_FILES.modelSignature, modelSignature);
  files.set(RUN_FILES.workflow, json(workflowDescription(record)));
  files.set(RUN_FILES.modelCard, Buffer.from(modelCard(record)));
  const recordBytes = json(record);
  const beside = { ...stored(files), ...historyOf(record), ...stored([[RUN_FILES.record, recordBytes]]) };
  files.set(RUN_FILES.crate, json(runCrate(record, { ...beside, [RUN_FILES.attestation]: null })));
  const statement = provenanceStatement(record, digestsOf({ ...beside, ...stored(files) }));
  files.set(RUN_FILES.attestation, sealEnvelope(statement, signer));
  return files.set(RUN_FILES.record, recordBytes);
}

type Stored = Record<string, NonNullable<LocalFiles[string]>>;

function stored(files: Iterable<readonly [name: string, bytes: Uint8Array]>): Stored {
  return Object.fromEntries([...files].map(([name, bytes]) => [name, { sha256: sha256(bytes), bytes: bytes.length }]));
}

function digestsOf(files: Stored): Digests {
  return Object.fromEntries(Object.entries(files).map(([name, { sha256: digest }]) => [name, digest]));
}

function historyOf({ temporal: { history } }: RunRecord): Stored {
  return history ? { [RUN_FILES.history]: history } : {};
}

function json(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}
