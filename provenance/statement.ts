/**
 * in-toto statement (v1) with SLSA provenance (v1) over everything that a run left: what was made, of what, by whom, with
 * which settings (https://slsa.dev/spec/v1.0/provenance).
 */
import type { RunRecord } from '../contracts/run-record.ts';
import { resolvedDependencies } from './dependencies.ts';
import { filesIn, producingSteps } from './produced-files.ts';
import { resource, type ResourceDescriptor } from './resource.ts';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const PREDICATE_TYPE = 'https://slsa.dev/provenance/v1';
/** Says how to read `externalParameters`: as `config` of a run record. Raised with a change of their meaning. */
export const BUILD_TYPE = 'urn:veille:retrain:1';
/** The trust domain: whoever runs the workers with the signing key. */
const BUILDER = 'urn:veille:worker:1';

export interface Statement {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly ResourceDescriptor[];
  readonly predicateType: typeof PREDICATE_TYPE;
  readonly predicate: Readonly<Record<string, unknown>>;
}

export type Digests = Readonly<Record<string, string>>;

/**
 * @param files name → SHA-256 of all that stand in the run's folder beside the statement
 * @returns the same for the same record and files; subjects' names are unique: that of a file in the run's folder has no
 * slash, that of another is its step and its place in the step's result
 */
export function provenanceStatement(record: RunRecord, files: Digests): Statement {
  return {
    _type: STATEMENT_TYPE,
    subject: [...filesOfRun(files), ...filesOfSteps(record)],
    predicateType: PREDICATE_TYPE,
    predicate: { buildDefinition: buildDefinition(record), runDetails: runDetails(record) },
  };
}

function filesOfRun(files: Digests): ResourceDescriptor[] {
  return Object.entries(files)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, sha256]) => resource(name, { sha256 }));
}

function filesOfSteps(record: RunRecord): ResourceDescriptor[] {
  return producingSteps(record).flatMap(({ step, result }) =>
    filesIn(result).map(({ name, ref }) => resource(`${step}/${name}`, ref, ref.key)),
  );
}

function buildDefinition(record: RunRecord): Record<string, unknown> {
  const { buildId, config, seeds, steps } = record;
  const trainer = steps.find(({ step }) => step === 'fine-tune')?.madeBy.trainer;
  return {
    buildType: BUILD_TYPE,
    externalParameters: { config },
    internalParameters: { buildId, seeds, ...(trainer ? { determinism: trainer.determinism } : {}) },
    resolvedDependencies: resolvedDependencies(record),
  };
}

function runDetails({ workflowId, runId, startedAt, finishedAt, buildId, steps }: RunRecord): Record<string, unknown> {
  return {
    builder: { id: BUILDER, version: { veille: buildId } },
    metadata: { invocationId: `${workflowId}/${runId}`, startedOn: startedAt, finishedOn: finishedAt },
    byproducts: steps.map(({ step, record }) => resource(`record of ${step}`, record, record.key)),
  };
}
