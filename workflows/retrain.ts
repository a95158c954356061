/** `retrain`: one night's run, from a data source to two measured models and the record of how they came about. */
import { defineQuery, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import type { CpuActivities } from '../contracts/activities.ts';
import type { EmbeddedSignal, RunProgress } from '../contracts/progress.ts';
import { EMBEDDED_SIGNAL, PROGRESS_QUERY } from '../contracts/queues.ts';
import type { RetrainInput } from '../contracts/retrain-input.ts';
import type { RunResult } from '../contracts/run-result.ts';
import { RetrainDag } from './retrain-dag.ts';
import { damagedArtifact } from './failures.ts';
import { CPU, REPAIR_ROUNDS } from './options.ts';

const { validateInput, discardCorrupt } = proxyActivities<CpuActivities>(CPU);

const progressQuery = defineQuery<RunProgress>(PROGRESS_QUERY);
const embeddedSignal = defineSignal<[EmbeddedSignal]>(EMBEDDED_SIGNAL);

/**
 * Started from the UI with an empty field it gets no input at all, which is `{}`.
 *
 * When a step finds an object of an earlier step missing or damaged, the DAG is walked again: all steps answer
 * from their records but the one that made the object, which computes it anew.
 */
export async function retrain(input?: RetrainInput): Promise<RunResult> {
  let dag: RetrainDag | null = null;
  setHandler(progressQuery, () => dag?.progress ?? RetrainDag.notStarted);
  setHandler(embeddedSignal, (signal) => dag?.embedded(signal));
  const config = await validateInput(input);
  for (let round = 1; ; round++) {
    dag = new RetrainDag(config, dag);
    try {
      return await dag.run();
    } catch (error) {
      const damaged = damagedArtifact(error);
      if (!damaged || round === REPAIR_ROUNDS) throw error;
      await discardCorrupt(damaged);
    }
  }
}
