/** The gate's verdict from stored files: what candidate and reference did on each query of the test part and the guard sets. */
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { runInThread } from '../adapters/thread/run-in-thread.ts';
import type { GateResult, GateRule } from '../contracts/gate.ts';
import type { judge } from '../core/gate/judge.ts';
import { type ByGuard, mapGuards } from './guard-sets.ts';
import { guardValues, type PerQuery, type TestMeasurement, testValues } from './paired-values.ts';

/** Thousands of resamples of thousands of queries take seconds, in which no heartbeat would go out. */
const JUDGE = { module: new URL('../core/gate/judge.ts', import.meta.url), name: 'judge' };

/** What a verdict rests on. */
export interface Evidence extends TestMeasurement {
  readonly rule: GateRule;
  /** Per-query files by the names of the rule's guards. */
  readonly guards: ByGuard<PerQuery>;
}

/**
 * @throws ArtifactLostError
 * @throws RangeError when the files are about different queries, or a guard of the rule was not measured
 */
export async function verdictOn(
  artifacts: ArtifactStore,
  { rule, guards, ...test }: Evidence,
  signal: AbortSignal,
): Promise<Omit<GateResult, 'reference'>> {
  const { values, ...left } = await testValues(artifacts, test, rule.primary.metric);
  const measured = {
    primary: values,
    guards: await mapGuards(rule.guards, ({ metric }, name) => guardValues(artifacts, required(guards, name), metric)),
  };
  return { verdict: await runInThread<typeof judge>(JUDGE, [rule, measured], signal), ...left };
}

function required(guards: Evidence['guards'], name: string): PerQuery {
  const files = guards[name];
  if (files) return files;
  throw new RangeError(`the guard set ${name} was not evaluated, only ${Object.keys(guards).join(', ')}`);
}
