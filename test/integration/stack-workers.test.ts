/** Worker processes under the stack's care, with a stand-in for the worker: what it does is to live and to die. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive } from '../../cli/stack/process-identity.ts';
import { stopLeftovers, writePidFile } from '../../cli/stack/pid-file.ts';
import { startWorker, type SupervisedWorker } from '../../cli/stack/workers.ts';

/** Starts a child that ignores SIGTERM, says that it is ready, and ends 0.2 s after it was told to. */
const STAND_IN = `
import { spawn } from 'node:child_process';
const child = spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"]);
process.on('SIGTERM', () => setTimeout(() => { console.log('work saved'); process.exit(0); }, 200));
console.log(JSON.stringify({ msg: 'worker ready', child: child.pid }));`;

let stateDir: string;
let worker: SupervisedWorker | null = null;

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'veille-workers-'));
});

afterEach(async () => {
  await worker?.stop();
  worker = null;
  await rm(stateDir, { recursive: true });
});

async function start(source: string, log: (line: string) => void = () => undefined): Promise<SupervisedWorker> {
  const script = join(stateDir, 'worker.mjs');
  await writeFile(script, source);
  worker = await startWorker({ name: 'cpu-worker', script, env: {}, stateDir, stopGraceMs: 5_000, log });
  return worker;
}

test('a stopped worker has saved its work, and what it had started is gone', async () => {
  const started = await start(STAND_IN);
  const processes = [started.pid(), await childOf(started.logFile)].map(identify).filter((process) => process !== null);
  assert.equal(processes.length, 2);
  await started.stop();
  assert.match(await readFile(started.logFile, 'utf8'), /work saved/);
  assert.deepEqual(processes.filter(isAlive), []);
});

test('a worker that dies is started again, and the reason is told', async () => {
  const lines: string[] = [];
  const started = await start(STAND_IN, (line) => lines.push(line));
  const first = started.pid();
  // What it started would outlive it: unlike a trainer, it does not watch its parent.
  process.kill(await childOf(started.logFile), 'SIGKILL');
  process.kill(first, 'SIGKILL');
  while (started.pid() === first) await sleep(20);
  assert.equal((await readFile(started.logFile, 'utf8')).match(/worker ready/g)?.length, 2);
  assert.match(
    lines.join('\n'),
    /^cpu-worker has ended \(SIGKILL\): starting it again in 0.5 s; its log: .*cpu-worker\.log$/,
  );
});

test('a worker that can not start is shown with the end of its log', async () => {
  await assert.rejects(
    start("throw new Error('S3_ENDPOINT: Invalid URL')"),
    /ended before it was ready.*S3_ENDPOINT: Invalid URL/s,
  );
});

test('leftovers are stopped with what they had started, even when they have died themselves', async () => {
  const script = join(stateDir, 'worker.mjs');
  await writeFile(script, STAND_IN);
  const logFile = join(stateDir, 'leftover.log');
  const log = await open(logFile, 'w');
  const leftover = spawn(process.execPath, [script], { detached: true, stdio: ['ignore', log.fd, log.fd] });
  while (!(await readFile(logFile, 'utf8')).includes('worker ready')) await sleep(20);
  await log.close();
  const [leader, child] = [leftover.pid ?? 0, await childOf(logFile)].map(identify);
  assert.ok(leader && child);
  writePidFile(stateDir, { ...leader, name: 'cpu-worker', stopGraceMs: 5_000 });
  leftover.kill('SIGKILL');
  await once(leftover, 'exit');
  assert.ok(isAlive(child));
  await stopLeftovers(stateDir, () => undefined);
  assert.equal(isAlive(child), false);
});

test('a pid that now belongs to another process is left alone', async () => {
  const own = identify(process.pid);
  assert.ok(own);
  writePidFile(stateDir, { pid: own.pid, startedAt: own.startedAt - 1, name: 'cpu-worker', stopGraceMs: 5_000 });
  await stopLeftovers(stateDir, (line) => assert.fail(line));
});

async function childOf(logFile: string): Promise<number> {
  const line = (await readFile(logFile, 'utf8')).split('\n').find((text) => text.includes('worker ready'));
  return (JSON.parse(line ?? '{}') as { child: number }).child;
}
