/** What one step of a record resulted in. */
import type { z } from 'zod';
import type { StepName } from '../../contracts/progress.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { CliError, EXIT } from '../exit.ts';
import { unreadableReason } from './parse-record.ts';

/**
 * @param schema of the step's result
 * @throws {CliError} when the record has no such step, or its result is of another form
 */
export function stepResult<Result>(record: RunRecord, name: StepName, schema: z.ZodType<Result>): Result {
  const step = record.steps.find((one) => one.step === name);
  const problem = (what: string, options?: ErrorOptions): CliError =>
    new CliError(`The record of ${record.workflowId}, run ${record.runId}, ${what}.`, EXIT.failed, options);
  if (!step) throw problem(`has no step ${name}`);
  const parsed = schema.safeParse(step.result);
  if (parsed.success) return parsed.data;
  throw problem(`has a step ${name} that this version of veille can't read (${unreadableReason(parsed.error)})`, {
    cause: parsed.error,
  });
}
