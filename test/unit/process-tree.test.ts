/** Ending the processes of a job: all of them, or those named that nothing ends. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { describeSurvivors, killProcessesIn } from '../../adapters/trainer/process-tree.ts';

let folder: string;

before(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'veille-tree-')));
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe('killProcessesIn', () => {
  it('ends what works in the folder, and says that nothing is left', async () => {
    const child = spawn('sleep', ['600'], { cwd: folder });
    const ended = once(child, 'exit');
    assert.deepEqual(await killProcessesIn(folder), []);
    assert.deepEqual(await ended, [null, 'SIGKILL']);
  });

  it('gives up on a process that SIGKILL does not end, and names it', async () => {
    const child = spawn('sleep', ['600'], { cwd: folder });
    await once(child, 'spawn');
    const asked: number[] = [];
    const survivors = await killProcessesIn(folder, { giveUpMs: 0, kill: (pid) => asked.push(pid) });
    assert.deepEqual(
      survivors.map(({ pid }) => pid),
      [child.pid],
    );
    assert.match(
      describeSurvivors(survivors),
      new RegExp(`SIGKILL does not end ${child.pid} sleep \\(state [A-Z]\\): it waits in the kernel`),
    );
    assert.ok(asked.every((pid) => pid === child.pid));
    const ended = once(child, 'exit');
    await killProcessesIn(folder);
    await ended;
  });
});
