/** Activities with a line beside each in the Temporal UI. */
import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import { summaryLine } from '../contracts/run-summary.ts';
import { type Activities, ACTIVITY_SUMMARIES, type ActivityName } from './activity-summaries.ts';

type Call = (...input: unknown[]) => Promise<unknown>;
type Summary = (...input: unknown[]) => string;

/**
 * The same calls as `proxyActivities` offers. The line is metadata: a replay does not compare it, so it may change.
 *
 * @param more what the workflow alone knows of the calls: "attempt 3". @default nothing
 */
export function describedActivities(options: ActivityOptions, more = ''): Activities {
  const activities = proxyActivities<Record<ActivityName, Call>>(options);
  const names = Object.keys(ACTIVITY_SUMMARIES) as ActivityName[];
  const calls = names.map((name): [ActivityName, Call] => {
    const summaryOf = ACTIVITY_SUMMARIES[name] as Summary;
    return [
      name,
      (...input) => {
        const summary = summaryLine([summaryOf(...input), more].filter((part) => part !== '').join(', '));
        return activities[name].executeWithOptions({ summary }, input);
      },
    ];
  });
  return Object.fromEntries(calls) as unknown as Activities;
}
