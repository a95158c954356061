/** A sweep on the terminal: its table, its live frame, its plain log, its report. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import pc from 'picocolors';
import { sweepFrame } from '../../cli/render/sweep-frame.ts';
import { sweepLog } from '../../cli/render/sweep-log.ts';
import { sweepReport } from '../../cli/render/sweep-report.ts';
import { sweepTable } from '../../cli/render/sweep-table.ts';
import { SWEEP_PROGRESS, SWEEP_RESULT, runningSweep } from '../fixtures/sweep-views.ts';

const colors = pc.createColors(false);

describe('the table of a sweep', () => {
  it('has a column a changed path, the best first, the winner marked, and the reasons beneath', () => {
    assert.deepEqual(sweepTable(SWEEP_RESULT, colors), [
      'trial  learningRate  lora.r  dev/ndcg@10  best step  seconds  state',
      '─'.repeat(70),
      '  ★ 2        0.0005       8       0.7557         60     31.5  computed',
      '    1        0.0001       8       0.6123         60     31.5  cached',
      '    3             1       –            –          –      3.0  failed',
      'Failed',
      '  3: NonFiniteLoss: The loss is NaN at step 2',
    ]);
  });
});

describe('the live frame of a sweep', () => {
  const size = { columns: 100, rows: 30, colors };

  it('shows the leaderboard so far, and the training that runs with its progress', () => {
    const frame = sweepFrame(runningSweep(), size);
    assert.match(frame[0] ?? '', /^sweep-1 {2}running 1m 12s {2}3 of 5 trials ended$/);
    assert.ok(frame.some((line) => /^ +4 +– +4 +– +– +– {2}running$/.test(line)));
    assert.ok(frame.some((line) => /fine-tune .*12\/60 steps/.test(line)));
  });

  it('keeps within the terminal’s rows, whatever the number of trials, and keeps what runs', () => {
    const trials = Array.from({ length: 128 }, (_, at) => ({ number: at + 1, changes: {}, state: 'waiting' as const }));
    const frame = sweepFrame(runningSweep({ trials }), { ...size, rows: 24 });
    assert.equal(frame.length, 24);
    assert.ok(frame.includes('· more trials'));
    assert.ok(frame.some((line) => line.includes('12/60 steps')));
  });

  it('says who paused it, and that no worker answers', () => {
    const paused = { by: 'ada', note: 'the GPU is needed', since: 0 };
    assert.match(sweepFrame(runningSweep({ paused }), size)[1] ?? '', /paused by ada .*no further trial starts/);
    const unanswered = { ...runningSweep(), progress: null };
    assert.match(sweepFrame(unanswered, size)[1] ?? '', /No worker answers on queue veille-cpu/);
  });
});

describe('the plain log of a sweep', () => {
  it('says each change once', () => {
    const log = sweepLog();
    const first = log(runningSweep()).map((line) => line.slice(22));
    assert.deepEqual(first, [
      'resolve done',
      'trial 1 (learningRate 0.0001, lora.r 8) done (cached): dev/ndcg@10 0.6123; 60 steps, best at 60',
      'trial 2 (learningRate 0.0005, lora.r 8) done (computed): dev/ndcg@10 0.7557; 60 steps, best at 60',
      'trial 3 (learningRate 1) failed: NonFiniteLoss: The loss is NaN at step 2',
      'trial 4 (lora.r 4) running',
    ]);
    assert.deepEqual(log(runningSweep()), []);
    const winner = { trial: 2, workflowId: 'sweep-1/winner' };
    const trials = SWEEP_PROGRESS.trials.slice(0, 3);
    assert.deepEqual(
      log(runningSweep({ trials, winner })).map((line) => line.slice(22)),
      ['winner: trial 2, measured by sweep-1/winner'],
    );
  });

  it('tells the command that answers a winner who waits for an approval', () => {
    const [child] = runningSweep().open;
    assert.ok(child?.view.progress);
    const view = {
      ...child.view,
      workflowId: 'sweep-1/winner',
      progress: { ...child.view.progress, approvalUntil: 0 },
    };
    const lines = sweepLog()({ ...runningSweep(), open: [{ name: 'winner', view }] });
    assert.ok(lines.some((line) => /Waits for an approval until .*: veille approve sweep-1\/winner/.test(line)));
  });
});

describe('the report of a sweep', () => {
  it('names the winner, what it changed, and the run that measured it', () => {
    const report = sweepReport(SWEEP_RESULT, { colors, artifactsUrl: 's3://veille' }).join('\n');
    assert.match(report, /★ Trial 2 is the best by dev\/ndcg@10 on the dev part: learningRate 0\.0005, lora\.r 8\./);
    assert.match(report, /Texts before the winner: 120 encoded, 240 cached\./);
    assert.match(report, /Combinations left out, since an earlier one says the same: 1\./);
    assert.match(report, /Winner, sweep-1\/winner: the only look at the test part\nmetric +BM25/);
  });
});
