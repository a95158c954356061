/** `--data`, `--model` and `--guard`: what lies here is known by its digest, stored once, and found by workers anywhere. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { createResolveSources } from '../../activities/resolve-sources.ts';
import { KEEP_ALL } from '../../adapters/retention/policy.ts';
import { Documents } from '../../adapters/retention/documents.ts';
import { survey } from '../../adapters/retention/survey.ts';
import type { Terminal } from '../../cli/context.ts';
import { UsageError } from '../../cli/exit.ts';
import type { InputObject } from '../../cli/input/assignment.ts';
import { storeLocalSources, withLocalSources } from '../../cli/input/local-sources.ts';
import { planCommand } from '../../cli/commands/plan.ts';
import { artifactSource, parseArtifactSource } from '../../contracts/artifact-source.ts';
import { SOURCE_NOT_FOUND } from '../../contracts/failures.ts';
import { InputError, parseRetrainInput } from '../../contracts/parse-input.ts';
import { resolveInput } from '../../contracts/step-inputs.ts';
import { sha256 } from '../../core/canonical.ts';
import { activityDeps, runActivity, type TestDeps } from '../fixtures/activity-deps.ts';
import { typed } from '../fixtures/bucket-command.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';
import { plannedRun } from '../fixtures/planned-run.ts';
import { MODEL_FILES, MODEL_PATHS, writeModelFiles } from '../fixtures/model-files.ts';

const ROWS = '{"query":"q","input":"i","output":"o"}\n';
const GRADED = '{"query":"q","input":"i","output":"o","grade":2}\n';
const DIGEST = 'ab'.repeat(32);

/** Data, a guard set and a model beside the person who types. */
async function prepare(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'veille-typed-'));
  t.after(() => rm(folder, { recursive: true }));
  const at = (name: string): string => join(folder, name);
  writeModelFiles(at('my model'));
  await writeFile(at('my model/.gitattributes'), 'hidden');
  await writeFile(at('rows of ada.jsonl'), ROWS);
  await writeFile(at('civil.jsonl'), GRADED);
  const options = { data: at('rows of ada.jsonl'), model: at('my model'), guard: [`civil=${at('civil.jsonl')}`] };
  return { at, options };
}

const silent = (): Terminal => ({ err: new PassThrough() }) as unknown as Terminal;
const store = (deps: TestDeps, uploads: Awaited<ReturnType<typeof withLocalSources>>['uploads']) =>
  storeLocalSources(uploads, () => ({ store: deps.store }), silent());

function resolve(deps: TestDeps, input: InputObject) {
  return runActivity(createResolveSources(deps), resolveInput(parseRetrainInput(input)));
}

describe('the source of an upload', () => {
  it('has the digest and the name, and says whether it is a file or a folder', () => {
    for (const kind of ['file', 'folder'] as const) {
      const source = artifactSource({ sha256: DIGEST, name: 'rows v2.jsonl', kind });
      assert.deepEqual(parseArtifactSource(source), { sha256: DIGEST, name: 'rows_v2.jsonl', kind });
    }
    for (const name of ['..', '', '/', 'a/b\\c\u001b', 'é'.repeat(300), '\ud800']) {
      const source = artifactSource({ sha256: DIGEST, name, kind: 'file' });
      assert.ok(parseArtifactSource(source), source);
    }
  });

  it('is checked with the input', () => {
    const wrong = ['artifact:', 'artifact:ab/rows.csv', `artifact:${DIGEST}`, `artifact:${DIGEST}/..`];
    for (const source of [...wrong, `artifact:${DIGEST}/a/b.csv`, `artifact:${DIGEST}/model/`])
      assert.throws(() => parseRetrainInput({ data: { source } }), InputError, source);
    for (const source of [...wrong, `artifact:${DIGEST}/rows.csv`])
      assert.throws(() => parseRetrainInput({ model: { source } }), InputError, source);
  });
});

describe('what lies beside the person who types', () => {
  it('is stored under its digest once, and a worker that never saw it reads the same bytes', async (t) => {
    const { options } = await prepare(t);
    const deps = activityDeps();
    const { input, uploads } = await withLocalSources({ gate: { guards: { civil: {} } } }, options);
    await store(deps, uploads);
    const stored = deps.store.keys();
    const puts = deps.store.calls.get('putIfAbsent');
    await store(deps, uploads);
    assert.deepEqual([deps.store.keys(), deps.store.calls.get('putIfAbsent')], [stored, puts]);
    const { result } = await resolve(deps, input);
    assert.deepEqual([result.data.sha256, result.data.format], [sha256(ROWS), 'jsonl']);
    assert.equal(result.guards['civil']?.sha256, sha256(GRADED));
    assert.deepEqual(
      result.model.files.map(({ path }) => path),
      MODEL_PATHS,
    );
    // Of one identity with the same bytes by their paths.
    assert.equal((await resolve(deps, input)).cached, true);
  });

  it('is planned without a byte being stored, also where there is no bucket', async (t) => {
    const { options } = await prepare(t);
    for (const bucket of [new MemoryObjectStore(), null]) {
      const { place } = plannedRun();
      const args = ['--data', options.data, '--model', options.model, '--json'];
      const context = { interruptSignal: () => new AbortController().signal };
      const planned = await typed(
        (given) => planCommand(given, async () => ({ ...place, store: bucket })),
        args,
        context,
      );
      // One row can't be split, which is found in the file itself.
      assert.match(planned.err, /The data can't be split|fewer than/);
      assert.deepEqual(bucket?.keys() ?? [], []);
    }
  });

  it('is refused where it is not there or is no such thing, before anything is started', async (t) => {
    const { at } = await prepare(t);
    for (const [options, message] of [
      [{ data: at('none.csv') }, /--data .* is no file on this machine/],
      [{ data: at('my model') }, /--data .* is no file on this machine/],
      [{ model: at('none') }, /--model .* is no sentence-transformers folder on this machine/],
      [{ guard: ['civil.csv'] }, /--guard "civil\.csv": write NAME=FILE/],
    ] as const)
      await assert.rejects(
        withLocalSources({}, options),
        (error: Error) => error instanceof UsageError && message.test(error.message),
      );
  });
});

describe('a worker', () => {
  it('says how to put a source back that is no longer in the bucket', async (t) => {
    const { options } = await prepare(t);
    const deps = activityDeps();
    const { input, uploads } = await withLocalSources({}, { data: options.data, model: options.model });
    await assert.rejects(resolve(deps, input), {
      type: SOURCE_NOT_FOUND,
      nonRetryable: true,
      message: /^data\.source artifact:.* is not in the bucket of the workers: put it there again with --data FILE/,
    });
    await store(deps, uploads.slice(0, 1));
    await assert.rejects(resolve(deps, input), { message: /^model\.source artifact:.*with --model FOLDER/ });
  });

  it('refuses a list of files that names other objects, or paths that lead out of the folder', async (t) => {
    const { options } = await prepare(t);
    const deps = activityDeps();
    const { input, uploads } = await withLocalSources({}, { data: options.data });
    await store(deps, uploads);
    const file = { path: 'modules.json', key: 'models/champion.json', sha256: DIGEST, bytes: 3 };
    const outside = { ...file, path: '../../etc/passwd', key: `artifacts/sha256/ab/${DIGEST}` };
    for (const document of [{ digest: DIGEST, files: [file] }, { digest: DIGEST, files: [outside] }, 7]) {
      const { sha256: digest } = await deps.artifacts.putBytes(Buffer.from(JSON.stringify(document)));
      const source = artifactSource({ sha256: digest, name: 'model', kind: 'folder' });
      const failure: unknown = await resolve(deps, { ...input, model: { source } }).then(
        (outcome) => outcome.result.model.files,
        (error: unknown) => error,
      );
      assert.match((failure as Error).message, /no folder: its object lists no files/);
    }
  });
});

describe('a garbage collection', () => {
  it('keeps what the inputs of runs to come name, however old it is, and no longer than they do', async (t) => {
    const { options } = await prepare(t);
    const deps = activityDeps();
    const { input, uploads } = await withLocalSources({}, options);
    await store(deps, uploads);
    const later = Date.now() + 400 * 86_400_000;
    const look = async (inputs: readonly unknown[]): Promise<string[]> => {
      const scope = { policy: KEEP_ALL, cutoff: later, now: later, inputs: async () => inputs };
      return (await survey(deps.store, new Documents(deps.store), scope)).garbage.map(({ name }) => name);
    };
    assert.deepEqual(await look([input]), []);
    assert.deepEqual(await look([{ base: input }]), []);
    assert.equal((await look([])).length, deps.store.keys().length);
    const { model: _, ...withoutModel } = input;
    // The list, and the files of other content.
    assert.equal((await look([withoutModel])).length, 1 + new Set(Object.values(MODEL_FILES)).size);
  });
});
