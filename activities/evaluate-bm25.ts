/** Activity `evaluateBm25`: lexical search on the same corpus, the yardstick beside the encoders. */
import type { Bm25Input } from '../contracts/activities.ts';
import { bm25Result, type Bm25Result, type StepOutcome } from '../contracts/steps.ts';
import { Bm25Index } from '../core/bm25.ts';
import type { Pair } from '../core/clean.ts';
import { buildCorpus } from '../core/corpus.ts';
import { type RetrievalMetrics, retrievalMetrics } from '../core/metrics/retrieval.ts';
import { type Rank, ranksOfGold } from '../core/ranking.ts';
import { tokenizeWords } from '../core/tokenize-words.ts';
import type { ActivityDeps } from './deps.ts';
import { fromJsonLines, toJsonLines } from './json-lines.ts';
import { runStep, type Step } from './step.ts';

/** All metrics are at 10. */
const K = 10;
/** Queries between two looks at the event loop, so that heartbeats go out. */
const BLOCK = 200;

export function bm25Step({ test }: Bm25Input): Step<Bm25Result> {
  return {
    identity: { name: 'bm25', version: 1, inputs: { test: test.sha256 }, parameters: {} },
    schema: bm25Result,
  };
}

export function createEvaluateBm25({ artifacts, records }: Pick<ActivityDeps, 'artifacts' | 'records'>) {
  return (input: Bm25Input): Promise<StepOutcome<Bm25Result>> =>
    runStep(records, bm25Step(input), async () => {
      const { metrics, perQuery } = await measureBm25(fromJsonLines(await artifacts.getBytes(input.test)));
      return { metrics, perQuery: await artifacts.putBytes(toJsonLines(perQuery)) };
    });
}

/** Metrics of BM25 on a test part, and the rank of each query's passage. */
export async function measureBm25(
  pairs: readonly Pair[],
): Promise<{ readonly metrics: RetrievalMetrics; readonly perQuery: readonly { readonly rank: Rank }[] }> {
  const { passages, gold } = buildCorpus(pairs);
  const index = new Bm25Index(passages.map(tokenizeWords));
  const labels = new Int32Array(pairs.length * K);
  for (const [query, pair] of pairs.entries()) {
    labels.set(index.search(tokenizeWords(pair.query), K), query * K);
    if (query % BLOCK === 0) await new Promise(setImmediate);
  }
  const ranks = ranksOfGold(labels, K, gold);
  return { metrics: retrievalMetrics(ranks, passages.length), perQuery: ranks.map((rank) => ({ rank })) };
}
