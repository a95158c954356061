/** What is known of runs from the hub once it is gone: the commits, and nothing of the token that opened it. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { runFolder, type RunRecord } from '../../contracts/run-record.ts';
import { MODEL_COMMIT, SECOND_COMMIT } from '../fixtures/hub-repositories.ts';
import { HUB_TOKEN, provenRuns } from '../fixtures/proven-runs.ts';
import type { TestStack } from '../fixtures/test-stack.ts';

let stack: TestStack;
let record: RunRecord;

before(async () => {
  ({ stack, record } = await provenRuns());
});

describe('a run from the hub', () => {
  it('has the commits of data and model in its record, with their licences', () => {
    const { data, model } = record.sources.origins;
    assert.deepEqual(data, {
      repository: 'datasets/fake/legalkit',
      revision: 'main',
      commit: SECOND_COMMIT,
      license: 'cc-by-4.0',
    });
    assert.deepEqual([model?.repository, model?.commit], ['fake/encoder', MODEL_COMMIT]);
    assert.deepEqual(record.licenses, { data: 'cc-by-4.0', model: 'apache-2.0' });
  });

  it('leaves the token in no object of the run, no step record and no log', async () => {
    const texts: string[] = [];
    for (const prefix of [runFolder(record), 'steps/'])
      for await (const { key } of stack.objects.list(prefix))
        texts.push(Buffer.from((await stack.objects.get(key))?.body ?? []).toString('utf8'));
    const log = await stack.logOf('');
    assert.match(log, /veille-cpu/);
    texts.push(log);
    assert.ok(texts.length > 20);
    assert.deepEqual(
      texts.filter((text) => text.includes(HUB_TOKEN)),
      [],
    );
  });
});
