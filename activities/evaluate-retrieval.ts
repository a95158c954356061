/** Activity `evaluateRetrieval`: every metric of the design, and what each query contributed to it. */
import type { EmbeddingCache } from '../adapters/embedding-cache/embedding-cache.ts';
import type { EvaluateInput } from '../contracts/activities.ts';
import type { MetricValues } from '../contracts/metrics.ts';
import { evaluateResult, type EvaluateResult, type StepOutcome } from '../contracts/steps.ts';
import type { Embeddings } from '../core/embeddings.ts';
import { retrievalMetrics } from '../core/metrics/retrieval.ts';
import { measureSimilarity, type Similarity, type SimilarityOptions } from '../core/metrics/similarity.ts';
import { ranksOfGold, type Rank } from '../core/ranking.ts';
import { packTextKeys } from '../core/text-key.ts';
import { Index } from '../native/faiss/index.ts';
import type { ActivityDeps } from './deps.ts';
import { toJsonLines } from './json-lines.ts';
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
      version: 1,
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
        measureRetrieval(deps.embeddings(encoder), texts, file, evaluation),
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

/**
 * @param cache of the encoder; it has every query and positive
 * @param file the index over the part's passages, in the order of the corpus
 * @throws MissingEmbeddingsError when a segment was lost since it was written; FaissError when the file is no index
 */
export async function measureRetrieval(
  cache: EmbeddingCache,
  texts: PartTexts,
  file: string,
  options: SimilarityOptions,
): Promise<RetrievalMeasurement> {
  const { dimensions } = cache;
  const matrix = async (of: readonly string[]): Promise<Embeddings> => ({
    values: await cache.load(packTextKeys(of)),
    dimensions,
  });
  const queries = await matrix(texts.queries);
  const index = await Index.read(file);
  const ranks = await search(index, queries, texts.corpus.gold);
  index.dispose();
  const similarity = measureSimilarity(queries, await matrix(texts.positives), options);
  return {
    metrics: { ...retrievalMetrics(ranks, texts.corpus.passages.length), ...similarity.metrics },
    perQuery: perQueryOf(ranks, similarity),
  };
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

async function search(index: Index, queries: Embeddings, gold: Int32Array): Promise<Rank[]> {
  const ranks: Rank[] = [];
  for (let start = 0; start < gold.length; start += BLOCK) {
    const end = Math.min(start + BLOCK, gold.length);
    const block = queries.values.subarray(start * queries.dimensions, end * queries.dimensions);
    const { labels } = await index.search(block, K);
    ranks.push(...ranksOfGold(labels, K, gold.subarray(start, end)));
  }
  return ranks;
}
