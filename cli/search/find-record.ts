/** Finds the record of the run that a search is about: in the bucket alone, where only finished runs have one. */
import { z } from 'zod';
import { ChampionStore } from '../../adapters/champion/champion-store.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { CliError, EXIT, RunNotFoundError } from '../exit.ts';
import { parseRunRecord, type RunRecord } from './run-record.ts';

/** `runs/<workflow id>/<run id>/record.json`, where `writeRecord` puts it. */
const RECORD = /^runs\/[^/]+\/[^/]+\/record\.json$/;

/**
 * The record that was written last.
 *
 * @param workflowId a certain workflow ID; undefined for any.
 * @throws {RunNotFoundError} when no run with the workflow ID has finished.
 * @throws {CliError} when no run at all has, or the record can't be read.
 */
export async function findRecord(store: ObjectStore, workflowId?: string): Promise<RunRecord> {
  const key = await newestKey(store, workflowId === undefined ? 'runs/' : `runs/${encodeURIComponent(workflowId)}/`);
  if (key === null) throw nothingFound(store, workflowId);
  return readRecord(store, key);
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
  const { workflowId, runId } = champion.run;
  return readRecord(store, `runs/${encodeURIComponent(workflowId)}/${runId}/record.json`);
}

async function readRecord(store: ObjectStore, key: string): Promise<RunRecord> {
  const found = await store.get(key);
  if (found === null) {
    const message = `${key} is not in ${store.url}: its run has not ended yet, or the record was removed. --run searches another run.`;
    throw new CliError(message, EXIT.failed);
  }
  try {
    return parseRunRecord(found.body);
  } catch (cause) {
    throw new CliError(
      `${key} in ${store.url} is no record that this version of veille can read (${reason(cause)}): name another run with --run.`,
      EXIT.failed,
      { cause },
    );
  }
}

async function newestKey(store: ObjectStore, prefix: string): Promise<string | null> {
  let newest: { readonly key: string; readonly modified: Date } | null = null;
  for await (const { key, modified } of store.list(prefix)) {
    if (!RECORD.test(key)) continue;
    // Servers keep whole seconds. Within one, the later key counts: run IDs of one workflow ID ascend with time.
    if (newest === null || modified >= newest.modified) newest = { key, modified };
  }
  return newest?.key ?? null;
}

function nothingFound({ url }: ObjectStore, workflowId: string | undefined): CliError {
  if (workflowId === undefined) {
    const message = `There is no finished run in ${url}: start one with \`veille run --wait\`, or with \`veille demo\`.`;
    return new CliError(message, EXIT.failed);
  }
  return new RunNotFoundError(
    `No finished run with the workflow ID "${workflowId}" in ${url}. Without --run, the newest finished run is searched.`,
  );
}

function reason(cause: unknown): string {
  const [issue] = cause instanceof z.ZodError ? cause.issues : [];
  if (issue) return `${issue.path.map(String).join('.')}: ${issue.message}`;
  return cause instanceof Error ? cause.message : String(cause);
}
