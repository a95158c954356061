/** `embed`: hands the missing texts of an encoder, segment by segment, to however many workers there are. */
import {
  ApplicationFailure,
  continueAsNew,
  getExternalWorkflowHandle,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { CpuActivities, EmbedInput, EmbeddingPlan, GpuActivities } from '../contracts/activities.ts';
import { INTERNAL } from '../contracts/failures.ts';
import type { CountedSignal } from '../contracts/progress.ts';
import { COUNTED_SIGNAL } from '../contracts/queues.ts';
import type { EmbedResult, StepOutcome } from '../contracts/steps.ts';
import { CPU, EMBED_ROUNDS, GPU, SEGMENTS_PER_RUN } from './options.ts';

const cpu = proxyActivities<CpuActivities>(CPU);
const gpu = proxyActivities<GpuActivities>(GPU);

/** What an `embed` run has done so far; carried over when it continues as new. */
export interface EmbedTotals {
  readonly encoded: number;
  /** Found in the cache by the first plan. */
  readonly cached: number | null;
  readonly truncated: number;
}

export interface Embedded extends EmbedTotals {
  readonly outcome: StepOutcome<EmbedResult>;
}

/** The plan says what is missing; when it says nothing, the step is done. So a run may stop and start anywhere. */
export async function embed(input: EmbedInput, before?: EmbedTotals): Promise<Embedded> {
  let totals = before ?? { encoded: 0, cached: null, truncated: 0 };
  for (let round = 1; round <= EMBED_ROUNDS; round++) {
    const plan = await cpu.planEmbedding(input);
    totals = { ...totals, cached: totals.cached ?? plan.cached };
    await tell(input, plan.cached, plan.texts);
    if (plan.outcome) {
      await compact(input, plan);
      return { ...totals, outcome: plan.outcome };
    }
    totals = await encodeMissing(input, plan, totals);
    if ((plan.plan?.segments ?? 0) > SEGMENTS_PER_RUN) return continueAsNew<typeof embed>(input, totals);
  }
  throw ApplicationFailure.nonRetryable(
    `${EMBED_ROUNDS} times, segments that were just encoded could not be read back: check the object store's disk`,
    INTERNAL,
  );
}

async function encodeMissing(input: EmbedInput, plan: EmbeddingPlan, before: EmbedTotals): Promise<EmbedTotals> {
  if (!plan.plan) return before;
  const { artifact, segments } = plan.plan;
  const upTo = Math.min(segments, SEGMENTS_PER_RUN);
  const { encodeSegment } = input.encoder.device === 'cuda' ? gpu : cpu;
  let { encoded, truncated } = before;
  let done = plan.cached;
  let told = 0;
  const segmentsLeft = randomOrder(upTo).values();
  const lane = async (): Promise<void> => {
    for (const segment of segmentsLeft) {
      const made = await encodeSegment({ encoder: input.encoder, plan: artifact, segment, step: input.step });
      done += made.texts;
      truncated += made.truncated;
      if (!made.adopted) encoded += made.texts;
      // A signal is history in the parent: at most twenty a run.
      if (++told % Math.ceil(upTo / 20) === 0) await tell(input, done, plan.texts);
    }
  };
  await Promise.all(Array.from({ length: input.embedding.parallelism }, lane));
  return { ...before, encoded, truncated };
}

/**
 * Each segment once, in random order: of two runs that encode the same texts at the same time each adopts what the other
 * has done, where runs that went side by side in one order would do everything twice.
 */
function randomOrder(count: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  return order;
}

/** Nights that add a few texts each leave a small segment each, until there are too many. */
async function compact({ encoder, embedding }: EmbedInput, { smallSegments }: EmbeddingPlan): Promise<void> {
  if (embedding.compactSegments !== null && smallSegments >= embedding.compactSegments)
    await cpu.compactEmbeddings({ encoder });
}

async function tell(input: EmbedInput, done: number, total: number): Promise<void> {
  const parent = workflowInfo().parent;
  if (!parent) return;
  const signal: CountedSignal = { step: input.step, done, total };
  await getExternalWorkflowHandle(parent.workflowId, parent.runId).signal(COUNTED_SIGNAL, signal);
}
