/** A file of rows as a run's input describes it: the data of the run, and those of the gate's guard sets. */
import { z } from 'zod';
import { type ArtifactSource, isArtifactSource, parseArtifactSource } from './artifact-source.ts';
import { sha256Hex } from './artifact.ts';

/** Longer than any path, address or key: it stands in messages, in the UI and in search attributes. */
const sourceText = z.string().min(1).max(1_024);

function artifactOf(kind: ArtifactSource['kind']): (source: string) => boolean {
  return (source) => !isArtifactSource(source) || parseArtifactSource(source)?.kind === kind;
}

/** Of a file of rows. */
export const dataSource = sourceText.refine(artifactOf('file'), {
  error: 'must be artifact:SHA256/NAME, as --data FILE writes it',
});
/** Of a model's folder. */
export const modelSource = sourceText.refine(artifactOf('folder'), {
  error: 'must be artifact:SHA256/NAME/, as --model FOLDER writes it',
});

export const rowFile = {
  format: z.enum(['auto', 'parquet', 'jsonl', 'csv']).default('auto').describe('auto goes by the file name'),
  split: z
    .string()
    .min(1)
    .max(200)
    .default('train')
    .describe('Split of a data set of the hub, where the source names no file of it'),
  sha256: sha256Hex.nullable().default(null).describe('Pin: the run fails if the source has other bytes'),
};

/** A column's name, and columns that make one text. */
export const columnName = z.string().min(1).max(500);
const MOST_COLUMNS = 16;

export const pairColumns = {
  query: columnName.default('query').describe('Column with the question'),
  passage: z
    .union([z.string(), z.array(z.string())])
    .transform((columns) => (typeof columns === 'string' ? [columns] : columns))
    .pipe(z.array(columnName).min(1).max(MOST_COLUMNS))
    .default(['input', 'output'])
    .describe('Columns that make the passage, trimmed and joined with ", "; one column may be a string'),
};
