/** Activity `evaluateGuards`: what one encoder retrieves on every guard set, query by query. */
import { Context } from '@temporalio/activity';
import type { EmbeddingCache } from '../adapters/embedding-cache/embedding-cache.ts';
import type { Prefixes } from '../contracts/activities.ts';
import type { EvaluateGuardsInput } from '../contracts/gate-activities.ts';
import type { MetricValues } from '../contracts/metrics.ts';
import {
  type GuardEvaluation,
  guardEvaluations,
  type GuardEvaluations,
  type GuardSet,
  type StepOutcome,
} from '../contracts/steps.ts';
import { type GradedMetrics, gradedMetrics, meanMetrics } from '../core/metrics/graded.ts';
import { buildQrels, clusterQueries, type JudgedPair, type Qrels } from '../core/qrels.ts';
import { packTextKeys } from '../core/text-key.ts';
import type { ActivityDeps } from './deps.ts';
import { guardInputs, mapGuards } from './guard-sets.ts';
import { fromJsonLines, toJsonLines } from './json-lines.ts';
import { nearestPassages } from './nearest-passages.ts';
import { PassageIndex } from './passage-index.ts';
import { runStep, type Step } from './step.ts';

type Deps = Pick<ActivityDeps, 'artifacts' | 'records' | 'embeddings'>;
type Model = Pick<EvaluateGuardsInput, 'encoder' | 'prefixes'>;

/** All metrics are at 10 or less. */
const K = 10;
/** Queries of one search call: what a cancelled run still waits for. */
const BLOCK_QUERIES = 1_024;

/** What one query contributed to a guard's metrics. */
export interface GuardQueryEvaluation {
  readonly values: GradedMetrics;
  /** Equal where queries share a relevant passage, directly or through others. */
  readonly cluster: number;
}

/** The same for reference and candidate: a champion was a candidate once, and its figures are known. */
export function evaluateGuardsStep({
  encoder,
  guards,
  prefixes,
}: Omit<EvaluateGuardsInput, 'step'>): Step<GuardEvaluations> {
  const inputs = { encoder: encoder.digest, ...guardInputs(guards, ({ rows }) => rows.sha256) };
  return {
    identity: { name: 'evaluate-guards', version: 1, inputs, parameters: { prefixes } },
    schema: guardEvaluations,
  };
}

/** The texts are read from the cache, which has every row's query and positive with their prefixes. */
export function createEvaluateGuards({ artifacts, records, embeddings }: Deps) {
  const evaluate = async ({ rows }: GuardSet, { encoder, prefixes }: Model): Promise<GuardEvaluation> => {
    const pairs = fromJsonLines<JudgedPair>(await artifacts.getBytes(rows));
    const signal = Context.current().cancellationSignal;
    const { metrics, perQuery } = await measureGuard(embeddings(encoder), pairs, prefixes, signal);
    return { metrics, perQuery: await artifacts.putBytes(toJsonLines(perQuery)) };
  };

  return (input: EvaluateGuardsInput): Promise<StepOutcome<GuardEvaluations>> =>
    runStep(records, evaluateGuardsStep(input), async () => ({
      guards: await mapGuards(input.guards, (guard) => evaluate(guard, input)),
    }));
}

/** One encoder on one guard set. */
export interface GuardMeasurement {
  readonly metrics: MetricValues;
  /** In the order of the measured queries. */
  readonly perQuery: readonly GuardQueryEvaluation[];
}

/**
 * @param cache of the encoder; it has the query and the passage of every pair
 * @throws MissingEmbeddingsError when a segment was lost since it was written
 */
export async function measureGuard(
  cache: EmbeddingCache,
  pairs: readonly JudgedPair[],
  prefixes: Prefixes,
  signal: AbortSignal,
): Promise<GuardMeasurement> {
  const qrels = buildQrels(pairs);
  const clusters = clusterQueries(qrels);
  const values = await measure(cache, qrels, prefixes, signal);
  return {
    metrics: { ...meanMetrics(values), n_queries: values.length, n_docs: qrels.passages.length },
    perQuery: values.map((ofQuery, query) => ({ values: ofQuery, cluster: clusters[query]! })),
  };
}

/** Metrics of each query, in order. */
async function measure(
  cache: EmbeddingCache,
  { queries, passages, grades }: Qrels,
  prefixes: Prefixes,
  signal: AbortSignal,
): Promise<GradedMetrics[]> {
  const index = await PassageIndex.over(
    cache,
    passages.map((passage) => prefixes.passage + passage),
    signal,
  );
  try {
    const keys = packTextKeys(queries.map((query) => prefixes.query + query));
    const measured: GradedMetrics[] = [];
    for await (const values of cache.stream(keys, BLOCK_QUERIES, { signal })) {
      const nearest = await nearestPassages(index, { values, dimensions: cache.dimensions }, K);
      for (const ranking of nearest) measured.push(gradedMetrics(ranking, grades[measured.length]!));
    }
    return measured;
  } finally {
    index.dispose();
  }
}
