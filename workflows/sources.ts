/** The first steps: sources become immutable objects, and rows the three parts. */
import { proxyActivities } from '@temporalio/workflow';
import type { CpuActivities, Prefixes } from '../contracts/activities.ts';
import type { RetrainConfig } from '../contracts/retrain-input.ts';
import type { ResolveResult, SplitResult } from '../contracts/steps.ts';
import { CPU } from './options.ts';
import type { RunState } from './run-state.ts';
import { splitNote } from './step-notes.ts';

const cpu = proxyActivities<CpuActivities>(CPU);

export function resolved(run: RunState): Promise<ResolveResult> {
  const { data, model, gate } = run.config;
  const guards = Object.fromEntries(Object.entries(gate.guards).map(([name, guard]) => [name, guard.data]));
  return run.board.run('resolve', () => cpu.resolveSources({ data, model, guards }));
}

/** @param trainRows that the largest batch needs. @default that of this run's own training */
export function splitInto(
  run: RunState,
  { data }: ResolveResult,
  trainRows = run.config.training.batchSize,
): Promise<SplitResult> {
  const { source, columns, limit, dropDuplicates } = run.config.data;
  const { evaluation, split } = run.config;
  const needs = { trainRows, testRows: evaluation.miniNegatives + 1 };
  return run.board.run(
    'split',
    () => cpu.splitData({ data, source, columns, limit, dropDuplicates, split, needs }),
    splitNote,
  );
}

export function prefixesOf({ model }: RetrainConfig): Prefixes {
  return { query: model.queryPrefix, passage: model.passagePrefix };
}
