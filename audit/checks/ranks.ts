/** Check `ranks`, of a deep audit: stored index, embeddings and rows give the per-query files again, byte for byte. */
import { measureBm25 } from '../../activities/evaluate-bm25.ts';
import { measureGuard } from '../../activities/evaluate-guards.ts';
import { measureRetrieval, type QueryEvaluation } from '../../activities/evaluate-retrieval.ts';
import { fromJsonLines, toJsonLines } from '../../activities/json-lines.ts';
import { readPartTexts } from '../../activities/part-texts.ts';
import type { ArtifactRef } from '../../contracts/artifact.ts';
import type { Bm25Result, EvaluateResult, GuardEvaluations } from '../../contracts/steps.ts';
import type { JudgedPair } from '../../core/qrels.ts';
import type { AuditedRun } from '../audited-run.ts';
import type { Difference, Finding } from '../check.ts';
import { firstByte } from '../first-difference.ts';
import { inputOf, type Made, prefixesOf, stepsOf } from '../step-results.ts';

/** Another kind of CPU adds up an embedding's last bits in another order, and with them a cosine's. */
const COSINE_TOLERANCE = 1e-6;

/** A per-query file, and what it was recomputed to. */
interface Recomputed {
  readonly stored: ArtifactRef;
  readonly perQuery: readonly unknown[];
}

/** @throws ArtifactLostError when an index, a part or a per-query file is missing or damaged */
export async function checkRanks(run: AuditedRun): Promise<Finding> {
  const { record, artifacts } = run;
  const differences: Difference[] = [];
  let count = 0;
  let lastBits = 0;
  const compareWith = async ({ stored, perQuery }: Recomputed): Promise<void> => {
    const bytes = await artifacts.getBytes(stored);
    count += perQuery.length;
    const difference = firstByte(stored.key, toJsonLines(perQuery), bytes);
    if (difference && areWithinTolerance(perQuery, fromJsonLines(bytes))) lastBits++;
    else if (difference) differences.push(difference);
  };
  for (const step of stepsOf(record, 'bm25')) await compareWith(await bm25Anew(run, step));
  for (const step of stepsOf(record, 'evaluate')) await compareWith(await evaluatedAnew(run, step));
  for (const step of stepsOf(record, 'evaluate-guards'))
    for await (const guard of guardsAnew(run, step)) await compareWith(guard);
  const exact = 'byte for byte';
  const close = `ranks equal, and in ${lastBits} files cosines within ${COSINE_TOLERANCE} only: another kind of CPU`;
  return { count, unit: 'rankings', bytes: null, note: lastBits === 0 ? exact : close, differences };
}

async function bm25Anew(run: AuditedRun, step: Made<Bm25Result>): Promise<Recomputed> {
  const test = await run.object(inputOf(step, 'test'));
  const { perQuery } = await measureBm25(fromJsonLines(await run.artifacts.getBytes(test)));
  return { stored: step.result.perQuery, perQuery };
}

async function evaluatedAnew(run: AuditedRun, step: Made<EvaluateResult>): Promise<Recomputed> {
  const { record, artifacts } = run;
  const encoder = inputOf(step, 'encoder');
  const index = stepsOf(record, 'index').find(({ result }) => result.index.sha256 === inputOf(step, 'index'));
  if (!index) throw new RangeError(`${step.step}: its index is no step's`);
  const texts = await readPartTexts(artifacts, await run.object(inputOf(step, 'test')), prefixesOf(step));
  const cache = run.cacheOf({ digest: encoder, dimensions: index.result.dimensions });
  const { factory } = index.result;
  const version = step.version === 1 ? 1 : 2;
  const { perQuery } = await artifacts.withFile(index.result.index, (file) =>
    measureRetrieval(cache, texts, { file, factory }, record.config.evaluation, version),
  );
  return { stored: step.result.perQuery, perQuery };
}

async function* guardsAnew(run: AuditedRun, step: Made<GuardEvaluations>): AsyncGenerator<Recomputed> {
  const digest = inputOf(step, 'encoder');
  const measured = stepsOf(run.record, 'embed').find(({ inputs }) => inputs['encoder'] === digest);
  if (!measured) throw new RangeError(`${step.step}: its encoder embeds no part`);
  const cache = run.cacheOf({ digest, dimensions: measured.result.dimensions });
  for (const [name, { perQuery: stored }] of Object.entries(step.result.guards)) {
    const rows = await run.object(inputOf(step, `guards.${name}`));
    const pairs = fromJsonLines<JudgedPair>(await run.artifacts.getBytes(rows));
    const { perQuery } = await measureGuard(cache, pairs, prefixesOf(step), run.signal);
    yield { stored, perQuery };
  }
}

/** Whether the two are the same but for the last bits of cosines. */
function areWithinTolerance(recomputed: readonly unknown[], stored: readonly unknown[]): boolean {
  const isCosine = (name: string): boolean => name === 'cosine' || name === 'negativeCosine';
  return (
    recomputed.length === stored.length &&
    recomputed.every((query, position) => {
      const other = Object.entries(stored[position] ?? {});
      const own = new Map<string, unknown>(Object.entries(query as QueryEvaluation));
      return other.every(([name, value]) =>
        isCosine(name) ? Math.abs(Number(value) - Number(own.get(name))) <= COSINE_TOLERANCE : own.get(name) === value,
      );
    })
  );
}
