/** Finds the record of one run: in the bucket alone, where only finished runs have one. */
import { ChampionStore } from '../../adapters/champion/champion-store.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { RUN_FILES, runFolder, type RunRecord, workflowFolder } from '../../contracts/run-record.ts';
import { CliError, EXIT, RunNotFoundError } from '../exit.ts';
import { parseRunRecord, unreadableReason } from './parse-record.ts';
import type { RunArgument } from './run-argument.ts';

/** `runs/<workflow id>/<run id>/record.json`, where `writeRecord` puts it. */
const RECORD = /^runs\/[^/]+\/[^/]+\/record\.json$/;

/**
 * The record of a certain run, or the one that was written last.
 *
 * @param run undefined: of any workflow ID
 * @throws {RunNotFoundError} when no such run has finished.
 * @throws {CliError} when no run at all has, or the record can't be read.
 */
export async function findRecord(store: ObjectStore, run?: RunArgument): Promise<RunRecord> {
  const key =
    run?.runId === undefined ? await newestKey(store, run?.workflowId) : recordKey({ ...run, runId: run.runId });
  const record = key === null ? null : await readRecord(store, key);
  if (record === null) throw nothingFound(store, run);
  return record;
}

/**
 * The record of the run that the champion comes from.
 *
 * @throws {CliError} when there is no champion, or its record is gone or can't be read.
 */
export async function championRecord(store: ObjectStore): Promise<RunRecord> {
  const champion = (await new ChampionStore(store).read())?.entries[0];
  if (champion === undefined)
    throw new CliError(
      `There is no champion yet in ${store.url}; without --champion, the newest finished run is searched.`,
      EXIT.failed,
    );
  const key = recordKey(champion.run);
  const record = await readRecord(store, key);
  if (record) return record;
  const message = `${key} is not in ${store.url}: its run has not ended yet, or the record was removed. --run searches another run.`;
  throw new CliError(message, EXIT.failed);
}

function recordKey(run: Parameters<typeof runFolder>[0]): string {
  return `${runFolder(run)}${RUN_FILES.record}`;
}

/** Null when there is none. */
async function readRecord(store: ObjectStore, key: string): Promise<RunRecord | null> {
  const found = await store.get(key);
  if (found === null) return null;
  const record = readable(store, key, found.body);
  // Whoever may write the bucket may copy another run's record: its figures are that run's.
  if (recordKey(record) === key) return record;
  throw new CliError(
    `${key} in ${store.url} is the record of ${record.workflowId}@${record.runId}, which stands in another folder: ` +
      'somebody has copied it there. Name that run, or restore the record of this one.',
    EXIT.failed,
  );
}

function readable(store: ObjectStore, key: string, body: Uint8Array): RunRecord {
  try {
    return parseRunRecord(body);
  } catch (cause) {
    throw new CliError(
      `${key} in ${store.url} is no record that this version of veille can read (${unreadableReason(cause)}): name another run.`,
      EXIT.failed,
      { cause },
    );
  }
}

async function newestKey(store: ObjectStore, workflowId: string | undefined): Promise<string | null> {
  const prefix = workflowId === undefined ? 'runs/' : workflowFolder(workflowId);
  let newest: { readonly key: string; readonly modified: Date } | null = null;
  for await (const { key, modified } of store.list(prefix)) {
    if (!RECORD.test(key)) continue;
    // Servers keep whole seconds. Within one, the later key counts: run IDs of one workflow ID ascend with time.
    if (newest === null || modified >= newest.modified) newest = { key, modified };
  }
  return newest?.key ?? null;
}

function nothingFound({ url }: ObjectStore, run: RunArgument | undefined): CliError {
  if (run === undefined) {
    const message = `There is no finished run in ${url}: start one with \`veille run --wait\`, or with \`veille demo\`.`;
    return new CliError(message, EXIT.failed);
  }
  const { workflowId, runId } = run;
  const what = runId === undefined ? 'No finished run' : `No finished run ${runId}`;
  return new RunNotFoundError(
    `${what} with the workflow ID "${workflowId}" in ${url}: \`veille runs\` lists those that there are.`,
  );
}
