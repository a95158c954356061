/** The embed step by its own activities, in the order of the `embed` workflow, without a Temporal server between them. */
import { join } from 'node:path';
import { createEncodeSegment } from '../../activities/encode-segment.ts';
import { EncoderPool } from '../../activities/encoder-pool.ts';
import { createPlanEmbedding } from '../../activities/plan-embedding.ts';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import { EmbeddingCache } from '../../adapters/embedding-cache/embedding-cache.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { StepRecords } from '../../adapters/step-records/step-records.ts';
import { KEYLESS_SEALS } from '../../provenance/step-seal.ts';
import type { EmbedInput, EncodedSegment } from '../../contracts/activities.ts';
import { runActivity } from '../../test/fixtures/activity-deps.ts';
import { RECORDED_ENVIRONMENT } from '../../test/fixtures/recorded-environment.ts';

export interface Embedded {
  /** Different texts that were asked for. */
  readonly texts: number;
  readonly encoded: number;
  readonly seconds: number;
}

export interface WorkerOptions {
  /** Local folder, which keeps downloaded models from one worker to the next. */
  readonly folder: string;
  readonly threads: number;
  readonly warn: (message: string) => void;
}

/** Embeds as a worker does that has just started: nothing is in its memory, and the model is not loaded. */
export async function embedOnce(
  store: ObjectStore,
  input: EmbedInput,
  { folder, threads, warn }: WorkerOptions,
): Promise<Embedded> {
  const artifacts = new ArtifactStore(store, join(folder, 'cache'));
  const encoders = new EncoderPool(artifacts, { folder: join(folder, 'encoders'), threads });
  const embeddings = (encoder: EmbedInput['encoder']): EmbeddingCache => new EmbeddingCache(store, encoder, warn);
  const records = new StepRecords(artifacts, RECORDED_ENVIRONMENT, KEYLESS_SEALS, warn);
  const planEmbedding = createPlanEmbedding({ artifacts, records, embeddings });
  const encodeSegment = createEncodeSegment({ artifacts, embeddings, encoders });
  const { encoder, step } = input;

  const start = performance.now();
  const { texts, plan } = await runActivity(planEmbedding, input);
  let encoded = 0;
  const encodeOne = async (segment: number): Promise<EncodedSegment | null> =>
    plan && runActivity(encodeSegment, { encoder, plan: plan.artifact, segment, step });
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < (plan?.segments ?? 0)) encoded += (await encodeOne(next++))?.texts ?? 0;
  };
  await Promise.all(Array.from({ length: input.embedding.parallelism }, lane));
  // The second plan finds nothing missing, and records the step.
  if (plan) await runActivity(planEmbedding, input);
  const seconds = (performance.now() - start) / 1_000;
  await encoders.dispose();
  return { texts, encoded, seconds };
}
