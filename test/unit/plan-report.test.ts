/** The plan as people read it, and how the command ends. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import pc from 'picocolors';
import { planCommand } from '../../cli/commands/plan.ts';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import { gateLimits } from '../../cli/plan/gate-limits.ts';
import type { PlanningPlace } from '../../cli/plan/place.ts';
import type { RunPlan } from '../../cli/plan/run-plan.ts';
import { planReport } from '../../cli/render/plan-report.ts';
import { typed } from '../fixtures/bucket-command.ts';
import { cleanProfile } from '../fixtures/data-profile.ts';
import { plannedRun } from '../fixtures/planned-run.ts';

const MADE = { workflowId: 'nightly-\u001b[31mred', runId: 'r', at: '2026-11-24T02:05:00.000Z', buildId: 'a' };

const PLAN: RunPlan = {
  preset: 'demo',
  buildId: 'a',
  unchangedSince: null,
  steps: [
    { step: 'split', state: 'cached', madeBy: MADE, why: [] },
    { step: 'embed-train', state: 'skipped', madeBy: null, why: ['training.hardNegatives is false'] },
    { step: 'fine-tune', state: 'compute', madeBy: null, why: ['training.seed is 7', 'training.epochs is 2'] },
    { step: 'export-tuned', state: 'compute', madeBy: null, why: ['follows from fine-tune'] },
  ],
  modelNotes: ['the model has prompts of its own'],
  rows: { train: 2_800, dev: 600, test: 600 },
  data: {
    profile: {
      ...cleanProfile,
      leftOut: { count: 1, first: 'line 7' },
      repeated: { count: 16, first: 'line\u001b[2J 12' },
    },
    truncated: 3,
  },
  gate: ['can’t decide: the test part has 60 of the 200 queries that the gate asks for'],
  texts: [
    { step: 'embed-base', texts: 1_200, missing: 0 },
    { step: 'embed-tuned', texts: 1_200, missing: 1_200 },
  ],
  seconds: {
    steps: [
      { step: 'fine-tune', seconds: 156, basis: 'scaled from run nightly' },
      { step: 'export-tuned', seconds: null, basis: 'not measured' },
    ],
    known: 156,
    unknown: ['export-tuned'],
  },
  bytes: {
    download: [],
    stored: [
      { what: 'LoRA adapter', bytes: 2 << 20 },
      { what: 'indexes', bytes: null },
    ],
    checkpoint: 8 << 20,
  },
  memory: {
    bytes: { weights: 2 << 30, optimizer: 1 << 20, activations: 3 << 30, runtime: 1 << 30, total: 6.5 * 2 ** 30 },
    microBatch: 16,
    tokens: 6_144,
    cards: [
      { gib: 16, fits: true, microBatch: 32 },
      { gib: 24, fits: false, microBatch: null },
    ],
  },
};

describe('the report of a plan', () => {
  const lines = planReport(PLAN, pc.createColors(false));
  const text = lines.join('\n');

  it('has a line a step and a line a reason, and names what is not asked for', () => {
    assert.match(text, /^split +cached +made by nightly-\\x1b\[31mred, 2026-11-24 02:05:00Z$/m);
    assert.match(text, /^fine-tune +to compute +training\.seed is 7\n +training\.epochs is 2$/m);
    assert.match(text, /^Not asked for: embed-train$/m);
  });

  it('says what the rows are like, and nothing of what was not found', () => {
    const rows =
      /^Rows +2,800 to train on.*\n +1 row left out, first line 7\n +16 rows repeat earlier ones, first line\\x1b\[2J 12\n +about 3 texts are longer/m;
    assert.match(text, rows);
    const clean = planReport({ ...PLAN, data: { profile: cleanProfile, truncated: 0 } }, pc.createColors(false));
    assert.match(clean.join('\n'), /^Rows +2,800 to train on.*\nGate/m);
  });

  it('says where a result was computed by another build than the one that would take it', () => {
    const other = planReport({ ...PLAN, buildId: 'b' }, pc.createColors(false)).join('\n');
    assert.match(other, /^split +cached +made by .*\n +computed by other code: build a$/m);
  });

  it('says what the model is not used for, before the figures', () => {
    assert.match(text, /^Model +the model has prompts of its own$/m);
  });

  it('tells texts, time and bytes, and what no figure is known of', () => {
    assert.match(text, /^Encode +1,200 texts\n +embed-base: 0 of 1,200 texts\n +embed-tuned: 1,200 of 1,200 texts$/m);
    assert.match(text, /^Time +about 2m 36s one step after the other; not measured on such a device: export-tuned$/m);
    assert.match(text, /^ +fine-tune: about 2m 36s, scaled from run nightly$/m);
    assert.match(text, /^Bytes +to download: nothing$/m);
    assert.match(text, /to store: about 2 MiB and what is not known \(LoRA adapter 2 MiB, indexes not known\)$/m);
  });

  it('tells which cards hold the training', () => {
    assert.match(text, /^GPU +about 6\.5 GiB for 16 pairs a forward pass, 6,144 tokens at most:$/m);
    assert.match(text, /^ +16 GiB: fits; micro-batches of up to 32 pairs with loss cached-mnrl$/m);
    assert.match(text, /^ +24 GiB: does not fit as it is; not even one pair/m);
  });

  it('gives no sum where nothing was measured', () => {
    const seconds: RunPlan['seconds'] = {
      steps: [{ step: 'fine-tune', seconds: null, basis: 'not measured' }],
      known: 0,
      unknown: ['fine-tune'],
    };
    const report = planReport({ ...PLAN, seconds }, pc.createColors(false)).join('\n');
    assert.match(report, /^Time +not measured on such a device: fine-tune$/m);
  });

  it('begins with the run that this one would repeat', () => {
    const [first] = planReport({ ...PLAN, unchangedSince: MADE }, pc.createColors(false));
    assert.match(
      first ?? '',
      /^Unchanged since nightly-\\x1b\[31mred, 2026-11-24 02:05:00Z: this run would end at once/,
    );
  });
});

describe('the limits of the gate', () => {
  const { gate } = parseRetrainInput({ gate: { guards: { civil: { data: { source: 'civil.csv' } } } } });
  const enough = { queries: 200, passages: 50 };

  it('are said of a test part that has fewer queries or passages than its rule asks for', () => {
    const [text = '', ...more] = gateLimits(gate, { queries: 60, passages: 49 }, { civil: enough });
    assert.deepEqual(more, []);
    assert.match(text, /^can't decide: the test part has 60 of the 200 queries and 49 of the 50 passages/);
    assert.match(text, /lower gate\.primary\.minimumQueries and gate\.primary\.minimumPassages\.$/);
    assert.deepEqual(gateLimits(gate, enough, { civil: enough }), []);
  });

  it('are said of each guard set, by its name', () => {
    const [text = '', ...more] = gateLimits(gate, enough, { civil: { queries: 149, passages: 50 } });
    assert.deepEqual(more, []);
    assert.match(
      text,
      /^can't decide: guard civil has 149 of the 150 queries .*gate\.guards\.civil\.minimumQueries\.$/,
    );
  });
});

describe('veille plan', () => {
  const interruptSignal = (): AbortSignal => new AbortController().signal;
  const command = (place: PlanningPlace, ...args: string[]) =>
    typed((context) => planCommand(context, async () => place), args, { interruptSignal });

  it('prints the plan of the input as a table, or as one document', async () => {
    const { place, input, deps } = plannedRun();
    const set = (field: string, value: unknown): string[] => ['--set', `${field}=${String(value)}`];
    const args = [
      ...set('data.source', input.data!.source),
      ...set('data.limit', null),
      ...set('model.source', input.model!.source),
      ...set('evaluation.miniNegatives', 4),
      ...set('training.batchSize', 8),
    ];
    const table = await command(place, ...args);
    assert.equal(table.code, 0);
    assert.match(table.out, /^fine-tune +to compute +follows from split$/m);
    assert.match(table.out, /^Gate +can't decide: the test part has 6 of the 200 queries and 6 of the 50 passages/m);
    const { out } = await command(place, '--json', ...args);
    assert.deepEqual((JSON.parse(out) as RunPlan).rows, { train: 28, dev: 6, test: 6 });
    assert.deepEqual(deps.store.keys(), []);
    assert.ok(!readdirSync(deps.folder).includes('hub'), 'nothing is fetched that no source names');
  });

  it('refuses a wrong input as a run would, and names the field', async () => {
    const { place } = plannedRun();
    const { code, err } = await command(place, '--set', 'training.batchSize=1', '--set', 'index.factory=Foo');
    assert.deepEqual([code, err.trim()], [2, 'Invalid input: training.batchSize is 1: must be at least 2']);
    assert.match((await command(place, '--set', 'index.factory=Foo')).err, /index\.factory is "Foo"/);
  });

  it('fails of a source that is not there, and of a hub that does not answer', async () => {
    const { place } = plannedRun();
    const missing = await command(place, '--set', 'data.source=/nowhere.parquet');
    assert.deepEqual([missing.code, missing.err.includes('data.source /nowhere.parquet')], [2, true]);
    assert.equal((await command(place, '--preset', 'legalkit-bge-m3')).code, 3);
  });
});
