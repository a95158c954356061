/**
 * `workflow.json`: the workflow of a run as its steps, and what each took from which. Workflow RO-Crate wants a file that
 * is the workflow; the code itself is named by its commit and digest in the record.
 */
import type { RecordedStep, RunRecord } from '../contracts/run-record.ts';
import { origins, type Origin } from './chain.ts';

export interface WorkflowDescription {
  readonly schema: 1;
  readonly workflow: 'retrain';
  readonly buildId: string;
  readonly steps: readonly DescribedStep[];
}

interface DescribedStep {
  readonly step: RecordedStep['step'];
  /** Of the code, which branches share, and its version. */
  readonly name: string;
  readonly version: number;
  /** Input → the output that it is; null: of a run before, as the champion's are. */
  readonly inputs: Readonly<Record<string, Origin | null>>;
}

export function workflowDescription({ buildId, steps }: RunRecord): WorkflowDescription {
  const originOf = origins(steps);
  const described = steps.map(({ step, name, version, inputs }) => ({
    step,
    name,
    version,
    inputs: Object.fromEntries(Object.entries(inputs).map(([input, digest]) => [input, originOf(digest)])),
  }));
  return { schema: 1, workflow: 'retrain', buildId, steps: described };
}
