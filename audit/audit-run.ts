/** Audits one run: every check in its order, each made even where another has failed. */
import type { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import type { Provenance } from '../contracts/artifact.ts';
import { RECORD_SCHEMA, RUN_FILES, runFolder, type RunRecord } from '../contracts/run-record.ts';
import { sha256 } from '../core/canonical.ts';
import { verifyEnvelope } from '../provenance/envelope.ts';
import { AuditedRun } from './audited-run.ts';
import { type Attestation, openAttestation } from './attestation.ts';
import { type CheckName, type CheckResult, type Finding, makeCheck, NotChecked } from './check.ts';
import { checkCarriers } from './checks/carriers.ts';
import { checkChain } from './checks/chain.ts';
import { checkComplete } from './checks/complete.ts';
import { checkEmbeddings } from './checks/embeddings.ts';
import { checkHistory } from './checks/history.ts';
import { checkIdentity } from './checks/identity.ts';
import { checkMetrics } from './checks/metrics.ts';
import { checkObjects } from './checks/objects.ts';
import { checkPromotion } from './checks/promotion.ts';
import { checkRanks } from './checks/ranks.ts';
import { checkSchema } from './checks/schema.ts';
import { checkSignature, type Trust } from './checks/signature.ts';
import { checkSplit } from './checks/split.ts';
import { checkStatement } from './checks/statement.ts';
import { checkSteps } from './checks/steps.ts';
import { checkSummary } from './checks/summary.ts';
import { checkTimestamp } from './checks/timestamp.ts';
import { parseJson } from './parse-json.ts';
import { type Resting, restingIn } from './resting.ts';
import type { VerifyOptions } from './verify-objects.ts';

export interface AuditOptions extends Trust, VerifyOptions {
  /** Whether parts and ranks are made again too. */
  readonly deep: boolean;
  /** The checks that the reader asked for; null: all, and one that can't be made leaves the audit incomplete. */
  readonly only: readonly CheckName[] | null;
  /** Digest of the sources that audit, as records have it of those that recorded; null: not known. */
  readonly codeSources: string | null;
  /** Of the authority whose time stamp a run must have; null: none is verified. */
  readonly tsaCertificate: X509Certificate | null;
  /** Folder for what has to be a file to be read. */
  readonly scratch: string;
  /** What audits of the same process have computed from the same files: runs of a sweep share evaluations. */
  readonly computed: Map<string, unknown>;
  /** Told when a check begins. */
  readonly onCheck: (check: CheckName) => void;
}

export interface RunAudit {
  readonly run: Provenance;
  /** SHA-256 of record.json; null: there is none. */
  readonly record: string | null;
  readonly deep: boolean;
  /** The checks that were asked for; null: all. */
  readonly only: readonly CheckName[] | null;
  /**
   * incomplete: nothing differs, but a check could not be made; unreadable: it was recorded by another version of veille,
   * which attested nothing.
   */
  readonly state: 'clean' | 'damaged' | 'incomplete' | 'unreadable';
  /** Of the trusted key that has signed it; null: nobody who is trusted has. */
  readonly signedBy: string | null;
  /** What the record says and nothing in the bucket proves: it rests on that signature, or on nothing. */
  readonly resting: readonly Resting[];
  readonly checks: readonly CheckResult[];
}

/**
 * Writes nothing to the store, and asks nothing but the store.
 *
 * @throws what the store throws when it can't be reached; the signal's reason
 */
export async function auditRun(store: ObjectStore, run: Provenance, options: AuditOptions): Promise<RunAudit> {
  const { deep, only, scratch, signal, onCheck } = options;
  const folder = runFolder(run);
  const key = `${folder}${RUN_FILES.record}`;
  const body = (await store.get(key))?.body ?? null;
  const attestation = await openAttestation(store, folder);
  const { record, finding } = checkSchema(key, body);
  // Not after the signal: what it has stopped is no answer.
  const answers = (): Promise<boolean> =>
    store.head(key).then(
      () => !signal.aborted,
      () => false,
    );
  const about = { run, record: body && sha256(body), deep, only };
  if (isOfAnotherVersion(parseJson(body), attestation)) {
    const schema = await makeCheck('schema', async () => finding, { record: key, damaged: new Set(), answers });
    return { ...about, state: 'unreadable', signedBy: null, resting: [], checks: [schema] };
  }
  const recorded = parseJson(body) as RunRecord;
  const { computed } = options;
  const audited = record && new AuditedRun(record, store, scratch, signal, { run, recorded, computed });
  const verification = attestation.envelope && verifyEnvelope(attestation.envelope, options.keys);
  const signedBy = verification?.state === 'signed' ? verification.keyId : null;
  const isThisCode = record !== null && isMadeBy(record, options.codeSources);

  const checks: CheckResult[] = [];
  const check = async (name: CheckName, look: () => Finding | Promise<Finding>): Promise<void> => {
    if (only && !only.includes(name)) return;
    signal.throwIfAborted();
    onCheck(name);
    const damaged = new Set(checks.flatMap(({ differences }) => differences.map(({ object }) => object)));
    checks.push(await makeCheck(name, async () => look(), { record: key, damaged, answers }));
  };
  const ofRecord = (look: (run: AuditedRun) => Promise<Finding>) => async (): Promise<Finding> => {
    if (audited) return look(audited);
    throw new NotChecked('the record can not be read');
  };

  await check('signature', () => checkSignature(attestation, options));
  await check('timestamp', () => checkTimestamp(store, folder, record, options.tsaCertificate));
  await check('statement', () => checkStatement(store, folder, attestation));
  await check('schema', () => finding);
  await check('objects', () => checkObjects(store, parseJson(body), options));
  await check(
    'identity',
    ofRecord((one) => checkIdentity(run, one, attestation)),
  );
  await check(
    'carriers',
    ofRecord((one) => checkCarriers(one, attestation, { isSigned: signedBy !== null, isThisCode })),
  );
  await check(
    'steps',
    ofRecord((one) => checkSteps(one, options.keys)),
  );
  await check('complete', ofRecord(checkComplete));
  await check('chain', ofRecord(checkChain));
  await check('summary', ofRecord(checkSummary));
  await check(
    'split',
    ofRecord((one) => checkSplit(one, deep)),
  );
  await check('embeddings', ofRecord(checkEmbeddings));
  await check('metrics', ofRecord(checkMetrics));
  if (deep || only?.includes('ranks')) await check('ranks', ofRecord(checkRanks));
  await check('history', ofRecord(checkHistory));
  await check('promotion', ofRecord(checkPromotion));

  return { ...about, state: stateOf(checks), signedBy, resting: record ? restingIn(record) : [], checks };
}

function stateOf(checks: readonly CheckResult[]): RunAudit['state'] {
  if (checks.some(({ state }) => state === 'failed')) return 'damaged';
  return checks.some(({ state }) => state === 'not-checked') ? 'incomplete' : 'clean';
}

/** Whether a worker of this code says that it computed a step of the run, and so wrote what stands beside the record. */
function isMadeBy({ environments }: RunRecord, codeSources: string | null): boolean {
  return Object.values(environments).some(({ code }) => code.sources === codeSources);
}

/** Records of this version always have an attestation beside them: one that says otherwise of itself is damaged. */
function isOfAnotherVersion(record: unknown, { isThere }: Attestation): boolean {
  const { data } = z.object({ schema: z.number() }).safeParse(record);
  return data !== undefined && data.schema !== RECORD_SCHEMA && !isThere;
}
