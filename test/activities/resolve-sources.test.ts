/** `resolveSources`: files and model become objects, and each message names the field that is wrong. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createResolveSources } from '../../activities/resolve-sources.ts';
import type { ResolveInput } from '../../contracts/activities.ts';
import { INVALID_DATA, SOURCE_CHANGED, SOURCE_NOT_FOUND } from '../../contracts/failures.ts';
import { gateSection, type GuardData } from '../../contracts/gate.ts';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import type { ResolveResult, StepOutcome } from '../../contracts/steps.ts';
import { sha256 } from '../../core/canonical.ts';
import { activityDeps, runActivity, type TestDeps } from '../fixtures/activity-deps.ts';
import { MODEL_PATHS, writeModelFiles } from '../fixtures/model-files.ts';

const ROWS = '{"query":"q","input":"i","output":"o"}\n';
const GRADED = '{"query":"q","input":"i","output":"o","grade":2}\n';

/** A guard's data as the input gives it, with all defaults. */
function guardData(data: object): GuardData {
  const { guards } = gateSection.parse({ guards: { any: { data } } });
  return guards['any']!.data;
}

/** A data file and a model folder, and the input that names them. */
async function prepare(): Promise<{ deps: TestDeps; input: ResolveInput }> {
  const deps = activityDeps();
  const model = join(deps.folder, 'model');
  writeModelFiles(model);
  const source = await file(deps, 'rows.jsonl', ROWS);
  const config = parseRetrainInput({ data: { source }, model: { source: model } });
  return { deps, input: { data: config.data, model: config.model, guards: {} } };
}

async function file({ folder }: TestDeps, name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const resolve = (deps: TestDeps, input: ResolveInput): Promise<StepOutcome<ResolveResult>> =>
  runActivity(createResolveSources(deps), input);

describe('resolveSources', () => {
  it('stores data, guard sets and model, and answers from its record until one of their bytes changes', async () => {
    const { deps, input } = await prepare();
    const source = await file(deps, 'civil.jsonl', GRADED);
    const guards = { civil: guardData({ source, columns: { grade: 'grade' } }) };
    const first = await resolve(deps, { ...input, guards });
    const { data, model, guards: stored } = first.result;
    assert.deepEqual([data.sha256, data.format], [sha256(ROWS), 'jsonl']);
    assert.deepEqual([stored['civil']?.sha256, stored['civil']?.format], [sha256(GRADED), 'jsonl']);
    assert.deepEqual(
      model.files.map(({ path }) => path),
      MODEL_PATHS,
    );
    for (const ref of [data, ...Object.values(stored), ...model.files]) assert.ok(await deps.artifacts.getBytes(ref));
    assert.equal((await resolve(deps, { ...input, guards })).cached, true);
    await writeFile(source, `${GRADED}${GRADED}`);
    assert.equal((await resolve(deps, { ...input, guards })).cached, false);
    assert.equal((await resolve(deps, input)).cached, false);
  });

  it('keeps sources of the same name in two buckets apart', async () => {
    const { deps, input } = await prepare();
    const contents = new Map([
      ['a/rows.jsonl', ROWS],
      ['b/rows.jsonl', GRADED],
    ]);
    for (const [key, content] of contents) await deps.store.putIfAbsent(key, Buffer.from(content));
    const { result } = await resolve(deps, {
      ...input,
      data: { ...input.data, source: 's3://one/a/rows.jsonl' },
      guards: { civil: guardData({ source: 's3://two/b/rows.jsonl' }) },
    });
    assert.deepEqual([result.data.sha256, result.guards['civil']?.sha256], [sha256(ROWS), sha256(GRADED)]);
  });

  it('names the guard and the field of a source that is not there, is not pinned so, or has no such column', async () => {
    const { deps, input } = await prepare();
    const source = await file(deps, 'civil.jsonl', ROWS);
    const unnamed = await file(deps, 'civil.txt', ROWS);
    const cases = [
      {
        data: { source: '/nowhere.jsonl' },
        type: SOURCE_NOT_FOUND,
        message: /^gate\.guards\.civil\.data\.source \/nowhere/,
      },
      {
        data: { source: 'example:none' },
        type: SOURCE_NOT_FOUND,
        message: /^gate\.guards\.civil\.data\.source example:none/,
      },
      {
        data: { source: 's3://one/none.csv' },
        type: SOURCE_NOT_FOUND,
        message: /^gate\.guards\.civil\.data\.source s3:/,
      },
      {
        data: { source, sha256: 'a'.repeat(64) },
        type: SOURCE_CHANGED,
        message: /gate\.guards\.civil\.data\.sha256 pins aaa/,
      },
      { data: { source: unnamed }, type: INVALID_DATA, message: /Set gate\.guards\.civil\.data\.format to/ },
      {
        data: { source, columns: { grade: 'grade' } },
        type: INVALID_DATA,
        message:
          /has no column "grade"\. Set the fields of gate\.guards\.civil\.data\.columns to some of: query, input, output/,
      },
    ];
    for (const { data, type, message } of cases) {
      const guards = { civil: guardData(data) };
      await assert.rejects(resolve(deps, { ...input, guards }), { type, message, nonRetryable: true });
    }
    assert.deepEqual(deps.store.keys(), []);
  });

  it('names the field of the data in the same words', async () => {
    const { deps, input } = await prepare();
    const missing = { ...input, data: { ...input.data, source: '/nowhere.jsonl' } };
    await assert.rejects(resolve(deps, missing), {
      message: /^data\.source \/nowhere\.jsonl is no file that the worker may read/,
    });
    const pinned = { ...input, data: { ...input.data, sha256: 'a'.repeat(64) } };
    await assert.rejects(resolve(deps, pinned), { type: SOURCE_CHANGED, message: /but data\.sha256 pins aaa/ });
  });
});
