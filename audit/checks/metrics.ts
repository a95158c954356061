/** Check `metrics`: figures, intervals and verdict follow from the per-query files, to the last bit. */
import { compare } from '../../activities/compare-models.ts';
import type { GuardQueryEvaluation } from '../../activities/evaluate-guards.ts';
import type { QueryEvaluation } from '../../activities/evaluate-retrieval.ts';
import { fromJsonLines } from '../../activities/json-lines.ts';
import { RUN_FILES } from '../../contracts/run-record.ts';
import type { Bm25Result, EvaluateResult, GuardEvaluations } from '../../contracts/steps.ts';
import type { Pair } from '../../core/clean.ts';
import { buildCorpus } from '../../core/corpus.ts';
import { meanMetrics } from '../../core/metrics/graded.ts';
import { retrievalMetrics } from '../../core/metrics/retrieval.ts';
import { buildQrels, type JudgedPair } from '../../core/qrels.ts';
import type { AuditedRun } from '../audited-run.ts';
import { type Difference, type Finding, NotChecked } from '../check.ts';
import { firstDifference } from '../first-difference.ts';
import { figureDifferences } from '../step-figures.ts';
import { metricsOfQueries } from '../query-metrics.ts';
import { inputOf, type Made, stepAt, stepsOf } from '../step-results.ts';
import { verdictDifference } from '../verdict-difference.ts';

/** @throws ArtifactLostError when a per-query file or a part is missing or damaged */
export async function checkMetrics(run: AuditedRun): Promise<Finding> {
  const { record } = run;
  const evaluations = stepsOf(record, 'evaluate');
  const bm25 = stepsOf(record, 'bm25');
  const guards = stepsOf(record, 'evaluate-guards');
  const figures = [
    ...(await Promise.all(evaluations.map((step) => evaluationDifference(run, step)))),
    ...(await Promise.all(bm25.map((step) => bm25Difference(run, step)))),
    ...(await Promise.all(guards.map((step) => guardDifferences(run, step)))).flat(),
    ...(await figureDifferences(run)),
  ].filter((difference) => difference !== null);
  // What follows from wrong figures says nothing more.
  const differences = figures.length > 0 ? figures : await conclusions(run);
  const files = [...evaluations, ...bm25].map(({ result }) => result.perQuery);
  const ofGuards = guards.flatMap(({ result }) => Object.values(result.guards).map(({ perQuery }) => perQuery));
  const all = [...files, ...ofGuards];
  return {
    count: all.length,
    unit: 'per-query files',
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    note: `figures, intervals and the verdict ${record.gate.verdict.verdict} follow from them`,
    differences: differences.filter((difference) => difference !== null),
  };
}

async function evaluationDifference(run: AuditedRun, step: Made<EvaluateResult>): Promise<Difference | null> {
  const { perQuery, metrics } = step.result;
  const queries = fromJsonLines<QueryEvaluation>(await run.artifacts.getBytes(perQuery));
  const { passages } = await corpusOf(run, step);
  const { miniNegatives } = run.record.config.evaluation;
  return firstDifference(perQuery.key, metrics, metricsOfQueries(queries, passages.length, miniNegatives), step.step);
}

async function bm25Difference(run: AuditedRun, step: Made<Bm25Result>): Promise<Difference | null> {
  const { perQuery, metrics } = step.result;
  const queries = fromJsonLines<Pick<QueryEvaluation, 'rank'>>(await run.artifacts.getBytes(perQuery));
  const { passages } = await corpusOf(run, step);
  const ranks = queries.map(({ rank }) => rank);
  return firstDifference(perQuery.key, metrics, retrievalMetrics(ranks, passages.length), step.step);
}

async function corpusOf(run: AuditedRun, step: Made<unknown>): Promise<ReturnType<typeof buildCorpus>> {
  const test = await run.object(inputOf(step, 'test'));
  return buildCorpus(fromJsonLines<Pair>(await run.artifacts.getBytes(test)));
}

async function guardDifferences(run: AuditedRun, step: Made<GuardEvaluations>): Promise<(Difference | null)[]> {
  return Promise.all(
    Object.entries(step.result.guards).map(async ([name, { metrics, perQuery }]) => {
      const rows = await run.object(inputOf(step, `guards.${name}`));
      const { passages } = buildQrels(fromJsonLines<JudgedPair>(await run.artifacts.getBytes(rows)));
      const queries = fromJsonLines<GuardQueryEvaluation>(await run.artifacts.getBytes(perQuery));
      const means = meanMetrics(queries.map(({ values }) => values));
      const found = { ...means, n_queries: queries.length, n_docs: passages.length };
      return firstDifference(perQuery.key, metrics, found, `${step.step}.${name}`);
    }),
  );
}

/** What the record says of the run as a whole: it repeats its steps, and follows from their files. */
async function conclusions(run: AuditedRun): Promise<(Difference | null)[]> {
  const { record, artifacts, signal } = run;
  const base = stepAt(record, 'evaluate', 'evaluate-base');
  const tuned = stepAt(record, 'evaluate', 'evaluate-tuned');
  if (!base || !tuned) throw new NotChecked('the record lacks an evaluation, of the base model or the fine-tuned one');
  const bm25 = stepAt(record, 'bm25', 'bm25');
  const of = (place: string, expected: unknown, found: unknown): Difference | null =>
    firstDifference(run.key(RUN_FILES.record), expected, found, place);
  const metrics = {
    ...(bm25 ? { bm25: bm25.result.metrics } : {}),
    base: base.result.metrics,
    fineTuned: tuned.result.metrics,
  };
  const told = of('metrics', metrics, record.metrics);
  if (told) return [told];
  const compared = stepAt(record, 'compare', 'compare');
  // Version 2 did not cluster its intervals, and did not read the test part.
  const test = compared && compared.version > 2 ? { test: await run.object(inputOf(compared, 'test')) } : {};
  const measured = { ...test, base: base.result, fineTuned: tuned.result };
  const comparison = await run.once({ compare: measured }, () => compare(artifacts, measured, signal));
  return [
    of('comparison', comparison, record.comparison),
    ...stepsOf(record, 'compare').map((step) => of(step.step, comparison, step.result)),
    await verdictDifference(run),
  ];
}
