/** A training that has learnt nothing says so in the words of its step, and one that has says nothing of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { learningNotes, loggedLoss, perfectNote } from '../../contracts/learning-notes.ts';
import type { FineTuneResult } from '../../contracts/steps.ts';
import { fineTuneNote } from '../../workflows/step-notes.ts';

const ARTIFACT = { key: 'k', sha256: 'a'.repeat(64), bytes: 1 };

function trained(losses: readonly number[], weightsChanged = true): FineTuneResult {
  const loss = loggedLoss(losses.map((value) => ({ metrics: { 'train/loss': value, 'train/epoch': 1 } })));
  return {
    kind: 'adapter',
    weights: { digest: ARTIFACT.sha256, files: [] },
    trainingLog: ARTIFACT,
    steps: 40,
    bestStep: 20,
    stoppedEarly: false,
    memoryMicroBatch: null,
    learning: { weightsChanged, loss },
    metrics: {},
  };
}

describe('the note of a training', () => {
  it('is its steps alone where it has learnt, and where an earlier version did not look', () => {
    assert.equal(fineTuneNote(trained([0.9, 0.7, 0.72])), '40 steps, best at 20');
    const { learning: _, ...earlier } = trained([0.5, 0.5]);
    assert.equal(fineTuneNote(earlier), '40 steps, best at 20');
  });

  it('says that the weights are unchanged', () => {
    assert.equal(
      fineTuneNote(trained([0.9, 0.8], false)),
      '40 steps, best at 20; nothing was learnt: the weights are unchanged; raise training.learningRate',
    );
  });

  it('says that the loss did not move, or was near 0 from the start', () => {
    assert.deepEqual(learningNotes(trained([4.1589, 4.1588, 4.1589])), [
      'the loss did not move: 4.16 at first, 4.16 at last',
    ]);
    assert.deepEqual(learningNotes(trained([2e-4, 9e-6])), [
      'the loss is 0.0002 at most, from the start: the base model has nothing left to learn here',
    ]);
  });

  it('says nothing of a loss that was logged once', () => {
    assert.equal(trained([0.4]).learning?.loss, null);
    assert.deepEqual(learningNotes(trained([0.4])), []);
  });
});

describe('the figures of the base model', () => {
  it('leave nothing to gain only where every question finds its passage first', () => {
    assert.match(perfectNote({ 'retrieval/R@1': 1 }) ?? '', /already perfect/);
    assert.equal(perfectNote({ 'retrieval/R@1': 0.999 }), null);
    assert.equal(perfectNote({}), null);
  });
});
