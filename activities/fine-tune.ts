/** Activity `fineTune`: trains on the GPU queue, from the newest checkpoint of the same training if there is one. */
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { CheckpointStore } from '../adapters/checkpoints/checkpoint-store.ts';
import { runTrainer } from '../adapters/trainer/trainer-process.ts';
import type { FineTuneInput } from '../contracts/activities.ts';
import { fineTuneResult, type FineTuneResult, type StepOutcome } from '../contracts/steps.ts';
import { TRAINER_EXIT, type TrainerEvent, type TrainJob } from '../contracts/trainer.ts';
import { stepKey } from '../core/step-key.ts';
import { CheckpointUploads } from './checkpoint-uploads.ts';
import type { ActivityDeps } from './deps.ts';
import { reportProgress } from './heartbeat.ts';
import { RateMeter } from './rate.ts';
import { withScratch } from './scratch.ts';
import { recallStep, runStep, type Step } from './step.ts';
import { trainerFailure } from './trainer-failure.ts';
import { keepTrainerLog } from './trainer-log.ts';

type Deps = Pick<ActivityDeps, 'artifacts' | 'records' | 'trainer' | 'scratch' | 'preemption'>;

function fineTuneStep({ model, train, dev, prefixes, maxSeqLength, training }: FineTuneInput): Step<FineTuneResult> {
  // How often a checkpoint is saved changes nothing of what is trained.
  const { checkpointSteps: _, checkpointSeconds: __, ...recipe } = training;
  return {
    identity: {
      name: 'fine-tune',
      version: 1,
      inputs: { model: model.digest, train: train.sha256, dev: dev.sha256 },
      parameters: { prefixes, maxSeqLength, training: recipe },
    },
    schema: fineTuneResult,
  };
}

/** Activity `recallFineTune`: the recorded training, looked up where no GPU is needed. */
export function createRecallFineTune({ records }: Pick<ActivityDeps, 'records'>) {
  return (input: FineTuneInput): Promise<StepOutcome<FineTuneResult> | null> =>
    recallStep(records, fineTuneStep(input));
}

export function createFineTune(deps: Deps) {
  const { artifacts, records, scratch } = deps;
  return async (input: FineTuneInput): Promise<StepOutcome<FineTuneResult>> => {
    const step = fineTuneStep(input);
    const checkpoints = new CheckpointStore(artifacts.objects, stepKey(step.identity));
    const outcome = await runStep(records, step, () =>
      withScratch(scratch, 'fine-tune', (folder) => runTraining(deps, input, checkpoints, folder)),
    );
    await checkpoints.clear();
    return outcome;
  };
}

async function runTraining(
  deps: Deps,
  input: FineTuneInput,
  checkpoints: CheckpointStore,
  folder: string,
): Promise<FineTuneResult> {
  const { artifacts, trainer, preemption } = deps;
  const { cancellationSignal } = Context.current();
  reportProgress({ step: 'fine-tune', done: 0, total: 0, unit: 'steps', doing: 'fetching model and checkpoint' });
  await checkpoints.claim();
  const job = await prepare(deps, input, checkpoints, folder);
  const report = progressReporter();
  const uploads = new CheckpointUploads(checkpoints, warn);

  const end = await runTrainer(trainer, job, {
    folder,
    stop: [preemption, cancellationSignal, uploads.fenced],
    onEvent: (event) => {
      report(event);
      if ((event.type === 'checkpoint' || event.type === 'preempted') && event.path !== null)
        uploads.add({ step: event.step, folder: event.path });
    },
  });
  await uploads.drain();
  cancellationSignal.throwIfAborted();
  const log = await keepTrainerLog(artifacts, end.log);
  if (end.exitCode !== TRAINER_EXIT.done || !end.finished) throw trainerFailure(end, log);
  const kind = input.training.lora === false ? 'model' : 'adapter';
  return {
    kind,
    weights: await artifacts.putFolder(join(job.output, kind)),
    trainingLog: await artifacts.putFile(join(job.output, 'training-log.jsonl')),
    steps: end.finished.step,
    bestStep: end.finished.bestStep,
    metrics: end.finished.metrics,
  };
}

async function prepare(
  { artifacts }: Deps,
  { model, train: trainRows, dev, prefixes, maxSeqLength, training }: FineTuneInput,
  checkpoints: CheckpointStore,
  folder: string,
): Promise<TrainJob> {
  await artifacts.getFolder(model, join(folder, 'model'));
  const resumeFrom = await checkpoints.download(join(folder, 'resume'), warn);
  if (resumeFrom) Context.current().log.info('training goes on from a checkpoint', { step: resumeFrom.step });
  return {
    kind: 'train',
    model: join(folder, 'model'),
    trainRows: await artifacts.getFile(trainRows),
    devRows: await artifacts.getFile(dev),
    output: join(folder, 'output'),
    checkpoints: join(folder, 'checkpoints'),
    resumeFrom: resumeFrom?.folder ?? null,
    queryPrefix: prefixes.query,
    passagePrefix: prefixes.passage,
    maxSeqLength,
    training,
  };
}

function warn(message: string): void {
  Context.current().log.warn(message);
}

/** Turns the trainer's events into heartbeat details. */
function progressReporter(): (event: TrainerEvent) => void {
  const meter = new RateMeter();
  return (event) => {
    if (event.type === 'started')
      reportProgress({
        step: 'fine-tune',
        done: event.step,
        total: event.totalSteps,
        unit: 'steps',
        doing: `starting on ${event.device}`,
      });
    if (event.type !== 'progress') return;
    const { step, totalSteps, loss, doing } = event;
    const rate = meter.read(step);
    reportProgress({
      step: 'fine-tune',
      done: step,
      total: totalSteps,
      unit: 'steps',
      ...(rate === undefined ? {} : { rate }),
      ...(loss === null ? {} : { loss }),
      ...(doing === null ? {} : { doing }),
    });
  };
}
