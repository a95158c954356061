/** Activity `recallRun`: the result of the finished run that this one would repeat. */
import { Context } from '@temporalio/activity';
import { ArtifactLostError } from '../adapters/artifacts/artifact-lost.ts';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { StoredBytesDamagedError } from '../adapters/object-store/store-error.ts';
import { mapParallel } from '../adapters/requests/map-parallel.ts';
import { referencesIn, stepRecordKey } from '../adapters/step-records/step-records.ts';
import type { RunIdentity } from '../contracts/activities.ts';
import type { ArtifactRef } from '../contracts/artifact.ts';
import type { RunResult } from '../contracts/run-result.ts';
import type { StepOutcome } from '../contracts/steps.ts';
import { stepKey } from '../core/step-key.ts';
import type { ActivityDeps } from './deps.ts';
import { finishedRun } from './finished-run.ts';
import { recallStep } from './step.ts';

/** Objects asked for at the same time: enough to hide a bucket's latency. */
const CONCURRENCY = 16;

type Deps = Pick<ActivityDeps, 'artifacts' | 'records' | 'champions'>;

export function createRecallRun({ artifacts, records, champions }: Deps) {
  /**
   * @returns null when there is none, another champion has been there since, or an object that its record names is missing
   * or damaged; a damaged one is discarded, so that the step that made it does so again
   */
  return async (identity: RunIdentity): Promise<StepOutcome<RunResult> | null> => {
    const champion = (await champions.read())?.entries[0]?.revision ?? null;
    const step = finishedRun(identity, champion);
    const recalled = await recallStep(records, step);
    const record = recalled?.result.artifacts['record'];
    if (!recalled || !record) return null;
    const lost = await lostObjects(artifacts, record);
    for (const { ref, reason } of lost) {
      Context.current().log.warn(`an object of the finished run is ${reason}: its step runs again`, {
        object: ref.key,
      });
      await artifacts.dropIfCorrupt(ref);
    }
    if (lost.length === 0) return recalled;
    // Or the run that is walked now would find it standing there, and never be remembered.
    await artifacts.objects.delete([stepRecordKey('run', stepKey(step.identity))]);
    return null;
  };
}

/** Of all that the record of a run names, what is not there as the record has it. */
async function lostObjects(artifacts: ArtifactStore, record: ArtifactRef): Promise<ArtifactLostError[]> {
  try {
    const document: unknown = JSON.parse(Buffer.from(await artifacts.getBytes(record)).toString('utf8'));
    const lost = await mapParallel(referencesIn(document), (ref) => lostObject(artifacts, ref), {
      concurrency: CONCURRENCY,
    });
    return lost.filter((error) => error !== null);
  } catch (error) {
    if (error instanceof ArtifactLostError) return [error];
    throw error;
  }
}

async function lostObject(artifacts: ArtifactStore, ref: ArtifactRef): Promise<ArtifactLostError | null> {
  const state = await artifacts.check(ref);
  if (state !== 'ok') return new ArtifactLostError(ref, state);
  try {
    // A server keeps the head of an object that its disk has lost.
    if (ref.bytes > 0) await artifacts.objects.getRange(ref.key, 0, 1);
    return null;
  } catch (error) {
    if (error instanceof StoredBytesDamagedError) return new ArtifactLostError(ref, 'corrupt', error.found);
    throw error;
  }
}
