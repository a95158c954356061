/** Audits one run: every check in its order, each made even where another has failed. */
import { z } from 'zod';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import type { Provenance } from '../contracts/artifact.ts';
import { RECORD_SCHEMA, RUN_FILES, runFolder } from '../contracts/run-record.ts';
import { sha256 } from '../core/canonical.ts';
import { AuditedRun } from './audited-run.ts';
import { type Attestation, openAttestation } from './attestation.ts';
import { type CheckName, type CheckResult, type Finding, makeCheck, NotChecked } from './check.ts';
import { checkChain } from './checks/chain.ts';
import { checkEmbeddings } from './checks/embeddings.ts';
import { checkHistory } from './checks/history.ts';
import { checkMetrics } from './checks/metrics.ts';
import { checkObjects } from './checks/objects.ts';
import { checkRanks } from './checks/ranks.ts';
import { checkSchema } from './checks/schema.ts';
import { checkSignature, type Trust } from './checks/signature.ts';
import { checkSplit } from './checks/split.ts';
import { checkStatement } from './checks/statement.ts';
import { checkSteps } from './checks/steps.ts';
import { parseJson } from './parse-json.ts';
import type { VerifyOptions } from './verify-objects.ts';

export interface AuditOptions extends Trust, VerifyOptions {
  /** Whether parts and ranks are made again too. */
  readonly deep: boolean;
  /** Folder for what has to be a file to be read. */
  readonly scratch: string;
  /** Told when a check begins. */
  readonly onCheck: (check: CheckName) => void;
}

export interface RunAudit {
  readonly run: Provenance;
  /** SHA-256 of record.json; null: there is none. */
  readonly record: string | null;
  readonly deep: boolean;
  /** unreadable: it was recorded by another version of veille, which attested nothing. */
  readonly state: 'clean' | 'damaged' | 'unreadable';
  readonly checks: readonly CheckResult[];
}

/**
 * Writes nothing to the store, and asks nothing but the store.
 *
 * @throws what the store throws when it can't be reached; the signal's reason
 */
export async function auditRun(store: ObjectStore, run: Provenance, options: AuditOptions): Promise<RunAudit> {
  const { deep, scratch, signal, onCheck } = options;
  const folder = runFolder(run);
  const key = `${folder}${RUN_FILES.record}`;
  const body = (await store.get(key))?.body ?? null;
  const attestation = await openAttestation(store, folder);
  const { record, finding } = checkSchema(key, body);
  if (isOfAnotherVersion(parseJson(body), attestation)) {
    const schema = await makeCheck('schema', async () => finding, { record: key, damaged: new Set() });
    return { run, record: body && sha256(body), deep, state: 'unreadable', checks: [schema] };
  }
  const audited = record && new AuditedRun(record, store, scratch, signal);

  const checks: CheckResult[] = [];
  const check = async (name: CheckName, look: () => Finding | Promise<Finding>): Promise<void> => {
    signal.throwIfAborted();
    onCheck(name);
    const damaged = new Set(checks.flatMap(({ differences }) => differences.map(({ object }) => object)));
    checks.push(await makeCheck(name, async () => look(), { record: key, damaged }));
  };
  const ofRecord = (look: (run: AuditedRun) => Promise<Finding>) => async (): Promise<Finding> => {
    if (audited) return look(audited);
    throw new NotChecked('the record can not be read');
  };

  await check('signature', () => checkSignature(attestation, options));
  await check('statement', () => checkStatement(store, folder, attestation, record, options.keys));
  await check('schema', () => finding);
  await check('objects', () => checkObjects(store, parseJson(body), options));
  await check('steps', ofRecord(checkSteps));
  await check('chain', ofRecord(checkChain));
  await check(
    'split',
    ofRecord((one) => checkSplit(one, deep)),
  );
  await check('embeddings', ofRecord(checkEmbeddings));
  await check('metrics', ofRecord(checkMetrics));
  if (deep) await check('ranks', ofRecord(checkRanks));
  await check('history', ofRecord(checkHistory));

  const state = checks.some((one) => one.state === 'failed') ? 'damaged' : 'clean';
  return { run, record: body && sha256(body), deep, state, checks };
}

/** Records of this version always have an attestation beside them: one that says otherwise of itself is damaged. */
function isOfAnotherVersion(record: unknown, { isThere }: Attestation): boolean {
  const { data } = z.object({ schema: z.number() }).safeParse(record);
  return data !== undefined && data.schema !== RECORD_SCHEMA && !isThere;
}
