/** One check of an audit: what it looked at, and what it found to be otherwise than recorded. */
import { z } from 'zod';
import { ArtifactLostError } from '../adapters/artifacts/artifact-lost.ts';
import { MissingEmbeddingsError } from '../adapters/embedding-cache/missing-embeddings.ts';
import { RowsError } from '../adapters/rows/rows-error.ts';
import { FaissError } from '../native/faiss/index.ts';

/** In the order in which they are made. */
export const CHECK_NAMES = [
  'signature',
  'timestamp',
  'statement',
  'schema',
  'objects',
  'identity',
  'carriers',
  'steps',
  'complete',
  'chain',
  'summary',
  'split',
  'embeddings',
  'metrics',
  'ranks',
  'history',
  'promotion',
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

/** Something that is not as it should be. */
export interface Difference {
  /** Key of the object that differs, or that says something else than the others. */
  readonly object: string;
  /** Where in it, as a path or a line; null: the object as a whole. */
  readonly place: string | null;
  readonly expected: string;
  readonly found: string;
}

/** What a check has to say. */
export interface Finding {
  /** Things looked at. */
  readonly count: number;
  /** What they are, in the plural. */
  readonly unit: string;
  /** Bytes read and recomputed for it; null where that is no measure of it. */
  readonly bytes: number | null;
  /** What a reader should know beside that. */
  readonly note: string | null;
  /** The first ones first; empty: all is as recorded. */
  readonly differences: readonly Difference[];
}

export interface CheckResult extends Finding {
  readonly check: CheckName;
  readonly state: 'ok' | 'failed' | 'not-checked';
}

/** Thrown by a check that can't be made; the message says why. */
export class NotChecked extends Error {
  override readonly name = 'NotChecked';
}

/** What a check has to know of the run that it is about. */
export interface CheckedRun {
  readonly record: string;
  readonly damaged: ReadonlySet<string>;
  readonly answers: () => Promise<boolean>;
}

/**
 * Makes one check.
 *
 * @param record key of the record, which is told where its contents can't be worked with
 * @param damaged keys that an earlier check has named: a check that needs one of them is not made
 * @param answers whether the store still does: then an error is of one object, and the audit goes on
 * @throws what the store throws when it can't be reached; the signal's reason
 */
export async function makeCheck(
  check: CheckName,
  look: () => Promise<Finding>,
  { record, damaged, answers }: CheckedRun,
): Promise<CheckResult> {
  try {
    const finding = await look();
    return { check, state: finding.differences.length > 0 ? 'failed' : 'ok', ...finding };
  } catch (error) {
    const outcome = outcomeOf(error, record, damaged);
    if (outcome) return { check, ...outcome };
    if (!(error instanceof Error) || !(await answers())) throw error;
    return { check, ...notChecked(`${error.name}: ${error.message}`) };
  }
}

const NOTHING = { count: 0, unit: '', bytes: null };

function notChecked(note: string): Omit<CheckResult, 'check'> {
  return { ...NOTHING, state: 'not-checked', note, differences: [] };
}

/** Null where the error is not about the contents of the store. */
function outcomeOf(error: unknown, record: string, damaged: ReadonlySet<string>): Omit<CheckResult, 'check'> | null {
  if (error instanceof NotChecked) return notChecked(error.message);
  if (error instanceof ArtifactLostError) {
    const { key, sha256 } = error.ref;
    if (damaged.has(key)) return notChecked(`it needs ${key}, which is ${error.reason}`);
    return failed({ object: key, place: null, expected: `sha256 ${sha256}`, found: error.message });
  }
  if (isAboutContent(error))
    return failed({ object: record, place: null, expected: 'what a run records', found: error.message });
  return null;
}

function failed(difference: Difference): Omit<CheckResult, 'check'> {
  return { ...NOTHING, state: 'failed', note: null, differences: [difference] };
}

/** Errors of readers whose digests were right and whose contents were not: whoever wrote them did not make them as we do. */
function isAboutContent(error: unknown): error is Error {
  return (
    error instanceof MissingEmbeddingsError ||
    error instanceof RowsError ||
    error instanceof FaissError ||
    error instanceof z.ZodError ||
    error instanceof RangeError ||
    error instanceof SyntaxError
  );
}
