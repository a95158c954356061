/** Activity `evaluateRetrieval`: every metric of the design, and what each query contributed to it. */
import type { EvaluateInput } from '../contracts/activities.ts';
import { evaluateResult, type EvaluateResult, type StepOutcome } from '../contracts/steps.ts';
import type { Embeddings } from '../core/embeddings.ts';
import { retrievalMetrics } from '../core/metrics/retrieval.ts';
import { measureSimilarity, type Similarity } from '../core/metrics/similarity.ts';
import { ranksOfGold, type Rank } from '../core/ranking.ts';
import { Index } from '../native/faiss/index.ts';
import type { ActivityDeps } from './deps.ts';
import { toJsonLines } from './json-lines.ts';
import { readPartTexts } from './part-texts.ts';
import { runStep } from './step.ts';
import { embeddingsOf } from './text-embeddings.ts';

type Deps = Pick<ActivityDeps, 'artifacts' | 'records' | 'embeddings'>;

/** All retrieval metrics are at 10 or less. */
const K = 10;
/** Queries of one search call: what a cancelled run still waits for. */
const BLOCK = 1_024;

export function createEvaluateRetrieval(deps: Deps) {
  const { artifacts, records } = deps;
  return (input: EvaluateInput): Promise<StepOutcome<EvaluateResult>> => {
    const { encoder, test, prefixes, index, evaluation } = input;
    const identity = {
      name: 'evaluate',
      version: 1,
      inputs: { encoder: encoder.digest, test: test.sha256, index: index.index.sha256 },
      parameters: { prefixes, seed: evaluation.seed, miniNegatives: evaluation.miniNegatives },
    };
    return runStep(records, { identity, schema: evaluateResult }, async () => {
      const texts = await readPartTexts(artifacts, test, prefixes);
      const matrix = async (of: readonly string[]): Promise<Embeddings> => ({
        values: await embeddingsOf(deps, encoder, of),
        dimensions: encoder.dimensions,
      });
      const queries = await matrix(texts.queries);
      const loaded = await Index.read(await artifacts.getFile(index.index));
      const ranks = await search(loaded, queries, texts.corpus.gold);
      loaded.dispose();
      const similarity = measureSimilarity(queries, await matrix(texts.positives), evaluation);
      return {
        metrics: { ...retrievalMetrics(ranks, texts.corpus.passages.length), ...similarity.metrics },
        perQuery: await artifacts.putBytes(toJsonLines(perQuery(ranks, similarity))),
      };
    });
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

function perQuery(ranks: readonly Rank[], { cosines, miniRanks }: Similarity): QueryEvaluation[] {
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
