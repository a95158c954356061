/** From a grid or a list to the trials of a sweep, or to an error that a person can act on. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InputError, parseRetrainInput } from '../../contracts/parse-input.ts';
import { parseSweepInput } from '../../contracts/parse-sweep-input.ts';
import { changedInput } from '../../contracts/training-changes.ts';

function messageFor(input: unknown): string {
  try {
    parseSweepInput(input);
  } catch (error) {
    assert.ok(error instanceof InputError);
    return error.message;
  }
  return assert.fail('the input was accepted');
}

describe('parseSweepInput', () => {
  it('tries each value of a grid with each other, the last path fastest', () => {
    const { trials, repeated, metric, parallelism } = parseSweepInput({
      grid: { learningRate: [1e-4, 5e-4], 'lora.r': [8, 16], loss: ['mnrl'] },
    });
    assert.deepEqual(
      trials,
      [
        [1e-4, 8],
        [1e-4, 16],
        [5e-4, 8],
        [5e-4, 16],
      ].map(([learningRate, r]) => ({ learningRate, 'lora.r': r, loss: 'mnrl' })),
    );
    assert.deepEqual({ repeated, metric, parallelism }, { repeated: 0, metric: 'dev/ndcg@10', parallelism: 2 });
  });

  it('takes a list as it is, the base itself included', () => {
    const { trials } = parseSweepInput({ list: [{}, { lora: { r: 8, alpha: 16 } }, { hardNegatives: {} }] });
    assert.deepEqual(trials, [{}, { 'lora.r': 8, 'lora.alpha': 16 }, { hardNegatives: {} }]);
  });

  it('makes of each trial the run that the same input would make', () => {
    const base = { training: { lora: false as const, learningRate: 1e-3 } };
    const part = { lora: { r: 4 }, hardNegatives: { numNegatives: 2 }, earlyStopping: {} };
    const { base: config, trials } = parseSweepInput({ base, list: [part] });
    const made = parseRetrainInput(changedInput(config, trials[0] ?? {}));
    assert.deepEqual(made, parseRetrainInput({ training: { ...base.training, ...part } }));
  });

  it('leaves out and counts combinations that make the same training section', () => {
    const { base } = parseSweepInput({ list: [{}] });
    const { trials, repeated } = parseSweepInput({
      list: [{ learningRate: 1e-4 }, { learningRate: base.training.learningRate }, {}, { learningRate: 0.0001 }],
    });
    assert.deepEqual(trials, [{ learningRate: 1e-4 }, { learningRate: base.training.learningRate }]);
    assert.equal(repeated, 2);
  });

  it('names combination and field of every value that is wrong, each once', () => {
    assert.equal(
      messageFor({ grid: { learningRate: [1e-4, 5], 'lora.r': [8, 0] } }),
      'Invalid input: combination 2 (learningRate 0.0001, lora.r 0): training.lora.r is 0: must be more than 0; ' +
        'combination 3 (learningRate 5, lora.r 8): training.learningRate is 5: must be at most 1',
    );
  });

  const wrong: [what: string, input: unknown, message: RegExp][] = [
    ['no input at all', undefined, /grid is missing: give grid, or list instead/],
    ['both grid and list', { grid: { epochs: [1] }, list: [{}] }, /list is \[\{\}\]: give grid or list, not both/],
    ['a path without values', { grid: { epochs: [] } }, /grid\.epochs is \[\]: must be at least 1 element/],
    ['an unknown field', { grid: { lr: [1] } }, /combination 1 \(lr 1\): training\.lr is not a field of training/],
    ['a path beneath another', { grid: { lora: [false], 'lora.r': [8] } }, /grid\.lora\.r lies within grid\.lora/],
    ['a wrong base', { base: { data: { limit: 0 } }, list: [{}] }, /base\.data\.limit is 0: must be more than 0/],
    [
      'a metric of the test part',
      { list: [{}], metric: 'retrieval/nDCG@10' },
      /metric is .*: must be one of dev\/ndcg/,
    ],
    ['no trial at a time', { list: [{}], parallelism: 0 }, /parallelism is 0: must be at least 1/],
    ['a misspelt field', { grids: {} }, /grids is not a field of the input/],
    [
      'dev parts that differ',
      { grid: { evalQueries: [10, null] } },
      /training\.evalQueries is 10 and null: trials can be compared on the same dev rows only/,
    ],
    [
      'more combinations than are tried',
      { grid: { epochs: Array.from({ length: 1e4 }, (_, at) => at), batchSize: Array.from({ length: 1e4 }, () => 8) } },
      /grid makes 100000000 combinations: at most 128 are tried/,
    ],
  ];
  for (const [what, input, message] of wrong)
    it(`refuses ${what}`, () => {
      assert.match(messageFor(input), message);
    });
});
