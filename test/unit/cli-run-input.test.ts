import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { UsageError } from '../../cli/exit.ts';
import { parseAssignment } from '../../cli/input/assignment.ts';
import { configFile as readConfig, withOptions, type InputOptions } from '../../cli/input/run-input.ts';

const runInput = async (options: InputOptions) => withOptions(await readConfig(options), options);

async function configFile(t: TestContext, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'veille-config-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'config.json');
  await writeFile(path, text);
  return path;
}

test('nothing given is an empty input', async () => {
  assert.deepEqual(await runInput({}), {});
});

test('values are JSON where they can be, and text otherwise', () => {
  const value = (text: string) => parseAssignment(`a=${text}`).value;
  assert.deepEqual(['10', 'true', 'null', '["x"]', '"10"', 'query: ', 's3://b/k=1', ''].map(value), [
    10,
    true,
    null,
    ['x'],
    '10',
    'query: ',
    's3://b/k=1',
    '',
  ]);
});

test('assignments make the sections they need, and the later wins', async () => {
  const set = ['training.lora.r=8', 'training.maxSteps=50', 'training.lora.r=4'];
  assert.deepEqual(await runInput({ set }), { training: { lora: { r: 4 }, maxSteps: 50 } });
});

test('assignments lie over the preset, and the preset over the file', async (t) => {
  const config = await configFile(t, '{"preset": "other", "data": {"limit": 10, "source": "x.csv"}}');
  const input = await runInput({ config, preset: 'demo', set: ['data.limit=5'] });
  assert.deepEqual(input, { preset: 'demo', data: { limit: 5, source: 'x.csv' } });
});

for (const text of ['training.maxSteps', '=5', 'a..b=1', '.a=1', 'a.=1', '__proto__.x=1', 'a b=1']) {
  test(`"${text}" is refused as an assignment`, () => {
    assert.throws(() => parseAssignment(text), UsageError);
  });
}

test('a path through a value that is no section is refused, and the value named', async () => {
  await assert.rejects(runInput({ set: ['training.lora=false', 'training.lora.r=8'] }), {
    name: 'UsageError',
    message: '--set: "lora" is false, so "r" can\'t be set in it.',
  });
});

test('names that every object inherits are ordinary names', async () => {
  assert.deepEqual(await runInput({ set: ['constructor.name=x'] }), { constructor: { name: 'x' } });
  assert.equal(Object.name, 'Object');
});

test('a file that is missing, is no JSON or holds no object is told by its path', async (t) => {
  const missing = join(tmpdir(), 'veille-no-such-file.json');
  await assert.rejects(runInput({ config: missing }), /--config .*veille-no-such-file\.json: can't be read: ENOENT/);
  await assert.rejects(runInput({ config: await configFile(t, '{"a":') }), /is no JSON: /);
  await assert.rejects(runInput({ config: await configFile(t, '[1]') }), /must hold one JSON object/);
});
