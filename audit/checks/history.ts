/** Check `history`: the exported history is whole, and the record is what its workflow asked to have written down. */
import type { AuditedRun } from '../audited-run.ts';
import type { Difference, Finding } from '../check.ts';
import { firstDifference } from '../first-difference.ts';
import { recordOfHistory, type ToldRecord } from '../record-of-history.ts';
import { type Execution, outcomesIn } from '../told-history.ts';
import { RUN_FILES, type RunRecord } from '../../contracts/run-record.ts';

/** @throws ArtifactLostError when the history or a step record is missing or damaged */
export async function checkHistory(run: AuditedRun): Promise<Finding> {
  const { record } = run;
  const executions = await run.history();
  const key = record.temporal.history?.key ?? '';
  const differences = [
    ...executions.map((execution) => gap(key, execution)),
    ...resultDifferences(run, key, executions),
    ...recordDifferences(run, await recordOfHistory(run)),
  ];
  return {
    count: executions.reduce((sum, { events }) => sum + events.length, 0),
    unit: 'events',
    bytes: record.temporal.history?.bytes ?? 0,
    note: `of ${executions.length} executions`,
    differences: differences.filter((difference) => difference !== null),
  };
}

/** Events are numbered from 1: one that was taken out leaves a hole. */
function gap(object: string, { workflowId, events }: Execution): Difference | null {
  const ids = events.map(({ eventId }) => Number(eventId));
  const position = ids.findIndex((id, index) => id !== index + 1);
  if (position < 0) return null;
  return { object, place: workflowId, expected: `event ${position + 1}`, found: `event ${ids[position]}` };
}

/** What activities returned, beside what the record says that they did. */
function resultDifferences(
  { record }: AuditedRun,
  object: string,
  executions: readonly Execution[],
): (Difference | null)[] {
  const told = outcomesIn(executions);
  return record.steps.map(({ step, key, result }) => {
    const outcome = told.get(key);
    if (outcome !== undefined) return firstDifference(object, result, outcome, step);
    return { object, place: step, expected: `a result under the key ${key}`, found: 'none' };
  });
}

/** One difference a part of the record, and one a step: who reads them sees all that was changed. */
function recordDifferences(run: AuditedRun, { record: expected, missing }: ToldRecord): (Difference | null)[] {
  const object = run.key(RUN_FILES.record);
  const { steps, ...parts } = expected;
  const { steps: recorded, ...recordedParts } = run.record;
  const names = [...new Set([...steps, ...recorded].map(({ step }) => step))];
  const at = (list: RunRecord['steps'], name: string) => list.filter(({ step }) => step === name);
  return [
    ...missing.map((step) => ({ object, place: `steps.${step}`, expected: 'the step', found: 'nothing' })),
    ...Object.entries(parts).map(([name, value]) =>
      firstDifference(object, value, recordedParts[name as keyof typeof recordedParts], name),
    ),
    ...names.map((name) => firstDifference(object, at(steps, name), at(recorded, name), `steps.${name}`)),
  ];
}
