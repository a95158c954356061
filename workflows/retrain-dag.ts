/** The steps of `retrain` and what follows what. */
import { ApplicationFailure, patched, workflowInfo } from '@temporalio/workflow';
import type { CpuActivities, RunIdentity } from '../contracts/activities.ts';
import type { Candidate } from '../contracts/champion.ts';
import { INTERNAL } from '../contracts/failures.ts';
import { runArtifacts } from '../contracts/run-artifacts.ts';
import type { RunResult, TrackingResult } from '../contracts/run-result.ts';
import { type Model, prefixesOf } from '../contracts/step-inputs.ts';
import type { Bm25Result, FineTuneResult, ResolveResult, SplitResult } from '../contracts/steps.ts';
import { describedActivities } from './described-activities.ts';
import { evaluated, type Evaluated } from './evaluated.ts';
import { exportedBase, exportedTuned, fineTuned } from './fine-tuned.ts';
import { type Decided, gatedAndRecorded, gatedBeforeRecord, type Promote, reference } from './gate.ts';
import { guardSets, type GuardSets } from './guards.ts';
import { CPU } from './options.ts';
import type { RunState } from './run-state.ts';
import { setSearchAttributes } from './search.ts';
import { resolved, splitInto } from './sources.ts';
import { together } from './together.ts';
import { trackResult } from './track-result.ts';
import { runLabels } from '../contracts/run-name.ts';
import { recalledRun } from './unchanged.ts';

const cpu: CpuActivities = describedActivities(CPU);

/** Before it, the champion moved first and the record was written afterwards. */
const RECORD_WITH_PROMOTION = 'record-with-promotion';

/** Walks the DAG once. */
export async function walk(run: RunState): Promise<RunResult> {
  const { config, prepared } = run;
  const sources = await resolved(run);
  setSearchAttributes(run, { VeilleDataRevision: sources.data.sha256 });
  const identity: RunIdentity = { sources, config, buildId: prepared.buildId };
  const earlier = await recalledRun(run, identity);
  if (earlier) return earlier;

  const parts = await splitInto(run, sources);
  const guards = await guardSets(run, sources.guards);

  // A minute of the GPU queue, before the hours: so that the zero-shot figures need not wait for the training.
  const base = { encoder: await exportedBase(run, sources.model), prefixes: prefixesOf(config) };
  const [bm25, zeroShot, measured, { tuned, training }] = await together(
    () => yardstick(run, parts),
    () => measuredBase(run, base, parts),
    () => reference(run, base, parts, guards),
    () => trainedAndMeasured(run, sources, base, parts),
  );

  const { evaluation } = tuned;
  const comparison = await run.board.run('compare', () =>
    cpu.compareModels({ test: parts.test, base: zeroShot.evaluation, fineTuned: evaluation }),
  );
  const candidate = candidateOf(run, sources, parts, tuned, training);
  const gateInput = { parts, guards, base: zeroShot, tuned, candidate };
  let tracking: TrackingResult | null = null;
  const record = async (decided: Decided, promote: Promote): Promise<RunResult | null> => {
    setSearchAttributes(run, { VeilleVerdict: decided.gate.verdict.verdict });
    tracking ??= await trackResult(run.board, {
      config,
      base: zeroShot.evaluation,
      fineTuned: evaluation,
      bm25,
      training,
    });
    const result: RunResult = {
      ...runLabels(config),
      metrics: {
        ...(bm25 ? { bm25: bm25.metrics } : {}),
        base: zeroShot.evaluation.metrics,
        fineTuned: evaluation.metrics,
      },
      comparison,
      ...decided,
      // All but the step that writes the result down.
      steps: run.board.steps.filter(({ name }) => name !== 'record'),
      texts: run.texts,
      ...dataOf(parts, guards),
      tracking,
      artifacts: runArtifacts(zeroShot, tuned, training, parts),
      unchangedSince: null,
    };
    return recorded(run, identity, result, promote);
  };
  if (patched(RECORD_WITH_PROMOTION)) return gatedAndRecorded(run, gateInput, measured, record);
  const result = await record(await gatedBeforeRecord(run, gateInput, measured), null);
  if (result) return result;
  throw ApplicationFailure.nonRetryable('A run that promotes nobody was not recorded', INTERNAL);
}

/** Parts that version 1 of the step cut have no profile. */
function dataOf({ train, dev, test, profile }: SplitResult, guards: GuardSets): Pick<RunResult, 'data'> {
  if (!profile) return {};
  const counts = Object.entries(guards).map(([name, { rows, queries, passages }]) => {
    return [name, { rows: rows.rows, queries, passages }] as const;
  });
  const rows = { train: train.rows, dev: dev.rows, test: test.rows };
  return { data: { rows, profile, guards: Object.fromEntries(counts) } };
}

async function yardstick(run: RunState, { test }: SplitResult): Promise<Bm25Result | null> {
  if (!run.config.evaluation.bm25) {
    run.board.skip('bm25', 'evaluation.bm25 is false');
    return null;
  }
  const bm25 = await run.board.run('bm25', () => cpu.evaluateBm25({ test }));
  run.measured({ bm25: bm25.metrics });
  return bm25;
}

async function measuredBase(run: RunState, base: Model, parts: SplitResult): Promise<Evaluated> {
  const zeroShot = await evaluated(run, 'base', base, parts.test);
  run.measured({ base: zeroShot.evaluation.metrics });
  setSearchAttributes(run, { VeilleNdcgBefore: zeroShot.evaluation.metrics['retrieval/nDCG@10'] });
  return zeroShot;
}

async function trainedAndMeasured(
  run: RunState,
  { model }: ResolveResult,
  base: Model,
  parts: SplitResult,
): Promise<{ readonly tuned: Evaluated; readonly training: FineTuneResult }> {
  const training = await fineTuned(run, model, base, parts);
  const encoder = await exportedTuned(run, model, training);
  const tuned = await evaluated(run, 'tuned', { encoder, prefixes: base.prefixes }, parts.test);
  run.measured({ fineTuned: tuned.evaluation.metrics });
  setSearchAttributes(run, { VeilleNdcgAfter: tuned.evaluation.metrics['retrieval/nDCG@10'] });
  return { tuned, training };
}

function candidateOf(
  { config }: RunState,
  { data, model }: ResolveResult,
  { train, dev }: SplitResult,
  { encoder, prefixes, evaluation }: Evaluated,
  { kind, weights }: FineTuneResult,
): Candidate {
  const { workflowId, runId } = workflowInfo();
  const file = ({ key, sha256, bytes }: SplitResult['train']) => ({ key, sha256, bytes });
  return {
    run: { workflowId, runId },
    ...runLabels(config),
    encoder,
    prefixes,
    weights: { kind, files: weights },
    baseModel: { source: config.model.source, digest: model.digest },
    data: { source: config.data.source, sha256: data.sha256, train: file(train), dev: file(dev) },
    metrics: evaluation.metrics,
  };
}

/** @returns null when the champion has moved since the candidate was measured: nothing is recorded then */
async function recorded(
  run: RunState,
  identity: RunIdentity,
  result: RunResult,
  promote: Promote,
): Promise<RunResult | null> {
  const { workflowId, runId } = workflowInfo();
  const input = { ...identity, result, steps: run.board.outcomes, ...(promote ? { promote } : {}) };
  const record = await run.board.run(
    'record',
    async () => ({
      result: await cpu.writeRecord(input),
      cached: false,
      name: '',
      key: '',
      madeBy: { workflowId, runId },
    }),
    (ref) => (ref ? '' : 'the champion has changed: judged again'),
  );
  return record && { ...result, artifacts: { ...result.artifacts, record } };
}
