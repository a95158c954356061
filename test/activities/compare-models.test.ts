/** `compareModels`: intervals clustered by the passages of the test part, and as earlier records have them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compare, compareStep, createCompareModels } from '../../activities/compare-models.ts';
import { toJsonLines } from '../../activities/json-lines.ts';
import { bootstrapMeans, sumClusters } from '../../core/bootstrap.ts';
import { clusterDifferences } from '../../core/gate/cluster-sums.ts';
import { ndcgAt } from '../../core/metrics/retrieval.ts';
import { activityDeps, runActivity } from '../fixtures/activity-deps.ts';

const NDCG = 'retrieval/nDCG@10';
/** Each passage answers three questions, whose white space differs. */
const PAIRS = Array.from({ length: 120 }, (_, row) => ({
  query: `Question ${row}`,
  positive: `Passage${row % 3 === 0 ? ' ' : '  '}${Math.floor(row / 3)}`,
}));
const BEFORE = PAIRS.map((_, row) => 1 + (Math.floor(row / 3) % 7));
const AFTER = PAIRS.map((_, row) => 1 + (Math.floor(row / 3) % 4));
const passages = Int32Array.from(PAIRS, (_, row) => Math.floor(row / 3));

async function prepare() {
  const deps = activityDeps();
  const side = async (ranks: readonly number[]) => {
    const queries = ranks.map((rank) => ({ rank, cosine: 0.5, negativeCosine: 0.25, miniRank: 1 }));
    return { metrics: { [NDCG]: 0.5 }, perQuery: await deps.artifacts.putBytes(toJsonLines(queries)) };
  };
  const input = { base: await side(BEFORE), fineTuned: await side(AFTER) };
  return { deps, input, test: await deps.artifacts.putBytes(toJsonLines(PAIRS)) };
}

const valuesOf = (ranks: readonly number[]) => Float64Array.from(ranks, (rank) => ndcgAt(rank, 10));
const OPTIONS = { seed: 123, resamples: 2_000, confidence: 0.95 };

describe('compareModels', () => {
  it('clusters its intervals by passage, as the gate does', async () => {
    const { deps, input, test } = await prepare();
    const { result } = await runActivity(createCompareModels(deps), { ...input, test });
    const values = { champion: valuesOf(BEFORE), candidate: valuesOf(AFTER), passages };
    const { standardError: _, ...gain } = bootstrapMeans(clusterDifferences(values), OPTIONS)[0]!;
    assert.deepEqual(result.ndcgDifference, gain);
    const { low, high } = bootstrapMeans(sumClusters([valuesOf(AFTER)], passages), OPTIONS)[0]!;
    assert.deepEqual(result.intervals.fineTuned[NDCG], { low, high });
  });

  it('gives an earlier record’s intervals where no test part is named, under that version’s key', async () => {
    const { deps, input, test } = await prepare();
    const { ndcgDifference } = await compare(deps.artifacts, input, new AbortController().signal);
    const differences = valuesOf(AFTER).map((value, query) => value - valuesOf(BEFORE)[query]!);
    const { standardError: _, ...gain } = bootstrapMeans(sumClusters([differences], null), OPTIONS)[0]!;
    assert.deepEqual(ndcgDifference, gain);
    const clustered = await compare(deps.artifacts, { ...input, test }, new AbortController().signal);
    const width = (of: typeof gain) => of.high - of.low;
    assert.ok(width(clustered.ndcgDifference) > 1.5 * width(ndcgDifference));
    assert.deepEqual(
      [compareStep(input), compareStep({ ...input, test })].map(({ identity }) => identity.version),
      [2, 3],
    );
  });
});
