/** The gate between a fine-tuned model and the champion: its rule, fixed before the run, and its verdict. */
import { z } from 'zod';
import { provenance } from './artifact.ts';
import { columnName, pairColumns, rowFile, dataSource } from './row-file.ts';

const count = z.number().int().positive();

/** Metrics that the rank of a query's positive is enough for, by their W&B names. */
export const GATE_METRICS = [
  'retrieval/nDCG@10',
  'retrieval/MRR@10',
  'retrieval/R@1',
  'retrieval/R@5',
  'retrieval/R@10',
] as const;

const minimumPassages = z
  .number()
  .int()
  .min(2)
  .default(50)
  .describe('Passages that these queries must have among them: fewer clusters than 50 make intervals too narrow');

const primaryRule = z
  .strictObject({
    metric: z.enum(GATE_METRICS).default('retrieval/nDCG@10').describe('What the candidate must be better in'),
    margin: z
      .number()
      .min(0)
      .lt(1)
      .default(0)
      .describe('The whole interval of the gain must lie above this absolute difference'),
    smallestEffect: z
      .number()
      .gt(0)
      .lte(1)
      .default(0.05)
      .describe('Gain worth finding: a test part that would miss it too often is inconclusive, whatever it shows'),
    minimumQueries: z.number().int().min(2).default(200).describe('Test queries below which nothing is decided'),
    minimumPassages,
  })
  .refine(({ margin, smallestEffect }) => smallestEffect > margin, {
    path: ['smallestEffect'],
    error: 'must be more than margin: a gain of the margin itself is never found',
  });

const guardRule = z.strictObject({
  metric: z.enum(GATE_METRICS).default('retrieval/nDCG@10').describe('What is measured on the guard set'),
  tolerance: z
    .number()
    .min(0)
    .lt(1)
    .default(0.02)
    .describe('The whole interval of the change must lie at or above this absolute loss'),
  minimumQueries: z
    .number()
    .int()
    .min(2)
    .default(150)
    .describe('Queries below which nothing is decided; 3 / tolerance excludes losses too rare to have been seen'),
  minimumPassages,
});

/** A guard's name stands in reasons and tables, and names its file in a reproduction. */
export const guardName = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'must be a word of letters, digits, ".", "_" and "-"');

const guardData = z.strictObject({
  source: dataSource.describe('As data.source: one judged query-passage pair a row'),
  ...rowFile,
  columns: z
    .strictObject({
      ...pairColumns,
      grade: columnName
        .nullable()
        .default(null)
        .describe('Column with how relevant the passage is, a whole number from 0 (not at all); null: every row is'),
    })
    .prefault({}),
});
export type GuardData = z.output<typeof guardData>;

const inference = {
  confidence: z.number().min(0.5).lt(1).default(0.95).describe('Of intervals; p must be at most the rest of it'),
  power: z
    .number()
    .min(0.5)
    .lt(1)
    .default(0.8)
    .describe('Share of comparisons in which primary.smallestEffect must be found'),
  resamples: z
    .number()
    .int()
    .min(1_000)
    .max(100_000)
    .default(5_000)
    .describe('Bootstrap resamples, and random exchanges of the two models'),
  seed: z.number().int().min(0).max(0xffffffff).default(123).describe('Makes the verdict repeatable'),
};

const enoughResamples = {
  path: ['resamples'],
  error: 'are too few for this confidence: the least p-value, 1 / (resamples + 1), must be at most 1 - confidence',
};

function areEnough({ confidence, resamples }: { confidence: number; resamples: number }): boolean {
  return 1 / (resamples + 1) <= 1 - confidence;
}

export const gateRule = z
  .strictObject({
    primary: primaryRule.prefault({}),
    guards: z
      .record(guardName, guardRule)
      .default({})
      .describe('Evaluation sets that may not get worse, by name: each must show that it did not'),
    ...inference,
  })
  .refine(areEnough, enoughResamples);

/** Each is read, embedded and measured in every run, and named in its verdict. */
const MOST_GUARDS = 32;

/** The `gate` section of a run's input: the rule, with the data of its guard sets. */
export const gateSection = z
  .strictObject({
    primary: primaryRule.prefault({}),
    guards: z
      .record(guardName, guardRule.extend({ data: guardData }))
      .refine((guards) => Object.keys(guards).length <= MOST_GUARDS, {
        error: `must be at most ${MOST_GUARDS} guard sets`,
      })
      .default({})
      .describe('Evaluation sets that may not get worse, by name: each must show that it did not'),
    ...inference,
  })
  .refine(areEnough, enoughResamples);

const pairedComparison = z.strictObject({
  queries: count,
  /** Clusters of queries that share a passage. */
  passages: count,
  champion: z.number(),
  candidate: z.number(),
  /** Candidate minus champion, with its percentile bootstrap interval clustered by passage. */
  difference: z.number(),
  low: z.number(),
  high: z.number(),
  standardError: z.number().nonnegative(),
  /** Two-sided, of the randomisation test by passage. */
  pValue: z.number().gt(0).max(1),
  /** Least true difference that the interval would tell from none with the wanted power. */
  detectable: z.number().nonnegative(),
});

const reason = z.strictObject({
  /** Guard set that it is about; null: the test part. */
  guard: z.string().nullable(),
  clause: z.enum(['queries', 'passages', 'power', 'gain', 'chance', 'loss']),
  /** failed: evidence against the candidate; undecided: a lack of evidence. */
  outcome: z.enum(['met', 'failed', 'undecided']),
  value: z.number(),
  bound: z.number(),
  text: z.string().min(1),
});

/** reject: something failed; inconclusive: nothing failed, but something is undecided; promote: all clauses are met. */
export const gateVerdict = z.strictObject({
  verdict: z.enum(['promote', 'reject', 'inconclusive']),
  reasons: z.array(reason).min(1),
  rule: gateRule,
  /** Null: no query was left to compare on. */
  primary: pairedComparison.nullable(),
  guards: z.record(z.string(), pairedComparison),
});

/** Test queries that stand in a model's train or dev part, by how. */
const overlap = z.strictObject({
  /** With the same passage. */
  pairs: z.number().int().nonnegative(),
  /** With other passages only. */
  queries: z.number().int().nonnegative(),
});

const leftOutBy = z.strictObject({
  /** Null: the reference is the base model. */
  champion: overlap.nullable(),
  candidate: overlap,
});

/** What the step `judge` returns. */
export const gateResult = z.strictObject({
  verdict: gateVerdict,
  /** Whom the candidate was measured against: the champion, or the base model while there is none. */
  reference: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('base') }),
    z.strictObject({ kind: z.literal('champion'), revision: count, run: provenance }),
  ]),
  /** Test queries that were left out: one of the two was trained on them, or selected by them. */
  leftOut: z.number().int().nonnegative(),
  /** Of which model; one that both have seen counts for each. Missing in records of version 1, which ask the champion only. */
  leftOutBy: leftOutBy.exactOptional(),
});

export type GateRule = z.output<typeof gateRule>;
export type GateVerdict = z.output<typeof gateVerdict>;
export type LeftOut = z.output<typeof leftOutBy>;
export type GateResult = z.output<typeof gateResult>;
