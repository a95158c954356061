/** The record as it follows from the history: from what the workflow asked to have written, and the records of its steps. */
import { z } from 'zod';
import { recordedStep, type RecordedSteps } from '../activities/recorded-steps.ts';
import { assembleRecord } from '../activities/run-record.ts';
import { stepRecordKey } from '../adapters/step-records/step-records.ts';
import type { RecordInput } from '../contracts/activities.ts';
import { STEP_NAMES, type StepName } from '../contracts/progress.ts';
import type { RunRecord } from '../contracts/run-record.ts';
import { stepRecord } from '../contracts/steps.ts';
import { digestOf } from '../core/canonical.ts';
import type { AuditedRun } from './audited-run.ts';
import { NotChecked } from './check.ts';
import { activitiesIn } from './told-history.ts';

/** What is read of it here; what the record takes of it, the record's own schema checks. */
const recordInput = z.looseObject({
  config: z.unknown(),
  sources: z.unknown(),
  buildId: z.string(),
  result: z.looseObject({ steps: z.array(z.looseObject({})) }),
  steps: z.record(z.string(), z.looseObject({ name: z.string(), key: z.string(), cached: z.boolean() })),
});

export interface ToldRecord {
  readonly record: RunRecord;
  /** Steps that the workflow had done, and of which the record under audit says nothing. */
  readonly missing: readonly StepName[];
}

/**
 * @throws NotChecked when the history does not tell what was asked for: its payloads are encrypted
 * @throws ArtifactLostError when the history or a step record is missing or damaged
 * @throws z.ZodError or RangeError when it gives no record
 */
export async function recordOfHistory(run: AuditedRun): Promise<ToldRecord> {
  const [execution] = await run.history();
  if (!execution) throw new RangeError('the history has no execution');
  // A run that was repaired after it had asked has asked again.
  const asked = activitiesIn(execution).findLast(({ type }) => type === 'writeRecord');
  if (!asked) throw new RangeError('the history does not ask for a record');
  if (asked.input === undefined) throw new NotChecked('the payloads of the history are no plain JSON');
  const input = recordInput.parse(asked.input) as unknown as RecordInput;
  const started = execution.events[0]?.workflowExecutionStartedEventAttributes;
  const parent = started?.parentWorkflowExecution;
  const { namespace, history } = run.record.temporal;
  const temporal = {
    namespace,
    startedBy: started?.identity || null,
    parent: parent ? { workflowId: parent.workflowId ?? '', runId: parent.runId ?? '' } : null,
    history,
  };
  const { workflowId, runId } = execution;
  const { missing, ...steps } = await stepsOf(run, input);
  return { record: assembleRecord(input, { workflowId, runId }, temporal, steps), missing };
}

/** Of each outcome, the step record that this record names: its digest says that it is the one of then. */
async function stepsOf(
  { record, artifacts }: AuditedRun,
  { steps: outcomes }: RecordInput,
): Promise<RecordedSteps & Pick<ToldRecord, 'missing'>> {
  const environments: RecordedSteps['environments'] = {};
  const steps: RecordedSteps['steps'] = [];
  const missing: StepName[] = [];
  for (const step of STEP_NAMES) {
    const outcome = outcomes[step];
    if (!outcome || outcome.key === '') continue;
    const ref = record.steps.find((one) => one.step === step)?.record;
    if (!ref) {
      missing.push(step);
      continue;
    }
    const stored = stepRecord.parse(JSON.parse(Buffer.from(await artifacts.getBytes(ref)).toString('utf8')));
    environments[digestOf(stored.environment)] = stored.environment;
    const memory = stepRecordKey(outcome.name, outcome.key);
    steps.push(recordedStep(step, stored, { record: ref, memory, taken: outcome.cached }));
  }
  return { steps, environments, missing };
}
