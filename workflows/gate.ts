/** The gate: whom the candidate is measured against, the verdict, and what follows it. */
import type { CpuActivities, RecordInput } from '../contracts/activities.ts';
import type { Candidate, ChampionEntry } from '../contracts/champion.ts';
import type { GateResult } from '../contracts/gate.ts';
import type { PromotionResult, RunResult } from '../contracts/run-result.ts';
import type { Model } from '../contracts/step-inputs.ts';
import type { EvaluateResult, GuardEvaluations, SplitResult } from '../contracts/steps.ts';
import { describedActivities } from './described-activities.ts';
import { evaluated, type Evaluated } from './evaluated.ts';
import { guarded, type GuardSets } from './guards.ts';
import { CPU, GATE_ROUNDS } from './options.ts';
import { decided, LOST } from './promotion.ts';
import type { RunState } from './run-state.ts';
import { verdictNote } from './step-notes.ts';

const cpu: CpuActivities = describedActivities(CPU);

/** The champion as this run's own test part and guard sets show it; the base model while there is none. */
export interface Reference {
  readonly champion: ChampionEntry | null;
  /** Null: the base model's, which is measured in any case. */
  readonly evaluation: EvaluateResult | null;
  readonly guards: GuardEvaluations['guards'];
}

const DECIDED = 'decided before the repair';

export interface GateInput {
  readonly parts: SplitResult;
  readonly guards: GuardSets;
  readonly base: Evaluated;
  readonly tuned: Evaluated;
  readonly candidate: Candidate;
}

/** Measures the champion of now, beside the training: so nobody waits for it afterwards. */
export async function reference(
  run: RunState,
  base: Model,
  { test }: SplitResult,
  guards: GuardSets,
): Promise<Reference> {
  const champion = await cpu.readChampion();
  if (!champion) {
    const why = 'no champion yet: the gate measures against the base model';
    for (const step of ['embed-champion', 'index-champion', 'evaluate-champion'] as const) run.board.skip(step, why);
    return { champion, evaluation: null, guards: await guarded(run, 'guard-reference', base, guards) };
  }
  const { evaluation } = await evaluated(run, 'champion', champion, test);
  return { champion, evaluation, guards: await guarded(run, 'guard-reference', champion, guards) };
}

/** A verdict, and what follows it. */
export interface Decided {
  readonly gate: GateResult;
  readonly promotion: PromotionResult;
}

/** Whom a record makes the champion; null: nobody. */
export type Promote = NonNullable<RecordInput['promote']> | null;

/**
 * Judges the candidate, and has it recorded together with what the input and the verdict say of it. The record and the
 * champion's move are one commit: when another run has moved the champion since the candidate was measured there is
 * neither, and the candidate is judged against the new one.
 *
 * @param record returns null when the champion has moved; never where nobody is promoted
 */
export async function gatedAndRecorded(
  run: RunState,
  input: GateInput,
  measured: Reference,
  record: (decided: Decided, promote: Promote) => Promise<RunResult | null>,
): Promise<RunResult> {
  const { guards, tuned, candidate } = input;
  // What a person has decided before a repair stands, where the verdict is still the one that it was about.
  const before = run.decision;
  const ofTuned = await guarded(run, 'guard-tuned', tuned, guards);
  let against = measured;
  for (let round = 1; ; round++) {
    against = await referenceOfNow(run, input, against);
    const { champion } = against;
    const gate = await judged(run, input, ofTuned, against);
    run.judged(gate, null);
    const lost = round === GATE_ROUNDS && gate.verdict.verdict === 'promote' ? LOST : null;
    const earlier = lost ?? (before && isSameVerdict(before.gate, gate) ? before.promotion : null);
    const promotion = await decided(run, gate, {
      candidate,
      champion,
      earlier,
      move: ({ by, note }) => {
        const at = new Date().toISOString();
        return { state: 'promoted', by, at, note, revision: (champion?.revision ?? 0) + 1 };
      },
    });
    run.judged(gate, promotion);
    const promote = promotion.state === 'promoted' ? { candidate, expected: champion?.revision ?? null } : null;
    const result = await record({ gate, promotion }, promote);
    if (result) return result;
  }
}

function isSameVerdict(one: GateResult, other: GateResult): boolean {
  return one.verdict.verdict === other.verdict.verdict && revisionOf(one) === revisionOf(other);
}

function revisionOf({ reference: of }: GateResult): number | null {
  return of.kind === 'champion' ? of.revision : null;
}

/**
 * The same for histories of before the record and the move were one commit: the champion moves first.
 */
export async function gatedBeforeRecord(run: RunState, input: GateInput, measured: Reference): Promise<Decided> {
  const { guards, tuned, candidate } = input;
  const before = run.decision;
  if (before?.promotion) {
    for (const step of ['guard-tuned', 'judge', 'promote'] as const) run.board.skip(step, DECIDED);
    return { gate: before.gate, promotion: before.promotion };
  }
  const ofTuned = await guarded(run, 'guard-tuned', tuned, guards);
  let against = measured;
  for (let round = 1; ; round++) {
    against = await referenceOfNow(run, input, against);
    const expected = against.champion?.revision ?? null;
    const gate = await judged(run, input, ofTuned, against);
    run.judged(gate, null);
    const promotion = await decided(run, gate, {
      candidate,
      champion: against.champion,
      earlier: null,
      async move({ by, note }) {
        const entry = await cpu.promoteCandidate({ candidate, expected, by, note });
        if (entry) return { state: 'promoted', by, at: entry.at, note, revision: entry.revision };
        return round < GATE_ROUNDS ? null : LOST;
      },
    });
    if (!promotion) continue;
    run.judged(gate, promotion);
    return { gate, promotion };
  }
}

/** The same reference while the champion is still the one that it was measured of. */
async function referenceOfNow(run: RunState, { base, parts, guards }: GateInput, of: Reference): Promise<Reference> {
  const now = await cpu.readChampion();
  return now?.revision === of.champion?.revision ? of : reference(run, base, parts, guards);
}

async function judged(
  run: RunState,
  { parts, base, tuned }: GateInput,
  guardsOfTuned: GuardEvaluations['guards'],
  { champion, evaluation, guards }: Reference,
): Promise<GateResult> {
  return run.board.run(
    'judge',
    () =>
      cpu.judgeCandidate({
        gate: run.config.gate,
        test: parts.test,
        seen: { train: parts.train, dev: parts.dev },
        champion,
        reference: { evaluation: evaluation ?? base.evaluation, guards },
        tuned: { evaluation: tuned.evaluation, guards: guardsOfTuned },
      }),
    verdictNote,
  );
}
