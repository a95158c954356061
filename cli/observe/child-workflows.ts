/** The child workflows in which a run embeds, found by the IDs that `retrain` gives them. */
import type { RunProgress, StepName } from '../../contracts/progress.ts';

const CHILD_STEPS: readonly StepName[] = ['embed-base', 'embed-train', 'embed-tuned'];

/** The step for which a child workflow works, or null when the ID is no such child's. */
export function childStep(workflowId: string): StepName | null {
  return CHILD_STEPS.find((step) => workflowId.endsWith(`/${step}`)) ?? null;
}

/** The children that may be open now: those of running steps, or all where no progress is known. */
export function openChildren(workflowId: string, progress: RunProgress | null): string[] {
  const open = CHILD_STEPS.filter(
    (name) => progress === null || progress.steps.some((step) => step.name === name && step.state === 'running'),
  );
  return open.map((step) => `${workflowId}/${step}`);
}
