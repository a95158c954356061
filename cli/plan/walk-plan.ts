/** Walks the DAG of `retrain` as workflows/retrain-dag.ts does, asking records in the place of activities. */
import { compareStep } from '../../activities/compare-models.ts';
import { bm25Step } from '../../activities/evaluate-bm25.ts';
import { exportStep } from '../../activities/export-encoder.ts';
import { fineTuneSteps } from '../../activities/fine-tune.ts';
import { judgeStep } from '../../activities/judge-candidate.ts';
import { mineStep } from '../../activities/mine-negatives.ts';
import { readGuardsStep } from '../../activities/read-guards.ts';
import type { IdentifiedSources } from '../../activities/resolve-sources.ts';
import { splitStep } from '../../activities/split-data.ts';
import { trackingMode, trackStep } from '../../activities/track-run.ts';
import type { CodeDigests } from '../../adapters/machine/code-digests.ts';
import type { ChampionEntry } from '../../contracts/champion.ts';
import type { StepName } from '../../contracts/progress.ts';
import type { RetrainConfig } from '../../contracts/retrain-input.ts';
import {
  exportInput,
  fineTuneInput,
  mineInput,
  prefixesOf,
  splitInput,
  tunedExportInput,
} from '../../contracts/step-inputs.ts';
import type {
  Bm25Result,
  EvaluateResult,
  FineTuneResult,
  GuardEvaluations,
  ResolveResult,
} from '../../contracts/steps.ts';
import type { ModelPlanner, PlannedModel, PlannedRows } from './plan-model.ts';
import { planGuards, type PlannedGuard, type PlannedParts, planParts } from './planned-parts.ts';
import type { StepPlanner } from './step-planner.ts';

export interface PlanningInput {
  readonly config: RetrainConfig;
  readonly identified: IdentifiedSources;
  /** What `resolve` returns, or would. */
  readonly sources: ResolveResult;
  readonly champion: ChampionEntry | null;
  readonly hasWandbKey: boolean;
  readonly code: CodeDigests;
}

interface Guarded {
  readonly evaluation: EvaluateResult | null;
  readonly guards: GuardEvaluations['guards'] | null;
}

/**
 * Plans every step but `resolve`.
 *
 * @throws RowsError for what the run would fail of
 */
export async function walkPlan(
  input: PlanningInput,
  planner: StepPlanner,
  models: ModelPlanner,
): Promise<PlannedParts> {
  const { config, identified, sources, champion, code } = input;
  const split = splitInput(config, sources);
  const parts = await planParts(identified.data.path, split);
  await planner.plan('split', splitStep(split), ['resolve']);
  const guards = await plannedGuards(input, planner);
  const part = (name: 'train' | 'dev' | 'test'): PlannedRows => ({
    rows: parts.result[name],
    pairs: parts.pairs[name],
    after: 'split',
  });

  const base: PlannedModel = {
    encoder: await planner.plan('export-base', exportStep(exportInput(config, sources.model, null), code), ['resolve']),
    prefixes: prefixesOf(config),
    after: ['export-base'],
  };
  const bm25 = await yardstick(input, planner, part('test'));
  const zeroShot = await models.evaluated('base', base, part('test'));
  const measured = await reference(champion, { base, zeroShot, test: part('test'), guards }, planner, models);
  const training = await trained(input, base, parts, part('train'), planner, models);

  const tuned: PlannedModel = {
    encoder: await planner.plan(
      'export-tuned',
      training && exportStep(tunedExportInput(config, sources.model, training), code),
      ['fine-tune'],
    ),
    prefixes: base.prefixes,
    after: ['export-tuned'],
  };
  const evaluation = await models.evaluated('tuned', tuned, part('test'));
  await planner.plan(
    'compare',
    zeroShot && evaluation && compareStep({ test: parts.result.test, base: zeroShot, fineTuned: evaluation }),
    ['evaluate-base', 'evaluate-tuned'],
  );
  const candidate = { evaluation, guards: await models.guarded('guard-tuned', tuned, guards) };
  await judged(input, parts, measured, candidate, planner);
  await tracked(input, { zeroShot, evaluation, bm25, training }, planner);
  planner.set('promote', 'compute', ['every run decides anew']);
  planner.set('record', 'compute', ['every run writes its own']);
  return parts;
}

async function plannedGuards(
  { config, identified, sources }: PlanningInput,
  planner: StepPlanner,
): Promise<Record<string, PlannedGuard>> {
  const { guards } = config.gate;
  if (Object.keys(guards).length === 0) {
    planner.set('read-guards', 'skipped', ['gate.guards is empty']);
    return {};
  }
  await planner.plan('read-guards', await readGuardsStep({ files: sources.guards, guards }), ['resolve']);
  return planGuards(config, identified.guards);
}

async function yardstick(
  { config }: PlanningInput,
  planner: StepPlanner,
  { rows }: PlannedRows,
): Promise<Bm25Result | null> {
  if (config.evaluation.bm25) return planner.plan('bm25', bm25Step({ test: rows }), ['split']);
  planner.set('bm25', 'skipped', ['evaluation.bm25 is false']);
  return null;
}

interface Measuring {
  readonly base: PlannedModel;
  readonly zeroShot: EvaluateResult | null;
  readonly test: PlannedRows;
  readonly guards: Readonly<Record<string, PlannedGuard>>;
}

/** The champion of now, or the base model while there is none. */
async function reference(
  champion: ChampionEntry | null,
  { base, zeroShot, test, guards }: Measuring,
  planner: StepPlanner,
  models: ModelPlanner,
): Promise<Guarded> {
  if (!champion) {
    for (const step of ['embed-champion', 'index-champion', 'evaluate-champion'] as const)
      planner.set(step, 'skipped', ['no champion yet: the gate measures against the base model']);
    return { evaluation: zeroShot, guards: await models.guarded('guard-reference', base, guards) };
  }
  const model: PlannedModel = { encoder: champion.encoder, prefixes: champion.prefixes, after: [] };
  const evaluation = await models.evaluated('champion', model, test);
  return { evaluation, guards: await models.guarded('guard-reference', model, guards) };
}

async function trained(
  { config, sources, code }: PlanningInput,
  base: PlannedModel,
  { result }: PlannedParts,
  train: PlannedRows,
  planner: StepPlanner,
  models: ModelPlanner,
): Promise<FineTuneResult | null> {
  const after: StepName[] = ['split', 'mine-negatives'];
  if (config.training.hardNegatives === false) {
    for (const step of ['embed-train', 'mine-negatives'] as const)
      planner.set(step, 'skipped', ['training.hardNegatives is false']);
    return planner.plan(
      'fine-tune',
      fineTuneSteps(fineTuneInput(config, sources.model, train.rows, result), code),
      after,
    );
  }
  await models.embedded('embed-train', base, train);
  const { encoder, prefixes } = base;
  const mine = encoder && mineInput(config, { encoder, prefixes }, result);
  const mined = await planner.plan('mine-negatives', mine && mineStep(mine), ['split', ...base.after, 'embed-train']);
  const training = mined && fineTuneSteps(fineTuneInput(config, sources.model, mined.train, result), code);
  return planner.plan('fine-tune', training, after);
}

async function judged(
  { config: { gate }, champion }: PlanningInput,
  { result }: PlannedParts,
  { evaluation: before, guards: guardsBefore }: Guarded,
  { evaluation, guards }: Guarded,
  planner: StepPlanner,
): Promise<void> {
  const known = before && evaluation && guardsBefore && guards;
  const made =
    known &&
    judgeStep({
      gate,
      test: result.test,
      seen: { train: result.train, dev: result.dev },
      champion,
      reference: { evaluation: before, guards: guardsBefore },
      tuned: { evaluation, guards },
    });
  const against: StepName = champion ? 'evaluate-champion' : 'evaluate-base';
  await planner.plan('judge', made || null, [against, 'evaluate-tuned', 'guard-reference', 'guard-tuned']);
}

interface Figures {
  readonly zeroShot: EvaluateResult | null;
  readonly evaluation: EvaluateResult | null;
  /** Null where the input asks for none, too. */
  readonly bm25: Bm25Result | null;
  readonly training: FineTuneResult | null;
}

async function tracked(
  { config, hasWandbKey }: PlanningInput,
  { zeroShot, evaluation, bm25, training }: Figures,
  planner: StepPlanner,
): Promise<void> {
  if (config.tracking.mode === 'none') return planner.set('track', 'skipped', ['tracking.mode is none']);
  const made =
    zeroShot && evaluation && training && !planner.isComputed('bm25')
      ? trackStep({ config, base: zeroShot, fineTuned: evaluation, bm25, training }, trackingMode(config, hasWandbKey))
      : null;
  await planner.plan('track', made, ['bm25', 'evaluate-base', 'fine-tune', 'evaluate-tuned']);
}
