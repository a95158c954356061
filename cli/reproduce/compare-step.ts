/** One step of a record beside the same step of its reproduction. */
import type { StepName } from '../../contracts/progress.ts';
import type { RecordedStep } from '../../contracts/run-record.ts';
import { TOLERANCES, type ToleratedMeasure } from '../../contracts/tolerances.ts';
import { leafDifferences, type LeafDifference } from '../../core/leaf-differences.ts';
import { resultDifferences } from '../records/diff-steps.ts';
import { NOT_COMPARED, STEP_RULES } from './step-rules.ts';

export interface Measured {
  readonly measure: ToleratedMeasure;
  /** Null where it could not be measured. */
  readonly value: number | null;
  readonly tolerance: number;
  /** Why it could not be measured. */
  readonly problem?: string;
}

export interface ComparedStep {
  readonly step: StepName;
  /** identical: to the last bit; within: every difference is within its tolerance. */
  readonly state: 'identical' | 'within' | 'different';
  /** Whether the reproduction's step has the recorded key: the same code, inputs and parameters. */
  readonly sameKey: boolean;
  /** Leaves of the result, and of the parameters below `parameters.`, that differ: `a` as recorded, `b` as reproduced. */
  readonly differences: readonly LeafDifference[];
  readonly measured: readonly Measured[];
  /** Differences that no tolerance is declared for. */
  readonly untolerated: readonly LeafDifference[];
}

/** Measures objects; figures are measured here. */
export type MeasureObjects = (measure: Exclude<ToleratedMeasure, 'figures'>) => Promise<number>;

/** @param reproduced undefined: the reproduction has no such step */
export async function compareStep(
  recorded: RecordedStep,
  reproduced: RecordedStep | undefined,
  measureObjects: MeasureObjects,
): Promise<ComparedStep> {
  const { step, name, key } = recorded;
  if (!reproduced) {
    const missing = { path: 'result', a: recorded.result, b: undefined };
    return { step, state: 'different', sameKey: false, differences: [missing], measured: [], untolerated: [missing] };
  }
  const differences = [
    ...leafDifferences({ parameters: recorded.parameters }, { parameters: reproduced.parameters }),
    ...resultDifferences(recorded, reproduced),
  ].filter(({ path }) => !NOT_COMPARED[name]?.test(path));
  const rules = STEP_RULES[name] ?? [];
  const ruleOf = ({ path }: LeafDifference) => rules.find(({ leaves }) => leaves.test(path));
  const untolerated = differences.filter((leaf) => !ruleOf(leaf));
  const measured: Measured[] = [];
  for (const measure of new Set(differences.map((leaf) => ruleOf(leaf)?.measure))) {
    if (measure === undefined || measure === 'text') continue;
    const figures = differences.filter((leaf) => ruleOf(leaf)?.measure === measure);
    measured.push(await measureOne(measure, figures, measureObjects));
  }
  const isWithin =
    untolerated.length === 0 && measured.every(({ value, tolerance }) => value !== null && value <= tolerance);
  const state = differences.length === 0 ? 'identical' : isWithin ? 'within' : 'different';
  return { step, state, sameKey: reproduced.key === key, differences, measured, untolerated };
}

async function measureOne(
  measure: ToleratedMeasure,
  leaves: readonly LeafDifference[],
  measureObjects: MeasureObjects,
): Promise<Measured> {
  const tolerance = TOLERANCES[measure];
  if (measure === 'figures') return { measure, value: Math.max(...leaves.map(figureDifference)), tolerance };
  try {
    return { measure, value: await measureObjects(measure), tolerance };
  } catch (error) {
    // An object may be gone, or the other run's of another shape: that is a finding, and ends no comparison.
    return { measure, value: null, tolerance, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Infinite where one of them is no number: a figure that only one run has. */
function figureDifference({ a, b }: LeafDifference): number {
  return typeof a === 'number' && typeof b === 'number' ? Math.abs(a - b) : Infinity;
}
