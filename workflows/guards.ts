/** The guard sets: judged pairs of other sources, on which a candidate may not get worse. */
import type { CpuActivities } from '../contracts/activities.ts';
import type { Model } from '../contracts/step-inputs.ts';
import type { GuardEvaluations, GuardSet, ResolveResult } from '../contracts/steps.ts';
import { describedActivities } from './described-activities.ts';
import { embedRows } from './evaluated.ts';
import { CPU } from './options.ts';
import type { RunState } from './run-state.ts';
import { guardNote } from './step-notes.ts';

const cpu: CpuActivities = describedActivities(CPU);

export type GuardSets = Readonly<Record<string, GuardSet>>;

const NONE = 'gate.guards is empty';

export async function guardSets(run: RunState, files: ResolveResult['guards']): Promise<GuardSets> {
  const { guards } = run.config.gate;
  if (Object.keys(guards).length === 0) {
    run.board.skip('read-guards', NONE);
    return {};
  }
  return (await run.board.run('read-guards', () => cpu.readGuards({ files, guards }), guardNote)).guards;
}

/** Embeds every guard set with one model and measures it there. */
export async function guarded(
  run: RunState,
  step: 'guard-reference' | 'guard-tuned',
  { encoder, prefixes }: Model,
  guards: GuardSets,
): Promise<GuardEvaluations['guards']> {
  if (Object.keys(guards).length === 0) {
    run.board.skip(step, NONE);
    return {};
  }
  const model = { encoder, prefixes };
  const measured = await run.board.run(step, async () => {
    for (const [name, { rows }] of Object.entries(guards)) await embedRows(run, step, model, rows, `${step}-${name}`);
    return cpu.evaluateGuards({ ...model, guards, step });
  });
  return measured.guards;
}
