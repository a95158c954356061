/** The cache's promise: whatever was cached, cut, merged and by whom encoded, a text's embedding has the same bits. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { EmbeddingCache } from '../../adapters/embedding-cache/embedding-cache.ts';
import { SETTLED_AFTER_MS } from '../../adapters/embedding-cache/compaction.ts';
import { createEncoder } from '../../adapters/encoder/create-encoder.ts';
import type { Encoder } from '../../adapters/encoder/encoder.ts';
import { cutSegments, type Segment } from '../../core/segments.ts';
import { packTextKeys } from '../../core/text-key.ts';
import { exportedEncoder } from '../fixtures/exported-encoder.ts';
import { FRENCH_LEGAL_TEXTS } from '../fixtures/french-legal-texts.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';

/** Up to a hundred tokens: the long ones cost the most and show the least. */
const TEXTS = FRENCH_LEGAL_TEXTS.filter((text) => text.length < 400).slice(0, 60);

/** Workers with other numbers of sessions, threads, and tokens a batch. */
const LAYOUTS = [
  { threads: 1, sessions: 1, tokensPerBatch: 64 },
  { threads: 2, sessions: 2, tokensPerBatch: 512 },
  { threads: 2, sessions: 1, tokensPerBatch: 4_096 },
  { threads: 3, sessions: 1, tokensPerBatch: 300 },
];

/** BERT with mean pooling, and XLM-RoBERTa with CLS pooling. */
const MODELS = ['mini-lm', 'bge-m3-narrow'] as const;

let workers: Encoder[];
let reference: ReadonlyMap<string, Buffer>;

function worker(index: number): Encoder {
  const encoder = workers[index];
  assert.ok(encoder);
  return encoder;
}

function bytesOf(embeddings: Float32Array, row: number): Buffer {
  const { dimensions } = worker(0);
  return Buffer.from(embeddings.slice(row * dimensions, (row + 1) * dimensions).buffer);
}

type Night = typeof anyNight extends fc.Arbitrary<infer N> ? N : never;

const someTexts = fc.array(fc.constantFrom(...TEXTS), { minLength: 1, maxLength: 12 });
const anyWorker = fc.nat({ max: LAYOUTS.length - 1 });

/** One `embed` of a run: its texts, how it cuts them, which worker gets which segment, and a compaction after it. */
const anyNight = fc.record({
  texts: someTexts,
  limits: fc.record({
    segmentTexts: fc.integer({ min: 1, max: 8 }),
    segmentBytes: fc.integer({ min: 100, max: 4_000 }),
  }),
  assignment: fc.array(anyWorker, { minLength: 12, maxLength: 12 }),
  compacts: fc.boolean(),
});

for (const model of MODELS)
  describe(model, () => {
    before(async () => {
      const folder = await exportedEncoder('fp32', model);
      workers = await Promise.all(LAYOUTS.map(async (layout) => createEncoder({ folder, ...layout })));
      const { embeddings } = await worker(0).encode(TEXTS);
      reference = new Map(TEXTS.map((text, row) => [text, bytesOf(embeddings, row)]));
    });
    after(async () => Promise.all(workers.map(async (encoder) => encoder.dispose())));

    test('an embedding depends on its text and the encoder alone', async () => {
      const nights = fc.array(anyNight, { minLength: 1, maxLength: 3 });
      await fc.assert(fc.asyncProperty(nights, assertSameBits), { seed: 42, numRuns: 25 });
    });
  });

async function assertSameBits(nights: readonly Night[]): Promise<void> {
  const { dimensions } = worker(0);
  const cache = new EmbeddingCache(new MemoryObjectStore(), { digest: 'e'.repeat(64), dimensions }, () => {});
  for (const [night, { texts, limits, assignment, compacts }] of nights.entries()) {
    const { segmentOf } = await cache.locate(packTextKeys(texts));
    const missing = texts.filter((_, position) => segmentOf[position] === -1);
    const encode = async ({ id, texts: own }: Segment, index: number): Promise<void> => {
      const { embeddings } = await worker(assignment[index] ?? 0).encode(own);
      await cache.put(id, { keys: packTextKeys(own), embeddings });
    };
    await Promise.all(cutSegments(missing, limits).map(encode));
    if (compacts) await cache.compact(Date.now() + night * 2 * SETTLED_AFTER_MS);
    const embeddings = await cache.load(packTextKeys(texts));
    for (const [row, text] of texts.entries()) assert.deepEqual(bytesOf(embeddings, row), reference.get(text), text);
  }
}
