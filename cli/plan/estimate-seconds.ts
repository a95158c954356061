/** Seconds of each step that is to be computed, from measured rates alone. */
import type { StepName } from '../../contracts/progress.ts';
import type { RetrainConfig } from '../../contracts/retrain-input.ts';
import { allParameters, type Architecture } from './architecture.ts';
import type { FinishedRun } from './finished-runs.ts';
import { type Device, measuredEncoding, measuredTraining, type Rate } from './rates.ts';
import { recordedEncoding, recordedSeconds, recordedTraining } from './recorded-rates.ts';
import { NOT_MEASURED, type PlannedTexts, type RunPlan, type SecondsEstimate } from './run-plan.ts';
import { meanTokens, type RowTokens } from './text-lengths.ts';
import { encodingWork, trainingSteps, trainingWork } from './training-work.ts';

export interface TimedPlan {
  readonly config: RetrainConfig;
  readonly steps: RunPlan['steps'];
  readonly rows: RunPlan['rows'];
  readonly texts: readonly PlannedTexts[];
  /** Null: the model is of a family whose shape is not known here. */
  readonly architecture: Architecture | null;
  /** Of the train part. */
  readonly tokens: RowTokens;
  /** What trains: the device of the GPU queue's worker. */
  readonly trainer: Device;
  readonly download: number;
  readonly runs: readonly FinishedRun[];
}

/** Decisions and notes: they compute nothing. */
const INSTANT: readonly StepName[] = ['promote', 'record'];
/** Work that grows with the square of the rows: each query is compared with each passage. */
const SQUARE: readonly StepName[] = ['bm25', 'evaluate-base', 'evaluate-tuned', 'evaluate-champion', 'mine-negatives'];

export function estimateSeconds(plan: TimedPlan): RunPlan['seconds'] {
  const steps = plan.steps
    .filter(({ step, state }) => state === 'compute' && !INSTANT.includes(step))
    .map(({ step }) => ({ step, ...estimate(plan, step) }));
  return {
    steps,
    known: steps.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0),
    unknown: steps.filter(({ seconds }) => seconds === null).map(({ step }) => step),
  };
}

type Estimate = Omit<SecondsEstimate, 'step'>;

const NO_SHAPE: Estimate = { seconds: null, basis: "the model's config.json is of a family whose size is not known" };
const UNMEASURED: Estimate = { seconds: null, basis: NOT_MEASURED };

function estimate(plan: TimedPlan, step: StepName): Estimate {
  if (step === 'fine-tune') return trainingSeconds(plan);
  const texts = plan.texts.find((one) => one.step === step);
  if (texts) return encodingSeconds(plan, texts);
  if (step === 'resolve' && plan.download > 0) return { seconds: null, basis: 'a download takes what the line takes' };
  return otherSeconds(plan, step);
}

function encodingSeconds({ config, architecture, tokens, runs }: TimedPlan, { missing }: PlannedTexts): Estimate {
  if (!architecture) return NO_SHAPE;
  const { device, precision } = config.embedding;
  const rate =
    recordedEncoding(runs, config.embedding) ?? measuredEncoding(device === 'cuda' ? 'gpu' : 'cpu', precision);
  return rate ? atRate(missing * encodingWork(architecture, meanTokens(tokens)), rate) : UNMEASURED;
}

function trainingSeconds({ config, architecture, tokens, rows, trainer, runs }: TimedPlan): Estimate {
  if (!architecture) return NO_SHAPE;
  const { training } = config;
  const rate = recordedTraining(runs, trainer) ?? measuredTraining(trainer);
  if (!rate) return UNMEASURED;
  const steps = trainingSteps(training, rows.train);
  const devTexts = 2 * Math.min(rows.dev, training.evalQueries ?? rows.dev);
  return atRate(trainingWork({ architecture, training, tokens, steps, devTexts }), rate);
}

/** As long as it took the newest run, in proportion to what it grows with. */
function otherSeconds({ architecture, rows, runs }: TimedPlan, step: StepName): Estimate {
  const recorded = recordedSeconds(runs, step);
  if (!recorded) return UNMEASURED;
  const { seconds, run } = recorded;
  const basis = `scaled from run ${run.record.workflowId}`;
  if (step.startsWith('export'))
    return architecture
      ? { seconds: (seconds * allParameters(architecture)) / allParameters(run.architecture), basis }
      : NO_SHAPE;
  const part = step === 'mine-negatives' ? 'train' : 'test';
  const growth = rows[part] / Math.max(1, run.record.split.rows[part]);
  return { seconds: seconds * growth ** (SQUARE.includes(step) ? 2 : 1), basis };
}

function atRate(work: number, { perSecond, basis }: Rate): Estimate {
  return { seconds: work / perSecond, basis };
}
