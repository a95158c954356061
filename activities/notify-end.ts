/** Activity `notifyEnd`: sends to the worker's webhook how a run has ended, or that it waits for a person. */
import { ApplicationFailure, Context } from '@temporalio/activity';
import { WebhookError } from '../adapters/webhook/webhook.ts';
import { ENVIRONMENT_BROKEN, UNAVAILABLE } from '../contracts/failures.ts';
import type { NotifyInput } from '../contracts/gate-activities.ts';
import { runPage } from '../contracts/run-page.ts';
import type { CpuActivityDeps } from './deps.ts';
import { runEndMessage } from './run-end-message.ts';

/** A worker without a webhook sends nothing. */
export function createNotifyEnd({ webhook, worker }: Pick<CpuActivityDeps, 'webhook' | 'worker'>) {
  return async (input: NotifyInput): Promise<void> => {
    const { workflowExecution: run, namespace } = Context.current().info;
    if (webhook === null || run === undefined) return;
    // A run whose input was wrong does not know the address.
    const uiUrl = input.uiUrl ?? worker.uiUrl;
    const page = uiUrl === null ? null : runPage(uiUrl, namespace, run);
    // A repaired run may wait for a second approval.
    const event = [input.end, ...(input.approval ? [String(input.approval.until)] : [])];
    // A header takes ASCII alone, an ID any character.
    const key = [run.workflowId, run.runId, ...event].map(encodeURIComponent).join('/');
    try {
      await webhook.post(runEndMessage(input, run.workflowId, page), key);
    } catch (error) {
      throw error instanceof WebhookError ? failureOf(error) : error;
    }
  };
}

/** What the endpoint refuses for good is a matter of the worker's VEILLE_WEBHOOK_URL. */
function failureOf(error: WebhookError): ApplicationFailure {
  const { message, isTransient, retryAfterMs } = error;
  return ApplicationFailure.create({
    message: isTransient ? message : `${message}: check VEILLE_WEBHOOK_URL of the worker`,
    type: isTransient ? UNAVAILABLE : ENVIRONMENT_BROKEN,
    nonRetryable: !isTransient,
    cause: error,
    ...(retryAfterMs === null ? {} : { nextRetryDelay: retryAfterMs }),
  });
}
