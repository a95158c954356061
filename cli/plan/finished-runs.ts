/** The newest finished runs of a bucket, as far as they tell how long things take. */
import type { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { runResult, type RunResult } from '../../contracts/run-result.ts';
import { stepRecord } from '../../contracts/steps.ts';
import { parseRunRecord } from '../records/parse-record.ts';
import { architectureOf, type Architecture } from './architecture.ts';
import { pairsIn } from './planned-parts.ts';
import { rowTokens, type RowTokens } from './text-lengths.ts';
import { mapParallel } from '../../adapters/requests/map-parallel.ts';

/** Runs that are read. */
const NEWEST = 8;
/** Enough to hide a bucket's latency. */
const CONCURRENCY = 4;

export interface FinishedRun {
  readonly record: RunRecord;
  /** With the times at which the run's steps began and ended. */
  readonly result: RunResult;
  readonly architecture: Architecture;
  /** Of its test part, at the lengths at which it was encoded and trained. */
  readonly tokens: RowTokens;
}

/** Newest first; those that can't be read any more are left out. */
export async function finishedRuns(artifacts: ArtifactStore): Promise<FinishedRun[]> {
  const listed: { readonly key: string; readonly modified: Date }[] = [];
  for await (const object of artifacts.objects.list('steps/run/')) listed.push(object);
  const newest = listed.sort((a, b) => b.modified.getTime() - a.modified.getTime()).slice(0, NEWEST);
  const runs = await mapParallel(newest, ({ key }) => readRun(artifacts, key).catch(() => null), {
    concurrency: CONCURRENCY,
  });
  return runs.filter((run) => run !== null);
}

async function readRun(artifacts: ArtifactStore, key: string): Promise<FinishedRun | null> {
  const found = await artifacts.objects.get(key);
  const parsed = found && stepRecord.parse(JSON.parse(Buffer.from(found.body).toString('utf8')));
  const result = runResult.parse(parsed?.result);
  const { record: recordRef, 'test part': test } = result.artifacts;
  if (!recordRef || !test) return null;
  const record = parseRunRecord(await artifacts.getBytes(recordRef));
  const configuration = record.sources.model.files.find(({ path }) => path.endsWith('config.json'));
  const file = record.sources.model.files.find(({ path }) => path === 'config.json') ?? configuration;
  const architecture = file ? architectureOf(Buffer.from(await artifacts.getBytes(file)).toString('utf8')) : null;
  if (!architecture) return null;
  const { maxSeqLength } = record.config.model;
  const tokens = rowTokens(await pairsIn(artifacts, test), maxSeqLength, architecture.embeddings);
  return { record, result, architecture, tokens };
}
