/** No step's code changes unseen: its recorded results would be taken although other code might compute others. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { it } from 'node:test';
import { ROOT } from '../fixtures/paths.ts';
import { readStepSources, STEP_SOURCES, type StepSource } from '../fixtures/step-sources.ts';

const WHAT_TO_DO =
  'raise the version in the identity of each step below that may now compute other bytes, ' +
  'then run `npm run step-sources`, and commit test/step-sources.json';

it('has a new version, or somebody’s word that it computes the same, for each step whose code changed', async () => {
  const kept = JSON.parse(await readFile(STEP_SOURCES, 'utf8')) as Record<string, StepSource>;
  const now = await readStepSources();
  assert.deepEqual(now, kept, WHAT_TO_DO);
});

it('knows each step that has an identity, but for a whole run, whose key has the build', async () => {
  const names: string[] = [];
  for (const file of await readdir(`${ROOT}activities`)) {
    const source = await readFile(`${ROOT}activities/${file}`, 'utf8');
    names.push(...Array.from(source.matchAll(/name: '([\w-]+)',\s*version: /g), ([, name]) => name!));
  }
  const known = Object.keys(await readStepSources());
  assert.deepEqual(names.filter((name) => name !== 'run').sort(), known.sort());
});
