import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { demoResult } from '../../cli/demo/demo-result.ts';
import { readJson, writeJsonAtomically } from '../../cli/demo/state-file.ts';
import { timedId } from '../../cli/start-run.ts';
import { LAST_NIGHT, RESULT, THIS_RUN } from '../fixtures/cli-runs.ts';

test('the result has exactly what programs are promised', () => {
  const result = demoResult(THIS_RUN, RESULT, 271.5);
  assert.deepEqual(Object.keys(result).toSorted(), [
    'artifacts',
    'metrics',
    'runId',
    'seconds',
    'steps',
    'texts',
    'unchangedSince',
    'verdict',
    'workflowId',
  ]);
  assert.deepEqual(Object.keys(result.metrics), ['base', 'fineTuned']);
  assert.deepEqual(result.steps[0], { name: 'resolve', state: 'done', cached: true, seconds: 0.4 });
  assert.deepEqual(result.steps.at(-1), { name: 'track', state: 'skipped', cached: false, seconds: null });
});

test('a demo that found nothing changed names the run whose result it has, and took no time for any step', () => {
  const { steps, unchangedSince } = demoResult(THIS_RUN, { ...RESULT, unchangedSince: LAST_NIGHT }, 2.5);
  assert.deepEqual(unchangedSince, LAST_NIGHT);
  assert.ok(steps.every(({ seconds }) => seconds === null));
});

test('a file is written whole, into a folder that is made, and leaves no draft behind', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'veille-demo-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'state', 'demo-result.json');
  assert.equal(await readJson(path), null);
  await writeJsonAtomically(path, { seconds: 1 });
  await writeJsonAtomically(path, { seconds: 2 });
  assert.equal(await readFile(path, 'utf8'), '{\n  "seconds": 2\n}\n');
  assert.deepEqual(await readdir(join(folder, 'state')), ['demo-result.json']);
});

test('a workflow ID made of the time sorts by it', () => {
  assert.equal(timedId('demo', new Date(Date.UTC(2026, 10, 24, 7, 31, 30))), 'demo-20261124-073130');
});
