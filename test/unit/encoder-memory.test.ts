/** Memory that does not hold a batch: it is halved until it fits, and no embedding changes by a bit. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BatchBudget } from '../../adapters/encoder/batch-budget.ts';
import { createEncoder } from '../../adapters/encoder/create-encoder.ts';
import { EncoderError } from '../../adapters/encoder/encoder-error.ts';
import type { PaddedBatch } from '../../adapters/encoder/session-protocol.ts';
import { openSession, type Session } from '../../adapters/encoder/session.ts';
import { exportedEncoder } from '../fixtures/exported-encoder.ts';
import { FRENCH_LEGAL_TEXTS } from '../fixtures/french-legal-texts.ts';

describe('a budget of tokens', () => {
  it('halves what does not fit, down to the rows that a batch needs', () => {
    const budget = new BatchBudget(1_000, 2);
    const batch = { length: 100, indices: [0, 1, 2, 3, 4, 5, 6, 7, 8] };
    assert.deepEqual(budget.split(batch), [batch]);
    assert.equal(budget.refuse(batch), true);
    assert.equal(budget.tokensPerBatch, 450);
    assert.deepEqual(
      budget.split(batch).map(({ indices }) => indices),
      [
        [0, 1, 2],
        [3, 4],
        [5, 6, 7, 8],
      ],
    );
    assert.equal(budget.refuse({ length: 100, indices: [0, 1] }), false);
    assert.equal(budget.tokensPerBatch, 450);
  });
});

/** A session of a device on which batches of more padded tokens do not fit. */
function scarce(tokens: number, refused: number[]) {
  return async (...options: Parameters<typeof openSession>): Promise<Session> => {
    const session = await openSession(...options);
    const run = async (batch: PaddedBatch): Promise<Float32Array<ArrayBuffer>> => {
      if (batch.tokenIds.length <= tokens) return session.run(batch);
      refused.push(batch.tokenIds.length);
      throw new EncoderError('out-of-memory', 'There is no memory for a batch: CUDA failure 2: out of memory');
    };
    return { run, close: () => session.close(), inFlight: 0, alive: true };
  };
}

describe('an encoder whose batches do not fit', () => {
  it('embeds the same to the last bit in smaller ones, and asks for large ones no more', async () => {
    const folder = await exportedEncoder('fp32');
    const texts = FRENCH_LEGAL_TEXTS.filter(({ length }) => length < 300).slice(0, 40);
    const plenty = await createEncoder({ folder, threads: 1, tokensPerBatch: 1_024 });
    const expected = await plenty.encode(texts);
    await plenty.dispose();

    const refused: number[] = [];
    const told: number[] = [];
    const encoder = await createEncoder({
      folder,
      threads: 1,
      tokensPerBatch: 1_024,
      open: scarce(256, refused),
      onSmallerBatches: (tokens) => told.push(tokens),
    });
    try {
      const { embeddings } = await encoder.encode(texts);
      assert.deepEqual(embeddings, expected.embeddings);
      assert.ok(refused.length > 0 && told.length === refused.length);
      assert.deepEqual(
        told,
        told.toSorted((a, b) => b - a),
      );
      refused.length = 0;
      await encoder.encode(texts);
      assert.deepEqual(refused, []);
    } finally {
      await encoder.dispose();
    }
  });

  it('says how long the text is that does not fit alone', async () => {
    const folder = await exportedEncoder('fp32');
    const encoder = await createEncoder({ folder, threads: 1, open: scarce(8, []) });
    try {
      await assert.rejects(
        encoder.encode(['Le bailleur délivre au preneur un logement décent, en bon état.']),
        (error) => {
          assert.ok(error instanceof EncoderError && error.code === 'out-of-memory');
          assert.match(
            error.message,
            /^There is no memory for one text of \d+ tokens beside the model: .*lower model\.maxSeqLength/,
          );
          return true;
        },
      );
    } finally {
      await encoder.dispose();
    }
  });
});
