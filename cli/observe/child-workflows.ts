/** The child workflows in which a run embeds, told by the IDs that `retrain` gives them. */
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { STEP_NAMES, type StepName } from '../../contracts/progress.ts';

/** The step for which a child workflow works, `nightly/embed-base` or `nightly/guard-tuned/labour`; null for others. */
export function childStep(workflowId: string): StepName | null {
  return STEP_NAMES.find((step) => workflowId.endsWith(`/${step}`) || workflowId.includes(`/${step}/`)) ?? null;
}

/** The IDs of the children that are open now. */
export function openChildren({ raw }: Pick<WorkflowExecutionDescription, 'raw'>): string[] {
  return (raw.pendingChildren ?? []).flatMap(({ workflowId }) => workflowId || []);
}
