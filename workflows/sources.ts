/** The first steps: sources become immutable objects, and rows the three parts. */
import type { CpuActivities } from '../contracts/activities.ts';
import { modelNotes } from '../contracts/model-notes.ts';
import { type BatchRule, resolveInput, splitInput } from '../contracts/step-inputs.ts';
import type { ResolveResult, SplitResult } from '../contracts/steps.ts';
import { describedActivities } from './described-activities.ts';
import { CPU } from './options.ts';
import type { RunState } from './run-state.ts';
import { splitNote } from './step-notes.ts';

const cpu: CpuActivities = describedActivities(CPU);

export function resolved(run: RunState): Promise<ResolveResult> {
  return run.board.run(
    'resolve',
    () => cpu.resolveSources(resolveInput(run.config)),
    ({ traits }) => modelNotes(traits, run.config.model).join('; ') || null,
  );
}

/** @param trainings that the parts are for. @default this run's own alone */
export function splitInto(
  run: RunState,
  sources: ResolveResult,
  trainings?: readonly BatchRule[],
): Promise<SplitResult> {
  return run.board.run('split', () => cpu.splitData(splitInput(run.config, sources, trainings)), splitNote);
}
