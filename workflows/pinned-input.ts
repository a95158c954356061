/** The input of a trial, and of its run if it wins: the same bytes of every source, whatever becomes of the source. */
import { pinnedSource } from '../contracts/hub-source.ts';
import type { RetrainConfig, RetrainInput } from '../contracts/retrain-input.ts';
import type { ResolveResult } from '../contracts/steps.ts';
import type { TrainingChanges } from '../contracts/sweep-result.ts';
import { changedInput } from '../contracts/training-changes.ts';

/** The configuration with the changes, its sources pinned to what they were resolved to. */
export function pinnedInput(config: RetrainConfig, changes: TrainingChanges, sources: ResolveResult): RetrainInput {
  const { data, model, gate } = config;
  // Histories that began before there were origins have none.
  const origins: Partial<ResolveResult['origins']> = sources.origins ?? {};
  const guards = Object.entries(gate.guards).map(([name, guard]) => {
    const sha256 = sources.guards[name]?.sha256 ?? null;
    const source = pinnedSource(guard.data.source, origins.guards?.[name]);
    return [name, { ...guard, data: { ...guard.data, source, sha256 } }] as const;
  });
  return {
    ...changedInput(config, changes),
    data: { ...data, source: pinnedSource(data.source, origins.data), sha256: sources.data.sha256 },
    model: { ...model, source: pinnedSource(model.source, origins.model) },
    gate: { ...gate, guards: Object.fromEntries(guards) },
  };
}
