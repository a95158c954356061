/** Builds the record of a run from its input, its outcomes and the records of its steps. */
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import type { RecordSeals } from '../adapters/step-records/step-records.ts';
import type { RecordInput } from '../contracts/activities.ts';
import type { Provenance } from '../contracts/artifact.ts';
import { licenseOf } from '../contracts/licenses.ts';
import { RECORD_SCHEMA, runRecord, type RunRecord } from '../contracts/run-record.ts';
import type { RunResult } from '../contracts/run-result.ts';
import { splitResult } from '../contracts/steps.ts';
import { digestOf } from '../core/canonical.ts';
import { type RecordedSteps, recordedSteps } from './recorded-steps.ts';

/**
 * @param temporal what Temporal knows of the run
 * @throws ArtifactLostError when the record of a step is gone, damaged or replaced
 */
export async function buildRunRecord(
  artifacts: ArtifactStore,
  seals: Pick<RecordSeals, 'isIntact'>,
  input: RecordInput,
  run: Provenance,
  temporal: RunRecord['temporal'],
): Promise<RunRecord> {
  return assembleRecord(input, run, temporal, await recordedSteps(artifacts, seals, input.steps));
}

/** The same from steps that are read already: an audit makes the record again from what the history says of it. */
export function assembleRecord(
  { result, steps: outcomes, sources, config, buildId }: RecordInput,
  run: Provenance,
  temporal: RunRecord['temporal'],
  { steps, environments }: RecordedSteps,
): RunRecord {
  const { metrics, comparison, gate, promotion, texts, tracking } = result;
  return runRecord.parse({
    schema: RECORD_SCHEMA,
    ...run,
    temporal,
    ...times(result),
    buildId,
    config,
    sources,
    licenses: {
      data: licenseOf(config.data, sources.origins.data),
      model: licenseOf(config.model, sources.origins.model),
    },
    split: splitOf(config.split.strategy, outcomes),
    seeds: {
      split: config.split.seed,
      training: config.training.seed,
      evaluation: config.evaluation.seed,
      gate: config.gate.seed,
    },
    steps,
    environments,
    metrics,
    comparison,
    gate,
    promotion,
    texts,
    tracking,
    artifacts: result.artifacts,
  });
}

/** By the workflow's clock, which a replay shows again. */
function times({ steps }: RunResult): Pick<RunRecord, 'startedAt' | 'finishedAt'> {
  const starts = steps.flatMap(({ startedAt }) => startedAt ?? []);
  const ends = steps.flatMap(({ finishedAt }) => finishedAt ?? []);
  return {
    startedAt: new Date(Math.min(...starts)).toISOString(),
    finishedAt: new Date(Math.max(...ends)).toISOString(),
  };
}

function splitOf(rule: RunRecord['split']['rule'], outcomes: RecordInput['steps']): RunRecord['split'] {
  const { train, dev, test, sharedPassages, cleaning, profile } = splitResult.parse(outcomes['split']?.result);
  return {
    membership: digestOf({ train: train.sha256, dev: dev.sha256, test: test.sha256 }),
    rule,
    sharedPassages,
    rows: { train: train.rows, dev: dev.rows, test: test.rows },
    cleaning,
    ...(profile && { profile }),
  };
}
