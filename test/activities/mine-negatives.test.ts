/** `mineNegatives` from cached embeddings: beside a comparison of every query with every passage, and its failures. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromJsonLines, toJsonLines } from '../../activities/json-lines.ts';
import { createMineNegatives } from '../../activities/mine-negatives.ts';
import type { MineInput } from '../../contracts/activities.ts';
import { CORRUPT_ARTIFACT, INVALID_DATA } from '../../contracts/failures.ts';
import type { MineResult, StepOutcome } from '../../contracts/steps.ts';
import type { Pair } from '../../core/clean.ts';
import { dot, type Embeddings } from '../../core/embeddings.ts';
import { suspicionThreshold } from '../../core/hard-negatives.ts';
import { NumpyGenerator } from '../../core/numpy-random/generator.ts';
import { cutSegments } from '../../core/segments.ts';
import { packTextKeys } from '../../core/text-key.ts';
import { setThreads, threads } from '../../native/faiss/index.ts';
import { activityDeps, runActivity, type TestDeps } from '../fixtures/activity-deps.ts';
import { encoderRefOf } from '../fixtures/encoder-ref.ts';
import { fakeFileSet } from '../fixtures/fake-ref.ts';

const DIMENSIONS = 8;
const PREFIXES = { query: 'query: ', passage: 'passage: ' };
const encoder = encoderRefOf(fakeFileSet('model.onnx'), { dimensions: DIMENSIONS, maxSeqLength: 8 });
const TOP = { numNegatives: 3, rangeMin: 4, rangeMax: 20, relativeMargin: 0.05, sampling: 'top' } as const;
const RANDOM = { ...TOP, sampling: 'random' } as const;

/** Every fifth row asks what another asks, in other white space; every seventh has another row's passage. */
const PAIRS: Pair[] = Array.from({ length: 300 }, (_, row) => ({
  query: row % 5 === 4 ? `Question  ${row - 4} ` : `Question ${row}`,
  positive: row % 7 === 6 ? `Passage\n${row - 6}` : `Passage ${row}`,
}));

const normalized = (text: string): string => text.trim().replaceAll(/\s+/g, ' ');

/** Random unit vectors: a positive may rank anywhere, the last place included. */
function embeddingsOf(texts: readonly string[]): Embeddings {
  const values = Float32Array.from(new NumpyGenerator(1).random(texts.length * DIMENSIONS), (value) => value - 0.5);
  for (let row = 0; row < texts.length; row++) {
    const vector = values.subarray(row * DIMENSIONS, (row + 1) * DIMENSIONS);
    const length = Math.hypot(...vector);
    vector.forEach((value, column) => (vector[column] = value / length));
  }
  return { values, dimensions: DIMENSIONS };
}

/** The texts as the encoder reads them, which share one list of vectors. */
const TEXTS = [
  ...new Set(PAIRS.flatMap(({ query, positive }) => [PREFIXES.query + query, PREFIXES.passage + positive])),
];
const VECTORS = embeddingsOf(TEXTS);
/** Every sixth text has the vector of another one, with which it ties in every ranking. */
const ROW_OF_TEXT = new Map(TEXTS.map((text, row) => [text, row % 6 === 5 ? row - 2 : row]));

async function prepare(deps: TestDeps, pairs = PAIRS, segmentTexts = 50): Promise<Omit<MineInput, 'hardNegatives'>> {
  for (const { id, texts } of cutSegments(TEXTS, { segmentTexts, segmentBytes: 1 << 20 })) {
    const rows = texts.map((text) => (ROW_OF_TEXT.get(text) ?? Number.NaN) * DIMENSIONS);
    const embeddings = Float32Array.from(rows.flatMap((at) => [...VECTORS.values.subarray(at, at + DIMENSIONS)]));
    await deps.embeddings(encoder).put(id, { keys: packTextKeys(texts), embeddings });
  }
  const train = await deps.artifacts.putBytes(toJsonLines(pairs));
  return { encoder, train, prefixes: PREFIXES, seed: 42 };
}

interface Mined {
  readonly deps: TestDeps;
  readonly outcome: StepOutcome<MineResult>;
  readonly rows: readonly (Pair & { readonly negatives: readonly string[] })[];
}

async function mine(hardNegatives: MineInput['hardNegatives'], deps = activityDeps(), seed = 42): Promise<Mined> {
  const input = { ...(await prepare(deps)), hardNegatives, seed };
  const outcome = await runActivity(createMineNegatives(deps), input);
  return { deps, outcome, rows: fromJsonLines(await deps.artifacts.getBytes(outcome.result.train)) };
}

function cosineOf(query: string, passage: string): number {
  const [row, other] = [ROW_OF_TEXT.get(PREFIXES.query + query), ROW_OF_TEXT.get(PREFIXES.passage + passage)];
  return dot(VECTORS, row ?? Number.NaN, VECTORS, other ?? Number.NaN);
}

/** Each passage in its first spelling, by its normalised text, in first-seen order. */
const SPELLINGS = new Map(
  [...new Set(PAIRS.map(({ positive }) => normalized(positive)))].map((text) => [
    text,
    PAIRS.find(({ positive }) => normalized(positive) === text)?.positive ?? '',
  ]),
);

/** The definition, query by query: all passages but the query's answers, with their cosines, nearest first. Ties keep their order. */
function rankingOf({ query, positive }: Pair): { passages: string[]; cosines: number[]; threshold: number } {
  const others = new Map(SPELLINGS);
  for (const pair of PAIRS) if (normalized(pair.query) === normalized(query)) others.delete(normalized(pair.positive));
  const ranked = [...others.values()]
    .map((passage) => ({ passage, cosine: cosineOf(query, passage) }))
    .toSorted((a, b) => b.cosine - a.cosine);
  return {
    passages: ranked.map(({ passage }) => passage),
    cosines: ranked.map(({ cosine }) => cosine),
    threshold: suspicionThreshold(cosineOf(query, SPELLINGS.get(normalized(positive)) ?? ''), TOP.relativeMargin),
  };
}

describe('mineNegatives', () => {
  it('takes for each row, in order, what a comparison with every passage takes, in the range or right below it', async () => {
    const { rows, outcome } = await mine(TOP);
    let suspects = 0;
    let filledUp = 0;
    assert.deepEqual(
      rows.map(({ query, positive }) => ({ query, positive })),
      PAIRS,
    );
    for (const [row, { negatives }] of rows.entries()) {
      const { passages, cosines, threshold } = rankingOf(PAIRS[row]!);
      const below = passages.slice(TOP.rangeMin).filter((_, place) => cosines[TOP.rangeMin + place]! <= threshold);
      const expected = below.length >= 3 ? below.slice(0, 3) : passages.slice(-3);
      assert.deepEqual(negatives, expected, `row ${row}`);
      const near = cosines.slice(TOP.rangeMin, TOP.rangeMax).filter((cosine) => cosine > threshold).length;
      suspects += near;
      if (near > TOP.rangeMax - TOP.rangeMin - 3) filledUp++;
    }
    assert.ok(filledUp > 50, `${filledUp} rows are searched deeper`);
    const { train: _, ...counts } = outcome.result;
    assert.deepEqual(counts, { candidates: 300 * 16, suspects, filledUp });
  });

  it('draws within the range when told to, and makes the same bytes for the same seed', async () => {
    const { rows, outcome } = await mine(RANDOM);
    for (const [row, { negatives }] of rows.entries()) {
      const { passages, cosines, threshold } = rankingOf(PAIRS[row]!);
      const range = passages.slice(TOP.rangeMin, TOP.rangeMax);
      const below = range.filter((_, place) => cosines[TOP.rangeMin + place]! <= threshold);
      if (below.length < TOP.numNegatives) continue;
      assert.equal(new Set(negatives).size, TOP.numNegatives);
      assert.ok(negatives.every((passage) => below.includes(passage)));
    }
    assert.deepEqual((await mine(RANDOM)).outcome.result, outcome.result);
    const another = await mine(RANDOM, activityDeps(), 43);
    assert.notEqual(another.outcome.result.train.sha256, outcome.result.train.sha256);
  });

  it('takes the same whatever the number of threads and the segments of the cache', async () => {
    const usual = threads();
    try {
      const digests = new Set<string>();
      for (const count of [1, 2, 5]) {
        setThreads(count);
        const deps = activityDeps();
        const input = { ...(await prepare(deps, PAIRS, 20 * count)), hardNegatives: TOP };
        const { result } = await runActivity(createMineNegatives(deps), input);
        digests.add(result.train.sha256);
      }
      assert.equal(digests.size, 1);
    } finally {
      setThreads(usual);
    }
  });

  it('is answered from its record, whatever the seed, when nothing is drawn', async () => {
    const { deps, outcome } = await mine(TOP);
    const again = await mine(TOP, deps, 43);
    assert.equal(again.outcome.cached, true);
    assert.deepEqual(again.outcome.result, outcome.result);
    assert.equal((await mine(RANDOM, deps)).outcome.cached, false);
    assert.equal((await mine(RANDOM, deps, 43)).outcome.cached, false);
  });

  it('refuses a train part with too few passages, and names the setting', async () => {
    const deps = activityDeps();
    const input = { ...(await prepare(deps, PAIRS.slice(0, 7))), hardNegatives: TOP };
    await assert.rejects(runActivity(createMineNegatives(deps), input), {
      type: INVALID_DATA,
      nonRetryable: true,
      message:
        /training\.hardNegatives: the train part has 6 different passages, .* 3 negatives after rank 4 need 7 others/,
    });
  });

  it('asks for lost segments to be encoded again', async () => {
    const deps = activityDeps();
    const input = { ...(await prepare(deps)), hardNegatives: TOP };
    await deps.store.delete(deps.store.keys().filter((key) => key.startsWith('embeddings/')));
    await assert.rejects(runActivity(createMineNegatives(deps), input), { type: CORRUPT_ARTIFACT, nonRetryable: true });
  });
});
