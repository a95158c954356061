/** Check `statement`: the attested digests are those of the files in the run's folder, and of what the record names. */
import type { KeyObject } from 'node:crypto';
import pMap from 'p-map';
import { z } from 'zod';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { sha256Hex } from '../../contracts/artifact.ts';
import { RUN_FILES, type RunRecord } from '../../contracts/run-record.ts';
import { sha256 } from '../../core/canonical.ts';
import { verifyEnvelope } from '../../provenance/envelope.ts';
import { provenanceStatement, STATEMENT_TYPE } from '../../provenance/statement.ts';
import type { Attestation } from '../attestation.ts';
import { type Difference, type Finding, NotChecked } from '../check.ts';
import { firstDifference } from '../first-difference.ts';

const statement = z.object({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.array(z.object({ name: z.string(), digest: z.object({ sha256: sha256Hex }) })).min(1),
});

/** A run folder's files have names without a slash; those of others begin with their step. */
const IN_FOLDER = /^[^/]+$/;

/**
 * @param folder of the run
 * @param record null: it can't be read, and nothing is compared with it
 * @param keys that are trusted: a statement that one of them signed may be of another version's making
 * @throws NotChecked where there is no envelope
 * @throws SyntaxError or z.ZodError when the payload is no in-toto statement
 */
export async function checkStatement(
  store: ObjectStore,
  folder: string,
  { key, envelope }: Attestation,
  record: RunRecord | null,
  keys: readonly KeyObject[],
): Promise<Finding> {
  if (!envelope) throw new NotChecked('the attestation can not be read');
  const isSigned = verifyEnvelope(envelope, keys).state === 'signed';
  const told: unknown = JSON.parse(envelope.payload.toString('utf8'));
  const { subject } = statement.parse(told);
  const attested = subject.filter(({ name }) => IN_FOLDER.test(name));
  const digests = Object.fromEntries(attested.map(({ name, digest }) => [name, digest.sha256]));
  const files = await pMap(attested, (one) => fileDifference(store, folder + one.name, one.digest.sha256), {
    concurrency: 4,
  });
  const missing: Difference | null =
    RUN_FILES.record in digests
      ? null
      : { object: key, place: 'subject', expected: RUN_FILES.record, found: 'nothing' };
  const remade = record && firstDifference(key, provenanceStatement(record, digests), told);
  return {
    count: subject.length,
    unit: 'subjects',
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    note: remade && isSigned ? `another version of veille wrote it: ${remade.place ?? 'it'} differs` : null,
    differences: [...files.map(({ difference }) => difference), missing, isSigned ? null : remade].filter(
      (difference) => difference !== null,
    ),
  };
}

async function fileDifference(
  store: ObjectStore,
  key: string,
  expected: string,
): Promise<{ readonly bytes: number; readonly difference: Difference | null }> {
  const body = (await store.get(key))?.body;
  const found = body ? `sha256 ${sha256(body)}` : 'no such object';
  const wanted = `sha256 ${expected}`;
  const difference = found === wanted ? null : { object: key, place: null, expected: wanted, found };
  return { bytes: body?.length ?? 0, difference };
}
