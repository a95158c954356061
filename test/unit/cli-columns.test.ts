/** Everything that the command line prints for people, on a terminal of 80 columns: nothing is cut, no word is broken. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import pc from 'picocolors';
import { createProgram } from '../../cli/program.ts';
import { championReport } from '../../cli/render/champion-report.ts';
import { diffReport } from '../../cli/render/diff-report.ts';
import { fitHelp, fitLines } from '../../cli/render/fit.ts';
import { gateLines } from '../../cli/render/gate-lines.ts';
import { planReport } from '../../cli/render/plan-report.ts';
import { outcomeLine, resultReport } from '../../cli/render/result-report.ts';
import { runFrame } from '../../cli/render/run-frame.ts';
import { runsTable } from '../../cli/render/runs-table.ts';
import { scheduleList } from '../../cli/render/schedule-list.ts';
import { scheduleReport } from '../../cli/render/schedule-report.ts';
import { sweepFrame } from '../../cli/render/sweep-frame.ts';
import { sweepReport } from '../../cli/render/sweep-report.ts';
import { diffRecords } from '../../cli/records/diff-records.ts';
import type { RunSummary } from '../../cli/records/run-summary.ts';
import type { RunPlan } from '../../cli/plan/run-plan.ts';
import type { ScheduleView } from '../../cli/schedule/schedule-view.ts';
import type { GateVerdict } from '../../contracts/gate.ts';
import { reasonWords } from '../../contracts/gate-words.ts';
import { METRIC_NAMES } from '../../contracts/metrics.ts';
import { PASSED, INCONCLUSIVE } from '../fixtures/cli-gate.ts';
import { finishedView, progressing, RESULT, runningView } from '../fixtures/cli-runs.ts';
import { cleanProfile } from '../fixtures/data-profile.ts';
import { fakeChampion } from '../fixtures/fake-gate.ts';
import { runRecordOf } from '../fixtures/run-record.ts';
import { runningSweep, SWEEP_RESULT } from '../fixtures/sweep-views.ts';

const WIDTH = 80;
const colors = pc.createColors(false);

/** The lines as a terminal shows them, each of which must fit; addresses alone may be longer than a row. */
function fitting(lines: readonly string[]): string {
  const shown = fitLines(lines, WIDTH);
  for (const line of shown) {
    assert.ok(line.length <= WIDTH, `${line.length} characters: ${line}`);
    assert.ok(!line.endsWith('…'), `cut: ${line}`);
  }
  return shown.join('\n');
}

/** The words of a text, whatever rows and columns they stand in. */
function words(lines: readonly string[]): string[] {
  return lines.join(' ').split(/\s+/).toSorted();
}

const metrics = (value: number): Record<string, number> => ({
  ...Object.fromEntries(METRIC_NAMES.map((name) => [name, value])),
  n_queries: 1,
  n_docs: 12_345,
});
const WIDE_RESULT = {
  ...RESULT,
  metrics: { bm25: metrics(0.4), base: metrics(0.5), fineTuned: metrics(0.75) },
  gate: INCONCLUSIVE,
};

function summary(workflowId: string, more: Partial<RunSummary> = {}): RunSummary {
  return {
    workflowId,
    runId: '0199c5a0-7d3e-7c0a-9a54-3f0f5a1f4c11',
    startedAt: '2026-11-24T02:00:00.000Z',
    finishedAt: '2026-11-24T02:05:00.000Z',
    preset: 'legalkit-bge-m3-tuned',
    name: 'legalkit-bge-m3-tuned',
    baseModel: 'hf://BAAI/bge-m3@5617a9f61b028005a4858fdac845db406aefb181',
    data: { source: 'rows.jsonl', sha256: 'ab'.repeat(32) },
    before: 0.4962,
    after: 0.6654,
    verdict: 'inconclusive',
    promotion: 'kept',
    champion: 'now',
    signedBy: ['cafe'.repeat(16)],
    tags: ['before-reform', 'audited'],
    ...more,
  };
}

const SCHEDULE: ScheduleView = {
  id: 'nightly-legalkit-bge-m3',
  cron: ['0 2 * * *'],
  timeZone: 'America/Argentina/Buenos_Aires',
  jitter: 600_000,
  catchUp: 21_600_000,
  overlap: 'skip',
  pausesOnFailure: true,
  paused: true,
  note: 'Paused by ada, 2026-11-01 08:00:00Z: until the audit of the whole corpus has come to its end',
  input: { preset: 'demo', training: { epochs: 2, learningRate: 0.0002 }, data: { source: 'hf://datasets/a/b' } },
  nextTimes: [Date.UTC(2026, 10, 24, 1)],
  runs: [
    {
      workflowId: 'nightly-legalkit-bge-m3-2026-11-23T01:00:00Z',
      runId: 'r',
      dueAt: Date.UTC(2026, 10, 23, 1),
      startedAt: Date.UTC(2026, 10, 23, 1),
      closedAt: Date.UTC(2026, 10, 23, 2),
      status: 'completed',
      verdict: 'inconclusive',
    },
  ],
  counts: { started: 12, skipped: 1, missed: 2, waiting: 1 },
};

const PLAN: RunPlan = {
  preset: 'demo',
  buildId: 'a',
  unchangedSince: null,
  steps: [
    {
      step: 'evaluate-champion',
      state: 'compute',
      madeBy: null,
      why: ['training.hardNegatives is {"candidates": 100}, and no recorded step has that with the rest as it is here'],
    },
    { step: 'embed-train', state: 'skipped', madeBy: null, why: ['training.hardNegatives is false'] },
  ],
  rows: { train: 2_800, dev: 600, test: 1 },
  data: { profile: { ...cleanProfile, repeated: { count: 16, first: 'line 12' } }, truncated: 3 },
  texts: [{ step: 'embed-tuned', texts: 1_200, missing: 1 }],
  seconds: { steps: [{ step: 'fine-tune', seconds: 156, basis: 'scaled from run nightly' }], known: 156, unknown: [] },
  bytes: { download: [], stored: [{ what: 'LoRA adapter', bytes: 2 << 20 }], checkpoint: 8 << 20 },
  memory: null,
  modelNotes: [],
  gate: [],
};

describe('at 80 columns', () => {
  it('the report of a run fits, with every metric and every word', () => {
    const report = (width?: number): string[] =>
      resultReport(WIDE_RESULT, { colors, artifactsUrl: 's3://veille', ...(width && { width }) });
    const shown = fitting(report(WIDTH));
    const rules = (text: readonly string[]): string[] => words(text).filter((word) => !word.startsWith('─'));
    assert.deepEqual(rules(shown.split('\n')), rules(report()));
    assert.match(shown, /^1 test query over 12,345 passages\.$/m);
  });

  it('a watch ends with the result', () => {
    assert.equal(
      fitting([outcomeLine(RESULT, colors)]),
      'Result: nDCG@10 0.4962 → 0.6654, promote, promoted to revision 1 by gate,\n  2026-11-24 02:04:29Z',
    );
  });

  it('a gain has one interval: the gate’s where it measures the same gain, else one each', () => {
    const intervals = (result: typeof RESULT): number =>
      resultReport(result, { colors, artifactsUrl: '' }).filter((line) => line.includes('95 % interval')).length;
    assert.equal(intervals({ ...RESULT, gate: PASSED }), 1);
    const champion = { ...INCONCLUSIVE, verdict: { ...INCONCLUSIVE.verdict, guards: {} } };
    assert.equal(intervals({ ...RESULT, gate: champion }), 2);
  });

  it('a watched run fits, in whatever state', () => {
    const options = { columns: WIDTH, rows: 100, colors };
    const base = runningView();
    const long = { ...base, workflowId: `nightly-legalkit-bge-m3-${'x'.repeat(40)}` };
    const waiting = { ...base, ...progressing({ gate: INCONCLUSIVE, approvalUntil: Date.UTC(2026, 10, 24) }) };
    const unanswered = { ...base, progress: null };
    for (const view of [base, long, waiting, unanswered, finishedView()]) fitting(runFrame(view, options));
  });

  it('sweeps fit', () => {
    fitting(sweepReport(SWEEP_RESULT, { colors, artifactsUrl: 's3://veille', width: WIDTH }));
    fitting(sweepFrame(runningSweep(), { columns: WIDTH, rows: 100, colors }));
  });

  it('the plan fits', () => {
    const shown = fitting(planReport(PLAN, colors, WIDTH));
    assert.match(shown, /^Encode +1 text$/m);
  });

  it('the list of runs keeps its figures in columns, and what a run was made of beneath them', () => {
    const runs = [summary('nightly-2026-11-24'), summary('nightly-2026-11-23', { champion: null, tags: [] })];
    const shown = fitting(runsTable(runs, 1_234, colors, WIDTH));
    assert.match(shown, /^★ {2}nightly-2026-11-24 {2}2026-11-24 02:05:00Z {2}0\.4962 {2}0\.6654 {2}inconclusive$/m);
    assert.match(shown, /tags before-reform audited/);
    assert.match(shown, /^2 of 1,234 finished runs;/m);
    fitting(runsTable([summary(`nightly-legalkit-${'x'.repeat(50)}`)], 1, colors, WIDTH));
  });

  it('the champion, schedules and differences fit', () => {
    const entries = [2, 1].map((revision) => ({
      ...fakeChampion(revision),
      revision,
      by: 'ada-of-the-retrieval-team',
      note: 'the new model finds more, and the old one was trained on half of the test part',
      at: '2026-11-24T02:05:00.000Z',
      restores: null,
    }));
    fitting(championReport({ entries } as unknown as Parameters<typeof championReport>[0], colors, WIDTH));
    fitting(scheduleList([SCHEDULE], colors, WIDTH));
    fitting(scheduleReport(SCHEDULE, null, colors, WIDTH));
    const differences = diffRecords(runRecordOf(), runRecordOf({ input: { training: { seed: 43, epochs: 3 } } }));
    fitting(diffReport(differences, colors, WIDTH));
  });

  it('the help of every command fits, and a command of an example stays one command', async () => {
    const none = (): never => assert.fail('help needs nothing');
    const parts = { context: none, installation: none, buildId: none, startServices: none };
    const program = await createProgram(
      { version: '1', ...parts, reproductionPlace: none, planningPlace: none, stateDir: '.veille' },
      [],
    );
    const commands = [program, ...program.commands, ...program.commands.flatMap((command) => command.commands)];
    for (const command of commands) {
      let text = '';
      command.configureOutput({ writeOut: (part) => (text += fitHelp(part, WIDTH)) });
      command.outputHelp();
      assert.ok(text.length > 0);
      fitting(text.split('\n'));
    }
  });
});

it('the help of the real program is broken to the width, and no library warns', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['cli/veille.mjs', 'runs', '--help']);
  fitting(stdout.split('\n'));
  assert.equal(stderr, '');
});

describe('a clause of the gate in words', () => {
  const { rule, primary } = PASSED.verdict;
  const of = (
    reason: Omit<GateVerdict['reasons'][number], 'guard' | 'text'>,
    difference = 0.1692,
    margin = 0,
  ): string =>
    reasonWords(
      { guard: null, text: 'x', ...reason },
      {
        rule: { ...rule, primary: { ...rule.primary, margin } },
        primary: primary && { ...primary, difference },
        guards: {},
      },
    );

  it('is read once', () => {
    assert.equal(
      of({ clause: 'power', outcome: 'met', value: 0.0361, bound: 0.05 }),
      'Enough data: a gain of 0.036 would be found 4 times in 5 (0.05 required)',
    );
    assert.equal(
      of({ clause: 'power', outcome: 'undecided', value: 0.0612, bound: 0.05 }),
      'Not enough data: only a gain of 0.061 would be found 4 times in 5 (0.05 required)',
    );
    assert.equal(of({ clause: 'gain', outcome: 'met', value: 0.1503, bound: 0 }), 'Better: +0.169');
    assert.equal(
      of({ clause: 'gain', outcome: 'failed', value: 0.02, bound: 0.05 }, -0.014),
      'Not better: −0.014; a gain of 0.05 or more is ruled out',
    );
    assert.equal(of({ clause: 'gain', outcome: 'failed', value: -0.01, bound: 0 }, -0.03), 'Worse: −0.030');
    assert.equal(
      of({ clause: 'gain', outcome: 'failed', value: 0.005, bound: 0.01 }, 0.002, 0.01),
      'Not better by more than 0.01: +0.002; a gain of 0.01 or more is ruled out',
    );
    assert.equal(
      of({ clause: 'chance', outcome: 'met', value: 0.0002, bound: 0.05 }),
      'Hardly chance: p = 0.0002 (at most 0.05 required)',
    );
  });

  it('fits a terminal in each of its forms', () => {
    fitting(gateLines(PASSED, colors));
    fitting(gateLines(INCONCLUSIVE, colors));
  });
});
