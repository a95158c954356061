/** Activity `judgeCandidate`: the gate's verdict on a candidate, from what it and its reference did on each query. */
import { Context } from '@temporalio/activity';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { runInThread } from '../adapters/thread/run-in-thread.ts';
import type { ArtifactRef } from '../contracts/artifact.ts';
import type { ChampionEntry } from '../contracts/champion.ts';
import { gateResult, type GateResult, type GateRule } from '../contracts/gate.ts';
import type { JudgeInput } from '../contracts/gate-activities.ts';
import type { StepOutcome } from '../contracts/steps.ts';
import type { judge, Measured } from '../core/gate/judge.ts';
import type { ActivityDeps } from './deps.ts';
import { guardInputs, mapGuards } from './guard-sets.ts';
import { guardValues, testValues } from './paired-values.ts';
import { runStep } from './step.ts';

/** Thousands of resamples of thousands of queries take seconds, in which no heartbeat would go out. */
const JUDGE = { module: new URL('../core/gate/judge.ts', import.meta.url), name: 'judge' };

export function createJudgeCandidate({ artifacts, records }: Pick<ActivityDeps, 'artifacts' | 'records'>) {
  return (input: JudgeInput): Promise<StepOutcome<GateResult>> => {
    const rule = ruleOf(input.gate);
    const reference = referenceOf(input.champion);
    const identity = { name: 'judge', version: 1, inputs: inputsOf(input), parameters: { rule, reference } };
    return runStep(records, { identity, schema: gateResult }, async () => {
      const { measured, leftOut } = await measure(artifacts, input, rule);
      const signal = Context.current().cancellationSignal;
      return { verdict: await runInThread<typeof judge>(JUDGE, [rule, measured], signal), reference, leftOut };
    });
  };
}

async function measure(
  artifacts: ArtifactStore,
  input: JudgeInput,
  rule: GateRule,
): Promise<{ readonly measured: Measured; readonly leftOut: number }> {
  const { test, champion, reference, tuned } = input;
  const ranks = { champion: reference.evaluation.perQuery, candidate: tuned.evaluation.perQuery };
  const seen = champion ? [champion.data.train, champion.data.dev] : [];
  const { values, leftOut } = await testValues(artifacts, { test, seen, ranks }, rule.primary.metric);
  const guards = await mapGuards(rule.guards, ({ metric }, name) =>
    guardValues(artifacts, { champion: perQuery(reference, name), candidate: perQuery(tuned, name) }, metric),
  );
  return { measured: { primary: values, guards }, leftOut };
}

function perQuery({ guards }: JudgeInput['tuned'], name: string): ArtifactRef {
  const evaluation = guards[name];
  if (!evaluation)
    throw new RangeError(`the guard set ${name} was not evaluated, only ${Object.keys(guards).join(', ')}`);
  return evaluation.perQuery;
}

/** The rule alone: where a guard's rows come from is in the digests of what was measured on them. */
function ruleOf(gate: JudgeInput['gate']): GateRule {
  const guards = Object.entries(gate.guards).map(([name, guard]) => {
    const { data: _, ...rule } = guard;
    return [name, rule] as const;
  });
  return { ...gate, guards: Object.fromEntries(guards) };
}

function referenceOf(champion: ChampionEntry | null): GateResult['reference'] {
  return champion ? { kind: 'champion', revision: champion.revision, run: champion.run } : { kind: 'base' };
}

function inputsOf({ test, champion, reference, tuned }: JudgeInput): Record<string, string> {
  const guardsOf = (side: JudgeInput['tuned'], prefix: string): Record<string, string> =>
    guardInputs(side.guards, (evaluation) => evaluation.perQuery.sha256, prefix);
  return {
    test: test.sha256,
    reference: reference.evaluation.perQuery.sha256,
    tuned: tuned.evaluation.perQuery.sha256,
    ...(champion ? { championTrain: champion.data.train.sha256, championDev: champion.data.dev.sha256 } : {}),
    ...guardsOf(reference, 'reference.guards'),
    ...guardsOf(tuned, 'tuned.guards'),
  };
}
