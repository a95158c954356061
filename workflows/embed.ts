/** `embed`: hands the missing texts of an encoder, segment by segment, to however many workers there are. */
import {
  ApplicationFailure,
  continueAsNew,
  getExternalWorkflowHandle,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { CpuActivities, EmbedInput, EmbeddingPlan } from '../contracts/activities.ts';
import { INTERNAL } from '../contracts/failures.ts';
import type { EmbeddedSignal } from '../contracts/progress.ts';
import { EMBEDDED_SIGNAL } from '../contracts/queues.ts';
import type { EmbedResult, StepOutcome } from '../contracts/steps.ts';
import { CPU, EMBED_ROUNDS, SEGMENTS_PER_RUN } from './options.ts';

const { planEmbedding, encodeSegment } = proxyActivities<CpuActivities>(CPU);

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
    const plan = await planEmbedding(input);
    totals = { ...totals, cached: totals.cached ?? plan.cached };
    await tell(input, plan.cached, plan.texts);
    if (plan.outcome) return { ...totals, outcome: plan.outcome };
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
  let { encoded, truncated } = before;
  let done = plan.cached;
  let next = 0;
  let told = 0;
  const lane = async (): Promise<void> => {
    while (next < upTo) {
      const segment = next++;
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

async function tell(input: EmbedInput, done: number, total: number): Promise<void> {
  const parent = workflowInfo().parent;
  if (!parent) return;
  const signal: EmbeddedSignal = { step: input.step, done, total };
  await getExternalWorkflowHandle(parent.workflowId, parent.runId).signal(EMBEDDED_SIGNAL, signal);
}
