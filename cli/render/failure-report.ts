/** Why a run did not end with a result, for people. */
import type { RunFailure, RunView } from '../observe/run-view.ts';

/** Several lines: what failed, why, and where to look. */
export function failureReport(
  { failure, status, workflowId }: Pick<RunView, 'failure' | 'status' | 'workflowId'>,
  url: string | null,
): string {
  const verb = status === 'failed' ? 'failed' : `was ended: ${status}`;
  const lines = [`Run ${workflowId} ${verb}${failure ? where(failure) : ''}.`];
  if (failure) lines.push(`  ${failure.type ? `${failure.type}: ` : ''}${failure.message}`);
  if (url !== null) lines.push(`History: ${url}`);
  return lines.join('\n');
}

function where({ step, activity }: RunFailure): string {
  if (step !== null) return ` in step ${step}${activity === null ? '' : ` (activity ${activity})`}`;
  return activity === null ? '' : ` in activity ${activity}`;
}
