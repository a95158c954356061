/** Which steps of two runs differ, and by what. */
import { STEP_NAMES, type StepName } from '../../contracts/progress.ts';
import type { RecordedStep } from '../../contracts/run-record.ts';
import { leafDifferences, type LeafDifference } from '../../core/leaf-differences.ts';

export interface StepDifference {
  readonly step: StepName;
  /** both: the runs have it and it differs; a, b: only that run has it. */
  readonly in: 'both' | 'a' | 'b';
  /** Version of the step's code. */
  readonly version: readonly LeafDifference[];
  readonly inputs: readonly LeafDifference[];
  readonly parameters: readonly LeafDifference[];
  /** Digests and figures of the result. */
  readonly results: readonly LeafDifference[];
  /** The same inputs, parameters and code have given something else. */
  readonly unrepeated: boolean;
}

/** @returns in the order of the DAG; empty where every step has the same key and the same result */
export function diffSteps(a: readonly RecordedStep[], b: readonly RecordedStep[]): StepDifference[] {
  return STEP_NAMES.flatMap((step) => {
    const inA = a.find((one) => one.step === step);
    const inB = b.find((one) => one.step === step);
    if (inA && inB) return diffStep(inA, inB);
    if (!inA && !inB) return [];
    const nothing = { version: [], inputs: [], parameters: [], results: [], unrepeated: false };
    return [{ step, in: inA ? ('a' as const) : ('b' as const), ...nothing }];
  });
}

/** An object's key follows from its digest, which is compared. */
export function resultDifferences(a: RecordedStep, b: RecordedStep): LeafDifference[] {
  return leafDifferences(a.result, b.result).filter(({ path }) => !/(?:^|\.)key$/.test(path));
}

function diffStep(a: RecordedStep, b: RecordedStep): StepDifference[] {
  const version = leafDifferences({ version: a.version }, { version: b.version });
  const inputs = leafDifferences(a.inputs, b.inputs);
  const parameters = leafDifferences(a.parameters, b.parameters);
  const results = resultDifferences(a, b);
  if (a.key === b.key && results.length === 0) return [];
  return [{ step: a.step, in: 'both', version, inputs, parameters, results, unrepeated: a.key === b.key }];
}
