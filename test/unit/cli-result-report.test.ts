import assert from 'node:assert/strict';
import test from 'node:test';
import pc from 'picocolors';
import { comparisonLines, resultReport } from '../../cli/render/result-report.ts';
import { INCONCLUSIVE } from '../fixtures/cli-gate.ts';
import { cleanProfile } from '../fixtures/data-profile.ts';
import { LAST_NIGHT, RESULT } from '../fixtures/cli-runs.ts';

const colors = pc.createColors(false);
const options = { colors, artifactsUrl: 's3://veille/prod' };

function report(change: Partial<typeof RESULT> = {}): string {
  return resultReport({ ...RESULT, ...change }, options).join('\n');
}

test('each metric stands beside its zero-shot value, its difference and BM25', () => {
  const lines = report().split('\n');
  assert.match(lines[0] ?? '', /^metric +BM25 +zero-shot +fine-tuned +difference$/);
  assert.ok(lines.includes('retrieval/nDCG@10                0.4801     0.4962      0.6654     +0.1692'));
});

test('a run without BM25 has no column for it', () => {
  const { base, fineTuned } = RESULT.metrics;
  assert.match(report({ metrics: { base, fineTuned } }), /^metric +zero-shot +fine-tuned +difference\n/);
});

test('counts are no metrics: they stand beneath the table', () => {
  assert.doesNotMatch(report(), /^n_queries/m);
  assert.match(report(), /^898 test queries over 893 passages\.$/m);
});

test('the table fits into 80 columns', () => {
  const [table = ''] = report().split('\n\n');
  assert.ok(Math.max(...table.split('\n').map(({ length }) => length)) <= 80);
});

test('an interval on one side of zero tells the two apart, one that holds zero does not', () => {
  const told = (low: number, high: number) =>
    comparisonLines({ ...RESULT.comparison, ndcgDifference: { mean: (low + high) / 2, low, high } }, colors)[0];
  assert.match(told(0.1, 0.2) ?? '', /: better$/);
  assert.match(told(-0.2, -0.1) ?? '', /: worse$/);
  assert.match(told(-0.1, 0.2) ?? '', /: not told apart$/);
});

test('every step says whether it was cached and which run made it', () => {
  assert.match(report(), /^split +cached +0\.2 {2}nightly-2026-11-23 \(…00c0ffee\)$/m);
  assert.match(report(), /^fine-tune +computed +227\.2 {2}nightly-2026-11-24 \(…5a1f4c11\)$/m);
});

test('steps that were skipped share a sentence beneath the table, with their reasons', () => {
  assert.doesNotMatch(report(), /^track /m);
  assert.match(
    report(),
    /^Skipped: read-guards, guard-reference, guard-tuned \(gate\.guards is empty\); .*; track \(tracking\.mode is none\)\.$/m,
  );
});

test('a result that is an earlier run’s says so before anything else', () => {
  const [first, second] = report({ unchangedSince: LAST_NIGHT }).split('\n');
  assert.equal(
    first,
    'Unchanged: data, code and configuration are those of nightly-2026-11-23 (…00c0ffee). Its result:',
  );
  assert.equal(second, '');
});

test('the verdict names the reference, the values, each clause with its guard, and what was left out', () => {
  const lines = report({ gate: INCONCLUSIVE }).split('\n');
  const at = lines.indexOf('Gate');
  const measured = 'retrieval/nDCG@10 0.4962 → 0.6654, +0.1692 (95 % interval +0.1503 to +0.1884)';
  assert.deepEqual(lines.slice(at + 1, at + 8), [
    'inconclusive, against champion revision 4 (nightly-2026-11-20)',
    `${measured} on 898 queries over 893 passages`,
    `guard labour: ${measured} on 40 queries over 38 passages`,
    '  ✔ Enough queries: 898 (200 required)',
    '  ✔ Better: +0.169',
    '  ? guard labour: Too few queries: 40 (150 required)',
    '12 test queries left out, since the champion was trained on them or selected by them.',
  ]);
});

test('the data has its rows, what was found in them with the first place, and each guard set with what became one', () => {
  const profile = {
    ...cleanProfile,
    ambiguous: { count: 1, first: 'line 3' },
    testQuestionsSeen: { count: 7, first: 'row 9' },
  };
  const guards = { labour: { rows: 75, queries: 40, passages: 1 } };
  const lines = report({ data: { rows: { train: 2_430, dev: 52, test: 53 }, profile, guards } }).split('\n');
  assert.deepEqual(lines.slice(lines.indexOf('Data') + 1, lines.indexOf('Gate')), [
    '2,430 rows to train on, 52 for dev, 53 to test',
    '  1 question with several passages, first line 3',
    '  7 test questions stand in train or dev, first row 9',
    'guard labour: 40 questions with 1 passage, of 75 judged pairs',
    '',
  ]);
  assert.ok(!report().includes('\nData\n'), 'a result of an earlier version has none');
});

test('the fate of the candidate names who decided, when and why', () => {
  const { promotion } = RESULT;
  const at = '2026-11-24T09:12:03.000Z';
  const ends = [
    [promotion, 'promoted to revision 1 by gate, 2026-11-24 02:04:29Z'],
    [
      { state: 'refused', by: 'ada', at, note: 'worse on leases', revision: null },
      'refused by ada, 2026-11-24 09:12:03Z: worse on leases',
    ],
    [{ state: 'kept', by: 'gate', at: null, note: null, revision: null }, 'none, the gate did not pass the candidate'],
    [{ state: 'kept', by: null, at: null, note: 'another was quicker', revision: null }, 'none: another was quicker'],
    [{ state: 'expired', by: null, at: null, note: null, revision: null }, 'none, nobody answered in time'],
    [{ state: 'off', by: null, at: null, note: null, revision: null }, 'none, promote is never'],
  ] as const;
  for (const [end, said] of ends) assert.ok(report({ promotion: end }).includes(`\nPromotion: ${said}\n`), said);
});

test('steps that a screen has shown are left out', () => {
  assert.doesNotMatch(resultReport(RESULT, { ...options, steps: false }).join('\n'), /made by/);
});

test('artifacts are named shortly, or by addresses that other tools understand', () => {
  assert.match(report(), /^LoRA adapter +2\.7 MiB {2}abababababab$/m);
  assert.match(
    resultReport(RESULT, { ...options, addresses: true }).join('\n'),
    /^LoRA adapter \(2\.7 MiB\)\n {2}s3:\/\/veille\/prod\/artifacts\/sha256\/ab\/(ab){32}$/m,
  );
});

test('tracking that failed is told, with its reason', () => {
  assert.match(
    report({ tracking: { state: 'failed', error: 'api.wandb.ai: 401' } }),
    /does not fail the run: api\.wandb\.ai: 401/,
  );
});
