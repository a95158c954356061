/** A file of rows as a run's input describes it: the data of the run, and those of the gate's guard sets. */
import { z } from 'zod';
import { sha256Hex } from './artifact.ts';

/** Longer than any path, address or key: it stands in messages, in the UI and in search attributes. */
export const sourceText = z.string().min(1).max(1_024);

export const rowFile = {
  format: z.enum(['auto', 'parquet', 'jsonl', 'csv']).default('auto').describe('auto goes by the file name'),
  split: z
    .string()
    .min(1)
    .default('train')
    .describe('Split of a data set of the hub, where the source names no file of it'),
  sha256: sha256Hex.nullable().default(null).describe('Pin: the run fails if the source has other bytes'),
};

export const pairColumns = {
  query: z.string().min(1).default('query').describe('Column with the question'),
  passage: z
    .array(z.string().min(1))
    .min(1)
    .default(['input', 'output'])
    .describe('Columns that make the passage, trimmed and joined with ", "'),
};
