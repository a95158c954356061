/** The steps of a run as its record tells them: what each was made of, what came out, and what computed it. */
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { ArtifactLostError } from '../adapters/artifacts/artifact-lost.ts';
import { outputsOf } from '../core/step-outputs.ts';
import { type RecordSeals, stepRecordKey } from '../adapters/step-records/step-records.ts';
import type { ArtifactRef } from '../contracts/artifact.ts';
import type { Environment } from '../contracts/environment.ts';
import { STEP_NAMES, type StepName } from '../contracts/progress.ts';
import type { RecordedStep } from '../contracts/run-record.ts';
import { stepRecord, type StepOutcome, type StepRecord } from '../contracts/steps.ts';
import { digestOf, sha256 } from '../core/canonical.ts';
import { mapParallel } from '../adapters/requests/map-parallel.ts';

/** Records read at the same time. */
const CONCURRENCY = 8;

export interface RecordedSteps {
  /** In the order of the DAG. */
  readonly steps: RecordedStep[];
  /** By the SHA-256 of their canonical JSON. */
  readonly environments: Record<string, Environment>;
}

/**
 * Reads the step record of each outcome; a decision of the workflow itself has none, and is no step here. What the run
 * has worked with is the outcome, so the record must say the same: somebody may have replaced it since.
 *
 * @param seals says whether a record is intact; whether it is signed was asked when it was taken
 * @throws ArtifactLostError when a step record is gone, damaged, or says another result: the step is to be asked for again
 */
export async function recordedSteps(
  artifacts: ArtifactStore,
  seals: Pick<RecordSeals, 'isIntact'>,
  outcomes: Readonly<Record<string, StepOutcome<unknown>>>,
): Promise<RecordedSteps> {
  const named = STEP_NAMES.flatMap((step) => {
    const outcome = outcomes[step];
    return outcome && outcome.key !== '' ? [{ step, outcome }] : [];
  });
  const environments: Record<string, Environment> = {};
  const steps = await mapParallel(
    named,
    async ({ step, outcome: { name, key, cached, result } }) => {
      const at = stepRecordKey(name, key);
      const found = await artifacts.objects.get(at);
      if (!found) throw lost(at, 'missing');
      const record = parsed(found.body, seals);
      if (record?.key !== key) throw lost(at, 'corrupt');
      // Another run's, and whole: nothing is to be discarded, and the next walk takes it.
      if (digestOf(record.result) !== digestOf(result)) throw new ArtifactLostError(refOf(at, found.body), 'corrupt');
      environments[digestOf(record.environment)] = record.environment;
      return recordedStep(step, record, { record: await artifacts.putBytes(found.body), memory: at, taken: cached });
    },
    { concurrency: CONCURRENCY },
  );
  return { steps, environments: inOrder(environments) };
}

/** A step as the record tells it, out of its step record. */
export function recordedStep(
  step: StepName,
  { name, version, code, key, inputs, parameters, result, madeBy, environment, startedAt, seconds }: StepRecord,
  kept: Pick<RecordedStep, 'record' | 'memory' | 'taken'>,
): RecordedStep {
  return {
    step,
    name,
    version,
    ...(code === undefined ? {} : { code }),
    key,
    ...kept,
    inputs,
    parameters,
    outputs: outputsOf(result),
    result,
    madeBy,
    startedAt,
    finishedAt: new Date(Date.parse(startedAt) + Math.round(seconds * 1_000)).toISOString(),
    environment: digestOf(environment),
  };
}

/** Null where it is damaged. */
function parsed(body: Uint8Array, seals: Pick<RecordSeals, 'isIntact'>): StepRecord | null {
  try {
    const document: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return seals.isIntact(document) ? stepRecord.parse(document) : null;
  } catch {
    return null;
  }
}

function inOrder(environments: RecordedSteps['environments']): RecordedSteps['environments'] {
  return Object.fromEntries(Object.entries(environments).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What the bytes should have been is known to nobody: no digest fits. */
function lost(key: string, state: 'missing' | 'corrupt'): ArtifactLostError {
  return new ArtifactLostError({ key, sha256: '0'.repeat(64), bytes: 0 }, state);
}

function refOf(key: string, body: Uint8Array): ArtifactRef {
  return { key, sha256: sha256(body), bytes: body.length };
}
