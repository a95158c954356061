/** Address of the Temporal UI's form that starts a run. */
import { CPU_QUEUE, RETRAIN_WORKFLOW } from '../../contracts/queues.ts';
import type { RunId } from '../observe/run-view.ts';

/**
 * The form takes workflow type and task queue from its address, and the input from the run that its address names:
 * there is no way to put the input itself into the address. A workflow ID in it would have to be that run's own, and the
 * new run's too; without one the form asks for it.
 *
 * @param uiUrl base URL of the UI without a trailing slash
 * @param template the run whose input the form is filled with; null leaves it empty, which is a run with defaults
 */
export function startFormUrl(uiUrl: string, namespace: string, template: RunId | null): string {
  const parameters = new URLSearchParams({
    workflowType: RETRAIN_WORKFLOW,
    taskQueue: CPU_QUEUE,
    ...(template === null ? {} : { runId: template.runId }),
  });
  return `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/start-workflow?${parameters.toString()}`;
}
