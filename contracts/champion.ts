/** `models/champion.json`: the model that retrieves now, and all that did before it. */
import { z } from 'zod';
import { artifactRef, fileSet, provenance, sha256Hex } from './artifact.ts';
import { metricValues } from './metrics.ts';
import { encoderRef } from './steps.ts';

const revision = z.number().int().positive();

/** A fine-tuned model with everything it takes to measure it again, and to say what it has seen. */
export const candidate = z.strictObject({
  run: provenance,
  preset: z.string(),
  /** What the run is called; absent in documents of versions that had no names. */
  name: z.string().exactOptional(),
  encoder: encoderRef,
  prefixes: z.strictObject({ query: z.string(), passage: z.string() }),
  weights: z.strictObject({ kind: z.enum(['adapter', 'model']), files: fileSet }),
  baseModel: z.strictObject({ source: z.string(), digest: sha256Hex }),
  data: z.strictObject({
    source: z.string(),
    sha256: sha256Hex,
    /** Parts that it was trained on and selected by. */
    train: artifactRef,
    dev: artifactRef,
  }),
  /** Of its own run's test part. */
  metrics: metricValues,
});
export type Candidate = z.infer<typeof candidate>;

/** One move of the champion. */
export const championEntry = candidate.extend({
  /** Counts the moves from 1. */
  revision,
  /** A rollback names the revision whose model it brings back; null: a promotion. */
  restores: revision.nullable(),
  at: z.iso.datetime(),
  /** Who moved it: a person's name, or `gate` for promote auto. */
  by: z.string().min(1),
  note: z.string().nullable(),
  /** The record of its run, by its digest, as an object of its own; absent in moves of before the two were one commit. */
  record: artifactRef.exactOptional(),
});
export type ChampionEntry = z.infer<typeof championEntry>;

export const championFile = z.strictObject({
  schema: z.literal(1),
  /** Newest first: the first is the champion. */
  entries: z.array(championEntry).min(1),
});
export type ChampionFile = z.infer<typeof championFile>;
