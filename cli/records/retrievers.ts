/** The two retrievers that a run measured, out of its record. */
import { encoderRef, indexResult, splitResult } from '../../contracts/steps.ts';
import type { EncoderRef, IndexResult, SplitResult } from '../../contracts/steps.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { stepResult } from './step-result.ts';

/** An encoder, and the index of the passages as it embeds them. */
export interface Retriever {
  readonly encoder: EncoderRef;
  readonly index: IndexResult;
}

/** @throws {import('../exit.ts').CliError} when the record lacks a step that a search needs */
export function retrieversOf(record: RunRecord): { readonly fineTuned: Retriever; readonly base: Retriever } {
  const retriever = (branch: 'tuned' | 'base'): Retriever => ({
    encoder: stepResult(record, `export-${branch}`, encoderRef),
    index: stepResult(record, `index-${branch}`, indexResult),
  });
  return { fineTuned: retriever('tuned'), base: retriever('base') };
}

/** @throws {import('../exit.ts').CliError} */
export function testPartOf(record: RunRecord): SplitResult['test'] {
  return stepResult(record, 'split', splitResult).test;
}
