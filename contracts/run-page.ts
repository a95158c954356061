/** Where the Temporal UI shows a run. Free of zod and of Node: workflow code imports it. */
import type { Provenance } from './artifact.ts';

/** @param uiUrl base URL of the UI without a trailing slash */
export function runPage(uiUrl: string, namespace: string, { workflowId, runId }: Provenance): string {
  return `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}/${runId}`;
}
