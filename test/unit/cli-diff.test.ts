/** `veille diff` between records in memory: what differs, and where it begins. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { diffCommand } from '../../cli/commands/diff.ts';
import { diffRecords, type RunDifferences } from '../../cli/records/diff-records.ts';
import { typed } from '../fixtures/bucket-command.ts';
import { fakeGateResult } from '../fixtures/fake-gate.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';
import { RECORDED_ENVIRONMENT } from '../fixtures/recorded-environment.ts';
import { runRecordOf, storeRecord, type RecordOptions } from '../fixtures/run-record.ts';

async function diff(a: RecordOptions, b: RecordOptions, ...args: readonly string[]) {
  const store = new MemoryObjectStore();
  await storeRecord(store, runRecordOf({ ...a, workflowId: 'a' }));
  await storeRecord(store, runRecordOf({ ...b, workflowId: 'b' }));
  return typed((context) => diffCommand(context, () => ({ store })), ['a', 'b', ...args]);
}

const paths = (leaves: readonly { readonly path: string }[]): string[] => leaves.map(({ path }) => path);

test('of runs that only have other names and times, nothing differs', async () => {
  const { code, out } = await diff({}, { finishedAt: '2026-11-25T02:05:00.000Z' });
  assert.equal(code, 0);
  assert.deepEqual(out.trimEnd().split('\n'), [
    'a  a, run a-run, finished 2026-11-24 02:05:00Z',
    'b  b, run b-run, finished 2026-11-25 02:05:00Z',
    '',
    'Nothing differs: the same inputs, code and environment, and the same result of every step.',
  ]);
});

test('another seed differs from the training on, and nothing before it', async () => {
  const { out } = await diff({}, { input: { training: { seed: 43 } } });
  assert.match(out, /^The first step that differs is fine-tune\.$/m);
  assert.match(out, /^Inputs\n {2}config\.training\.seed {2}42 → 43$/m);
  assert.match(out, /^ {2}fine-tune {2}parameters training\.seed; result .*weights\.digest/m);
  assert.match(out, /^ {2}export-tuned {2}inputs adapter; result digest/m);
  assert.doesNotMatch(out, /embed-base|Code|Environment|Metrics|Outcome/);
});

test('other data differ from the first step on, by their digest', () => {
  const { inputs, steps } = diffRecords(runRecordOf(), runRecordOf({ data: 'other rows' }));
  assert.deepEqual(paths(inputs), ['sources.data']);
  assert.deepEqual(
    steps.slice(0, 2).map(({ step }) => step),
    ['resolve', 'split'],
  );
});

test('code and machine are told apart, and need not change a result', async () => {
  const { code, versions } = RECORDED_ENVIRONMENT;
  const environment = {
    ...RECORDED_ENVIRONMENT,
    gpus: [{ name: 'L4', memoryMiB: 23_034, driver: '570.1' }],
    versions: { ...versions, torch: '2.9.2+cpu' },
    code: { ...code, buildId: 'fedcba', commit: null },
  };
  const document = JSON.parse((await diff({}, { environment }, '--json')).out) as RunDifferences;
  assert.deepEqual(paths(document.code), ['buildId', 'commit']);
  assert.deepEqual(document.environment, [
    { path: 'gpus', a: 'none', b: 'L4, 23034 MiB, driver 570.1' },
    { path: 'versions.torch', a: '2.9.1+cpu', b: '2.9.2+cpu' },
  ]);
  assert.deepEqual(document.steps, []);
  assert.match((await diff({}, { environment })).out, /^No step differs: every one has the same key/m);
});

test('a step that gives something else from the same key is said to', () => {
  const a = runRecordOf();
  const steps = a.steps.map((step) =>
    step.step === 'bm25' ? { ...step, result: { ...(step.result as object), metrics: { n_docs: 7 } } } : step,
  );
  const [difference] = diffRecords(a, { ...a, steps }).steps;
  assert.equal(difference?.step, 'bm25');
  assert.equal(difference.unrepeated, true);
});

test('a step that one of the runs has not is named with the run', () => {
  const a = runRecordOf();
  const [difference] = diffRecords(a, { ...a, steps: a.steps.filter(({ step }) => step !== 'bm25') }).steps;
  assert.deepEqual([difference?.step, difference?.in], ['bm25', 'a']);
});

test('metrics come with both values, and the outcome with verdict and promotion', async () => {
  const a = runRecordOf();
  const fineTuned = { ...a.metrics.fineTuned, 'retrieval/nDCG@10': 0.8 };
  const b = { ...runRecordOf({ gate: fakeGateResult(null, 'reject'), promotion: { state: 'kept', by: null } }) };
  const { metrics, outcome } = diffRecords(a, { ...b, metrics: { ...b.metrics, fineTuned } });
  assert.deepEqual(metrics, [{ model: 'fineTuned', metric: 'retrieval/nDCG@10', a: 0.75, b: 0.8 }]);
  assert.deepEqual(paths(outcome), ['verdict', 'promotion.state', 'promotion.by']);
});
