/**
 * Writes test/step-sources.json: `npm run step-sources`. Whoever runs it says that each step whose code changed either
 * has a new version, or computes the same bytes as before.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { readStepSources, STEP_SOURCES, type StepSource } from '../test/fixtures/step-sources.ts';

const before = JSON.parse(await readFile(STEP_SOURCES, 'utf8').catch(() => '{}')) as Record<string, StepSource>;
const now = await readStepSources();
await writeFile(STEP_SOURCES, `${JSON.stringify(now, null, 2)}\n`);
for (const [name, { version, code }] of Object.entries(now)) {
  const was = before[name];
  if (was && was.version !== version) console.info(`${name}: version ${version}, was ${was.version}`);
  else if (was && was.code !== code) console.info(`${name}: other code, and still version ${version}`);
}
