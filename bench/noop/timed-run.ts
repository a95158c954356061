/** One run of the whole workflow, on a client's clock. */
import { CPU_QUEUE } from '../../contracts/queues.ts';
import type { RetrainInput } from '../../contracts/retrain-input.ts';
import type { TestStack } from '../../test/fixtures/test-stack.ts';
import { retrain } from '../../workflows/retrain.ts';

export interface TimedRun {
  /** From the start to the result. */
  readonly seconds: number;
  /** Texts that the run encoded itself. */
  readonly encoded: number;
  /** Steps that were not taken from an earlier run, but for the decision about the champion, which is none's. */
  readonly computed: number;
}

export async function timeRun({ client }: TestStack, workflowId: string, input: RetrainInput): Promise<TimedRun> {
  const start = performance.now();
  const args: [RetrainInput] = [input];
  const { texts, steps } = await client.workflow.execute(retrain, { workflowId, taskQueue: CPU_QUEUE, args });
  return {
    seconds: (performance.now() - start) / 1_000,
    encoded: texts.encoded,
    computed: steps.filter(({ name, cached }) => name !== 'promote' && cached === false).length,
  };
}
