/** One run whose training is killed once, at a given step, and what that has cost it. */
import type { SupervisedWorker } from '../../cli/stack/workers.ts';
import { CPU_QUEUE } from '../../contracts/queues.ts';
import type { RetrainInput } from '../../contracts/retrain-input.ts';
import type { RunResult } from '../../contracts/run-result.ts';
import { until } from '../../test/fixtures/run-observation.ts';
import type { TestStack } from '../../test/fixtures/test-stack.ts';
import { retrain } from '../../workflows/retrain.ts';
import { loggedSteps, type LoggedStep } from './worker-log.ts';

export type Kill = 'SIGTERM' | 'SIGKILL';

export interface KilledRun {
  readonly result: RunResult;
  /** Steps that were trained and had to be trained again. */
  readonly stepsLost: number;
  /** From the signal until another worker had loaded model and checkpoint, and trained on. */
  readonly secondsToResume: number;
  /** From the signal to the end of the first step after it. */
  readonly secondsToFirstStep: number;
}

/** @param atStep after which the worker that trains gets the signal */
export async function killRun(
  stack: TestStack,
  workers: readonly SupervisedWorker[],
  { workflowId, input, kill, atStep }: { workflowId: string; input: RetrainInput; kill: Kill; atStep: number },
): Promise<KilledRun> {
  const run = await stack.client.workflow.start(retrain, { workflowId, taskQueue: CPU_QUEUE, args: [input] });
  const victim = await until(`step ${atStep}`, async () => {
    const reached = (await loggedSteps(stack, workflowId)).find((logged) => isTrained(logged) && logged.step >= atStep);
    return reached && workers.find((worker) => worker.pid() === reached.pid)?.pid();
  });
  const killedAt = Date.now();
  process.kill(victim, kill);
  const result = await run.result();
  const steps = await loggedSteps(stack, workflowId);
  const before = steps.filter((logged) => logged.pid === victim && isTrained(logged)).at(-1);
  const after = (what: LoggedStep['what']) => steps.find((logged) => logged.pid !== victim && logged.what === what);
  const [resumed, loaded, first] = [after('resumed'), after('loaded'), after('trained first')];
  if (!before || !loaded || !first) throw new Error(`${workflowId} ended before it could be killed: take more steps`);
  return {
    result,
    stepsLost: before.step - (resumed?.step ?? 0),
    secondsToResume: (loaded.time - killedAt) / 1_000,
    secondsToFirstStep: (first.time - killedAt) / 1_000,
  };
}

function isTrained({ what }: LoggedStep): boolean {
  return what === 'trained' || what === 'trained first';
}
