/** From a caller's JSON to a full configuration, or to an error that a person can act on. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InputError, parseRetrainInput } from '../../contracts/parse-input.ts';
import { PRESETS } from '../../contracts/presets.ts';
import { retrainConfig } from '../../contracts/retrain-input.ts';

function messageFor(input: unknown): string {
  try {
    parseRetrainInput(input);
  } catch (error) {
    assert.ok(error instanceof InputError);
    return error.message;
  }
  return assert.fail('the input was accepted');
}

describe('parseRetrainInput', () => {
  it('takes nothing, null and {} as the demo preset', () => {
    const config = parseRetrainInput(undefined);
    assert.equal(config.preset, 'demo');
    assert.deepEqual(parseRetrainInput({}), config);
    assert.deepEqual(parseRetrainInput(null), config);
  });

  it('has the reference recipe where neither the input nor the preset says otherwise', () => {
    const { split, training, evaluation, index, data } = parseRetrainInput({});
    assert.deepEqual(split, { strategy: 'random', seed: 42, holdout: 0.3, testShare: 0.5 });
    assert.deepEqual(training.lora, { r: 16, alpha: 32, dropout: 0.1, targetModules: 'all-linear' });
    assert.equal(training.scheduler, 'cosine');
    assert.equal(training.warmupRatio, 0.1);
    assert.equal(training.evalSteps, 500);
    assert.deepEqual(evaluation, { seed: 123, miniNegatives: 19, bm25: true });
    assert.equal(index.factory, 'Flat');
    assert.deepEqual(data.columns.passage, ['input', 'output']);
  });

  it('refuses names that W&B would refuse after the training, by its own rules', () => {
    const tracked = (tracking: object): string => messageFor({ tracking });
    for (const project of ['legal/embeddings', 'a\\b', 'a#b', 'a?b', '50%', 'a:b', ' ', 'a\u001b[2Jb'])
      assert.match(tracked({ mode: 'offline', project }), /tracking\.project is ".*": W&B takes no project with/);
    assert.match(tracked({ project: 'x'.repeat(129) }), /tracking\.project .*at most 128/);
    assert.match(tracked({ group: 'x'.repeat(120) }), /tracking\.group .*at most 119 characters/);
    assert.match(tracked({ group: 'a\nb' }), /tracking\.group .*control characters/);
    for (const tracking of [
      { project: 'legal embeddings.é' },
      { group: 'a/b' },
      { mode: 'none', project: 'a/b' },
    ] as const)
      assert.equal(parseRetrainInput({ tracking }).tracking.mode, 'mode' in tracking ? 'none' : 'auto');
  });

  it('refuses more than a run can report: guard sets, columns, modules, and long texts', () => {
    const guards = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, guard) => [`g${guard}`, { data: { source: 'a.csv' } }]),
    );
    const long = 'x'.repeat(100_000);
    for (const [input, message] of [
      [{ gate: { guards } }, /gate\.guards .*must be at most 32 guard sets/],
      [{ data: { columns: { passage: Array.from({ length: 900 }, String) } } }, /data\.columns\.passage .*at most 16/],
      [{ data: { columns: { query: long } } }, /data\.columns\.query .*at most 500/],
      [{ data: { split: long } }, /data\.split .*at most 200/],
      [{ model: { queryPrefix: long } }, /model\.queryPrefix .*at most 2000/],
      [{ index: { factory: long } }, /index\.factory .*at most 200/],
      [{ training: { lora: { targetModules: Array.from({ length: 900 }, String) } } }, /targetModules|training\.lora/],
      [{ training: { matryoshkaDimensions: Array.from({ length: 900 }, () => 8) } }, /Dimensions .*at most 32/],
    ] as const) {
      const said = messageFor(input);
      assert.match(said, message);
      assert.ok(said.length <= 2_000, String(said.length));
    }
  });

  it('refuses a prefix that no encoder can read, since it would be part of every text', () => {
    for (const queryPrefix of ['query\ud83d: ', 'query\0'])
      assert.throws(
        () => parseRetrainInput({ model: { source: 'm', queryPrefix } }),
        /model\.queryPrefix .*half of a surrogate pair or a NUL/,
      );
    assert.equal(parseRetrainInput({ model: { source: 'm', queryPrefix: '😀 ' } }).model.queryPrefix, '😀 ');
  });

  it('has the reference’s own recipe in legalkit-bge-m3, and its values in no other field', () => {
    const { data, model, embedding, training, split } = parseRetrainInput({ preset: 'legalkit-bge-m3' });
    const own = { data: { source: data.source }, model: { source: model.source }, embedding: {}, training: {} };
    const defaults = retrainConfig.parse(own);
    assert.deepEqual(
      [data, model, training, split],
      [defaults.data, defaults.model, defaults.training, defaults.split],
    );
    const { batchSize, learningRate, epochs, maxSteps } = training;
    assert.deepEqual([batchSize, learningRate, epochs, maxSteps, model.maxSeqLength], [64, 2e-5, 1, null, 384]);
    assert.deepEqual([embedding.device, embedding.precision], ['cuda', 'fp16']);
    assert.match(model.source, /^hf:\/\/BAAI\/bge-m3@[0-9a-f]{40}$/);
  });

  it('trains legalkit-bge-m3-tuned on the same bytes, and less than an epoch of them', () => {
    const [reference, tuned] = (['legalkit-bge-m3', 'legalkit-bge-m3-tuned'] as const).map((preset) =>
      parseRetrainInput({ preset }),
    );
    assert.deepEqual([tuned!.data.source, tuned!.model], [reference!.data.source, reference!.model]);
    const { training, split } = tuned!;
    const epoch = Math.floor((53_000 * (1 - split.holdout)) / training.batchSize);
    assert.ok(training.maxSteps! < epoch && training.maxSteps! > 0.95 * epoch);
    assert.ok(training.learningRate >= 1e-4 && training.learningRate <= 5e-4);
  });

  it('runs either of them on a CPU', () => {
    for (const preset of ['legalkit-bge-m3', 'legalkit-bge-m3-tuned'])
      assert.equal(
        parseRetrainInput({ preset, embedding: { device: 'cpu', precision: 'fp32' } }).embedding.device,
        'cpu',
      );
  });

  it('lays the input over the preset, object by object', () => {
    const { training, data } = parseRetrainInput({ training: { batchSize: 8 }, data: { limit: null } });
    assert.equal(training.batchSize, 8);
    assert.equal(training.learningRate, PRESETS.demo.training?.learningRate);
    assert.equal(data.limit, null);
    assert.equal(data.source, PRESETS.demo.data?.source);
  });

  it('accepts its own result as input', () => {
    const config = parseRetrainInput({ training: { lora: false } });
    assert.deepEqual(parseRetrainInput(config), config);
  });

  const wrong: [what: string, input: unknown, message: RegExp][] = [
    [
      'a number that is text',
      { training: { learningRate: 'fast' } },
      /training\.learningRate is "fast": must be a number/,
    ],
    ['a number that is too small', { training: { batchSize: 1 } }, /training\.batchSize is 1: must be at least 2/],
    ['a share outside 0 and 1', { split: { holdout: 1.2 } }, /split\.holdout is 1\.2: must be less than 1/],
    ['a broken number', { training: { epochs: 1.5 } }, /training\.epochs is 1\.5: must be a whole number/],
    [
      'a value outside a list',
      { training: { scheduler: 'steep' } },
      /training\.scheduler is "steep": must be one of cosine, linear/,
    ],
    ['a misspelt field', { training: { learning_rate: 1e-4 } }, /training\.learning_rate is not a field of training/],
    ['an unknown section', { trainign: {} }, /trainign is not a field of the input: did you mean training\?/],
    ['an unknown preset', { preset: 'big' }, /preset is "big": must be one of demo/],
    [
      'a pin that is no digest',
      { data: { sha256: 'abc' } },
      /data\.sha256 is "abc": must be 64 lower-case hexadecimal digits/,
    ],
    [
      'true where settings are needed',
      { training: { lora: true } },
      /training\.lora is true: must be one of false, or an object/,
    ],
    [
      'a rank range that holds fewer negatives than are asked for',
      { training: { hardNegatives: { rangeMin: 98, numNegatives: 3 } } },
      /training\.hardNegatives is \{"rangeMin":98.*: rangeMax must be at least rangeMin \+ numNegatives/,
    ],
    ['null where a section is needed', { data: null }, /data is null: must be an object/],
    ['a list as the input', [], /input is \[\]: must be one JSON object/],
    ['text as the input', 'demo', /input is "demo": must be one JSON object/],
    [
      'no columns for the passage',
      { data: { columns: { passage: [] } } },
      /data\.columns\.passage is \[\]: must be at least 1 element/,
    ],
  ];
  for (const [what, input, message] of wrong)
    it(`refuses ${what}, naming the field, the value and what is allowed`, () => {
      assert.match(messageFor(input), message);
    });

  it('refuses an approval that may come after the run was stopped, and only where somebody is asked', () => {
    const hours = { approvalHours: 8, timeoutHours: 8 };
    assert.throws(() => parseRetrainInput({ ...hours, promote: 'manual' }), {
      name: 'InputError',
      message: /approvalHours is 8: must be less than timeoutHours, which is 8/,
    });
    assert.equal(parseRetrainInput(hours).approvalHours, 8);
    assert.equal(parseRetrainInput({ promote: 'manual', approvalHours: 7.9, timeoutHours: 8 }).timeoutHours, 8);
  });

  const misspelt: [input: unknown, meant: string][] = [
    [{ training: { learning_rate: 1e-4 } }, 'training.learningRate'],
    [{ trainign: {} }, 'training'],
    [{ maxSteps: 5 }, 'training.maxSteps'],
    [{ data: { sorce: 'x.csv' } }, 'data.source'],
    [{ training: { lora: { rank: 8, alhpa: 16 } } }, 'training.lora.alpha'],
    [{ training: { hardNegatives: { numNegative: 1 } } }, 'training.hardNegatives.numNegatives'],
    [{ gate: { guards: { civil: { dta: { source: 'x.csv' } } } } }, 'gate.guards.civil.data'],
  ];
  for (const [input, meant] of misspelt)
    it(`asks whether ${meant} was meant by ${JSON.stringify(input)}`, () => {
      assert.ok(messageFor(input).includes(`: did you mean ${meant}?`), messageFor(input));
    });

  it('suggests nothing where no field is near', () => {
    assert.match(messageFor({ colour: 1 }), /colour is not a field of the input$/);
    assert.match(messageFor({ ['a'.repeat(100)]: 1 }), /is not a field of the input$/);
  });

  it('takes a single passage column as text', () => {
    const columns = (passage: unknown) => parseRetrainInput({ data: { columns: { passage } } }).data.columns.passage;
    assert.deepEqual(columns('answer'), ['answer']);
    assert.deepEqual(columns(['title', 'answer']), ['title', 'answer']);
    assert.match(messageFor({ data: { columns: { passage: '' } } }), /data\.columns\.passage\.0 is/);
    assert.match(
      messageFor({ data: { columns: { passage: 5 } } }),
      /data\.columns\.passage is 5: must be a string, or an array/,
    );
  });

  it('names all wrong fields at once', () => {
    const message = messageFor({ training: { batchSize: 0, warmupRatio: 2 }, foo: 1 });
    for (const field of ['training.batchSize', 'training.warmupRatio', 'foo']) assert.ok(message.includes(field));
  });

  it('shortens a value that is a document', () => {
    assert.ok(messageFor({ preset: 'x'.repeat(10_000) }).length < 300);
  });

  it('does not let a caller reach the prototype', () => {
    parseRetrainInput(JSON.parse('{"training":{}}'));
    assert.throws(() => parseRetrainInput(JSON.parse('{"__proto__":{"polluted":1}}')), InputError);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });
});
