/** The chain of steps: an input that comes from nowhere, or from the wrong part, is named. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AuditedRun } from '../../audit/audited-run.ts';
import type { Difference, Finding } from '../../audit/check.ts';
import { checkChain } from '../../audit/checks/chain.ts';
import { noteOnTaken } from '../../audit/checks/steps.ts';
import type { ChampionFile } from '../../contracts/champion.ts';
import type { StepName } from '../../contracts/progress.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { candidateOf } from '../fixtures/candidate.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';
import { runRecordOf } from '../fixtures/run-record.ts';

const CHAMPION = { kind: 'champion', revision: 3, run: { workflowId: 'before', runId: 'before-run' } } as const;

async function chainOf(record: RunRecord, store = new MemoryObjectStore()): Promise<Finding> {
  return checkChain(new AuditedRun(record, store, '', new AbortController().signal));
}

function stepIn(record: RunRecord, name: StepName): RunRecord['steps'][number] {
  const step = record.steps.find((one) => one.step === name);
  assert.ok(step);
  return step;
}

/** The record with other inputs of one step. */
function withInputs(name: StepName, inputs: Record<string, string>, record = runRecordOf()): RunRecord {
  const steps = record.steps.map((step) =>
    step.step === name ? { ...step, inputs: { ...step.inputs, ...inputs } } : step,
  );
  return { ...record, steps };
}

function places({ differences }: { differences: readonly Difference[] }): (string | null)[] {
  return differences.map(({ place }) => place);
}

describe('checkChain', () => {
  it('finds every input of a whole run', async () => {
    const record = runRecordOf();
    const { count, differences } = await chainOf(record);
    assert.deepEqual(differences, []);
    assert.equal(count, record.steps.flatMap(({ inputs }) => Object.keys(inputs)).length);
  });

  it('names the input that comes from nowhere, and the step record that has it', async () => {
    const record = withInputs('evaluate-tuned', { index: 'ab'.repeat(32) });
    const { differences } = await chainOf(record);
    assert.deepEqual(places({ differences }), ['inputs.index']);
    assert.equal(differences[0]?.object, stepIn(record, 'evaluate-tuned').record.key);
  });

  it('refuses a training on the part that is measured on', async () => {
    const { test } = stepIn(runRecordOf(), 'split').result as { test: { sha256: string } };
    assert.deepEqual(places(await chainOf(withInputs('fine-tune', { train: test.sha256 }))), ['inputs.train']);
  });

  it('refuses an input that only a later step puts out', async () => {
    const record = runRecordOf();
    const split = record.steps.filter(({ step }) => step === 'split');
    const others = record.steps.filter(({ step }) => step !== 'split');
    const late = { ...record, steps: [...others, ...split] };
    const { differences } = await chainOf(late);
    assert.ok(places({ differences }).includes('inputs.rows'));
  });
});

describe('a candidate that was measured against a champion', () => {
  const champion = candidateOf('before');
  const record = withInputs(
    'judge',
    { championTrain: champion.data.train.sha256, championDev: champion.data.dev.sha256 },
    { ...runRecordOf(), gate: { ...runRecordOf().gate, reference: CHAMPION } },
  );

  async function storeWith(workflowId: string): Promise<MemoryObjectStore> {
    const moved = { revision: 3, restores: null, at: '2026-11-23T02:00:00.000Z', by: 'gate', note: null };
    const { run } = candidateOf(workflowId);
    const file: ChampionFile = { schema: 1, entries: [{ ...champion, run, ...moved }] };
    const store = new MemoryObjectStore();
    await store.putIfAbsent('models/champion.json', Buffer.from(JSON.stringify(file)));
    return store;
  }

  it('has the champion’s parts from the champion file', async () => {
    const { differences, note } = await chainOf(record, await storeWith('before'));
    assert.deepEqual([differences, note], [[], null]);
  });

  it('is refused when that revision was another run’s', async () => {
    const { differences } = await chainOf(record, await storeWith('other'));
    assert.deepEqual(places({ differences }), ['revision 3.workflowId']);
  });

  it('is taken at its word, and says so, where no champion file is at hand', async () => {
    const { differences, note } = await chainOf(record);
    assert.deepEqual(differences, []);
    assert.match(note ?? '', /champion 3 is taken as the record has it/);
  });
});

describe('the note on steps of earlier runs', () => {
  const { steps, ...rest } = runRecordOf();
  const record = { ...rest, steps: steps.map((step, at) => ({ ...step, taken: at < 3 })) };

  it('counts them', () => {
    assert.equal(noteOnTaken(record), '3 taken from earlier runs');
    assert.equal(noteOnTaken({ ...record, steps }), null);
  });

  it('says which other builds computed them', () => {
    const [{ environment }] = record.steps as [RunRecord['steps'][number]];
    const { [environment]: theirs } = record.environments;
    assert.ok(theirs);
    assert.equal(
      noteOnTaken({ ...record, buildId: 'tonight' }),
      `3 taken from earlier runs, 3 computed by other code: ${theirs.code.buildId}`,
    );
  });
});
