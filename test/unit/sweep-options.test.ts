/** The command line's options become the input of a sweep. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { UsageError } from '../../cli/exit.ts';
import { parseGrid } from '../../cli/sweep/grid-option.ts';
import { sweepInput } from '../../cli/sweep/sweep-input.ts';

async function configFile(t: TestContext, value: unknown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'veille-sweep-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'config.json');
  await writeFile(path, JSON.stringify(value));
  return path;
}

test('values of a grid are JSON where they can be, objects with commas included, and text otherwise', () => {
  assert.deepEqual(
    parseGrid(['learningRate=1e-4,5e-4', 'loss=mnrl,cached-mnrl', 'lora=false,{"r":8,"alpha":16}', 'maxSteps=null']),
    {
      learningRate: [1e-4, 5e-4],
      loss: ['mnrl', 'cached-mnrl'],
      lora: [false, { r: 8, alpha: 16 }],
      maxSteps: [null],
    },
  );
});

test('a grid option without values, or given twice, is refused', () => {
  assert.throws(() => parseGrid(['lora.r']), UsageError);
  assert.throws(() => parseGrid(['=1']), UsageError);
  assert.throws(() => parseGrid(['epochs=1', 'epochs=2']), /--grid epochs is given twice/);
});

test('preset and assignments go into the base', async () => {
  const { input } = await sweepInput({
    preset: 'demo',
    set: ['training.maxSteps=6'],
    grid: ['epochs=1,2'],
    parallelism: 3,
  });
  assert.deepEqual(input, {
    base: { preset: 'demo', training: { maxSteps: 6 } },
    grid: { epochs: [1, 2] },
    parallelism: 3,
  });
});

test('a file without a sweep’s fields is the base, and one with them the sweep, over which options lie', async (t) => {
  const run = await configFile(t, { data: { source: 'x.csv' } });
  assert.deepEqual((await sweepInput({ config: run, grid: ['epochs=1'] })).input, {
    base: { data: { source: 'x.csv' } },
    grid: { epochs: [1] },
  });
  const sweep = await configFile(t, { base: { promote: 'never' }, list: [{}], metric: 'dev/r@1' });
  assert.deepEqual((await sweepInput({ config: sweep, set: ['data.limit=5'], metric: 'dev/r@5' })).input, {
    base: { promote: 'never', data: { limit: 5 } },
    list: [{}],
    metric: 'dev/r@5',
  });
});

test('a base that is no object is refused with the file’s name', async (t) => {
  const config = await configFile(t, { base: 'nightly.json', list: [{}] });
  await assert.rejects(sweepInput({ config }), /--config .*config\.json: base must be the input of a run/);
});
