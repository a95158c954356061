/** What becomes of a run that is due while another goes on: Temporal's overlap policies in the command's spelling. */
import { Option } from 'commander';
import type { ScheduleOverlapPolicy } from '@temporalio/client';

/**
 * Not among them: `allow-all`, since two runs of one training would take its checkpoints from each other;
 * `terminate-other`, which leaves a run no time to save; `buffer-all`, which never catches up where runs are too slow.
 */
const POLICIES = {
  skip: 'SKIP',
  'buffer-one': 'BUFFER_ONE',
  'cancel-other': 'CANCEL_OTHER',
} as const satisfies Record<string, ScheduleOverlapPolicy>;

export type Overlap = keyof typeof POLICIES;

export function overlapOption(): Option {
  return new Option(
    '--overlap <policy>',
    'what to do when the last run still goes on: start none, start one after it, or cancel it',
  )
    .choices(Object.keys(POLICIES))
    .default('skip' satisfies Overlap);
}

export function overlapPolicy(overlap: Overlap): ScheduleOverlapPolicy {
  return POLICIES[overlap];
}

/** Of any policy, those that only other programs set included. */
export function overlapText(policy: ScheduleOverlapPolicy): string {
  return (policy ?? 'SKIP').toLowerCase().replaceAll('_', '-');
}
