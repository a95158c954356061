/** Activity `judgeCandidate`: the gate's verdict on a candidate, from what it and its reference did on each query. */
import { Context } from '@temporalio/activity';
import type { ArtifactRef } from '../contracts/artifact.ts';
import type { ChampionEntry } from '../contracts/champion.ts';
import { gateResult, type GateResult, type GateRule } from '../contracts/gate.ts';
import type { JudgeInput } from '../contracts/gate-activities.ts';
import type { StepOutcome } from '../contracts/steps.ts';
import type { ActivityDeps } from './deps.ts';
import { type Evidence, verdictOn } from './gate-verdict.ts';
import { guardInputs } from './guard-sets.ts';
import { runStep, type Step } from './step.ts';

export function judgeStep(input: JudgeInput): Step<GateResult> {
  const parameters = { rule: ruleOf(input.gate), reference: referenceOf(input.champion) };
  return {
    identity: { name: 'judge', version: input.seen ? 3 : 1, inputs: inputsOf(input), parameters },
    schema: gateResult,
  };
}

export function createJudgeCandidate({ artifacts, records }: Pick<ActivityDeps, 'artifacts' | 'records'>) {
  return (input: JudgeInput): Promise<StepOutcome<GateResult>> =>
    runStep(records, judgeStep(input), async () => {
      const judged = await verdictOn(artifacts, evidenceOf(input), Context.current().cancellationSignal);
      return { ...judged, reference: referenceOf(input.champion) };
    });
}

interface Measured {
  readonly perQuery: ArtifactRef;
}
interface MeasuredSide {
  readonly evaluation: Measured;
  readonly guards: Readonly<Record<string, Measured>>;
}

/** What a verdict rests on. */
export interface Judged extends Pick<JudgeInput, 'gate' | 'test'> {
  readonly seen?: JudgeInput['seen'];
  readonly champion: { readonly data: Pick<ChampionEntry['data'], 'train' | 'dev'> } | null;
  readonly reference: MeasuredSide;
  readonly tuned: MeasuredSide;
}

/** @throws RangeError when the reference was not measured on a guard set on which the candidate was */
export function evidenceOf({ gate, test, seen, champion, reference, tuned }: Judged): Evidence {
  const guards = Object.entries(tuned.guards).map(([name, { perQuery: candidate }]) => {
    const other = reference.guards[name];
    if (!other) throw new RangeError(`the reference was not measured on the guard set ${name}`);
    return [name, { champion: other.perQuery, candidate }] as const;
  });
  return {
    rule: ruleOf(gate),
    test,
    seen: {
      champion: champion && [champion.data.train, champion.data.dev],
      candidate: seen ? [seen.train, seen.dev] : null,
      spelling: seen ? 'unified' : 'exact',
    },
    ranks: { champion: reference.evaluation.perQuery, candidate: tuned.evaluation.perQuery },
    guards: Object.fromEntries(guards),
  };
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

function inputsOf({ test, seen, champion, reference, tuned }: JudgeInput): Record<string, string> {
  const guardsOf = (side: JudgeInput['tuned'], prefix: string): Record<string, string> =>
    guardInputs(side.guards, (evaluation) => evaluation.perQuery.sha256, prefix);
  return {
    test: test.sha256,
    reference: reference.evaluation.perQuery.sha256,
    tuned: tuned.evaluation.perQuery.sha256,
    ...(seen ? { candidateTrain: seen.train.sha256, candidateDev: seen.dev.sha256 } : {}),
    ...(champion ? { championTrain: champion.data.train.sha256, championDev: champion.data.dev.sha256 } : {}),
    ...guardsOf(reference, 'reference.guards'),
    ...guardsOf(tuned, 'tuned.guards'),
  };
}
