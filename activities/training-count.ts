/** Tells the run how far its training is, or what it waits for: the Temporal UI shows what the run knows. */
import { Context } from '@temporalio/activity';
import type { CountedSignal } from '../contracts/progress.ts';
import { COUNTED_SIGNAL } from '../contracts/queues.ts';

/** A signal is history in the run: about so many a training. */
const SIGNALS = 20;

/** Heartbeats are for watchers that ask; the UI's table is made of what the run knows. A hint: it may be lost. */
export class TrainingCount {
  /** Twentieths of the training that the run knows of. */
  #told = -1;
  #sending = false;

  /** Signals the run where there is something new to say; never throws, and nothing waits for it. */
  tell(done: number, total: number): void {
    if (total === 0) return;
    const part = Math.floor((SIGNALS * done) / total);
    // One at a time: while Temporal is away, they would pile up.
    if (part <= this.#told || this.#sending) return;
    this.#told = part;
    this.#sending = true;
    void signalRun({ step: 'fine-tune', done, total }).finally(() => (this.#sending = false));
  }
}

/** Signals the run; a run that can't be reached is no reason to stop working. */
export async function signalRun(signal: CountedSignal): Promise<void> {
  const context = Context.current();
  const { workflowId, runId } = context.info.workflowExecution ?? { workflowId: '', runId: '' };
  try {
    await context.client.workflow.getHandle(workflowId, runId).signal(COUNTED_SIGNAL, signal);
  } catch (error) {
    context.log.debug('the signal to the run failed', { reason: String(error) });
  }
}
