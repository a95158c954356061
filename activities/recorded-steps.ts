/** The steps of a run as its record tells them: what each was made of, what came out, and what computed it. */
import pMap from 'p-map';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { ArtifactLostError } from '../adapters/artifacts/artifact-lost.ts';
import { outputsOf } from '../core/step-outputs.ts';
import { stepRecordKey } from '../adapters/step-records/step-records.ts';
import type { Environment } from '../contracts/environment.ts';
import { STEP_NAMES, type StepName } from '../contracts/progress.ts';
import type { RecordedStep } from '../contracts/run-record.ts';
import { stepRecord, type StepOutcome, type StepRecord } from '../contracts/steps.ts';
import { digestOf } from '../core/canonical.ts';

/** Records read at the same time. */
const CONCURRENCY = 8;

export interface RecordedSteps {
  /** In the order of the DAG. */
  readonly steps: RecordedStep[];
  /** By the SHA-256 of their canonical JSON. */
  readonly environments: Record<string, Environment>;
}

/**
 * Reads the step record of each outcome; a decision of the workflow itself has none, and is no step here.
 *
 * @throws ArtifactLostError when a step record is gone or can't be read: the step is to be computed again
 */
export async function recordedSteps(
  artifacts: ArtifactStore,
  outcomes: Readonly<Record<string, StepOutcome<unknown>>>,
): Promise<RecordedSteps> {
  const named = STEP_NAMES.flatMap((step) => {
    const outcome = outcomes[step];
    return outcome && outcome.key !== '' ? [{ step, outcome }] : [];
  });
  const environments: Record<string, Environment> = {};
  const steps = await pMap(
    named,
    async ({ step, outcome: { name, key, cached } }) => {
      const at = stepRecordKey(name, key);
      const found = await artifacts.objects.get(at);
      if (!found) throw lost(at, 'missing');
      const record = parsed(at, found.body);
      environments[digestOf(record.environment)] = record.environment;
      return recordedStep(step, record, { record: await artifacts.putBytes(found.body), memory: at, taken: cached });
    },
    { concurrency: CONCURRENCY },
  );
  return { steps, environments: inOrder(environments) };
}

function recordedStep(
  step: StepName,
  { name, version, key, inputs, parameters, result, madeBy, environment, startedAt, seconds }: StepRecord,
  kept: Pick<RecordedStep, 'record' | 'memory' | 'taken'>,
): RecordedStep {
  return {
    step,
    name,
    version,
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

function parsed(key: string, body: Uint8Array): StepRecord {
  try {
    return stepRecord.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  } catch {
    throw lost(key, 'corrupt');
  }
}

function inOrder(environments: RecordedSteps['environments']): RecordedSteps['environments'] {
  return Object.fromEntries(Object.entries(environments).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What the bytes should have been is known to nobody: no digest fits. */
function lost(key: string, state: 'missing' | 'corrupt'): ArtifactLostError {
  return new ArtifactLostError({ key, sha256: '0'.repeat(64), bytes: 0 }, state);
}
