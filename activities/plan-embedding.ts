/** Activity `planEmbedding`: asks the cache what is missing, and ends the embed step when nothing is. */
import type { EmbedInput, EmbeddingPlan } from '../contracts/activities.ts';
import { embedResult } from '../contracts/steps.ts';
import { isSmall } from '../core/merge-segments.ts';
import { packTextKeys } from '../core/text-key.ts';
import { cutSegments } from '../core/segments.ts';
import type { ActivityDeps } from './deps.ts';
import { storePlan } from './embedding-plan.ts';
import { readPartTexts } from './part-texts.ts';
import { runStep } from './step.ts';

type Deps = Pick<ActivityDeps, 'artifacts' | 'records' | 'embeddings'>;

export function createPlanEmbedding({ artifacts, records, embeddings }: Deps) {
  return async ({ encoder, rows, prefixes, embedding, run }: EmbedInput): Promise<EmbeddingPlan> => {
    const { queries, positives } = await readPartTexts(artifacts, rows, prefixes);
    const texts = [...new Set([...queries, ...positives])];
    const { segmentOf, missing, rows: segmentRows } = await embeddings(encoder).locate(packTextKeys(texts));
    const smallSegments = segmentRows.filter((count) => isSmall(count, encoder.dimensions)).length;
    const counts = { texts: texts.length, cached: texts.length - missing, smallSegments };
    if (missing > 0) {
      const uncached = texts.filter((_, position) => segmentOf[position] === -1);
      const segments = cutSegments(uncached, embedding);
      const artifact = await storePlan(artifacts, segments);
      return { ...counts, plan: { artifact, segments: segments.length }, outcome: null };
    }
    const identity = {
      name: 'embed',
      version: 1,
      inputs: { encoder: encoder.digest, rows: rows.sha256 },
      parameters: { prefixes },
    };
    const result = { texts: texts.length, dimensions: encoder.dimensions };
    const outcome = await runStep(records, { identity, schema: embedResult, run }, async () => result);
    return { ...counts, plan: null, outcome };
  };
}
