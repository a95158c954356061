/** Check `complete`: the record has the steps that its configuration implies, and each read what the step before it made. */
import type { StepName } from '../../contracts/progress.ts';
import { RUN_FILES, type RunRecord } from '../../contracts/run-record.ts';
import type { AuditedRun } from '../audited-run.ts';
import type { Difference, Finding } from '../check.ts';
import { stepAt } from '../step-results.ts';

/** The step records that a place in the DAG takes its result from. */
const RECORD_NAMES: Readonly<Partial<Record<StepName, string>>> = {
  'export-base': 'export',
  'embed-base': 'embed',
  'index-base': 'index',
  'evaluate-base': 'evaluate',
  'embed-champion': 'embed',
  'index-champion': 'index',
  'evaluate-champion': 'evaluate',
  'embed-train': 'embed',
  'export-tuned': 'export',
  'embed-tuned': 'embed',
  'index-tuned': 'index',
  'evaluate-tuned': 'evaluate',
  'guard-reference': 'evaluate-guards',
  'guard-tuned': 'evaluate-guards',
};

/** Of a run that was repaired after its verdict: they are not made again, and the history alone has them. */
const DECIDED_BEFORE: readonly StepName[] = ['guard-tuned', 'judge'];

export async function checkComplete(run: AuditedRun): Promise<Finding> {
  const { record } = run;
  const object = run.key(RUN_FILES.record);
  const implied = new Set(impliedSteps(record));
  const recorded = record.steps.map(({ step }) => step);
  const wasRepaired = !recorded.includes('judge');
  const missing = [...implied].filter(
    (step) => !recorded.includes(step) && !(wasRepaired && DECIDED_BEFORE.includes(step)),
  );
  const differences: Difference[] = [
    ...(record.temporal.history === null ? [nothing(object, 'temporal.history', 'the exported history')] : []),
    ...missing.map((step) => nothing(object, `steps.${step}`, 'the step, which the configuration implies')),
    ...recorded
      // A repaired run measures the champion of after the repair.
      .filter((step) => !implied.has(step) && !(wasRepaired && step.endsWith('-champion')))
      .map((step) => ({ object, place: `steps.${step}`, expected: 'no such step, by the configuration', found: step })),
    ...recorded
      .filter((step, position) => recorded.indexOf(step) !== position)
      .map((step) => ({ object, place: `steps.${step}`, expected: 'one such step', found: 'several' })),
    ...record.steps
      .filter(({ step, name }) => name !== (RECORD_NAMES[step] ?? step))
      .map(({ step, name }) => ({
        object,
        place: `steps.${step}.name`,
        expected: RECORD_NAMES[step] ?? step,
        found: name,
      })),
    ...wiringDifferences(record, object, wasRepaired),
  ];
  const note = wasRepaired ? 'repaired after the verdict, which the history tells of' : null;
  return { count: implied.size, unit: 'implied steps', bytes: null, note, differences };
}

function nothing(object: string, place: string, expected: string): Difference {
  return { object, place, expected, found: 'nothing' };
}

function impliedSteps({ config, gate, tracking }: RunRecord): StepName[] {
  const measured = (branch: 'base' | 'tuned' | 'champion'): StepName[] => [
    `embed-${branch}`,
    `index-${branch}`,
    `evaluate-${branch}`,
  ];
  const hasGuards = Object.keys(config.gate.guards).length > 0;
  const isTracked = tracking.state === 'online' || tracking.state === 'offline';
  return [
    'resolve',
    'split',
    ...(hasGuards ? (['read-guards', 'guard-reference', 'guard-tuned'] as const) : []),
    ...(config.evaluation.bm25 ? (['bm25'] as const) : []),
    'export-base',
    ...measured('base'),
    ...(gate.reference.kind === 'champion' ? measured('champion') : []),
    ...(config.training.hardNegatives === false ? [] : (['embed-train', 'mine-negatives'] as const)),
    'fine-tune',
    'export-tuned',
    ...measured('tuned'),
    'compare',
    'judge',
    ...(isTracked ? (['track'] as const) : []),
  ];
}

/** Inputs that are not what the step at that place must have read. An input that is not listed is the check `chain`'s. */
function wiringDifferences(record: RunRecord, object: string, wasRepaired: boolean): Difference[] {
  return Object.entries(wiringOf(record, wasRepaired)).flatMap(([step, inputs]) => {
    const recorded = record.steps.find((one) => one.step === step)?.inputs;
    return Object.entries(recorded ? inputs : {}).flatMap(([name, expected]) => {
      const found = recorded?.[name] ?? 'nothing';
      if (expected === undefined || found === expected) return [];
      return [{ object, place: `steps.${step}.inputs.${name}`, expected, found }];
    });
  });
}

type Wiring = Partial<Record<StepName, Record<string, string | undefined>>>;

function wiringOf(record: RunRecord, wasRepaired: boolean): Wiring {
  const { data, model } = record.sources;
  const split = stepAt(record, 'split', 'split')?.result;
  const training = stepAt(record, 'fine-tune', 'fine-tune')?.result;
  const mined = stepAt(record, 'mine-negatives', 'mine-negatives')?.result;
  const test = split?.test.sha256;
  const train = split?.train.sha256;
  const ranksOf = (branch: 'base' | 'tuned' | 'champion'): string | undefined =>
    stepAt(record, 'evaluate', `evaluate-${branch}`)?.result.perQuery.sha256;
  const branch = (name: 'base' | 'tuned' | 'champion'): Wiring => {
    // The champion's encoder is another run's.
    const encoder = name === 'champion' ? undefined : stepAt(record, 'export', `export-${name}`)?.result.digest;
    const index = stepAt(record, 'index', `index-${name}`)?.result.index.sha256;
    return {
      [`embed-${name}`]: { encoder, rows: test },
      [`index-${name}`]: { encoder, test },
      [`evaluate-${name}`]: { encoder, test, index },
    };
  };
  const base = stepAt(record, 'export', 'export-base')?.result.digest;
  const tuned = stepAt(record, 'export', 'export-tuned')?.result.digest;
  const weights = training?.weights.digest;
  const reference = ranksOf(record.gate.reference.kind === 'champion' ? 'champion' : 'base');
  const isAdapter = training?.kind !== 'model';
  return {
    split: { data: data.sha256 },
    bm25: { test },
    'export-base': { model: model.digest },
    ...branch('base'),
    ...branch('champion'),
    'embed-train': { encoder: base, rows: train },
    'mine-negatives': { encoder: base, train },
    'fine-tune': { model: model.digest, train: mined ? mined.train.sha256 : train, dev: split?.dev.sha256 },
    'export-tuned': isAdapter ? { model: model.digest, adapter: weights } : { model: weights },
    ...branch('tuned'),
    compare: { base: ranksOf('base'), fineTuned: ranksOf('tuned') },
    'guard-reference': wasRepaired || record.gate.reference.kind === 'champion' ? {} : { encoder: base },
    'guard-tuned': { encoder: tuned },
    judge: { test, reference, tuned: ranksOf('tuned') },
  };
}
