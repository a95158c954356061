/** Which run's tasks a worker takes first, where several wait for one GPU. */
import { Option } from 'commander';
import type { Priority } from '@temporalio/common';

/**
 * Temporal's priority keys: 1 goes first, 5 last, and 3 is what a run from its UI has. A person who waits passes the
 * nightly run; what has begun is not interrupted.
 */
const KEYS = { high: 2, normal: 3, low: 4 } as const;

export type PriorityName = keyof typeof KEYS;

export function priorityOption(fallback: PriorityName): Option {
  return new Option('--priority <level>', 'whose steps start first where several runs wait for one GPU')
    .choices(Object.keys(KEYS))
    .default(fallback);
}

/** Activities and child workflows inherit it. */
export function priorityOf(name: PriorityName): Priority {
  return { priorityKey: KEYS[name] };
}
