/** Finds in Temporal's chain of causes the failure that a person has to act on. */
import { WorkflowFailedError } from '@temporalio/client';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/common';
import type { RunProgress, StepName } from '../../contracts/progress.ts';
import { stepOfActivity } from './activity-steps.ts';
import { childStep } from './child-workflows.ts';
import type { RunFailure } from './run-view.ts';

/** What `handle.result()` threw, as the step, activity and message that failed. */
export function readFailure(error: WorkflowFailedError, progress: RunProgress | null): RunFailure {
  let activity: ActivityFailure | null = null;
  let child: ChildWorkflowFailure | null = null;
  let root: Error = error;
  for (let link = error.cause; link; link = link.cause instanceof Error ? link.cause : undefined) {
    if (link instanceof ActivityFailure) activity = link;
    else if (link instanceof ChildWorkflowFailure) child = link;
    root = link;
    // What lies beneath an application failure is its own cause, which its message already tells.
    if (link instanceof ApplicationFailure) break;
  }
  return {
    step: failedStep(activity, child, progress),
    activity: activity?.activityType ?? null,
    type: root instanceof ApplicationFailure ? (root.type ?? null) : null,
    message: messageOf(root),
  };
}

/** A branch that fails takes the other one down with it: the activity tells which of the failed steps it was. */
function failedStep(
  activity: ActivityFailure | null,
  child: ChildWorkflowFailure | null,
  progress: RunProgress | null,
): StepName | null {
  if (child) return childStep(child.execution.workflowId ?? '');
  if (activity) return stepOfActivity(activity.activityType, progress, 'failed');
  return progress?.steps.find((step) => step.state === 'failed')?.name ?? null;
}

function messageOf(root: Error): string {
  if (root instanceof CancelledFailure) return 'the run was cancelled';
  if (root instanceof TerminatedFailure) return `the run was terminated${root.message ? `: ${root.message}` : ''}`;
  if (root instanceof TimeoutFailure) return `timeout (${root.timeoutType}): ${root.message}`;
  return root.message;
}
