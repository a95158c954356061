/** Runs a step once for its key: the recorded result if there is one, else the computed one, recorded. */
import { hostname } from 'node:os';
import { Context } from '@temporalio/activity';
import type { z } from 'zod';
import type { RecalledStep, StepRecords } from '../adapters/step-records/step-records.ts';
import type { Provenance } from '../contracts/artifact.ts';
import type { StepMaker, StepOutcome } from '../contracts/steps.ts';
import { stepKey, type StepIdentity } from '../core/step-key.ts';

export interface Step<Result> {
  readonly identity: StepIdentity;
  /** Checks what comes back from a record. */
  readonly schema: z.ZodType<Result>;
  /** The run to name as the maker. @default the workflow that called the activity */
  readonly run?: Provenance;
  /**
   * Throws where a result is too little for what the run asks for. It is asked of recorded results too: what a run needs
   * is no part of the identity, and another run may have needed less.
   */
  require?(result: Result): void;
}

/** What a step's computing has to say of itself beside its result: it is recorded, and part of no digest. */
export type MakerDetails = Pick<StepMaker, 'attempts' | 'trainer'>;
export type TellMaker = (details: MakerDetails) => void;

/** The recorded outcome of a step, or null when it has to be computed. */
export async function recallStep<R>(records: StepRecords, step: Step<R>): Promise<StepOutcome<R> | null> {
  const { identity, schema } = step;
  const recalled = await records.recall(identity.name, stepKey(identity), schema);
  if (recalled) step.require?.(recalled.result);
  return recalled && outcome(recalled, true);
}

/** Recalls the step, or computes and records it; of two that compute the same, both return the first one's record. */
export async function runStep<R>(
  records: StepRecords,
  step: Step<R>,
  compute: (tell: TellMaker) => Promise<R>,
): Promise<StepOutcome<R>> {
  const recalled = await recallStep(records, step);
  if (recalled) return recalled;
  const startedAt = new Date();
  let details: MakerDetails = {};
  const result = await compute((more) => (details = { ...details, ...more }));
  step.require?.(result);
  const { workflowExecution, attempt } = Context.current().info;
  const { workflowId, runId } = step.run ?? workflowExecution ?? { workflowId: '', runId: '' };
  const recorded = await records.record(
    {
      schema: 2,
      ...step.identity,
      key: stepKey(step.identity),
      result,
      madeBy: { workflowId, runId, attempt, worker: hostname(), ...details },
      environment: records.environment,
      startedAt: startedAt.toISOString(),
      seconds: (Date.now() - startedAt.getTime()) / 1_000,
    },
    step.schema,
  );
  return outcome(recorded, false);
}

function outcome<R>({ result, record }: RecalledStep<R>, cached: boolean): StepOutcome<R> {
  const { workflowId, runId } = record.madeBy;
  return { result, cached, name: record.name, key: record.key, madeBy: { workflowId, runId } };
}
