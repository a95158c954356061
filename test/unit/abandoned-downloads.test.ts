/** Partial downloads in the hub's cache: those of dead processes go, and no one else's. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import lockfile from 'proper-lockfile';
import { removeAbandoned } from '../../adapters/hub/resume-download.ts';

it('removes our own that nobody has gone on with for a day, unless somebody does now', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'veille-hub-'));
  const blobs = join(cache, 'models--legal--kit', 'blobs');
  mkdirSync(blobs, { recursive: true });
  const write = (name: string, age: number): string => {
    const path = join(blobs, name);
    const time = new Date(Date.now() - age * 3_600_000);
    writeFileSync(path, 'half');
    utimesSync(path, time, time);
    return path;
  };
  const abandoned = write('aaaa.veille.incomplete', 25);
  const locked = write('bbbb.veille.incomplete', 25);
  for (const [name, age] of [
    ['cccc.veille.incomplete', 1],
    ['dddd.incomplete', 1_000],
    ['eeee', 1_000],
  ] as const)
    write(name, age);
  const release = await lockfile.lock(locked, { realpath: false });
  assert.deepEqual(await removeAbandoned(cache), [abandoned]);
  await release();
  assert.deepEqual(readdirSync(blobs).sort(), [
    'bbbb.veille.incomplete',
    'cccc.veille.incomplete',
    'dddd.incomplete',
    'eeee',
  ]);
  assert.deepEqual(await removeAbandoned(join(cache, 'none')), []);
});
