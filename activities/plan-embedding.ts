/** Activity `planEmbedding`: asks the cache what is missing, and ends the embed step when nothing is. */
import { Context } from '@temporalio/activity';
import { MissingEmbeddingsError } from '../adapters/embedding-cache/missing-embeddings.ts';
import type { EmbedInput, EmbeddingPlan } from '../contracts/activities.ts';
import { embedResult, type EmbedResult } from '../contracts/steps.ts';
import { isSmall } from '../core/merge-segments.ts';
import { positionsOf } from '../core/radix-order.ts';
import { cutPositions, segmentId, type SegmentCut } from '../core/segments.ts';
import { gatherKeys } from '../core/text-key.ts';
import type { ActivityDeps } from './deps.ts';
import { type PlannedSegment, storePlan } from './embedding-plan.ts';
import { digestOfEmbeddings } from './embeddings-digest.ts';
import { runStep, type Step } from './step.ts';
import { TextTable } from './text-table.ts';

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
async function planned(deps: Deps, input: EmbedInput): Promise<EmbeddingPlan | null> {
  return deps.artifacts.withFile(input.rows, (path) =>
    TextTable.use(path, input.prefixes, (table) => planOf(deps, input, table)),
  );
}

async function planOf(
  { artifacts, records, embeddings }: Deps,
  { encoder, rows, prefixes, embedding, run }: EmbedInput,
  table: TextTable,
): Promise<EmbeddingPlan | null> {
  const cache = embeddings(encoder);
  const { segmentOf, missing, rows: segmentRows } = await cache.locate(table.keys);
  const texts = table.bytes.length;
  const smallSegments = segmentRows.filter((count) => isSmall(count, encoder.dimensions)).length;
  const counts = { texts, cached: texts - missing, smallSegments };
  if (missing > 0) {
    const uncached = positionsOf(texts).filter((position) => segmentOf[position] === -1);
    const cut = cutPositions(table.keys, table.bytes, uncached, embedding);
    const artifact = await storePlan(artifacts, segmentsOf(table, cut));
    return { ...counts, plan: { artifact, segments: cut.ranges.length }, outcome: null };
  }
  const signal = Context.current().cancellationSignal;
  try {
    const outcome = await runStep(records, embedStep({ encoder, rows, prefixes, run }), async () => ({
      texts,
      dimensions: encoder.dimensions,
      embeddingsSha256: await digestOfEmbeddings(cache, table.keys, { signal }),
    }));
    return { ...counts, plan: null, outcome };
  } catch (error) {
    if (error instanceof MissingEmbeddingsError) return null;
    throw error;
  }
}

/** Segment by segment, so that only the texts of one are in memory. */
async function* segmentsOf(table: TextTable, { order, ranges }: SegmentCut): AsyncGenerator<PlannedSegment> {
  for (const [start, end] of ranges) {
    const positions = order.subarray(start, end);
    yield { id: segmentId(gatherKeys(table.keys, positions)), texts: await table.textsAt(positions) };
  }
}
