import assert from 'node:assert/strict';
import test from 'node:test';
import pc from 'picocolors';
import { comparisonLines, resultReport } from '../../cli/render/result-report.ts';
import { RESULT } from '../fixtures/cli-runs.ts';

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

test('an interval on one side of zero is a verdict, one that holds zero is none', () => {
  const verdict = (low: number, high: number) =>
    comparisonLines({ ...RESULT.comparison, ndcgDifference: { mean: (low + high) / 2, low, high } }, colors)[0];
  assert.match(verdict(0.1, 0.2) ?? '', /: better$/);
  assert.match(verdict(-0.2, -0.1) ?? '', /: worse$/);
  assert.match(verdict(-0.1, 0.2) ?? '', /: not told apart$/);
});

test('every step says whether it was cached and which run made it', () => {
  assert.match(report(), /^split +cached +0\.2 {2}nightly-2026-11-23 \(…00c0ffee\)$/m);
  assert.match(report(), /^fine-tune +computed +227\.2 {2}nightly-2026-11-24 \(…5a1f4c11\)$/m);
  assert.match(report(), /^track +skipped/m);
});

test('steps that a screen has shown are left out', () => {
  assert.doesNotMatch(resultReport(RESULT, { ...options, steps: false }).join('\n'), /made by/);
});

test('artifacts are addresses that other tools understand', () => {
  assert.match(report(), /^LoRA adapter \(2\.7 MiB\)\n {2}s3:\/\/veille\/prod\/artifacts\/sha256\/ab\/(ab){32}$/m);
});

test('tracking that failed is told, with its reason', () => {
  assert.match(
    report({ tracking: { state: 'failed', error: 'api.wandb.ai: 401' } }),
    /does not fail the run: api\.wandb\.ai: 401/,
  );
});
