/** `embed`: hands the missing texts of an encoder, segment by segment, to however many workers there are. */
import {
  ApplicationFailure,
  continueAsNew,
  defineQuery,
  getExternalWorkflowHandle,
  patched,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  CpuActivities,
  EmbedInput,
  EmbeddingPlan,
  EncodedSegment,
  GpuActivities,
} from '../contracts/activities.ts';
import type { ArtifactRef } from '../contracts/artifact.ts';
import { INTERNAL } from '../contracts/failures.ts';
import { counted, formatCount } from '../contracts/count.ts';
import type { CountedSignal, WorkCount } from '../contracts/progress.ts';
import { COUNTED_SIGNAL, EMBEDDED_QUERY } from '../contracts/queues.ts';
import type { EmbedResult, StepOutcome } from '../contracts/steps.ts';
import { embeddedPart } from './activity-summaries.ts';
import { describedActivities } from './described-activities.ts';
import { CPU, EMBED_ROUNDS, GPU, SEGMENTS_PER_RUN } from './options.ts';

const cpu: CpuActivities = describedActivities(CPU);

/** Before it, the run was signalled how far its texts are, which filled its history and its timeline. */
const COUNTS_WITHOUT_SIGNALS = 'counts-without-signals';

const embeddedQuery = defineQuery<WorkCount>(EMBEDDED_QUERY);

/** What an `embed` run has done so far. */
export interface EmbedTotals {
  readonly encoded: number;
  /** Found in the cache: by the first plan, or later, made by another run or by an attempt whose answer was lost. */
  readonly cached: number | null;
  readonly truncated: number;
}

/** What an `embed` run carries over when it continues as new; earlier versions carried the totals alone. */
export interface EmbedState extends EmbedTotals {
  /** Plans made so far. @default 0 */
  readonly plans?: number;
  /** What is left of the newest plan. @default nothing */
  readonly rest?: PlanRest;
}

/** A stored plan and which of its segments are still to be handed out: those from `next` on. */
export interface PlanRest {
  readonly artifact: ArtifactRef;
  readonly segments: number;
  readonly next: number;
  /** Texts of the part, and how many of them have an embedding so far. */
  readonly texts: number;
  readonly done: number;
}

export interface Embedded extends EmbedTotals {
  readonly outcome: StepOutcome<EmbedResult>;
}

/**
 * The plan says what is missing; when it says nothing, the step is done. So a run may stop and start anywhere. A plan is
 * stored once, however many runs it takes to hand it out: each is given the next range of its segments.
 */
export async function embed(input: EmbedInput, before?: EmbedState): Promise<Embedded> {
  const count = counter(input);
  let {
    encoded,
    cached,
    truncated,
    plans = 0,
    rest,
  }: EmbedState = before ?? { encoded: 0, cached: null, truncated: 0 };
  for (;;) {
    if (!rest) {
      if (plans++ === EMBED_ROUNDS) throw unreadable();
      const plan = await cpu.planEmbedding(input);
      cached ??= plan.cached;
      await count({ done: plan.cached, total: plan.texts });
      if (plan.outcome) {
        await compact(input, plan);
        return { encoded, cached, truncated, outcome: plan.outcome };
      }
      if (!plan.plan) continue;
      rest = { ...plan.plan, next: 0, texts: plan.texts, done: plan.cached };
    }
    const made = await encodeNext(input, rest, count);
    encoded += made.encoded;
    cached = (cached ?? 0) + made.adopted;
    truncated += made.truncated;
    rest = made.rest;
    if (rest) return continueAsNew<typeof embed>(input, { encoded, cached, truncated, plans, rest });
  }
}

/** Hands out as many segments of a plan as one run may; `rest` is what is left then. */
async function encodeNext(
  input: EmbedInput,
  { artifact, segments, next, texts, done: before }: PlanRest,
  count: Count,
): Promise<
  Pick<EmbedTotals, 'encoded' | 'truncated'> & { readonly adopted: number; readonly rest: PlanRest | undefined }
> {
  const end = Math.min(segments, next + SEGMENTS_PER_RUN);
  const interval = segmentsASignal(segments, next, end);
  let [encoded, adopted, truncated, done, handed] = [0, 0, 0, before, next];
  const encodeSegment = (segment: number): Promise<EncodedSegment> => {
    const place = `segment ${formatCount(segment + 1)} of ${formatCount(segments)}`;
    const words = `${place}, ${formatCount(done)} of ${counted(texts, 'text')} done`;
    const { device } = input.encoder;
    const worker: Pick<GpuActivities, 'encodeSegment'> = describedActivities(device === 'cuda' ? GPU : CPU, words);
    return worker.encodeSegment({ encoder: input.encoder, plan: artifact, segment, step: input.step });
  };
  const places = randomOrder(end - next).values();
  const lane = async (): Promise<void> => {
    for (const place of places) {
      const made = await encodeSegment(next + place);
      done += made.texts;
      truncated += made.truncated;
      if (made.adopted) adopted += made.texts;
      else encoded += made.texts;
      await count({ done, total: texts }, ++handed % interval === 0);
    }
  };
  await Promise.all(Array.from({ length: input.embedding.parallelism }, lane));
  return {
    encoded,
    adopted,
    truncated,
    rest: end < segments ? { artifact, segments, next: end, texts, done } : undefined,
  };
}

/** Of earlier versions. A signal is history in the parent: at most twenty in the first run of a plan, and a hundred in all that follow. */
function segmentsASignal(segments: number, next: number, end: number): number {
  const inThisRun = Math.ceil((end - next) / 20);
  return next === 0 ? inThisRun : Math.max(inThisRun, Math.ceil(segments / 100));
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

function unreadable(): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `${EMBED_ROUNDS} times, segments that were just encoded could not be read back: check the object store's disk`,
    INTERNAL,
  );
}

/** Nights that add a few texts each leave a small segment each, until there are too many. */
async function compact({ encoder, embedding }: EmbedInput, { smallSegments }: EmbeddingPlan): Promise<void> {
  if (embedding.compactSegments !== null && smallSegments >= embedding.compactSegments)
    await cpu.compactEmbeddings({ encoder });
}

type Count = (now: WorkCount, isSignalDue?: boolean) => Promise<void>;

/** Shows how far the texts are: in this workflow's own details, and to who asks. Neither leaves anything in a history. */
function counter(input: EmbedInput): Count {
  const signals = !patched(COUNTS_WITHOUT_SIGNALS);
  let latest: WorkCount = { done: 0, total: 0 };
  setHandler(embeddedQuery, () => latest, { description: 'Texts that have an embedding, of those of the part' });
  return async (now, isSignalDue = true) => {
    latest = now;
    const { done, total } = now;
    setCurrentDetails(`Embeds ${embeddedPart(input.step)}: ${formatCount(done)} of ${counted(total, 'text')} done`);
    if (signals && isSignalDue) await signalParent({ step: input.step, done, total });
  };
}

async function signalParent(signal: CountedSignal): Promise<void> {
  const { parent } = workflowInfo();
  if (parent) await getExternalWorkflowHandle(parent.workflowId, parent.runId).signal(COUNTED_SIGNAL, signal);
}
