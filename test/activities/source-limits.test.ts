/** What an input may read: files below the worker's roots, objects of allowed buckets, and nothing else. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createResolveSources } from '../../activities/resolve-sources.ts';
import { takeLocalFile } from '../../adapters/sources/local-source.ts';
import { SOURCE_NOT_FOUND } from '../../contracts/failures.ts';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import type { RetrainInput } from '../../contracts/retrain-input.ts';
import { bucketsOf, rootsOf } from '../../workers/config.ts';
import { parseEnvironment } from '../../workers/environment.ts';
import { activityDeps, runActivity, type TestDeps } from '../fixtures/activity-deps.ts';
import { MODEL_PATHS, writeModelFiles } from '../fixtures/model-files.ts';

const SECRET = 'AWS_SECRET_ACCESS_KEY=hunter2';
const ROWS = '{"query":"q","input":"i","output":"o"}\n';

/** A worker whose root is `shared`, with secrets beside it. */
async function prepare(): Promise<{ deps: TestDeps; shared: string; outside: string }> {
  const deps = activityDeps();
  const [shared, outside] = [join(deps.folder, 'shared'), join(deps.folder, 'outside')];
  await mkdir(join(shared, 'keys'), { recursive: true });
  await writeFile(join(shared, 'rows.jsonl'), ROWS);
  await writeFile(join(shared, '.env'), SECRET);
  await writeFile(join(shared, 'keys', 'signing.pem'), SECRET);
  writeModelFiles(join(shared, 'model'));
  await writeFile(join(shared, 'model', '.gitattributes'), SECRET);
  writeModelFiles(join(outside, 'model'));
  await writeFile(join(outside, 'secret'), SECRET);
  const roots = { data: [shared], model: [shared], closed: [join(shared, 'keys')] };
  return { deps: { ...deps, sources: { ...deps.sources, roots } }, shared, outside };
}

async function resolve(deps: TestDeps, { data, model }: RetrainInput) {
  const config = parseRetrainInput({ data: { format: 'jsonl', ...data }, model: { ...model } });
  return runActivity(createResolveSources(deps), { data: config.data, model: config.model, guards: {} });
}

/** The message of a refusal, which is typed and final, quotes nothing and leaves nothing behind. */
async function refusalOf(deps: TestDeps, input: RetrainInput): Promise<string> {
  const failure: unknown = await resolve(deps, input).then(
    () => assert.fail(`${JSON.stringify(input)} was taken`),
    (error: unknown) => error,
  );
  const { type, nonRetryable, message } = failure as { type: string; nonRetryable: boolean; message: string };
  assert.deepEqual([type, nonRetryable], [SOURCE_NOT_FOUND, true]);
  assert.ok(!message.includes('hunter2'));
  assert.deepEqual(deps.store.keys(), []);
  return message;
}

describe('a file that an input names', () => {
  it('is read below a root, by a link too, and stored without hidden files beside it', async () => {
    const { deps, shared } = await prepare();
    await symlink(join(shared, 'rows.jsonl'), join(shared, 'link.jsonl'));
    const input = { data: { source: join(shared, 'link.jsonl') }, model: { source: join(shared, 'model') } };
    const { result } = await resolve(deps, input);
    assert.equal(result.data.bytes, ROWS.length);
    assert.deepEqual(
      result.model.files.map(({ path }) => path),
      MODEL_PATHS,
    );
  });

  it('is refused in the same words wherever it lies outside, whatever leads there, and whether it exists or not', async () => {
    const { deps, shared, outside } = await prepare();
    await symlink(join(outside, 'secret'), join(shared, 'link'));
    await symlink(join(outside, 'none'), join(shared, 'link-to-nothing'));
    await symlink(outside, join(shared, 'folder'));
    await symlink('/proc', join(shared, 'processes'));
    execFileSync('mkfifo', [join(shared, 'pipe')]);
    const sources = [
      join(outside, 'secret'),
      join(outside, 'none'),
      join(shared, '..', 'outside', 'secret'),
      join(shared, 'link'),
      join(shared, 'link-to-nothing'),
      join(shared, 'folder', 'secret'),
      join(shared, 'processes', 'self', 'environ'),
      join(shared, '.env'),
      join(shared, 'keys', 'signing.pem'),
      join(shared, 'pipe'),
      join(shared, 'none.jsonl'),
      shared,
      '/proc/self/environ',
      '/proc/self/root/proc/self/environ',
      '/dev/stdin',
      '/sys/kernel/notes',
      `${join(shared, 'rows.jsonl')}\0`,
    ];
    const messages = new Set<string>();
    for (const source of sources) {
      const message = await refusalOf(deps, { data: { source }, model: { source: join(shared, 'model') } });
      assert.match(message, /^data\.source .*VEILLE_DATA_ROOTS.*--data FILE/);
      messages.add(message.replace(/^data\.source .* is no file/, ''));
    }
    assert.equal(messages.size, 1, [...messages].join('\n'));
  });

  it('is never one of /proc, /sys or /dev, even where a root contains them', async () => {
    const { deps, shared } = await prepare();
    const everything = { ...deps, sources: { ...deps.sources, roots: { data: ['/'], model: ['/'], closed: [] } } };
    for (const source of ['/proc/self/environ', '/proc/self/cmdline', '/dev/null', '/sys/kernel/notes'])
      await refusalOf(everything, { data: { source, format: 'csv' }, model: { source: join(shared, 'model') } });
  });

  it('is refused as a part of a model that leads outside, and so is a folder outside', async () => {
    const { deps, shared, outside } = await prepare();
    const data = { source: join(shared, 'rows.jsonl') };
    await symlink(join(outside, 'secret'), join(shared, 'model', 'vocab.txt'));
    await symlink(join(outside, 'model'), join(shared, 'other'));
    const sources = [
      join(shared, 'model'),
      join(outside, 'model'),
      join(shared, 'other'),
      join(outside, 'none'),
      '/proc',
    ];
    for (const source of sources)
      assert.match(
        await refusalOf(deps, { data, model: { source } }),
        /^model\.source .*VEILLE_MODEL_ROOTS.*--model FOLDER/,
      );
  });

  it('is read by a name of our own, so that what is put in its place later is not', async () => {
    const { deps, shared, outside } = await prepare();
    const path = join(shared, 'rows.jsonl');
    const named = { source: path, field: 'data.source', kind: 'data' } as const;
    const taken = await takeLocalFile(path, deps.sources.roots, named, join(deps.folder, 'taken'));
    await rm(path);
    await symlink(join(outside, 'secret'), path);
    assert.equal(await readFile(taken, 'utf8'), ROWS);
  });

  it('may lie below the state folder unless the environment names other roots; keys and credentials stay closed', () => {
    const state = parseEnvironment({ VEILLE_STATE_DIR: '/state' });
    assert.deepEqual(rootsOf(state, ['/work']), {
      data: ['/state', '/work'],
      model: ['/state', '/work'],
      closed: ['/state/keys', '/state/logs', '/state/s3', '/state/temporal'],
    });
    const named = parseEnvironment({
      VEILLE_STATE_DIR: '/state',
      VEILLE_DATA_ROOTS: '/a: /b ::',
      VEILLE_MODEL_ROOTS: '/m',
    });
    const { data, model } = rootsOf(named, ['/work']);
    assert.deepEqual([data, model], [['/a', '/b'], ['/m']]);
  });
});

describe('an object that an input names', () => {
  async function refused(source: string, variables: NodeJS.ProcessEnv): Promise<string> {
    const { deps, shared } = await prepare();
    const buckets = { ...bucketsOf(parseEnvironment(variables)), open: () => assert.fail('the bucket was asked') };
    const limited = { ...deps, sources: { ...deps.sources, buckets } };
    return refusalOf(limited, { data: { source }, model: { source: join(shared, 'model') } });
  }

  it('is of the own bucket, below the own prefix, unless the environment allows others', async () => {
    const own = { S3_BUCKET: 'ours', S3_PREFIX: 'team' };
    for (const source of ['s3://theirs/a.csv', 's3://ours/other/a.csv', 's3://ours.evil/team/a.csv', 's3://ours'])
      assert.match(await refused(source, own), /^data\.source s3:/);
    assert.match(await refused('s3://theirs/a.csv', own), /which are ours\/team\/: set VEILLE_DATA_BUCKETS/);
    const others = { ...own, VEILLE_DATA_BUCKETS: 'corpora, theirs/public/' };
    for (const source of ['s3://theirs/private/a.csv', 's3://theirs/public', 's3://ours/team/a.csv'])
      await refused(source, others);
    for (const source of ['s3://corpora/a.jsonl', 's3://theirs/public/a.jsonl']) {
      const { deps, shared } = await prepare();
      await deps.store.putIfAbsent(source.split('/').slice(3).join('/'), Buffer.from(ROWS));
      const buckets = { ...bucketsOf(parseEnvironment(others)), open: () => deps.store };
      const { result } = await resolve(
        { ...deps, sources: { ...deps.sources, buckets } },
        { data: { source }, model: { source: join(shared, 'model') } },
      );
      assert.equal(result.data.bytes, ROWS.length);
    }
  });

  it('is none of those that workers write for one another', async () => {
    for (const folder of ['runs', 'steps', 'checkpoints', 'embeddings', 'models', 'gc'])
      assert.match(await refused(`s3://veille/${folder}/a.jsonl`, {}), /no data: take another key/);
  });
});
