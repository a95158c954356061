/** Activity `planEmbedding`: asks the cache what is missing, and ends the embed step when nothing is. */
import { Context } from '@temporalio/activity';
import { MissingEmbeddingsError } from '../adapters/embedding-cache/missing-embeddings.ts';
import type { EmbedInput, EmbeddingPlan } from '../contracts/activities.ts';
import { embedResult, type EmbedResult } from '../contracts/steps.ts';
import { isSmall } from '../core/merge-segments.ts';
import { packTextKeys } from '../core/text-key.ts';
import { cutSegments } from '../core/segments.ts';
import type { ActivityDeps } from './deps.ts';
import { storePlan } from './embedding-plan.ts';
import { digestOfEmbeddings } from './embeddings-digest.ts';
import { readPartTexts } from './part-texts.ts';
import { runStep, type Step } from './step.ts';

type Deps = Pick<ActivityDeps, 'artifacts' | 'records' | 'embeddings'>;

export function embedStep({
  encoder,
  rows,
  prefixes,
  run,
}: Pick<EmbedInput, 'encoder' | 'rows' | 'prefixes'> & Partial<Pick<EmbedInput, 'run'>>): Step<EmbedResult> {
  const inputs = { encoder: encoder.digest, rows: rows.sha256 };
  return {
    identity: { name: 'embed', version: 2, inputs, parameters: { prefixes } },
    schema: embedResult,
    ...(run && { run }),
  };
}

export function createPlanEmbedding(deps: Deps) {
  return async (input: EmbedInput): Promise<EmbeddingPlan> => {
    for (;;) {
      const plan = await planned(deps, input);
      if (plan) return plan;
    }
  };
}

/** Null when a segment turned out to be damaged: what it had is missing now. */
async function planned(
  { artifacts, records, embeddings }: Deps,
  { encoder, rows, prefixes, embedding, run }: EmbedInput,
): Promise<EmbeddingPlan | null> {
  const cache = embeddings(encoder);
  const { queries, positives } = await readPartTexts(artifacts, rows, prefixes);
  const texts = [...new Set([...queries, ...positives])];
  const keys = packTextKeys(texts);
  const { segmentOf, missing, rows: segmentRows } = await cache.locate(keys);
  const smallSegments = segmentRows.filter((count) => isSmall(count, encoder.dimensions)).length;
  const counts = { texts: texts.length, cached: texts.length - missing, smallSegments };
  if (missing > 0) {
    const uncached = texts.filter((_, position) => segmentOf[position] === -1);
    const segments = cutSegments(uncached, embedding);
    const artifact = await storePlan(artifacts, segments);
    return { ...counts, plan: { artifact, segments: segments.length }, outcome: null };
  }
  const signal = Context.current().cancellationSignal;
  try {
    const outcome = await runStep(records, embedStep({ encoder, rows, prefixes, run }), async () => ({
      texts: texts.length,
      dimensions: encoder.dimensions,
      embeddingsSha256: await digestOfEmbeddings(cache, keys, { signal }),
    }));
    return { ...counts, plan: null, outcome };
  } catch (error) {
    if (error instanceof MissingEmbeddingsError) return null;
    throw error;
  }
}
