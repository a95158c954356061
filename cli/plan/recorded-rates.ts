/** Rates out of finished runs: operations a second of encoding and training, and seconds of every other step. */
import type { StepName } from '../../contracts/progress.ts';
import type { RetrainConfig } from '../../contracts/retrain-input.ts';
import type { RecordedStep } from '../../contracts/run-record.ts';
import { oneLine } from '../render/line.ts';
import type { FinishedRun } from './finished-runs.ts';
import type { Device, Rate } from './rates.ts';
import { meanTokens } from './text-lengths.ts';
import { encodingWork, trainingWork } from './training-work.ts';

/** Steps in which texts are encoded. */
const ENCODING = /^(embed|guard)-/;

/** The run that encoded the most texts with the same device and precision; null where none has. */
export function recordedEncoding(runs: readonly FinishedRun[], embedding: RetrainConfig['embedding']): Rate | null {
  const { device, precision } = embedding;
  const like = runs
    .filter(({ record: { config } }) => config.embedding.device === device && config.embedding.precision === precision)
    // A champion may be of another model.
    .filter(
      ({ result: { steps } }) => !steps.some(({ name, cached }) => name === 'embed-champion' && cached === false),
    );
  const most = largest(like, ({ result }) => result.texts.encoded);
  if (!most || most.result.texts.encoded === 0) return null;
  const seconds = encodingSeconds(most);
  const work = most.result.texts.encoded * encodingWork(most.architecture, meanTokens(most.tokens));
  return seconds > 0 ? { perSecond: work / seconds, basis: `scaled from ${nameOf(most, device)}` } : null;
}

/** The longest training on such a device that nothing interrupted; null where there is none. */
export function recordedTraining(runs: readonly FinishedRun[], device: Device): Rate | null {
  const rates = runs.flatMap((run) => {
    const { record, result, architecture, tokens } = run;
    const step = record.steps.find((one) => one.step === 'fine-tune');
    const trained = step?.madeBy.trainer?.device;
    const attempts = step?.madeBy.attempts ?? [];
    const counted = result.steps.find(({ name }) => name === 'fine-tune');
    if (!step || trained === undefined || attempts.length > 1 || counted?.state !== 'done') return [];
    if ((trained === 'cpu' ? 'cpu' : 'gpu') !== device) return [];
    const { training } = record.config;
    const steps = (step.result as { readonly steps: number }).steps;
    const work = trainingWork({ architecture, training, tokens, steps, devTexts: 2 * record.split.rows.dev });
    const basis = `scaled from ${nameOf(run, trained)}`;
    return [{ work, perSecond: work / secondsOf(step), basis }];
  });
  const longest = largest(rates, ({ work }) => work);
  return longest && { perSecond: longest.perSecond, basis: longest.basis };
}

export interface RecordedSeconds {
  readonly seconds: number;
  readonly run: FinishedRun;
}

/** What a step took the newest run that has it; null where none has. */
export function recordedSeconds(runs: readonly FinishedRun[], step: StepName): RecordedSeconds | null {
  for (const run of runs) {
    const found = run.record.steps.find((one) => one.step === step);
    if (found) return { seconds: secondsOf(found), run };
  }
  return null;
}

/** `run X, AMD EPYC` or what else it was computed on. */
function nameOf({ record }: FinishedRun, device: string): string {
  const machine = Object.values(record.environments)[0];
  return oneLine(`run ${record.workflowId}, ${device === 'cpu' ? (machine?.cpu.model ?? 'a CPU') : device}`);
}

function secondsOf({ startedAt, finishedAt }: RecordedStep): number {
  return (Date.parse(finishedAt) - Date.parse(startedAt)) / 1_000;
}

/** Seconds in which at least one step encoded: they go side by side. Waiting and loading count. */
function encodingSeconds({ result }: FinishedRun): number {
  const spans = result.steps
    .filter(({ name, cached }) => ENCODING.test(name) && cached === false)
    .map(({ startedAt = 0, finishedAt = 0 }) => ({ startedAt, finishedAt }))
    .sort((a, b) => a.startedAt - b.startedAt);
  let [seconds, until] = [0, 0];
  for (const { startedAt, finishedAt } of spans) {
    seconds += Math.max(0, finishedAt - Math.max(startedAt, until)) / 1_000;
    until = Math.max(until, finishedAt);
  }
  return seconds;
}

function largest<T>(values: readonly T[], sizeOf: (value: T) => number): T | null {
  return values.reduce<T | null>((most, one) => (most === null || sizeOf(one) > sizeOf(most) ? one : most), null);
}
