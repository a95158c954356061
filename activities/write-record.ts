/** Activity `writeRecord`: the record of a run and what is made of it, the record itself last, and with it the champion's move. */
import { Context, log } from '@temporalio/activity';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { askForTimestamp, TimestampAuthorityError } from '../adapters/timestamp-authority.ts';
import type { RecordInput } from '../contracts/activities.ts';
import type { ArtifactRef, Provenance } from '../contracts/artifact.ts';
import type { ChampionEntry } from '../contracts/champion.ts';
import { RUN_FILES, runFolder } from '../contracts/run-record.ts';
import { encoderRef } from '../contracts/steps.ts';
import { sha256 } from '../core/canonical.ts';
import { carriersOf } from '../provenance/carriers.ts';
import { requireStampOver, TimestampError, timestampQuery } from '../provenance/timestamp.ts';
import type { CpuActivityDeps } from './deps.ts';
import { finishedRun } from './finished-run.ts';
import { publishRecord, putRecord, reference } from './publish-record.ts';
import { keepHistory } from './run-history.ts';
import { buildRunRecord } from './run-record.ts';
import { signModel } from './sign-model.ts';
import { runStep } from './step.ts';

type Deps = Pick<
  CpuActivityDeps,
  'artifacts' | 'records' | 'champions' | 'recording' | 'trainer' | 'scratch' | 'preemption'
>;

/**
 * Writes the record, moves the champion where the input says so, and remembers the run by what it was made of, for
 * `recallRun`. Null: the champion has moved since the candidate was measured, and nothing is recorded.
 */
export function createWriteRecord(deps: Deps) {
  const { records } = deps;
  return async (input: RecordInput): Promise<ArtifactRef | null> => {
    const { workflowExecution, activityId } = Context.current().info;
    const { workflowId, runId } = workflowExecution ?? { workflowId: '', runId: '' };
    const ref = await recorded(deps, input, { workflowId, runId }, activityId);
    if (!ref) return null;
    const { result, steps: _, promote: __, ...identity } = input;
    // The same run again has another chance to be tracked, and to be approved.
    if (result.tracking.state !== 'failed' && result.promotion.state !== 'expired')
      await runStep(records, finishedRun(identity, championAfter(result)), async () => ({
        ...result,
        artifacts: { ...result.artifacts, record: ref },
      }));
    return ref;
  };
}

/** Revision of the champion that the run leaves; null: there is none. */
function championAfter({ promotion, gate: { reference: of } }: RecordInput['result']): number | null {
  return promotion.revision ?? (of.kind === 'champion' ? of.revision : null);
}

/** The record that stands there, of an attempt whose answer was lost or that was killed, or a new one. */
async function recorded(
  deps: Deps,
  input: RecordInput,
  run: Provenance,
  activityId: string,
): Promise<ArtifactRef | null> {
  const { artifacts, champions, recording } = deps;
  const { objects } = artifacts;
  const folder = runFolder(run);
  const key = `${folder}${RUN_FILES.record}`;
  const earlier = await objects.get(key);
  if (earlier) return reference(key, earlier.body);
  const moved = input.promote ? await champions.promotionBy(run) : null;
  const published = moved && (await publishRecord(artifacts, moved));
  if (published) return published;
  const { namespace, exportHistory, signer } = recording;
  const { ref: history, startedBy, parent } = await keepHistory(objects, run, exportHistory, activityId);
  const temporal = { namespace, startedBy, parent, history };
  const record = await buildRunRecord(artifacts, deps.records.seals, input, run, temporal);
  const modelSignature = await signedModel(deps, input);
  const files = new Map(carriersOf(record, { modelSignature, signer }));
  const stamp = await timestamp(files.get(RUN_FILES.attestation), recording.tsaUrl);
  if (stamp) files.set(RUN_FILES.timestamp, stamp);
  for (const [name, bytes] of files) if (name !== RUN_FILES.record) await replace(objects, `${folder}${name}`, bytes);
  const body = files.get(RUN_FILES.record) ?? new Uint8Array();
  if (!input.promote) return putRecord(artifacts, key, body);
  const entry = await promoteWith(deps, input.promote, input.result.promotion, await artifacts.putBytes(body));
  if (entry) return (await publishRecord(artifacts, entry)) ?? putRecord(artifacts, key, body);
  // It lacks the events of the judgement that follows.
  await objects.delete([history.key]);
  return null;
}

/** The one write that makes the candidate the champion and the record the run's. */
async function promoteWith(
  { champions }: Deps,
  { candidate, expected }: NonNullable<RecordInput['promote']>,
  { by, at, note }: RecordInput['result']['promotion'],
  record: ArtifactRef,
): Promise<ChampionEntry | null> {
  if (by === null || at === null) throw new RangeError('a promotion says who decided it, and when');
  return champions.promote(candidate, { expected, by, note, at: new Date(at), record });
}

/** Null where no authority is known, or it gives none: a run that has come to its record is not to fail of that. */
async function timestamp(attestation: Uint8Array | undefined, url: string | null): Promise<Uint8Array | null> {
  if (url === null || !attestation) return null;
  try {
    const stamp = await askForTimestamp(url, timestampQuery(attestation));
    requireStampOver(stamp, attestation);
    return stamp;
  } catch (error) {
    if (!(error instanceof TimestampAuthorityError || error instanceof TimestampError)) throw error;
    log.warn('the record is not time stamped', { reason: error.message });
    return null;
  }
}

async function signedModel(deps: Deps, { steps }: RecordInput): Promise<Uint8Array | null> {
  const key = deps.recording.modelSigningKey;
  if (key === null) return null;
  return signModel(deps, encoderRef.parse(steps['export-tuned']?.result).files, key);
}

/** While there is no record, what another attempt has left is nobody's: this attempt's stands with its record. */
async function replace(objects: ObjectStore, key: string, body: Uint8Array): Promise<void> {
  while (!(await objects.putIfAbsent(key, body))) {
    const found = await objects.get(key);
    if (found && (sha256(found.body) === sha256(body) || (await objects.putIfMatch(key, body, found.etag)))) return;
  }
}
