/** A guard set with the real model: from its file by way of the embedding cache to metrics. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { createEncodeSegment } from '../../activities/encode-segment.ts';
import { EncoderPool } from '../../activities/encoder-pool.ts';
import { createEvaluateGuards } from '../../activities/evaluate-guards.ts';
import { createPlanEmbedding } from '../../activities/plan-embedding.ts';
import { createReadGuards } from '../../activities/read-guards.ts';
import { gateSection } from '../../contracts/gate.ts';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import { activityDeps, runActivity } from '../fixtures/activity-deps.ts';
import { encoderRefOf } from '../fixtures/encoder-ref.ts';
import { exportedEncoder } from '../fixtures/exported-encoder.ts';

const ROWS = `question,passage,relevance
Who pays for repairs in a rented flat?,The tenant pays for small repairs in the flat and the landlord for large ones.,2
Who pays for repairs in a rented flat?,The landlord and the tenant sign an inventory of the flat.,1
Who pays for repairs in a rented flat?,Income tax is declared online in May.,0
When must income tax be declared?,Income tax is declared online in May.,2
How long is parental leave?,Parental leave lasts one year at most and can be renewed twice.,3
`;

it('a guard set is read, embedded and measured with what the embed step has put into the cache', async () => {
  const deps = activityDeps();
  const path = join(deps.folder, 'guard.csv');
  await writeFile(path, ROWS);
  const columns = { query: 'question', passage: ['passage'], grade: 'relevance' };
  const { guards } = gateSection.parse({ guards: { daily: { data: { source: path, columns } } } });
  const files = { daily: { ...(await deps.artifacts.putFile(path)), format: 'csv' as const } };
  const { result: read } = await runActivity(createReadGuards(deps), { files, guards });

  const encoders = new EncoderPool(deps.artifacts, { folder: join(deps.folder, 'encoders'), threads: 1 });
  try {
    const folder = await deps.artifacts.putFolder(await exportedEncoder());
    const encoder = encoderRefOf(folder, { dimensions: 384, maxSeqLength: 384 });
    const model = { encoder, prefixes: { query: 'query: ', passage: 'passage: ' } };
    const rows = read.guards['daily']!.rows;
    const { embedding } = parseRetrainInput({});
    const run = { workflowId: 'w', runId: 'r' };
    const planning = { ...model, rows, embedding, step: 'guard-tuned' as const, run };
    const { plan } = await runActivity(createPlanEmbedding(deps), planning);
    assert.equal(plan?.segments, 1);
    const segment = { encoder, plan: plan.artifact, segment: 0, step: 'guard-tuned' as const };
    await runActivity(createEncodeSegment({ ...deps, encoders }), segment);

    const evaluating = { ...model, guards: read.guards, step: 'guard-tuned' as const };
    const { result } = await runActivity(createEvaluateGuards(deps), evaluating);
    assert.deepEqual(result.guards['daily']?.metrics, {
      'retrieval/R@1': (0.5 + 1 + 1) / 3,
      'retrieval/R@5': 1,
      'retrieval/R@10': 1,
      'retrieval/MRR@10': 1,
      'retrieval/nDCG@10': 1,
      n_queries: 3,
      n_docs: 4,
    });
  } finally {
    await encoders.dispose();
  }
});
