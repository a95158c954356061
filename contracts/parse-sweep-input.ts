/** From what a caller sent to the trials of a sweep, each validated in full, or to an error that names them. */
import { isObject } from './overlay.ts';
import { InputError, parseInput, parseRetrainInput, type InputProblem } from './parse-input.ts';
import type { RetrainConfig } from './retrain-input.ts';
import { MOST_TRIALS, sweepConfig } from './sweep-input.ts';
import { changesText, type DevMetric, type TrainingChanges } from './sweep-result.ts';
import { changedInput } from './training-changes.ts';

export interface SweepPlan {
  readonly base: RetrainConfig;
  readonly metric: DevMetric;
  readonly parallelism: number;
  /** In the order of the grid or the list. */
  readonly trials: readonly TrainingChanges[];
  /** Combinations left out, since an earlier one makes the same training section. */
  readonly repeated: number;
}

/** @throws InputError */
export function parseSweepInput(input: unknown): SweepPlan {
  const { base: given, grid, list, metric, parallelism } = parseInput(sweepConfig, input ?? {});
  const base = parsedBase(given);
  const combinations = grid ? combinationsOf(grid) : listed(list ?? []);
  const configs = validated(base, combinations);
  requireSameDevRows(configs);
  const trainings = configs.map(({ training }) => JSON.stringify(training));
  const trials = combinations.filter((_, position) => trainings.indexOf(trainings[position] ?? '') === position);
  return {
    base,
    metric,
    parallelism,
    trials,
    repeated: combinations.length - trials.length,
  };
}

/** The product of the values, in the order of the paths, the last one fastest. */
function combinationsOf(grid: Readonly<Record<string, readonly unknown[]>>): TrainingChanges[] {
  const paths = Object.keys(grid);
  for (const path of paths) {
    const outer = paths.find((other) => path.startsWith(`${other}.`));
    if (outer !== undefined)
      throw new InputError([{ field: `grid.${path}`, problem: `lies within grid.${outer}: give one of them` }]);
  }
  requireFew(
    'grid',
    Object.values(grid).reduce((product, { length }) => product * length, 1),
  );
  return Object.entries(grid).reduce<TrainingChanges[]>(
    (combinations, [path, values]) =>
      combinations.flatMap((changes) => values.map((value) => ({ ...changes, [path]: value }))),
    [{}],
  );
}

function listed(list: readonly Readonly<Record<string, unknown>>[]): TrainingChanges[] {
  requireFew('list', list.length);
  return list.map((part) => Object.fromEntries(leaves(part)));
}

/** The values of a part of the training section by their dotted paths. */
function leaves(part: Readonly<Record<string, unknown>>, prefix = ''): [string, unknown][] {
  return Object.entries(part).flatMap(([name, value]): [string, unknown][] => {
    const path = `${prefix}${name}`;
    return isObject(value) && Object.keys(value).length > 0 ? leaves(value, `${path}.`) : [[path, value]];
  });
}

function requireFew(field: 'grid' | 'list', count: number): void {
  if (count > MOST_TRIALS)
    throw new InputError([{ field, problem: `makes ${count} combinations: at most ${MOST_TRIALS} are tried` }]);
}

/** The configuration of every combination. A problem that several have is told of the first of them. */
function validated(base: RetrainConfig, combinations: readonly TrainingChanges[]): RetrainConfig[] {
  const problems = new Map<string, InputProblem>();
  const configs = combinations.flatMap((changes, position) => {
    try {
      return [parseRetrainInput(changedInput(base, changes))];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const combination = `combination ${position + 1} (${changesText(changes)})`;
      for (const { field, problem } of error.problems) {
        const text = `${field} ${problem}`;
        if (!problems.has(text)) problems.set(text, { field: `${combination}: ${field}`, problem });
      }
      return [];
    }
  });
  if (problems.size > 0) throw new InputError([...problems.values()]);
  return configs;
}

/** Other dev rows make other figures, which say nothing of the recipes. */
function requireSameDevRows(configs: readonly RetrainConfig[]): void {
  const counts = new Set(configs.map(({ training }) => training.evalQueries));
  if (counts.size > 1)
    throw new InputError([
      {
        field: 'training.evalQueries',
        problem: `is ${[...counts].map(String).join(' and ')}: trials can be compared on the same dev rows only, so set it in base`,
      },
    ]);
}

function parsedBase(input: unknown): RetrainConfig {
  try {
    return parseRetrainInput(input);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.problems.map(({ field, problem }) => ({ field: `base.${field}`, problem })));
  }
}
