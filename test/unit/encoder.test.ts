import assert from 'node:assert/strict';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createEncoder } from '../../adapters/encoder/create-encoder.ts';
import { EncoderError } from '../../adapters/encoder/encoder-error.ts';
import type { Encoder } from '../../adapters/encoder/encoder.ts';
import { exportedEncoder, modelFolder } from '../fixtures/exported-encoder.ts';
import { FRENCH_LEGAL_TEXTS } from '../fixtures/french-legal-texts.ts';
import { referenceEmbeddings } from '../fixtures/reference-embeddings.ts';

const TEXTS = FRENCH_LEGAL_TEXTS;
/** Longer than the encoder's 384 tokens. */
const LONG_TEXT = TEXTS.slice(0, 12).join('\n');

let folder: string;
let encoder: Encoder;
let reference: Float32Array;

before(async () => {
  folder = await exportedEncoder();
  encoder = await createEncoder({ folder, threads: 2 });
  reference = (await encoder.encode(TEXTS)).embeddings;
});

after(async () => encoder.dispose());

function row(embeddings: Float32Array, index: number): Float32Array {
  return embeddings.subarray(index * encoder.dimensions, (index + 1) * encoder.dimensions);
}

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0) / (Math.hypot(...a) * Math.hypot(...b));
}

function sameBits(a: Float32Array, b: Float32Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));
}

/** A permutation of 0…n-1 by a fixed congruential sequence. */
function shuffled(n: number, seed: number): number[] {
  const order = Array.from({ length: n }, (_, index) => index);
  let state = seed;
  for (let i = n - 1; i > 0; i--) {
    state = (state * 48271) % 2147483647;
    const j = state % (i + 1);
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order;
}

/** Encodes the texts at `order` in shards of `shard` texts and compares every row with the reference, bit by bit. */
async function assertSameBits(subject: Encoder, order: readonly number[], shard: number): Promise<void> {
  for (let start = 0; start < order.length; start += shard) {
    const indices = order.slice(start, start + shard);
    const { embeddings } = await subject.encode(indices.map((index) => TEXTS[index] ?? ''));
    for (const [position, index] of indices.entries())
      assert.ok(sameBits(row(embeddings, position), row(reference, index)), `text ${index} in a shard of ${shard}`);
  }
}

describe('what an embedding is', () => {
  test('it is a unit vector, one for each text', () => {
    assert.equal(reference.length, TEXTS.length * encoder.dimensions);
    for (const index of TEXTS.keys()) assert.ok(Math.abs(Math.hypot(...row(reference, index)) - 1) < 1e-6);
  });

  test('it has a cosine of at least 0.999999 with what sentence-transformers gives', async () => {
    const texts = [...TEXTS.slice(0, 49), LONG_TEXT];
    const theirs = await referenceEmbeddings(await modelFolder(), encoder.maxSeqLength, texts);
    const { embeddings } = await encoder.encode(texts);
    for (const index of texts.keys()) {
      const similarity = cosine(row(embeddings, index), row(theirs, index));
      assert.ok(similarity >= 0.999999, `text ${index}: ${similarity}`);
    }
  });

  test('a text longer than the maximum is cut there, and counted', async () => {
    const { embeddings, truncated } = await encoder.encode([LONG_TEXT, 'Bail', `${LONG_TEXT} et ainsi de suite`]);
    assert.equal(truncated, 2);
    assert.ok(sameBits(row(embeddings, 0), row(embeddings, 2)));
  });

  test('an empty text has one too, and no texts have none', async () => {
    assert.equal((await encoder.encode([''])).embeddings.length, encoder.dimensions);
    assert.deepEqual(await encoder.encode([]), { embeddings: new Float32Array(), truncated: 0 });
  });
});

describe('an embedding has the same bits', () => {
  test('in any order and any shard', async () => {
    await assertSameBits(encoder, shuffled(TEXTS.length, 1), 40);
    await assertSameBits(encoder, shuffled(TEXTS.length, 2).slice(0, 35), 7);
  });

  test('alone', async () => {
    await assertSameBits(encoder, shuffled(TEXTS.length, 3).slice(0, 16), 1);
  });

  for (const layout of [
    { threads: 1, sessions: 1, tokensPerBatch: 4096 },
    { threads: 1, sessions: 2, tokensPerBatch: 300 },
    { threads: 3, sessions: 1, tokensPerBatch: 1 },
    { threads: 8, sessions: 1, tokensPerBatch: 1024 },
  ])
    test(`with ${layout.sessions} × ${layout.threads} threads and ${layout.tokensPerBatch} tokens a batch`, async () => {
      const other = await createEncoder({ folder, ...layout });
      try {
        await assertSameBits(other, shuffled(TEXTS.length, layout.tokensPerBatch).slice(0, 40), 20);
      } finally {
        await other.dispose();
      }
    });

  test('for two callers at once', async () => {
    const orders = [shuffled(TEXTS.length, 5), shuffled(TEXTS.length, 6)];
    await Promise.all(orders.map(async (order) => assertSameBits(encoder, order.slice(0, 40), 40)));
  });
});

describe('with int8', () => {
  let int8: Encoder;

  before(async () => {
    int8 = await createEncoder({ folder: await exportedEncoder('int8'), threads: 2 });
  });
  after(async () => int8.dispose());

  test('an embedding is near its fp32 one, but not the same', async () => {
    const { embeddings } = await int8.encode(TEXTS.slice(0, 20));
    const cosines = TEXTS.slice(0, 20).map((_, index) => cosine(row(embeddings, index), row(reference, index)));
    assert.ok(Math.min(...cosines) > 0.95 && Math.max(...cosines) < 0.99999, cosines.join(' '));
  });

  test('it has the same bits alone and among others, with other sessions and threads', async () => {
    const { embeddings } = await int8.encode(TEXTS.slice(0, 20));
    const other = await createEncoder({ folder: await exportedEncoder('int8'), threads: 3, sessions: 1 });
    try {
      for (const index of [0, 7, 19]) {
        const alone = await other.encode([TEXTS[index] ?? '']);
        assert.ok(sameBits(alone.embeddings, row(embeddings, index)), `text ${index}`);
      }
    } finally {
      await other.dispose();
    }
  });
});

test('with fp16 an embedding is a float32 unit vector near its fp32 one', async () => {
  const half = await createEncoder({ folder: await exportedEncoder('fp16'), threads: 2 });
  try {
    const { embeddings } = await half.encode(TEXTS.slice(0, 10));
    for (const index of Array.from({ length: 10 }, (_, position) => position)) {
      assert.ok(Math.abs(Math.hypot(...row(embeddings, index)) - 1) < 1e-6);
      assert.ok(cosine(row(embeddings, index), row(reference, index)) > 0.9999);
    }
  } finally {
    await half.dispose();
  }
});

describe('encoding', () => {
  test('leaves the event loop free', async () => {
    let turns = 0;
    let batches = 0;
    const turning = setInterval(() => turns++, 1);
    await encoder.encode(TEXTS, { onProgress: () => void batches++ });
    clearInterval(turning);
    // A session on the event loop would let it turn about once a batch; a batch computes for a hundred milliseconds.
    assert.ok(turns > 5 * batches, `the loop turned ${turns} times in ${batches} batches`);
  });

  test('tells its progress batch by batch, up to the number of texts', async () => {
    const seen: number[] = [];
    await encoder.encode(TEXTS, { onProgress: (done) => void seen.push(done) });
    assert.ok(seen.length > 5);
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
    assert.equal(seen.at(-1), TEXTS.length);
  });

  test('stops when told to, and the encoder stays usable', async () => {
    const reason = new Error('the worker shuts down');
    const controller = new AbortController();
    let progress = 0;
    const stopped = encoder.encode([...TEXTS, ...TEXTS], {
      signal: controller.signal,
      onProgress: (done) => {
        progress = done;
        controller.abort(reason);
      },
    });
    await assert.rejects(stopped, reason);
    assert.ok(progress < TEXTS.length, `${progress} texts were encoded`);
    await assertSameBits(encoder, [3, 1], 2);
  });

  test('is refused after dispose', async () => {
    const other = await createEncoder({ folder, threads: 1 });
    await other.dispose();
    await assert.rejects(other.encode(['Bail']), { name: 'EncoderError', code: 'disposed' });
  });
});

describe('createEncoder refuses', () => {
  let broken: string;

  before(async () => {
    broken = await mkdtemp(join(tmpdir(), 'encoder-'));
  });
  after(async () => rm(broken, { recursive: true }));

  const refusal = (file: string) => ({ name: 'EncoderError', code: 'invalid-folder', message: new RegExp(file) });

  test('a folder whose encoder.json is missing or malformed', async () => {
    await assert.rejects(createEncoder({ folder: broken, threads: 1 }), refusal('encoder.json'));
    await writeFile(join(broken, 'encoder.json'), '{"dimensions": 0}');
    await assert.rejects(createEncoder({ folder: broken, threads: 1 }), refusal('encoder.json'));
  });

  test('a tokenizer and a model that are torn', async () => {
    await copyFile(join(folder, 'encoder.json'), join(broken, 'encoder.json'));
    await writeFile(join(broken, 'tokenizer.json'), '{"version": "1.0", "mod');
    await assert.rejects(createEncoder({ folder: broken, threads: 1 }), refusal('tokenizer.json'));
    await copyFile(join(folder, 'tokenizer.json'), join(broken, 'tokenizer.json'));
    await writeFile(join(broken, 'model.onnx'), 'torn');
    await assert.rejects(createEncoder({ folder: broken, threads: 1 }), refusal('model.onnx'));
  });

  test('to fall back to the CPU where CUDA is missing', async (context) => {
    const withCuda = await createEncoder({ folder, threads: 1, executionProvider: 'cuda' }).catch((error: unknown) => {
      assert.ok(error instanceof EncoderError);
      assert.equal(error.code, 'cuda-unavailable');
      return null;
    });
    if (!withCuda) return;
    await withCuda.dispose();
    context.skip('CUDA works here');
  });
});
