/** Activity `readGuards`: the files of the guard sets become judged query-passage pairs. */
import { RowsError } from '../adapters/rows/rows-error.ts';
import type { ArtifactRef } from '../contracts/artifact.ts';
import type { GuardData } from '../contracts/gate.ts';
import type { ReadGuardsInput } from '../contracts/gate-activities.ts';
import { type GuardSet, readGuardsResult, type ReadGuardsResult, type StepOutcome } from '../contracts/steps.ts';
import { buildQrels, type JudgedPair, uniquePairs } from '../core/qrels.ts';
import type { ActivityDeps } from './deps.ts';
import { guardInputs, guardSection, mapGuards } from './guard-sets.ts';
import { toJsonLines } from './json-lines.ts';
import { readJudgedPairs } from './judged-pairs.ts';
import { runStep, type Step } from './step.ts';

type Deps = Pick<ActivityDeps, 'artifacts' | 'records'>;
type GuardFile = ReadGuardsInput['files'][string];

/** In a corpus of one passage every model finds the right one. */
const LEAST_PASSAGES = 2;

export async function readGuardsStep({ files, guards }: ReadGuardsInput): Promise<Step<ReadGuardsResult>> {
  const described = await mapGuards(guards, ({ data }, name) => ({ data, file: fileOf(files, name) }));
  const identity = {
    name: 'read-guards',
    version: 2,
    inputs: guardInputs(described, ({ file }) => file.sha256),
    parameters: await mapGuards(described, ({ data, file }) => ({ columns: data.columns, format: file.format })),
  };
  return { identity, schema: readGuardsResult };
}

export function createReadGuards({ artifacts, records }: Deps) {
  return async (input: ReadGuardsInput): Promise<StepOutcome<ReadGuardsResult>> =>
    runStep(records, await readGuardsStep(input), async () => ({
      guards: await mapGuards(input.guards, async ({ data }, name) => {
        const file = fileOf(input.files, name);
        const pairs = await artifacts.withFile(file, (path) => readGuard(path, file.format, name, data));
        return guardSetOf(pairs, await artifacts.putBytes(toJsonLines(pairs)));
      }),
    }));
}

/**
 * The judged pairs of a guard set's file, each once.
 *
 * @throws RowsError when it is no file of that format, lacks a column, or has too little to measure by
 */
export async function readGuard(
  path: string,
  format: GuardFile['format'],
  name: string,
  data: GuardData,
): Promise<JudgedPair[]> {
  const pairs = uniquePairs(await readJudgedPairs(path, format, name, data));
  const { queries, passages } = buildQrels(pairs);
  requireEnough(`${guardSection(name)}.source ${data.source}`, queries.length, passages.length);
  return pairs;
}

/** @param stored the pairs as JSON Lines */
export function guardSetOf(pairs: readonly JudgedPair[], stored: ArtifactRef): GuardSet {
  const { queries, passages } = buildQrels(pairs);
  return { rows: { ...stored, rows: pairs.length }, queries: queries.length, passages: passages.length };
}

function fileOf(files: ReadGuardsInput['files'], name: string): GuardFile {
  const file = files[name];
  if (!file) throw new RangeError(`the guard set ${name} was not resolved, only ${Object.keys(files).join(', ')}`);
  return file;
}

/** @param about names the guard set's file */
function requireEnough(about: string, queries: number, passages: number): void {
  if (queries === 0)
    throw new RowsError(
      'empty',
      `${about} has no relevant passage: at least one row needs a query, a passage and a grade of 1 or more`,
    );
  if (passages < LEAST_PASSAGES)
    throw new RowsError(
      'empty',
      `${about} has ${passages} passage: retrieval needs at least ${LEAST_PASSAGES} different ones to choose from`,
    );
}
