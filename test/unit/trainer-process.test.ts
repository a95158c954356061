/** The trainer as a child process: every way in which it can end, and nothing that stays behind. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { identify, isAlive } from '../../cli/stack/process-identity.ts';
import { JOB, play, sendProgress } from '../fixtures/played-trainer.ts';

const FINISHED = '{"type":"finished","step":3,"bestStep":null,"stoppedEarly":false,"metrics":{}}';
/** Short, and long enough for a shell on a busy machine to start. */
const SILENCE_SECONDS = 2;

function isRunning(pid: number): boolean {
  const identity = identify(pid);
  return identity !== null && isAlive(identity);
}

describe('runTrainer', () => {
  it('hands over every event, and says how it ended', async () => {
    const { end, events } = await play(`echo '${FINISHED}' >&3`);
    assert.equal(end.exitCode, 0);
    assert.equal(end.finished?.step, 3);
    assert.deepEqual(
      events.map(({ type }) => type),
      ['finished'],
    );
  });

  it('writes the job, and keeps the whole output in one log', async () => {
    const { end, folder } = await play('echo out; echo err >&2');
    assert.deepEqual(JSON.parse(readFileSync(join(folder, 'job.json'), 'utf8')), JOB);
    const log = readFileSync(end.log, 'utf8');
    assert.ok(log.includes('out\n') && log.includes('err\n'));
  });

  it('gives the job its threads and its package, and none of our own variables', async () => {
    process.env['VEILLE_TEST_SECRET'] = 'secret';
    const { end } = await play('env >&2');
    delete process.env['VEILLE_TEST_SECRET'];
    const variables = readFileSync(end.log, 'utf8');
    assert.match(variables, /^OMP_NUM_THREADS=2$/m);
    assert.match(variables, /^PYTHONPATH=\/source$/m);
    assert.ok(!variables.includes('secret'));
  });

  it('asks it to stop with SIGTERM, and waits for what it has to say', async () => {
    const preempted = '{"type":"preempted","step":7,"path":"/checkpoints/step-7"}';
    const answer = `trap 'echo '"'"'${preempted}'"'"' >&3; exit 75' TERM`;
    const { end } = await play(`${answer}; ${sendProgress(7)}; while :; do sleep 0.05; done`, {
      stopAtFirstEvent: true,
    });
    assert.equal(end.exitCode, 75);
    assert.equal(end.preempted?.step, 7);
  });

  it('kills one that reports nothing for too long, and says what it did last', async () => {
    const script = `${sendProgress(3)}; ${sendProgress(3, 'saving checkpoint')}; kill -STOP $$`;
    const { end } = await play(script, { silenceSeconds: SILENCE_SECONDS });
    assert.equal(end.killed, 'silent');
    assert.equal(end.signal, 'SIGKILL');
    assert.equal(end.lastDid, '"saving checkpoint" at step 3');
  });

  it('lets one go on that reports something now and then, however long it takes', async () => {
    const reports = Array.from({ length: 6 }, (_, step) => `${sendProgress(step)}; sleep 0.6`).join('; ');
    const { end } = await play(reports, { silenceSeconds: SILENCE_SECONDS });
    assert.equal(end.killed, null);
    assert.equal(end.exitCode, 0);
    assert.equal(end.lastDid, 'step 5');
  });

  it('kills all that a hung job has started, in sessions of their own too', async () => {
    const script = 'setsid sleep 600 & echo "child $!" >&2; kill -STOP $$';
    const { end } = await play(script, { silenceSeconds: SILENCE_SECONDS });
    const child = Number(/child (\d+)/.exec(readFileSync(end.log, 'utf8'))?.[1]);
    assert.ok(child > 0);
    assert.equal(isRunning(child), false);
  });

  it('does not wait for what outlives a killed job, and ends it', async () => {
    const { end } = await play('setsid sleep 600 & echo "child $!" >&2; kill -KILL $$');
    assert.equal(end.killed, null);
    assert.equal(isRunning(Number(/child (\d+)/.exec(end.lastWords)?.[1])), false);
  });

  it('refuses a trainer that speaks another protocol', async () => {
    await assert.rejects(play(`echo '{"type":"hello"}' >&3; sleep 30`), /no event .*npm run setup/);
  });
});
