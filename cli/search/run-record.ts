/** What a search needs of a run's record; the record has more. */
import { z } from 'zod';
import { encoderRef, indexResult, splitResult, type EncoderRef, type IndexResult } from '../../contracts/steps.ts';

const outcome = <Result extends z.ZodType>(result: Result) => z.object({ result });

const runRecord = z.object({
  schema: z.literal(1),
  workflowId: z.string(),
  runId: z.string(),
  config: z.object({ model: z.object({ queryPrefix: z.string() }) }),
  outcomes: z.object({
    split: outcome(splitResult.pick({ test: true }).loose()),
    'export-base': outcome(encoderRef),
    'export-tuned': outcome(encoderRef),
    'index-base': outcome(indexResult),
    'index-tuned': outcome(indexResult),
  }),
});
export type RunRecord = z.infer<typeof runRecord>;

/** An encoder, and the index of the passages as it embeds them. */
export interface Retriever {
  readonly encoder: EncoderRef;
  readonly index: IndexResult;
}

/**
 * @param bytes record.json as `writeRecord` wrote it
 * @throws {SyntaxError} when it is no JSON
 * @throws {z.ZodError} when a part is missing or of another form
 */
export function parseRunRecord(bytes: Uint8Array): RunRecord {
  return runRecord.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
}

/** The two retrievers that the run measured. */
export function retrieversOf({ outcomes }: RunRecord): { readonly fineTuned: Retriever; readonly base: Retriever } {
  return {
    fineTuned: { encoder: outcomes['export-tuned'].result, index: outcomes['index-tuned'].result },
    base: { encoder: outcomes['export-base'].result, index: outcomes['index-base'].result },
  };
}
