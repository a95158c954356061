/** Reads the records of many runs, several at a time. */
import { z } from 'zod';
import type { ChampionFile } from '../../contracts/champion.ts';
import { RUN_FILES } from '../../contracts/run-record.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import type { ListedRun } from './list-runs.ts';
import { unreadableReason } from './parse-record.ts';
import { summaryOf, type RunSummary } from './run-summary.ts';
import { mapParallel } from '../../adapters/requests/map-parallel.ts';

/** Enough to hide a bucket's latency; a record is a few hundred kilobytes at most. */
const CONCURRENCY = 16;

export interface UnreadableRecord {
  readonly key: string;
  readonly reason: string;
}

export interface ReadRuns {
  /** In the order of the listing. */
  readonly runs: readonly RunSummary[];
  readonly unreadable: readonly UnreadableRecord[];
}

/** What a DSSE envelope says of itself; whether a signature is good is another question. */
const envelope = z.object({ signatures: z.array(z.object({ keyid: z.string() })) });

/**
 * @param champions null where nothing was promoted so far
 * @param onRead called after each record
 */
export async function readRuns(
  store: ObjectStore,
  listed: readonly ListedRun[],
  champions: ChampionFile | null,
  onRead: () => void,
): Promise<ReadRuns> {
  const results = await mapParallel(
    listed,
    async (run) => {
      const result = await readRun(store, run, champions);
      onRead();
      return result;
    },
    { concurrency: CONCURRENCY },
  );
  return {
    runs: results.flatMap((result) => ('reason' in result ? [] : [result])),
    unreadable: results.flatMap((result) => ('reason' in result ? [result] : [])),
  };
}

async function readRun(
  store: ObjectStore,
  run: ListedRun,
  champions: ChampionFile | null,
): Promise<RunSummary | UnreadableRecord> {
  const key = run.folder + RUN_FILES.record;
  const found = await store.get(key);
  if (!found) return { key, reason: 'it was removed while the runs were listed' };
  const { tags } = run;
  const signedBy = await signersOf(store, run);
  try {
    return summaryOf(found.body, { tags, signedBy, champions });
  } catch (cause) {
    return { key, reason: unreadableReason(cause) };
  }
}

/** Key IDs that the run's attestation names; none where it is unsigned, is no envelope or is not there. */
async function signersOf(store: ObjectStore, { folder, attested }: ListedRun): Promise<string[]> {
  const found = attested ? await store.get(folder + RUN_FILES.attestation) : null;
  if (!found) return [];
  try {
    const { signatures } = envelope.parse(JSON.parse(Buffer.from(found.body).toString('utf8')));
    return signatures.map(({ keyid }) => keyid);
  } catch {
    return [];
  }
}
