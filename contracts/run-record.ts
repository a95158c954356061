/**
 * The record of a run, `runs/<workflow id>/<run id>/record.json`: written last, never changed. It says which data, code,
 * model, settings, machines and people made each number, and names every object by its digest.
 *
 * `npm run schema` writes it as JSON Schema into contracts/schema.
 */
import { z } from 'zod';
import { artifactRef, provenance, recordedRef, relativePath, sha256Hex } from './artifact.ts';
import { environment } from './environment.ts';
import { gateResult } from './gate.ts';
import { STEP_NAMES } from './progress.ts';
import { retrainConfig } from './retrain-input.ts';
import { promotionResult, runResult } from './run-result.ts';
import { compareResult, dataProfile, resolveResult, splitResult, stepMaker, trackResult } from './steps.ts';

/** Raised whenever a reader of the schema before would misread a record. */
export const RECORD_SCHEMA = 2;

const count = z.number().int().nonnegative();
const license = z.string().nullable().describe('SPDX expression, or what the input says; null: unknown');

/** One step of the DAG, with what it was made of and what came out. */
export const recordedStep = z.strictObject({
  step: z.enum(STEP_NAMES).describe('Its place in the DAG'),
  name: z.string().describe("The step record's name: branches share it"),
  version: count.describe("Of the step's code: raised whenever the same inputs would give something else"),
  code: sha256Hex
    .exactOptional()
    .describe('Of what computed it outside the worker, such as the trainer and its packages; absent where nothing did'),
  key: sha256Hex.describe('Cache key: SHA-256 over the canonical JSON of name, version, code, inputs and parameters'),
  record: artifactRef.describe('The step record as it was then: kept by its digest, whatever becomes of the other'),
  memory: relativePath.describe(
    'steps/<name>/<key>.json, where later runs look the step up; made again once it is damaged',
  ),
  inputs: z.record(z.string(), z.string()).describe('Digest of each input, by its name'),
  parameters: z.record(z.string(), z.unknown()),
  outputs: z.record(z.string(), sha256Hex).describe('Digest of each output, by its path in the result'),
  result: z.unknown(),
  taken: z.boolean().describe('True: from an earlier record; false: computed by this run'),
  madeBy: stepMaker.describe('The run, attempt and worker that computed it'),
  startedAt: z.iso.datetime().describe('Of the computing'),
  finishedAt: z.iso.datetime(),
  environment: sha256Hex.describe('Names one of `environments`'),
});
export type RecordedStep = z.infer<typeof recordedStep>;

export const runRecord = z.strictObject({
  schema: z.literal(RECORD_SCHEMA),
  ...provenance.shape,
  temporal: z.strictObject({
    namespace: z.string(),
    startedBy: z.string().nullable().describe('Identity of the client or schedule that started the run'),
    parent: provenance.nullable().describe('The sweep whose winner this run is; null: it was started by itself'),
    history: recordedRef
      .nullable()
      .describe('Exported history up to the writing of the record, with its child workflows'),
  }),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().describe('End of the last step before the record'),
  buildId: z.string().describe('Of the worker that took the run'),
  config: retrainConfig.describe('The input with every default filled in'),
  sources: resolveResult.describe('Bytes that the run began with: data file, base model, guard sets'),
  licenses: z.strictObject({ data: license, model: license }),
  split: z.strictObject({
    membership: sha256Hex.describe('SHA-256 over the canonical JSON of the digests of train, dev and test'),
    rule: z.enum(['random', 'grouped']).describe('random allows a passage in several parts, grouped does not'),
    sharedPassages: count.describe('Passages (white space collapsed) in more than one part'),
    rows: z.strictObject({ train: count, dev: count, test: count }),
    cleaning: splitResult.shape.cleaning,
    profile: dataProfile.exactOptional().describe('What the rows are like; texts are equal whatever their spelling'),
  }),
  seeds: z.record(z.string(), count),
  steps: z.array(recordedStep).describe('In the order of the DAG'),
  environments: z.record(sha256Hex, environment).describe('By the SHA-256 of their canonical JSON'),
  metrics: runResult.shape.metrics,
  comparison: compareResult,
  gate: gateResult,
  promotion: promotionResult,
  texts: runResult.shape.texts,
  tracking: trackResult,
  artifacts: z.record(z.string(), recordedRef).describe('Objects that a person looks for, by their names'),
});
export type RunRecord = z.infer<typeof runRecord>;

/** Where everything about one run stands, with a slash at its end. */
export function runFolder({ workflowId, runId }: z.infer<typeof provenance>): string {
  return `${workflowFolder(workflowId)}${keyPart(runId)}/`;
}

/** Where all runs of a workflow ID stand, with a slash at its end. */
export function workflowFolder(workflowId: string): string {
  return `runs/${keyPart(workflowId)}/`;
}

/** The workflow ID that a part of a key was made of. A key that nobody here has made stands for itself. */
export function workflowIdOf(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** One part of a key; "." and "..", which encoding leaves alone, lead nowhere. */
function keyPart(id: string): string {
  return /^\.{1,2}$/.test(id) ? id.replaceAll('.', '%2E') : encodeURIComponent(id);
}

/** File names in a run's folder. */
export const RUN_FILES = {
  record: 'record.json',
  /** in-toto statement with SLSA provenance over everything below and the record, in a DSSE envelope. */
  attestation: 'record.intoto.json',
  /** RFC 3161 time stamp over the attestation; only where the worker knows an authority. */
  timestamp: 'record.tsr',
  crate: 'ro-crate-metadata.json',
  modelCard: 'README.md',
  history: 'history.json',
  /** The steps and what each took from which: what the crate calls the workflow. */
  workflow: 'workflow.json',
  /** OpenSSF model signing bundle over the fine-tuned encoder's folder. */
  modelSignature: 'model.sig',
} as const;
