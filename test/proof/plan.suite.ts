/** `veille plan` after real runs: the same input computes nothing, another learning rate what follows from it, and why. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { before, describe, it } from 'node:test';
import { codeDigests } from '../../adapters/machine/code-digests.ts';
import { Hub } from '../../adapters/hub/hub.ts';
import { plan } from '../../cli/commands/plan.ts';
import type { PlanningPlace } from '../../cli/plan/place.ts';
import { planRun } from '../../cli/plan/plan-run.ts';
import type { RunPlan } from '../../cli/plan/run-plan.ts';
import type { RetrainConfig } from '../../contracts/retrain-input.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { KEYLESS_SEALS } from '../../provenance/step-seal.ts';
import { openSession } from '../fixtures/cli-session.ts';
import { ROOT } from '../fixtures/paths.ts';
import { provenRuns, SECOND } from '../fixtures/proven-runs.ts';
import { stepOf } from '../fixtures/planned-run.ts';
import type { TestStack } from '../fixtures/test-stack.ts';

let stack: TestStack;
let record: RunRecord;

/** The hub is gone: its cache answers. */
function place(buildId: string): PlanningPlace {
  const hub = new Hub({ endpoint: 'http://127.0.0.1:9', token: null, offline: true, cache: stack.path('hub') });
  const buckets = { own: { bucket: 'veille', prefix: '' }, allowed: [], open: () => stack.objects };
  const roots = { data: [stack.stateDir], model: [stack.stateDir], closed: [] };
  return {
    store: stack.objects,
    sources: { examples: {}, buckets, roots, hub },
    pythonEnvironment: `${ROOT}trainer/.venv`,
    buildId: () => buildId,
    seals: () => KEYLESS_SEALS,
    code: () => codeDigests(ROOT, `${ROOT}trainer/src`),
    hasWandbKey: false,
    findGpu: async () => null,
  };
}

/** By other code, so that the finished run is not the answer. */
async function planned(config: RetrainConfig): Promise<RunPlan> {
  return planRun(config, place('another'), stack.path('scratch'), new AbortController().signal);
}

const computed = ({ steps }: RunPlan): string[] =>
  steps.filter(({ state }) => state === 'compute').map(({ step }) => step);

/** Every object with what changes when it is written again. */
async function bucket(): Promise<string[]> {
  const objects: string[] = [];
  for await (const { key, modified } of stack.objects.list(''))
    objects.push(`${key} ${(await stack.objects.head(key))?.etag} ${modified.toISOString()}`);
  return objects;
}

before(async () => {
  ({ stack, record } = await provenRuns());
});

describe('the plan of a run that has finished', () => {
  it('says that it is unchanged, on the command line too', async (t) => {
    const { context, out } = openSession({ address: '', client: stack.client }, t);
    const config = stack.path('plan.json');
    await writeFile(config, JSON.stringify(record.config));
    await plan(context, place('test'), { config, json: true });
    const document = JSON.parse(out()) as RunPlan;
    assert.equal(document.unchangedSince?.workflowId, SECOND);
    assert.deepEqual(computed(document), []);
  });

  it('takes every result and encodes no text by other code, and decides anew', async () => {
    const untouched = await bucket();
    const again = await planned(record.config);
    // The champion has moved to this very run's model: the verdict on that is another question.
    assert.deepEqual(
      computed(again).filter((step) => step !== 'judge'),
      ['promote', 'record'],
    );
    assert.deepEqual(new Set(again.texts.map(({ missing }) => missing)), new Set([0]));
    assert.ok(again.texts.some(({ step, texts }) => step === 'embed-train' && texts > 0));
    assert.equal(stepOf(again, 'fine-tune').madeBy?.workflowId, SECOND);
    // The weights are in the bucket, and known by the hub's listing.
    const { bytes, memory } = again;
    assert.deepEqual([bytes.download.map(({ what }) => what), bytes.stored, memory], [['data'], [], null]);
    assert.deepEqual(await bucket(), untouched);
  });

  it('computes with another learning rate what follows from it, says why, and how long it took before', async () => {
    const untouched = await bucket();
    const { training } = record.config;
    const changed = await planned({ ...record.config, training: { ...training, learningRate: 1e-4 } });
    assert.deepEqual(computed(changed), [
      'fine-tune',
      'export-tuned',
      'embed-tuned',
      'index-tuned',
      'evaluate-tuned',
      'compare',
      'guard-tuned',
      'judge',
      'promote',
      'track',
      'record',
    ]);
    const why = `training.learningRate is 0.0001, was ${training.learningRate} in ${SECOND}`;
    assert.deepEqual(stepOf(changed, 'fine-tune').why, [why]);
    assert.deepEqual(stepOf(changed, 'evaluate-tuned').why, ['follows from index-tuned']);
    const { seconds, bytes, memory } = changed;
    assert.deepEqual(seconds.unknown, []);
    const trained = seconds.steps.find(({ step }) => step === 'fine-tune');
    const { startedAt, finishedAt } = record.steps.find(({ step }) => step === 'fine-tune')!;
    const took = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1_000;
    assert.match(trained?.basis ?? '', /^scaled from run nightly-/);
    // Both runs trained as long; which of them lends its rate is left to their lengths.
    assert.ok(trained!.seconds! > took / 5 && trained!.seconds! < took * 5, `${trained?.seconds}, it took ${took}`);
    assert.ok((memory?.bytes.total ?? 0) > 2 ** 30);
    assert.equal(bytes.stored.find(({ what }) => what === 'LoRA adapter')?.bytes, 4 * 675_840);
    assert.deepEqual(await bucket(), untouched);
  });
});
