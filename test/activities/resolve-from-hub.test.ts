/** `resolveSources` from the hub: what the store has is not fetched, and refusals come before anything is stored. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { fromJsonLines } from '../../activities/json-lines.ts';
import { createResolveSources } from '../../activities/resolve-sources.ts';
import type { ResolveInput } from '../../contracts/activities.ts';
import { INVALID_DATA, SOURCE_NOT_FOUND, UNAVAILABLE } from '../../contracts/failures.ts';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import type { RetrainInput } from '../../contracts/retrain-input.ts';
import type { ResolveResult, StepOutcome } from '../../contracts/steps.ts';
import { sha256 } from '../../core/canonical.ts';
import { activityDeps, runActivity, type TestDeps } from '../fixtures/activity-deps.ts';
import { FakeHub, type FakeRepository } from '../fixtures/fake-hub.ts';
import {
  DATA_FILE,
  FIRST_COMMIT,
  legalKit,
  MODEL_COMMIT,
  modelRepository,
  SECOND_COMMIT,
} from '../fixtures/hub-repositories.ts';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { MODEL_PATHS, writeModelFiles } from '../fixtures/model-files.ts';

const SOURCE = 'hf://datasets/fake/legalkit';
const WEIGHTS = Buffer.alloc(50_000, 'weights');

let fake: FakeHub;
let data: Uint8Array;

before(async () => {
  const open = await legalKit(40);
  data = open.commits[SECOND_COMMIT]?.[DATA_FILE] ?? assert.fail();
  const gated = { ...open, repository: 'datasets/fake/gated', gatedBy: 'hf_secret' };
  const broken = {
    ...open,
    repository: 'datasets/fake/broken',
    commits: { [FIRST_COMMIT]: brokenSplits() },
    refs: { main: FIRST_COMMIT },
  };
  const folder = activityDeps().folder;
  writeModelFiles(folder, { 'model.safetensors': WEIGHTS });
  const model = await modelRepository(folder, { 'onnx/model.onnx': WEIGHTS, 'README.md': Buffer.from('# Model') });
  fake = await FakeHub.start(open, gated, broken, model, asFound());
});
after(() => fake.stop());
afterEach(() => {
  fake.fault = () => null;
  fake.omits = [];
  fake.requests.length = 0;
});

/** Three shards of three kinds behind a card. */
function asFound(): FakeRepository {
  const row = (index: number) => ({ query: `Question ${index} ?`, input: 'Fiche', output: `Réponse ${index}` });
  const rows = (from: number) => Array.from({ length: 100 }, (_, index) => row(from + index));
  const csv = (from: number): string =>
    ['output,query,input,more', ...rows(from).map(({ query, input, output }) => `${output},${query},${input},x`)].join(
      '\n',
    );
  const card = '---\nconfigs:\n- config_name: default\n  data_files: "rows/*"\n---\n';
  const files = {
    'README.md': Buffer.from(card),
    'rows/a.jsonl.gz': gzipSync(
      rows(0)
        .map((one) => JSON.stringify(one))
        .join('\n'),
    ),
    'rows/b.CSV': Buffer.from(csv(100)),
    'rows/c.json': Buffer.from(JSON.stringify(rows(200))),
  };
  return { repository: 'datasets/fake/found', commits: { [FIRST_COMMIT]: files }, refs: { main: FIRST_COMMIT } };
}

/** Splits that a run can't use. */
function brokenSplits(): Record<string, Uint8Array> {
  const table = (columns: Record<string, readonly unknown[]>): Uint8Array => {
    const columnData = Object.entries(columns).map(([name, values]) => ({
      name,
      data: [...values],
      type: typeOf(values),
    }));
    return new Uint8Array(parquetWriteBuffer({ columnData }));
  };
  return {
    'data/train-00000-of-00001.parquet': table({ input: [], output: [], query: [] }),
    'data/test-00000-of-00001.parquet': table({ input: ['a'], output: ['b'] }),
    'data/validation-00000-of-00001.parquet': table({ input: ['a'], output: [1], query: ['q'] }),
  };
}

function typeOf(values: readonly unknown[]): 'STRING' | 'INT32' {
  return typeof values[0] === 'number' ? 'INT32' : 'STRING';
}

function inputOf(input: RetrainInput): ResolveInput {
  const { data: rows, model } = parseRetrainInput({ model: { source: 'hf://fake/encoder' }, ...input });
  return { data: rows, model, guards: {} };
}

function resolve(deps: TestDeps, input: RetrainInput): Promise<StepOutcome<ResolveResult>> {
  return runActivity(createResolveSources(deps), inputOf(input));
}

function depsOn(token: string | null = null): TestDeps {
  return activityDeps({ endpoint: fake.endpoint, token });
}

/** A worker on another machine: the same bucket, an empty disk. */
function freshWorker(deps: TestDeps): TestDeps {
  const fresh = depsOn();
  return { ...deps, sources: fresh.sources, folder: fresh.folder, scratch: fresh.scratch };
}

describe('resolveSources from the hub', () => {
  it('stores the files of data and model, and names the commits', async () => {
    const deps = depsOn();
    const { result } = await resolve(deps, { data: { source: SOURCE } });
    assert.deepEqual([result.data.sha256, result.data.format], [sha256(data), 'parquet']);
    assert.deepEqual(
      result.model.files.map(({ path }) => path),
      MODEL_PATHS,
    );
    for (const ref of [result.data, ...result.model.files]) assert.ok(await deps.artifacts.getBytes(ref));
    assert.deepEqual(result.origins, {
      data: { repository: 'datasets/fake/legalkit', revision: 'main', commit: SECOND_COMMIT, license: 'cc-by-4.0' },
      model: { repository: 'fake/encoder', revision: 'main', commit: MODEL_COMMIT, license: 'apache-2.0' },
      guards: {},
    });
  });

  it('makes one file of the shards that the card names, the same on every worker', async () => {
    const deps = depsOn();
    const { result } = await resolve(deps, { data: { source: 'hf://datasets/fake/found' } });
    assert.equal(result.data.format, 'jsonl');
    const rows = fromJsonLines<{ query: string }>(await deps.artifacts.getBytes(result.data));
    assert.deepEqual(
      rows.map(({ query }) => query),
      Array.from({ length: 300 }, (_, row) => `Question ${row} ?`),
    );
    assert.deepEqual(Object.keys(rows[150] ?? {}).sort(), ['input', 'output', 'query']);
    const again = await resolve(freshWorker(deps), { data: { source: 'hf://datasets/fake/found' } });
    assert.deepEqual([again.result, again.cached], [result, true]);
    const columns = { passage: ['output'], article: 'input' };
    const grouped = await resolve(deps, { data: { source: 'hf://datasets/fake/found', columns } });
    const [first] = fromJsonLines(await deps.artifacts.getBytes(grouped.result.data));
    assert.deepEqual(first, { query: 'Question 0 ?', output: 'Réponse 0', input: 'Fiche' });
  });

  it('takes what a mirror has that leaves fields out, checked by the digests that it does name', async () => {
    const full = await resolve(depsOn(), { data: { source: SOURCE } });
    for (const omits of [['tags'], ['type'], ['oid'], ['size'], ['lfs', 'oid', 'size', 'type', 'tags']]) {
      fake.omits = omits;
      const { result } = await resolve(depsOn(), { data: { source: SOURCE } });
      assert.equal(result.data.sha256, full.result.data.sha256, omits.join());
      assert.equal(result.model.digest, full.result.model.digest, omits.join());
    }
  });

  it('refuses a mirror that names no commit, unless the source does', async () => {
    fake.omits = ['sha'];
    await assert.rejects(resolve(depsOn(), { data: { source: SOURCE } }), {
      type: SOURCE_NOT_FOUND,
      message: /the hub at http:.* names no commit for main: write a commit as @REVISION/,
    });
    const pinned = {
      data: { source: `${SOURCE}@${SECOND_COMMIT}` },
      model: { source: `hf://fake/encoder@${MODEL_COMMIT}` },
    };
    assert.equal((await resolve(depsOn(), pinned)).result.data.sha256, sha256(data));
  });

  it('takes another revision for another source, and a guard set from the hub too', async () => {
    const deps = depsOn();
    const latest = await resolve(deps, { data: { source: SOURCE } });
    const first = await resolve(deps, { data: { source: `${SOURCE}@v1.0` } });
    assert.notEqual(first.result.data.sha256, latest.result.data.sha256);
    assert.equal(first.result.origins.data?.commit, FIRST_COMMIT);
    assert.equal((await resolve(deps, { data: { source: SOURCE } })).cached, true);
    const { gate } = parseRetrainInput({ gate: { guards: { civil: { data: { source: SOURCE } } } } });
    const guards = { civil: gate.guards['civil']!.data };
    const guarded = await runActivity(createResolveSources(deps), { ...inputOf({ data: { source: SOURCE } }), guards });
    assert.equal(guarded.result.origins.guards['civil']?.commit, SECOND_COMMIT);
  });

  it('fetches no weights that the bucket has', async () => {
    const deps = depsOn();
    const first = await resolve(deps, { data: { source: SOURCE } });
    fake.requests.length = 0;
    const { result, cached } = await resolve(freshWorker(deps), { data: { source: SOURCE } });
    assert.deepEqual([result, cached], [first.result, true]);
    const paths = fake.fileRequests().map(({ path }) => path.split('/').at(-1));
    assert.ok(!paths.includes('model.safetensors'), paths.join());
  });

  it('fetches what the bucket has lost', async () => {
    const deps = depsOn();
    const { result } = await resolve(deps, { data: { source: SOURCE } });
    const weights = result.model.files.find(({ path }) => path === 'model.safetensors') ?? assert.fail();
    await deps.store.delete([weights.key]);
    assert.equal((await resolve(freshWorker(deps), { data: { source: SOURCE } })).cached, false);
    assert.ok(await deps.artifacts.getBytes(weights));
  });

  it('refuses what is not there, not open, or no rows, and leaves nothing behind', async () => {
    const cases: [RetrainInput, string, RegExp][] = [
      [
        { data: { source: 'hf://datasets/fake/none' } },
        SOURCE_NOT_FOUND,
        /^data\.source hf:\/\/datasets\/fake\/none is not to be found/,
      ],
      [{ data: { source: 'hf://datasets/fake/gated' } }, SOURCE_NOT_FOUND, /is gated: accept its conditions/],
      [{ data: { source: `${SOURCE}@v3` } }, SOURCE_NOT_FOUND, /names a revision/],
      [
        { data: { source: SOURCE, split: 'dev' } },
        SOURCE_NOT_FOUND,
        /has no split "dev": set data\.split to one of train/,
      ],
      [{ data: { source: 'hf://fake/encoder' } }, SOURCE_NOT_FOUND, /is a model of the hub/],
      [{ data: { source: 'hf://datasets/fake/broken' } }, INVALID_DATA, /has no rows/],
      [{ data: { source: 'hf://datasets/fake/broken', split: 'test' } }, INVALID_DATA, /has no column "query"/],
      [
        { data: { source: 'hf://datasets/fake/broken', split: 'validation' } },
        INVALID_DATA,
        /column "output" holds a number/,
      ],
      [
        { data: { source: SOURCE }, model: { source: SOURCE } },
        SOURCE_NOT_FOUND,
        /^model\.source .* is no model of the hub/,
      ],
      [
        { data: { source: SOURCE }, model: { source: 'hf://fake/none' } },
        SOURCE_NOT_FOUND,
        /^model\.source hf:\/\/fake\/none/,
      ],
    ];
    for (const [input, type, message] of cases) {
      const deps = depsOn();
      await assert.rejects(resolve(deps, input), { type, message, nonRetryable: true });
      assert.deepEqual(deps.store.keys(), []);
    }
  });

  it('reads a gated repository with the token', async () => {
    const { result } = await resolve(depsOn('hf_secret'), { data: { source: 'hf://datasets/fake/gated' } });
    assert.equal(result.origins.data?.repository, 'datasets/fake/gated');
    assert.doesNotMatch(JSON.stringify(result), /hf_secret/);
  });

  it('is tried again when the hub says', async () => {
    fake.fault = () => ({ status: 429, retryAfter: '30' });
    await assert.rejects(resolve(depsOn(), { data: { source: SOURCE } }), {
      type: UNAVAILABLE,
      nonRetryable: false,
      nextRetryDelay: 30_000,
    });
  });
});
