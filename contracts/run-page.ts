/** Where the Temporal UI shows runs. Free of zod and of Node: workflow code imports it. */
import type { Provenance } from './artifact.ts';
import { RETRAIN_WORKFLOW, SWEEP_WORKFLOW } from './queues.ts';

/** @param uiUrl base URL of the UI without a trailing slash */
export function runPage(uiUrl: string, namespace: string, { workflowId, runId }: Provenance): string {
  return `${workflowPage(uiUrl, namespace, workflowId)}/${runId}`;
}

/** The page of the newest run with this workflow ID. */
export function workflowPage(uiUrl: string, namespace: string, workflowId: string): string {
  return `${workflows(uiUrl, namespace)}/${encodeURIComponent(workflowId)}`;
}

/** The list of runs and sweeps, without the workflows that work for them. */
export function runsPage(uiUrl: string, namespace: string): string {
  const query = `WorkflowType IN ("${RETRAIN_WORKFLOW}", "${SWEEP_WORKFLOW}")`;
  return `${workflows(uiUrl, namespace)}?query=${encodeURIComponent(query)}`;
}

function workflows(uiUrl: string, namespace: string): string {
  return `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows`;
}
