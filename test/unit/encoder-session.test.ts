import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EncoderError } from '../../adapters/encoder/encoder-error.ts';
import { SessionPool } from '../../adapters/encoder/session-pool.ts';
import type { SessionOptions } from '../../adapters/encoder/session-protocol.ts';
import { openSession } from '../../adapters/encoder/session.ts';
import { exportedEncoder } from '../fixtures/exported-encoder.ts';
import { readEncoderFolder } from '../../adapters/encoder/encoder-folder.ts';

const CRASHING = new URL('../fixtures/crashing-session-thread.mjs', import.meta.url);

const FAILING = new URL('../fixtures/failing-session-thread.mjs', import.meta.url);

const batch = () => ({ tokenIds: new Int32Array(16).fill(101), tokenCounts: Int32Array.of(8, 8) });

async function sessionOptions(): Promise<SessionOptions> {
  const { model, info } = await readEncoderFolder(await exportedEncoder());
  return { model, info, executionProvider: 'cpu', threads: 1 };
}

describe('a session whose thread dies', () => {
  test('rejects the batches in flight and every later one', async () => {
    const session = await openSession(await sessionOptions(), CRASHING);
    const inFlight = [session.run(batch()), session.run(batch())];
    for (const run of await Promise.allSettled(inFlight)) {
      assert.equal(run.status, 'rejected');
      assert.match(String(run.reason), /out of luck/);
    }
    assert.equal(session.alive, false);
    await assert.rejects(session.run(batch()), { name: 'EncoderError', code: 'thread-crashed' });
    await session.close();
  });

  test('is replaced by a new one at the next call', async () => {
    const options = await sessionOptions();
    const entries = [CRASHING];
    const pool = new SessionPool(1, async () => openSession(options, entries.shift()));
    await assert.rejects(pool.run(batch()), { name: 'EncoderError', code: 'thread-crashed' });
    assert.equal((await pool.run(batch())).length, 2 * options.info.dimensions);
    await pool.dispose();
  });

  test('that can not be opened does not keep the pool from trying again', async () => {
    const options = await sessionOptions();
    const models = ['/nowhere/model.onnx', options.model];
    const pool = new SessionPool(1, async () => openSession({ ...options, model: models.shift() ?? '' }));
    await assert.rejects(pool.run(batch()), { name: 'EncoderError', code: 'invalid-folder', message: /nowhere/ });
    assert.equal((await pool.run(batch())).length, 2 * options.info.dimensions);
    await pool.dispose();
  });
});

describe('a session that fails', () => {
  test('tells exhausted memory from other failures by what onnxruntime says', async () => {
    const options = await sessionOptions();
    const cases: [string, string][] = [
      [
        'Non-zero status code returned while running MatMul node: bfc_arena.cc:376 Failed to allocate memory for requested buffer of size 805306368',
        'out-of-memory',
      ],
      ['bfc_arena.cc:359 Available memory of 1024 is smaller than requested bytes of 4096', 'out-of-memory'],
      ['CUDA failure 2: out of memory ; GPU=0 ; hostname=a ; expr=cudaMalloc((void**)&p, size);', 'out-of-memory'],
      ['CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0', 'out-of-memory'],
      ['std::bad_alloc', 'out-of-memory'],
      ['CUDA failure 700: an illegal memory access was encountered', 'inference-failed'],
      ['Got invalid dimensions for input: input_ids', 'inference-failed'],
    ];
    for (const [message, code] of cases) {
      const session = await openSession({ ...options, model: message }, FAILING);
      await assert.rejects(session.run(batch()), (error) => {
        assert.ok(error instanceof EncoderError);
        assert.equal(error.code, code, message);
        return error.message.endsWith(message);
      });
      await session.close();
    }
  });
});

describe('a session', () => {
  test('gives back the batches that it has before it ends', async () => {
    const options = await sessionOptions();
    const session = await openSession(options);
    const runs = [session.run(batch()), session.run(batch())];
    await session.close();
    for (const embeddings of await Promise.all(runs)) assert.equal(embeddings.length, 2 * options.info.dimensions);
  });

  test('takes the buffers of a batch away', async () => {
    const session = await openSession(await sessionOptions());
    const mine = batch();
    await session.run(mine);
    assert.equal(mine.tokenIds.length, 0);
    await session.close();
  });

  test('says which input of the graph it does not know', async () => {
    const { info, ...options } = await sessionOptions();
    const session = await openSession({ ...options, info: { ...info, inputs: ['position_ids'] } });
    await assert.rejects(session.run(batch()), { code: 'inference-failed', message: /position_ids/ });
    await session.close();
  });
});
