/** One attempt at a training: from the newest checkpoint there is to the trained weights, or to a failure. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import type { Checkpoint, CheckpointStore } from '../adapters/checkpoints/checkpoint-store.ts';
import type { MetricLog } from '../adapters/metric-log/metric-log.ts';
import { runTrainer, type TrainerEnd } from '../adapters/trainer/trainer-process.ts';
import type { FineTuneInput } from '../contracts/activities.ts';
import { loggedLoss } from '../contracts/learning-notes.ts';
import type { MetricValues } from '../contracts/metrics.ts';
import type { Arithmetic, FineTuneResult } from '../contracts/steps.ts';
import { TRAINER_EXIT, type TrainerEvent, type TrainJob } from '../contracts/trainer.ts';
import { CheckpointUploads } from './checkpoint-uploads.ts';
import type { ActivityDeps } from './deps.ts';
import { fromJsonLines } from './json-lines.ts';
import type { TellMaker } from './step.ts';
import { tellTrainer } from './trainer-environment.ts';
import { trainerFailure } from './trainer-failure.ts';
import { keepTrainerLog } from './trainer-log.ts';
import type { TrainingLease } from './training-lease.ts';
import type { TrainingProgress } from './training-progress.ts';

/** Where what outlives the attempt is kept. */
export interface TrainingStores {
  readonly checkpoints: CheckpointStore;
  readonly metricLog: MetricLog;
}

type Deps = Pick<ActivityDeps, 'artifacts' | 'trainer' | 'preemption'>;

const LOG_FILE = 'training-log.jsonl';
/** A line of it. */
type LogLine = { readonly step: number; readonly metrics: MetricValues };
/** sentence-transformers' default for CachedMultipleNegativesRankingLoss. */
const CACHED_MICRO_BATCH = 32;

/** What one attempt has of its own. */
export interface Attempt {
  readonly folder: string;
  readonly tell: TellMaker;
  readonly progress: TrainingProgress;
  /** Keeps the claim, which is this attempt's, alive. */
  readonly lease: TrainingLease;
  readonly arithmetic: Arithmetic;
}

/**
 * Trains as the owner of the training.
 *
 * @throws ApplicationFailure of the trainer; FencedError when another attempt has taken over
 */
export async function attemptTraining(
  deps: Deps,
  input: FineTuneInput,
  { checkpoints, metricLog }: TrainingStores,
  { folder, tell, progress, lease, arithmetic }: Attempt,
): Promise<FineTuneResult> {
  const { artifacts, trainer, preemption } = deps;
  const { cancellationSignal } = Context.current();
  progress.preparing('fetching model and checkpoint');
  const from = await checkpoints.download(join(folder, 'resume'), warn);
  if (from) await goOnFrom(from, metricLog);
  const job = await prepareJob(deps, input, { from, folder, arithmetic });
  const { memoryMicroBatch } = job;
  const writeMetrics = (): Promise<void> =>
    metricLog.write().catch((error: unknown) => warn(`the metric log waits for the next checkpoint: ${String(error)}`));
  const onTrainer = tellTrainer(tell);
  const uploads = new CheckpointUploads(checkpoints, warn, writeMetrics);

  const end = await runTrainer(trainer, job, {
    folder,
    silenceSeconds: input.training.hangSeconds,
    stop: [preemption, cancellationSignal, uploads.fenced, lease.lost],
    onEvent: (event: TrainerEvent) => {
      progress.onEvent(event);
      onTrainer(event);
      if (event.type === 'metrics') metricLog.add(event.step, event.metrics);
      if ((event.type === 'checkpoint' || event.type === 'preempted') && event.path !== null)
        uploads.add({ step: event.step, memoryMicroBatch, folder: event.path });
    },
  }).catch(async (error: unknown) => {
    await uploads.abandon();
    throw error;
  });
  await uploads.drain();
  lease.lost.throwIfAborted();
  await writeMetrics();
  cancellationSignal.throwIfAborted();
  const log = await keepTrainerLog(artifacts, end.log);
  if (end.exitCode !== TRAINER_EXIT.done || !end.finished)
    throw trainerFailure(end, log, { checkpointStep: checkpoints.newestStep, microBatch: microBatchOf(job) });
  tell({ attempts: [...checkpoints.attempts] });
  return storeResult(deps, job, end.finished);
}

async function goOnFrom({ step, folder }: Checkpoint, metricLog: MetricLog): Promise<void> {
  Context.current().log.info('training goes on from a checkpoint', { step });
  await metricLog.resume(step, await readFile(join(folder, LOG_FILE), 'utf8'));
}

async function prepareJob(
  { artifacts }: Deps,
  { model, train, dev, prefixes, maxSeqLength, training, memoryMicroBatch }: FineTuneInput,
  { from, folder, arithmetic }: Pick<Attempt, 'folder' | 'arithmetic'> & { readonly from: Checkpoint | null },
): Promise<TrainJob> {
  await artifacts.getFolder(model, join(folder, 'model'));
  return {
    kind: 'train',
    model: join(folder, 'model'),
    trainRows: await artifacts.getFile(train, folder, 'train.jsonl'),
    devRows: await artifacts.getFile(dev, folder, 'dev.jsonl'),
    output: join(folder, 'output'),
    checkpoints: join(folder, 'checkpoints'),
    resumeFrom: from?.folder ?? null,
    queryPrefix: prefixes.query,
    passagePrefix: prefixes.passage,
    maxSeqLength,
    // Memory that did not hold the batch on the way to the checkpoint is not asked again.
    memoryMicroBatch: memoryMicroBatch ?? from?.memoryMicroBatch ?? null,
    ...arithmetic,
    training,
  };
}

/** Pairs that a forward pass holds in one process. */
function microBatchOf({ memoryMicroBatch, training }: TrainJob): number {
  const { loss, microBatchSize, batchSize, processes } = training;
  const share = Math.ceil(batchSize / processes);
  const micro = memoryMicroBatch ?? (loss === 'cached-mnrl' ? (microBatchSize ?? CACHED_MICRO_BATCH) : share);
  return Math.min(micro, share);
}

async function storeResult(
  { artifacts }: Deps,
  { output, training, memoryMicroBatch }: TrainJob,
  { step, bestStep, stoppedEarly, weightsChanged, metrics }: NonNullable<TrainerEnd['finished']>,
): Promise<FineTuneResult> {
  const kind = training.lora === false ? 'model' : 'adapter';
  const log = join(output, LOG_FILE);
  return {
    kind,
    weights: await artifacts.putFolder(join(output, kind)),
    trainingLog: await artifacts.putFile(log),
    steps: step,
    bestStep,
    stoppedEarly,
    memoryMicroBatch,
    ...(weightsChanged === undefined
      ? {}
      : { learning: { weightsChanged, loss: loggedLoss(fromJsonLines<LogLine>(await readFile(log))) } }),
    metrics,
  };
}

function warn(message: string): void {
  Context.current().log.warn(message);
}
