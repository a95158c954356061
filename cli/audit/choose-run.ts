/** Which run of a bucket or copy a command line means. */
import { findRuns } from '../../audit/find-runs.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import type { Provenance } from '../../contracts/artifact.ts';
import { RunNotFoundError, UsageError } from '../exit.ts';
import type { RunArgument } from '../records/run-argument.ts';

/**
 * The newest run of a workflow ID, or a certain one; without either, the only one that there is.
 *
 * @throws {RunNotFoundError} when there is none
 * @throws {UsageError} when there are several to choose from
 */
export async function chooseRun(store: ObjectStore, run: RunArgument | undefined): Promise<Provenance> {
  const found = await findRuns(store, run?.workflowId);
  const fitting = run?.runId === undefined ? found : found.filter(({ runId }) => runId === run.runId);
  const newest = fitting.at(-1);
  if (!newest) throw new RunNotFoundError(`There is no finished run${named(run)} in ${store.url}.`);
  if (run === undefined && found.length > 1)
    throw new UsageError(`There are ${found.length} runs in ${store.url}: name one of them, or ask for --all.`);
  return newest;
}

function named(run: RunArgument | undefined): string {
  if (run === undefined) return '';
  const { workflowId, runId } = run;
  return ` with the workflow ID "${workflowId}"${runId === undefined ? '' : ` and the run ID ${runId}`}`;
}
