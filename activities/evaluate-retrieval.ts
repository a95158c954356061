/** Activity `evaluateRetrieval`: every metric of the design, and what each query contributed to it. */
import type { EmbeddingCache } from '../adapters/embedding-cache/embedding-cache.ts';
import type { EvaluateInput } from '../contracts/activities.ts';
import type { MetricValues } from '../contracts/metrics.ts';
import { evaluateResult, type EvaluateResult, type StepOutcome } from '../contracts/steps.ts';
import { dot, type Embeddings } from '../core/embeddings.ts';
import { retrievalMetrics } from '../core/metrics/retrieval.ts';
import {
  type EvaluateVersion,
  measureSimilarity,
  type Similarity,
  type SimilarityOptions,
} from '../core/metrics/similarity.ts';
import { type Rank, ranksOfGold, settleTies } from '../core/ranking.ts';
import { packTextKeys } from '../core/text-key.ts';
import { Index } from '../native/faiss/index.ts';
import type { ActivityDeps } from './deps.ts';
import { toJsonLines } from './json-lines.ts';
import { type ExactIndex, nearestPassages } from './nearest-passages.ts';
import { type PartTexts, readPartTexts } from './part-texts.ts';
import { runStep, type Step } from './step.ts';

type Deps = Pick<ActivityDeps, 'artifacts' | 'records' | 'embeddings'>;

/** All retrieval metrics are at 10 or less. */
const K = 10;
/** Queries of one search call: what a cancelled run still waits for. */
const BLOCK = 1_024;

export function evaluateStep({
  encoder,
  test,
  prefixes,
  index,
  evaluation,
}: Omit<EvaluateInput, 'step'>): Step<EvaluateResult> {
  return {
    identity: {
      name: 'evaluate',
      version: 2,
      inputs: { encoder: encoder.digest, test: test.sha256, index: index.index.sha256 },
      parameters: { prefixes, seed: evaluation.seed, miniNegatives: evaluation.miniNegatives },
    },
    schema: evaluateResult,
  };
}

export function createEvaluateRetrieval(deps: Deps) {
  const { artifacts, records } = deps;
  return (input: EvaluateInput): Promise<StepOutcome<EvaluateResult>> => {
    const { encoder, test, prefixes, index, evaluation } = input;
    return runStep(records, evaluateStep(input), async () => {
      const texts = await readPartTexts(artifacts, test, prefixes);
      const { metrics, perQuery } = await artifacts.withFile(index.index, (file) =>
        measureRetrieval(deps.embeddings(encoder), texts, { file, factory: index.factory }, evaluation),
      );
      return { metrics, perQuery: await artifacts.putBytes(toJsonLines(perQuery)) };
    });
  };
}

/** One encoder on one test part. */
export interface RetrievalMeasurement {
  readonly metrics: MetricValues;
  /** In the order of the queries. */
  readonly perQuery: readonly QueryEvaluation[];
}

/** An index over a part's passages, in the order of the corpus. */
export interface StoredIndex {
  readonly file: string;
  /** FAISS's name of its kind. */
  readonly factory: string;
}

/**
 * @param cache of the encoder; it has every query and positive
 * @param version of the step whose definition is to be followed: audits recompute records of earlier ones
 * @throws MissingEmbeddingsError when a segment was lost since it was written; FaissError when the file is no index
 */
export async function measureRetrieval(
  cache: EmbeddingCache,
  texts: PartTexts,
  { file, factory }: StoredIndex,
  options: SimilarityOptions,
  version: EvaluateVersion = 2,
): Promise<RetrievalMeasurement> {
  const { dimensions } = cache;
  const matrix = async (of: readonly string[]): Promise<Embeddings> => ({
    values: await cache.load(packTextKeys(of)),
    dimensions,
  });
  const { passages, gold } = texts.corpus;
  const queries = await matrix(texts.queries);
  const positives = await matrix(texts.positives);
  const index = await Index.read(file);
  try {
    const rank = version === 1 ? inFaissOrder(index) : rankingIn(index, factory, positives, gold);
    const ranks = await ranksOf(queries, gold, rank);
    const similarity = measureSimilarity(queries, positives, gold, options, version);
    return {
      metrics: { ...retrievalMetrics(ranks, passages.length), ...similarity.metrics },
      perQuery: perQueryOf(ranks, similarity),
    };
  } finally {
    index.dispose();
  }
}

/** What each query contributed to the metrics, so that they can be recomputed without a model. */
export interface QueryEvaluation {
  /** 1-based rank of the gold passage, null where it is not among the first ten. */
  readonly rank: Rank;
  readonly cosine: number;
  readonly negativeCosine: number;
  readonly miniRank: number;
}

function perQueryOf(ranks: readonly Rank[], { cosines, miniRanks }: Similarity): QueryEvaluation[] {
  return ranks.map((rank, query) => ({
    rank,
    cosine: cosines.positive[query] ?? Number.NaN,
    negativeCosine: cosines.negative[query] ?? Number.NaN,
    miniRank: miniRanks[query] ?? 0,
  }));
}

/** The first K passages of each query, row-major [queries, K]; -1 where there are fewer. */
type RankPassages = (queries: Embeddings) => Promise<Int32Array>;

async function ranksOf(queries: Embeddings, gold: Int32Array, rank: RankPassages): Promise<Rank[]> {
  const { dimensions } = queries;
  const ranks: Rank[] = [];
  for (let start = 0; start < gold.length; start += BLOCK) {
    const end = Math.min(start + BLOCK, gold.length);
    const labels = await rank({ values: queries.values.subarray(start * dimensions, end * dimensions), dimensions });
    ranks.push(...ranksOfGold(labels, K, gold.subarray(start, end)));
  }
  return ranks;
}

/** Version 1 of the step: equally near passages are in FAISS's own order. */
function inFaissOrder(index: Index): RankPassages {
  return async ({ values }) => (await index.search(values, K)).labels;
}

/**
 * The ranking of exact search is settled as that of guard sets is. An approximate index ranks by scores of its own, and
 * a search for more passages than are asked for would look further than it does in use: only what it finds is ordered.
 */
function rankingIn(index: Index, factory: string, positives: Embeddings, gold: Int32Array): RankPassages {
  if (factory !== 'Flat')
    return async ({ values }) => {
      const { labels, distances } = await index.search(values, K);
      settleTies(labels, distances, K);
      return labels;
    };
  // The corpus spells a passage as the first pair that has it.
  const firstRow = new Map<number, number>();
  for (const [row, passage] of gold.entries()) if (!firstRow.has(passage)) firstRow.set(passage, row);
  const exact: ExactIndex = {
    size: index.ntotal,
    search: async (values, k) => {
      const { labels, distances } = await index.search(values, k);
      return { passages: labels, cosines: distances };
    },
    cosine: async (queries, row, passage) => dot(queries, row, positives, firstRow.get(passage)!),
  };
  return async (queries) => {
    const nearest = await nearestPassages(exact, queries, K);
    const labels = new Int32Array(nearest.length * K).fill(-1);
    for (const [query, passages] of nearest.entries()) labels.set(passages, query * K);
    return labels;
  };
}
