/** Intervals of the metrics: the bootstrap that is checked against scipy, on what each query contributed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { bootstrapMeans, sumClusters } from '../../core/bootstrap.ts';
import { metricIntervals, type QueryFigures } from '../../core/metrics/intervals.ts';
import { ndcgAt, retrievalMetrics } from '../../core/metrics/retrieval.ts';

const OPTIONS = { seed: 123, resamples: 200 };

const queries = fc.array(
  fc.record<QueryFigures>({
    rank: fc.option(fc.integer({ min: 1, max: 10 })),
    cosine: fc.double({ min: -1, max: 1, noNaN: true }),
    negativeCosine: fc.double({ min: -1, max: 1, noNaN: true }),
    miniRank: fc.integer({ min: 1, max: 20 }),
  }),
  { minLength: 1, maxLength: 30 },
);

describe('metricIntervals', () => {
  it('are those of each metric by itself, since all see the same resamples', () => {
    fc.assert(
      fc.property(queries, fc.boolean(), (of, shared) => {
        const clusters = shared ? Int32Array.from(of, (_, query) => query >> 1) : null;
        const intervals = metricIntervals(of, clusters, ['retrieval/nDCG@10', 'pairwise/mean_cos'], OPTIONS);
        const expected = (values: number[]): object => {
          const { low, high } = bootstrapMeans(sumClusters([Float64Array.from(values)], clusters), OPTIONS)[0]!;
          return { low, high };
        };
        assert.deepEqual(intervals, {
          'retrieval/nDCG@10': expected(of.map(({ rank }) => ndcgAt(rank, 10))),
          'pairwise/mean_cos': expected(of.map(({ cosine }) => cosine)),
        });
      }),
    );
  });

  it('hold every retrieval metric between them', () => {
    fc.assert(
      fc.property(queries, (of) => {
        const {
          n_queries: _,
          n_docs: __,
          ...metrics
        } = retrievalMetrics(
          of.map(({ rank }) => rank),
          of.length,
        );
        const intervals = metricIntervals(of, null, Object.keys(metrics), {
          seed: 1,
          resamples: 2_000,
          confidence: 0.999,
        });
        for (const [name, value] of Object.entries(metrics)) {
          const { low, high } = intervals[name] ?? assert.fail(`${name} has no interval`);
          assert.ok(low <= value + 1e-12 && value <= high + 1e-12, `${name}: ${low} ≤ ${value} ≤ ${high}`);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('are given for means over queries alone, whatever the number of negatives', () => {
    const [query] = fc.sample(queries, 1);
    const names = ['pairwise/median_cos', 'pairwise/acc_pos>neg', 'mini_retrieval/R@1_(1pos+9neg)', 'n_queries'];
    assert.deepEqual(Object.keys(metricIntervals(query ?? [], null, names, OPTIONS)), [names[1], names[2]]);
  });
});
