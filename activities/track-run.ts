/** Activity `trackRun`: sends metrics to Weights & Biases with the official client; a retry writes the same run. */
import { createWriteStream } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Context } from '@temporalio/activity';
import { pack } from 'tar-stream';
import { filesBelow } from '../adapters/artifacts/local-files.ts';
import { runTrainer } from '../adapters/trainer/trainer-process.ts';
import type { TrackInput } from '../contracts/activities.ts';
import type { MetricValues } from '../contracts/metrics.ts';
import type { RetrainConfig } from '../contracts/retrain-input.ts';
import { trackResult, type StepOutcome, type TrackResult } from '../contracts/steps.ts';
import { TRAINER_EXIT, type PublishJob } from '../contracts/trainer.ts';
import { stepKey } from '../core/step-key.ts';
import type { ActivityDeps } from './deps.ts';
import { withScratch } from './scratch.ts';
import { runStep, type Step, type TellMaker } from './step.ts';
import { tellTrainer } from './trainer-environment.ts';
import { trainerFailure } from './trainer-failure.ts';
import { runName } from '../contracts/run-name.ts';
import { keepTrainerLog } from './trainer-log.ts';

type Deps = Pick<ActivityDeps, 'artifacts' | 'records' | 'trainer' | 'scratch' | 'preemption' | 'hasTrackingKey'>;

export function createTrackRun(deps: Deps) {
  return (input: TrackInput): Promise<StepOutcome<TrackResult>> => {
    const resolved = trackingMode(input.config, deps.hasTrackingKey);
    const step = trackStep(input, resolved);
    return runStep(deps.records, step, (tell) =>
      withScratch(deps.scratch, 'track', (folder) =>
        publish(deps, input, { mode: resolved, key: stepKey(step.identity), folder, tell }),
      ),
    );
  };
}

/** @param hasKey whether the worker has a W&B key */
export function trackingMode({ tracking: { mode } }: RetrainConfig, hasKey: boolean): PublishJob['mode'] {
  return mode === 'online' || (mode === 'auto' && hasKey) ? 'online' : 'offline';
}

export function trackStep(
  { config, base, fineTuned, bm25, training }: TrackInput,
  mode: PublishJob['mode'],
): Step<TrackResult> {
  return {
    identity: {
      name: 'track',
      version: 1,
      inputs: { trainingLog: training.trainingLog.sha256 },
      parameters: { mode, config: trackedConfig(config), metrics: summaryOf({ base, fineTuned, bm25 }) },
    },
    schema: trackResult,
  };
}

interface Publication {
  readonly mode: PublishJob['mode'];
  readonly key: string;
  readonly folder: string;
  readonly tell: TellMaker;
}

async function publish(
  { artifacts, trainer, preemption }: Deps,
  input: TrackInput,
  { mode, key, folder, tell }: Publication,
): Promise<TrackResult> {
  const { config, training } = input;
  const group = config.tracking.group ?? runName(config);
  const runId = key.slice(0, 32);
  const output = join(folder, 'output');
  const end = await runTrainer(
    trainer,
    {
      kind: 'publish',
      mode,
      project: config.tracking.project,
      group,
      runId,
      name: `${group}-${runId.slice(0, 8)}`,
      config: trackedConfig(config),
      log: await artifacts.getFile(training.trainingLog, folder, 'training-log.jsonl'),
      summary: summaryOf(input),
      output,
    },
    { folder, onEvent: tellTrainer(tell), stop: [preemption, Context.current().cancellationSignal] },
  );
  const log = await keepTrainerLog(artifacts, end.log);
  if (end.exitCode !== TRAINER_EXIT.done) throw trainerFailure(end, log);
  if (mode === 'online') return { state: 'online', runId };
  const archive = join(folder, 'wandb.tar');
  await tarFolder(output, archive);
  return { state: 'offline', runId, archive: await artifacts.putFile(archive) };
}

/** Without what says how a run is looked after: it changes no figure, and is no reason for a second W&B run. */
function trackedConfig(config: RetrainConfig): Partial<RetrainConfig> {
  const { promote: _, approvalHours: __, notify: ___, timeoutHours: ____, ...tracked } = config;
  return tracked;
}

/** The reference's metric names are the fine-tuned model's; the others say whose they are. */
function summaryOf({ base, fineTuned, bm25 }: Pick<TrackInput, 'base' | 'fineTuned' | 'bm25'>): MetricValues {
  return {
    ...prefixed('zero_shot/', base.metrics),
    ...(bm25 ? prefixed('bm25/', bm25.metrics) : {}),
    ...fineTuned.metrics,
  };
}

function prefixed(prefix: string, metrics: MetricValues): MetricValues {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [prefix + name, value]));
}

/** Packs a folder without owners, modes or times: what counts is in the files. */
async function tarFolder(folder: string, archive: string): Promise<void> {
  const tar = pack();
  const entry = (name: string, body: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      tar.entry({ name, mtime: new Date(0), mode: 0o644 }, Buffer.from(body), (error) =>
        error ? reject(error) : resolve(),
      );
    });
  const packAll = async (): Promise<void> => {
    try {
      for (const name of await filesBelow(folder)) await entry(name, await readFile(join(folder, name)));
      tar.finalize();
    } catch (error) {
      tar.destroy(error as Error);
      throw error;
    }
  };
  // Side by side, so that a disk that is full ends both, and no rejection is left without an owner.
  await Promise.all([pipeline(tar, createWriteStream(`${archive}.partial`)), packAll()]);
  await rename(`${archive}.partial`, archive);
}
