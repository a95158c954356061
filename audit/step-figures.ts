/** What steps say of the files that they made, beside the files: an encoder's description, counts, the dev figures. */
import { compareStep } from '../activities/compare-models.ts';
import { ENCODER_INFO } from '../activities/export-encoder.ts';
import { fromJsonLines } from '../activities/json-lines.ts';
import { guardSetOf } from '../activities/read-guards.ts';
import type { ArtifactRef } from '../contracts/artifact.ts';
import { loggedLoss } from '../contracts/learning-notes.ts';
import type { MetricValues } from '../contracts/metrics.ts';
import type { RetrainConfig } from '../contracts/retrain-input.ts';
import type { FineTuneResult } from '../contracts/steps.ts';
import { encoderInfo } from '../contracts/trainer.ts';
import type { JudgedPair } from '../core/qrels.ts';
import type { AuditedRun } from './audited-run.ts';
import type { Difference } from './check.ts';
import { firstDifference } from './first-difference.ts';
import { type Made, stepAt, stepsOf } from './step-results.ts';

/** @throws ArtifactLostError when a file is missing or damaged */
export async function figureDifferences(run: AuditedRun): Promise<(Difference | null)[]> {
  const { record, artifacts } = run;
  const textOf = async (ref: ArtifactRef): Promise<string> =>
    Buffer.from(await artifacts.getBytes(ref)).toString('utf8');
  const encoders = stepsOf(record, 'export').map(async (step) => {
    const { files, dimensions, maxSeqLength, precision, parity } = step.result;
    const file = files.files.find(({ path }) => path === ENCODER_INFO);
    if (!file) throw new RangeError(`${step.step}: its encoder has no ${ENCODER_INFO}`);
    const { maxDifference, minCosine, meanCosine, ...info } = encoderInfo.parse(JSON.parse(await textOf(file)));
    const told = { dimensions, maxSeqLength, precision, parity };
    const measured = { maxDifference, minCosine, meanCosine };
    const { dimensions: width, maxSeqLength: length, precision: kind } = info;
    const expected = { dimensions: width, maxSeqLength: length, precision: kind, parity: measured };
    return firstDifference(step.record.key, expected, told, 'result');
  });
  const guards = stepsOf(record, 'read-guards').flatMap((step) =>
    Object.entries(step.result.guards).map(async ([name, told]) => {
      const { rows: _, ...ref } = told.rows;
      const pairs = fromJsonLines<JudgedPair>(await artifacts.getBytes(ref));
      return firstDifference(step.record.key, guardSetOf(pairs, ref), told, `result.guards.${name}`);
    }),
  );
  const mined = stepsOf(record, 'mine-negatives').map(async (step) => {
    const { rows, ...ref } = step.result.train;
    const lines = (await textOf(ref)).split('\n').length - 1;
    return firstDifference(step.record.key, lines, rows, 'result.train.rows');
  });
  const trained = stepsOf(record, 'fine-tune').map(async (step) =>
    trainingDifference(step, await textOf(step.result.trainingLog)),
  );
  const indexes = stepsOf(record, 'index').map((step) => {
    const { factory, dimensions, recallAt10 } = step.result;
    const embedded = stepsOf(record, 'embed').find(({ inputs }) => inputs['encoder'] === step.inputs['encoder']);
    const exact = step.parameters['factory'] === 'Flat' ? null : recallAt10;
    const expected = {
      factory: step.parameters['factory'],
      dimensions: embedded?.result.dimensions,
      recallAt10: exact,
    };
    return firstDifference(step.record.key, expected, { factory, dimensions, recallAt10 }, 'result');
  });
  const widths = stepsOf(record, 'embed').map((step) => {
    const encoder = stepsOf(record, 'export').find(({ result }) => result.digest === step.inputs['encoder']);
    const { dimensions } = step.result;
    return firstDifference(step.record.key, encoder?.result.dimensions ?? dimensions, dimensions, 'result.dimensions');
  });
  const found = await Promise.all([...encoders, ...guards, ...mined, ...trained]);
  return [...found, ...indexes, ...widths, ...followingDifferences(run), trackedDifference(run)];
}

/** The figures of the step whose weights were kept are those that the training's own log has of it. */
function trainingDifference({ record, result }: Made<FineTuneResult>, log: string): Difference | null {
  const rows = fromJsonLines<{ readonly step: number; readonly metrics: MetricValues }>(Buffer.from(log));
  const kept = rows.find(({ step }) => step === (result.bestStep ?? result.steps));
  const told = Object.fromEntries(Object.keys(result.metrics).map((name) => [name, kept?.metrics[name]]));
  const last = Math.max(...rows.map(({ step }) => step));
  return (
    firstDifference(record.key, told, result.metrics, 'result.metrics') ??
    (result.learning
      ? firstDifference(record.key, loggedLoss(rows), result.learning.loss, 'result.learning.loss')
      : null) ??
    (last > result.steps ? firstDifference(record.key, last, result.steps, 'result.steps') : null)
  );
}

/** Parameters that are no setting: they repeat what earlier steps have measured, or whom the candidate was judged against. */
function followingDifferences({ record }: AuditedRun): (Difference | null)[] {
  const base = stepAt(record, 'evaluate', 'evaluate-base')?.result;
  const fineTuned = stepAt(record, 'evaluate', 'evaluate-tuned')?.result;
  const compared = stepsOf(record, 'compare').map((step) => {
    if (!base || !fineTuned) return null;
    const { parameters } = compareStep({ base, fineTuned }).identity;
    return firstDifference(step.record.key, parameters, step.parameters, 'parameters');
  });
  const of = (step: Made<unknown>, name: string, expected: unknown): Difference | null =>
    firstDifference(step.record.key, expected, step.parameters[name], `parameters.${name}`);
  // The champion reads its texts in one way, its own run's, whatever this configuration says.
  const champion = record.steps.filter(({ step }) => step.endsWith('-champion'));
  return [
    ...champion.map((step) => {
      const prefixes = champion[0]?.parameters['prefixes'];
      return firstDifference(step.record.key, prefixes, step.parameters['prefixes'], 'parameters.prefixes');
    }),
    ...compared,
    ...stepsOf(record, 'judge').map((step) => of(step, 'reference', step.result.reference)),
    ...stepsOf(record, 'mine-negatives').map((step) =>
      'seed' in step.parameters ? of(step, 'seed', record.config.training.seed) : null,
    ),
    ...stepsOf(record, 'track').map((step) => of(step, 'mode', step.result.state)),
  ];
}

/** What was published is the configuration, as far as the step has it, and the figures. */
function trackedDifference({ record, recorded }: AuditedRun): Difference | null {
  const step = stepAt(record, 'track', 'track');
  if (!step) return null;
  const { config, metrics } = step.parameters as {
    readonly config: Partial<RetrainConfig>;
    readonly metrics: MetricValues;
  };
  const { bm25, base, fineTuned } = record.metrics;
  const prefixed = (prefix: string, values: MetricValues): MetricValues =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
  const published = { ...prefixed('zero_shot/', base), ...(bm25 ? prefixed('bm25/', bm25) : {}), ...fineTuned };
  return (
    firstDifference(step.record.key, partOf(recorded.config, config), config, 'parameters.config') ??
    firstDifference(step.record.key, published, metrics, 'parameters.metrics')
  );
}

/** What of a value has its counterpart in another: a later version knows settings that an earlier one had not. */
function partOf(value: unknown, shape: unknown): unknown {
  const isObject = (one: unknown): one is Record<string, unknown> =>
    typeof one === 'object' && one !== null && !Array.isArray(one);
  if (!isObject(value) || !isObject(shape)) return value;
  return Object.fromEntries(Object.keys(shape).map((name) => [name, partOf(value[name], shape[name])]));
}
