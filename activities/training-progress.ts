/** What a training tells while it goes on: heartbeat details for watchers, lines of the worker's log. */
import { Context } from '@temporalio/activity';
import { TrainingHeldError } from '../adapters/checkpoints/training-claim.ts';
import type { HeartbeatDetails, NotedSignal } from '../contracts/progress.ts';
import type { MetricValues } from '../contracts/metrics.ts';
import { NOTED_SIGNAL } from '../contracts/queues.ts';
import type { TrainerEvent } from '../contracts/trainer.ts';
import { reportProgress } from './heartbeat.ts';
import { RateMeter } from './rate.ts';
import type { UnfitWorkerError } from './training-arithmetic.ts';

/** What this run saw of another one's claim when it looked before, as its last heartbeat says; null: it did not look. */
export function claimSeenBefore(): string | null {
  return lastHeartbeat().seenClaim ?? null;
}

/** Of the attempt before. */
function lastHeartbeat(): Partial<HeartbeatDetails> {
  return (Context.current().info.heartbeatDetails as Partial<HeartbeatDetails> | undefined) ?? {};
}

type Progress = Extract<TrainerEvent, { type: 'progress' }>;

export class TrainingProgress {
  readonly #meter = new RateMeter();
  #latest: HeartbeatDetails = { step: 'fine-tune', done: 0, total: 0, unit: 'steps' };
  #metrics: MetricValues = {};
  #trained = false;

  /** For what comes before the trainer's first event. */
  preparing(doing: string): void {
    this.#report({ ...this.#latest, doing });
  }

  /**
   * For a training that is done elsewhere, or has to be: the next attempt finds in this heartbeat what this one saw of the
   * other run's claim.
   */
  async waiting(why: TrainingHeldError | UnfitWorkerError): Promise<void> {
    const isHeld = why instanceof TrainingHeldError;
    const doing = isHeld ? `waiting for run ${why.holder.run.workflowId}, which trains the same` : why.message;
    const isFirst = lastHeartbeat().doing !== doing;
    this.#report({ ...this.#latest, doing, ...(isHeld ? { seenClaim: why.seen } : {}) });
    // Once: a signal is history in the run, and waiting may take hours.
    if (isFirst) await noteOnRun({ step: 'fine-tune', note: doing });
  }

  /** For a training whose owner this attempt has become after waiting for another run. */
  async tookOver(): Promise<void> {
    const note = 'training, after the run that it waited for has stopped';
    await noteOnRun({ step: 'fine-tune', note });
  }

  onEvent(event: TrainerEvent): void {
    if (event.type === 'started') {
      const { step, totalSteps, device } = event;
      Context.current().log.info('model and checkpoint are loaded', { step, device });
      this.#report({ ...this.#latest, done: step, total: totalSteps, doing: `starting on ${device}` });
    } else if (event.type === 'progress') this.#onProgress(event);
    else if (event.type === 'metrics') {
      this.#metrics = { ...this.#metrics, ...event.metrics };
      this.#report({ ...this.#latest, metrics: this.#metrics });
    }
  }

  #onProgress({ step, totalSteps, loss, doing }: Progress): void {
    if (loss !== null) this.#logStep(step);
    const rate = this.#meter.read(step);
    const { loss: lastLoss = null } = this.#latest;
    const latestLoss = loss ?? lastLoss;
    this.#report({
      step: 'fine-tune',
      done: step,
      total: totalSteps,
      unit: 'steps',
      metrics: this.#metrics,
      ...(rate === undefined ? {} : { rate }),
      ...(latestLoss === null ? {} : { loss: latestLoss }),
      ...(doing === null ? {} : { doing }),
    });
  }

  #logStep(step: number): void {
    const { log } = Context.current();
    if (this.#trained) log.debug('trained a step', { step });
    else log.info('trained its first step', { step });
    this.#trained = true;
  }

  #report(details: HeartbeatDetails): void {
    this.#latest = details;
    reportProgress(details);
  }
}

/** A run that can't be reached is no reason to stop working. */
async function noteOnRun(signal: NotedSignal): Promise<void> {
  const context = Context.current();
  const { workflowId, runId } = context.info.workflowExecution ?? { workflowId: '', runId: '' };
  try {
    await context.client.workflow.getHandle(workflowId, runId).signal(NOTED_SIGNAL, signal);
  } catch (error) {
    context.log.debug('the signal to the run failed', { reason: String(error) });
  }
}
