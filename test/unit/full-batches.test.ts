/** core/full-batches and the needs that the inputs state: which trainings can't fill their batches. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import { splitInput } from '../../contracts/step-inputs.ts';
import type { ResolveResult } from '../../contracts/steps.ts';
import { mostFullBatches } from '../../core/full-batches.ts';
import { NumpyGenerator } from '../../core/numpy-random/generator.ts';

/** What the trainer's sampler does in one pass: batches of the first rows that repeat nothing in them. */
function batchesOfOnePass(rows: readonly { query: string; positive: string }[], batchSize: number): number {
  let left = [...rows];
  for (let batches = 0; ; batches++) {
    const texts = new Set<string>();
    const later: typeof left = [];
    let size = 0;
    for (const row of left) {
      if (size === batchSize || texts.has(row.query) || texts.has(row.positive)) later.push(row);
      else {
        size++;
        texts.add(row.query).add(row.positive);
      }
    }
    if (size < batchSize) return batches;
    left = later;
  }
}

describe('mostFullBatches', () => {
  test('is all batches where nothing repeats, and none where there are fewer texts than a batch has rows', () => {
    const rows = Array.from({ length: 84 }, (_, row) => ({ query: `q${row}`, positive: `p${row}` }));
    assert.equal(mostFullBatches(rows, 8), 10);
    assert.equal(mostFullBatches(rows, 85), 0);
    const same = rows.map(({ query }, row) => ({ query, positive: row < 56 ? 'p' : `p${row}` }));
    assert.equal(mostFullBatches(same, 32), 0);
    assert.equal(mostFullBatches(same, 16), 3);
    assert.equal(
      mostFullBatches(
        same.map(({ query, positive }) => ({ query: positive, positive: query })),
        32,
      ),
      0,
    );
  });

  test('is never less than what the sampler finds', () => {
    for (let seed = 0; seed < 60; seed++) {
      const rng = new NumpyGenerator(seed);
      const [queries, passages] = [rng.integers(0, 5 + seed, 90), rng.integers(0, 65 - seed, 90)];
      const rows = Array.from(queries, (query, row) => ({ query: `q${query}`, positive: `p${passages[row]}` }));
      for (const batchSize of [2, 5, 11, 30]) {
        const found = Math.min(Math.floor(90 / batchSize), batchesOfOnePass(rows, batchSize));
        assert.ok(mostFullBatches(rows, batchSize) >= found, `seed ${seed}, batch ${batchSize}`);
      }
    }
  });
});

describe('the parts of several trainings', () => {
  const sources = { data: { key: 'k', sha256: 'a'.repeat(64), bytes: 1, format: 'csv' } } as unknown as ResolveResult;

  test('need rows for the largest batch, and unrepeated ones for those that ask for it', () => {
    const config = parseRetrainInput({ data: { source: 'rows.csv' }, training: { batchSize: 32 } });
    const trainings = [16, 128, 64].map((batchSize) => ({
      ...config.training,
      batchSize,
      noDuplicatesInBatch: batchSize === 64,
    }));
    const { needs } = splitInput(config, sources, trainings);
    assert.equal(needs.trainRows, 128);
    assert.deepEqual(needs.unrepeated, [{ batchSize: 64, maxSteps: config.training.maxSteps }]);
    assert.equal(splitInput(config, sources).needs.trainRows, 32);
  });
});
