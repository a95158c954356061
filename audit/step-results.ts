/** The steps of a record with their results, each of the form that its step gives it. */
import { z } from 'zod';
import { gateResult } from '../contracts/gate.ts';
import type { StepName } from '../contracts/progress.ts';
import type { RecordedStep, RunRecord } from '../contracts/run-record.ts';
import {
  bm25Result,
  compareResult,
  embedResult,
  encoderRef,
  evaluateResult,
  fineTuneResult,
  guardEvaluations,
  indexResult,
  mineResult,
  readGuardsResult,
  resolveResult,
  splitResult,
  trackResult,
} from '../contracts/steps.ts';

/** By the names of step records. */
const STEP_RESULTS = {
  resolve: resolveResult,
  split: splitResult,
  'read-guards': readGuardsResult,
  bm25: bm25Result,
  export: encoderRef,
  embed: embedResult,
  index: indexResult,
  evaluate: evaluateResult,
  'mine-negatives': mineResult,
  'fine-tune': fineTuneResult,
  compare: compareResult,
  'evaluate-guards': guardEvaluations,
  judge: gateResult,
  track: trackResult,
} as const;

type RecordName = keyof typeof STEP_RESULTS;
type ResultOf<Name extends RecordName> = z.output<(typeof STEP_RESULTS)[Name]>;

/** A step, and its result. */
export interface Made<Result> extends Omit<RecordedStep, 'result'> {
  readonly result: Result;
}

/**
 * Every step that was recorded under this name: branches of the DAG share it.
 *
 * @throws z.ZodError when a result is of another form
 */
export function stepsOf<Name extends RecordName>({ steps }: RunRecord, name: Name): Made<ResultOf<Name>>[] {
  return steps.filter((step) => step.name === name).map((step) => parsed(step, name));
}

/** Many checks ask for the same results. */
const known = new WeakMap<RecordedStep, unknown>();

function parsed<Name extends RecordName>(step: RecordedStep, name: Name): Made<ResultOf<Name>> {
  const schema: z.ZodType = STEP_RESULTS[name];
  const result = known.get(step) ?? schema.parse(step.result);
  known.set(step, result);
  return { ...step, result: result as ResultOf<Name> };
}

/** The one at this place in the DAG; undefined where the run had none. */
export function stepAt<Name extends RecordName>(
  record: RunRecord,
  name: Name,
  step: StepName,
): Made<ResultOf<Name>> | undefined {
  return stepsOf(record, name).find((one) => one.step === step);
}

const withPrefixes = z.object({ prefixes: z.object({ query: z.string(), passage: z.string() }) });

/** What a step put before the texts. */
export function prefixesOf({ parameters }: Pick<RecordedStep, 'parameters'>): { query: string; passage: string } {
  return withPrefixes.parse(parameters).prefixes;
}

/**
 * Digest of one input of a step.
 *
 * @throws RangeError when it has none of that name
 */
export function inputOf({ step, inputs }: Pick<RecordedStep, 'step' | 'inputs'>, name: string): string {
  const digest = inputs[name];
  if (digest === undefined) throw new RangeError(`the step ${step} has no input ${name}`);
  return digest;
}
