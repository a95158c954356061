/** The trainer as a child process, played by a shell script: every way in which it can end. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runTrainer, type TrainerEnd } from '../../adapters/trainer/trainer-process.ts';
import { trainerFailure } from '../../activities/trainer-failure.ts';
import { NON_FINITE_LOSS, PREEMPTED, TRAINER_FAILED } from '../../contracts/failures.ts';
import type { ExportJob, TrainerEvent } from '../../contracts/trainer.ts';

const JOB: ExportJob = { kind: 'export', model: 'model', adapter: null, output: 'out', maxSeqLength: 8 };
const FINISHED = '{"type":"finished","step":3,"bestStep":null,"metrics":{}}';

interface Played {
  readonly end: TrainerEnd;
  readonly events: TrainerEvent[];
  readonly folder: string;
}

/** Runs a script in the place of Python. */
async function play(script: string, stopAtFirstEvent = false): Promise<Played> {
  const folder = mkdtempSync(join(tmpdir(), 'veille-trainer-'));
  const python = join(folder, 'python');
  writeFileSync(python, `#!/bin/sh\n${script}\n`);
  chmodSync(python, 0o755);
  const events: TrainerEvent[] = [];
  const stop = new AbortController();
  const environment = { PATH: process.env['PATH'] ?? '' };
  const end = await runTrainer({ python, source: '/source', threads: 2, environment }, JOB, {
    folder,
    stop: [stop.signal],
    onEvent: (event) => {
      events.push(event);
      if (stopAtFirstEvent) stop.abort();
    },
  });
  return { end, events, folder };
}

const failureOf = ({ end }: Played) => trainerFailure(end, 's3://bucket/trainer.log');

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
    const script = `trap 'echo '"'"'${preempted}'"'"' >&3; exit 75' TERM; echo '{"type":"progress","step":7,"totalSteps":9,"loss":null,"doing":null}' >&3; while :; do sleep 0.05; done`;
    const { end } = await play(script, true);
    assert.equal(end.exitCode, 75);
    assert.equal(end.preempted?.step, 7);
  });

  it('refuses a trainer that speaks another protocol', async () => {
    await assert.rejects(play(`echo '{"type":"hello"}' >&3; sleep 30`), /no event .*npm run setup/);
  });
});

describe('the failure of a trainer', () => {
  it('has the exit code and the last words', async () => {
    const failure = failureOf(await play('echo "RuntimeError: boom" >&2; exit 3'));
    assert.equal(failure.type, TRAINER_FAILED);
    assert.match(failure.message, /exited with 3: RuntimeError: boom \(whole log: s3:\/\/bucket\/trainer\.log\)/);
  });

  it('names the signal that killed it', async () => {
    assert.match(failureOf(await play('kill -9 $$')).message, /was killed by SIGKILL/);
  });

  it('is final, with the step, when the loss is no number', async () => {
    const event = '{"type":"failed","error":"NonFiniteLoss","message":"loss is nan","step":12}';
    const failure = failureOf(await play(`echo '${event}' >&3; exit 1`));
    assert.equal(failure.type, NON_FINITE_LOSS);
    assert.equal(failure.nonRetryable, true);
    assert.match(failure.message, /at step 12: loss is nan/);
  });

  it('is a preemption, to be retried at once, when it was told to stop', async () => {
    const failure = failureOf(await play('exit 75'));
    assert.equal(failure.type, PREEMPTED);
    assert.equal(failure.nonRetryable, false);
    assert.equal(failure.nextRetryDelay, '1 millisecond');
  });
});
