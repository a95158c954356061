/** The input of a trial, and of its run if it wins: the same bytes of every source, whatever becomes of the source. */
import type { RetrainConfig, RetrainInput } from '../contracts/retrain-input.ts';
import type { ResolveResult } from '../contracts/steps.ts';
import type { TrainingChanges } from '../contracts/sweep-result.ts';
import { changedInput } from '../contracts/training-changes.ts';

/** The configuration with the changes, its data and guard sets pinned to what they were resolved to. */
export function pinnedInput(config: RetrainConfig, changes: TrainingChanges, sources: ResolveResult): RetrainInput {
  const { data, gate } = config;
  const guards = Object.entries(gate.guards).map(([name, guard]) => {
    const sha256 = sources.guards[name]?.sha256 ?? null;
    return [name, { ...guard, data: { ...guard.data, sha256 } }] as const;
  });
  return {
    ...changedInput(config, changes),
    data: { ...data, sha256: sources.data.sha256 },
    gate: { ...gate, guards: Object.fromEntries(guards) },
  };
}
