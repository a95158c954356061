/** Check `steps`: the record says of each step what its step record says, and its key and digests are what they are of. */
import type { KeyObject } from 'node:crypto';
import { stepRecordKey } from '../../adapters/step-records/step-records.ts';
import { quoteNames } from '../../contracts/quote.ts';
import { RUN_FILES, type RecordedStep, type RunRecord } from '../../contracts/run-record.ts';
import { stepRecord, type StepRecord } from '../../contracts/steps.ts';
import { digestOf } from '../../core/canonical.ts';
import { outputsOf } from '../../core/step-outputs.ts';
import { stepKey } from '../../core/step-key.ts';
import { sealState } from '../../provenance/step-seal.ts';
import type { AuditedRun } from '../audited-run.ts';
import type { Difference, Finding } from '../check.ts';
import { configuredParameters, unknownParameters } from '../configured-parameters.ts';
import { firstDifference } from '../first-difference.ts';
import { setDifferences } from '../set-digests.ts';
import { mapParallel } from '../../adapters/requests/map-parallel.ts';

const CONCURRENCY = 8;

/**
 * @param keys that are trusted: a step record that names one of them must be signed by it
 * @throws ArtifactLostError when a step record is missing or damaged
 */
export async function checkSteps(run: AuditedRun, keys: readonly KeyObject[]): Promise<Finding> {
  const { record } = run;
  const ofSteps = await mapParallel(record.steps, (step) => differencesOf(run, step, keys), {
    concurrency: CONCURRENCY,
  });
  const differences = [...ofSteps.flat(), ...(await setDifferences(run))];
  return {
    count: record.steps.length,
    unit: 'steps',
    bytes: record.steps.reduce((sum, step) => sum + step.record.bytes, 0),
    note: noteOnTaken(record),
    differences: differences.filter((difference) => difference !== null),
  };
}

/** How many steps are not the run's own, and which of those other code computed: their versions say that it is the same. */
export function noteOnTaken(record: RunRecord): string | null {
  const taken = record.steps.filter((step) => step.taken);
  if (taken.length === 0) return null;
  const builds = taken.map((step) => record.environments[step.environment]?.code.buildId ?? record.buildId);
  const others = builds.filter((build) => build !== record.buildId);
  const note = `${taken.length} taken from earlier runs`;
  return others.length === 0
    ? note
    : `${note}, ${others.length} computed by other code: ${quoteNames([...new Set(others)])}`;
}

/** First what the record says otherwise than the step record, then what either of them says otherwise than it must be. */
async function differencesOf(
  audited: AuditedRun,
  step: RecordedStep,
  keys: readonly KeyObject[],
): Promise<(Difference | null)[]> {
  const { artifacts, record, recorded } = audited;
  const run = audited.key(RUN_FILES.record);
  const { key } = step.record;
  const document: unknown = JSON.parse(Buffer.from(await artifacts.getBytes(step.record)).toString('utf8'));
  const stored = stepRecord.parse(document);
  const seal = sealState(document, keys);
  const environment = record.environments[step.environment];
  const configured = configuredParameters(recorded, step);
  const asked = Object.fromEntries(Object.keys(configured).map((name) => [name, stored.parameters[name]]));
  return [
    seal === 'damaged' || seal === 'forged'
      ? { object: key, place: 'seal', expected: 'the seal of whoever made it', found: `one that is ${seal}` }
      : null,
    firstDifference(key, toldBy(step), toldBy(asRecorded(stored))),
    firstDifference(key, environment, stored.environment, 'environment'),
    firstDifference(run, stepRecordKey(step.name, stepKey(step)), step.memory, `steps.${step.step}.memory`),
    firstDifference(key, configured, asked, 'parameters'),
    ...unknownParameters(recorded, step).map((name) => ({
      object: key,
      place: `parameters.${name}`,
      expected: 'no such parameter',
      found: name,
    })),
  ];
}

type Told = Omit<RecordedStep, 'step' | 'record' | 'memory' | 'taken'>;

function asRecorded(stored: StepRecord): Told {
  return {
    ...stored,
    outputs: outputsOf(stored.result),
    finishedAt: new Date(Date.parse(stored.startedAt) + Math.round(stored.seconds * 1_000)).toISOString(),
    environment: digestOf(stored.environment),
  };
}

function toldBy({ name, version, code, key, inputs, parameters, result, outputs, ...made }: Told): Told {
  const { madeBy, startedAt, finishedAt, environment } = made;
  const identity = { name, version, ...(code === undefined ? {} : { code }), key, inputs, parameters };
  return { ...identity, result, outputs, madeBy, startedAt, finishedAt, environment };
}
