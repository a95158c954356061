/** Activity `resolveSources`: data file, guard sets and model folder become immutable objects with digests. */
import { stat } from 'node:fs/promises';
import { Context } from '@temporalio/activity';
import type { KnownArtifacts } from '../adapters/artifacts/artifact-store.ts';
import type { Fetching } from '../adapters/sources/data-source.ts';
import { locateModel, type LocatedModel } from '../adapters/sources/model-source.ts';
import type { ResolveInput } from '../contracts/activities.ts';
import { resolveResult, type ResolveResult, type StepOutcome } from '../contracts/steps.ts';
import { digestOf } from '../core/canonical.ts';
import { type DataFile, type DataSpecification, fetchDataFile } from './data-file.ts';
import type { ActivityDeps } from './deps.ts';
import { type ByGuard, guardInputs, mapGuards } from './guard-sets.ts';
import { reportProgress } from './heartbeat.ts';
import { RateMeter } from './rate.ts';
import { withScratch } from './scratch.ts';
import { runStep, type Step } from './step.ts';

type Deps = Pick<ActivityDeps, 'artifacts' | 'records' | 'sources' | 'pythonEnvironment' | 'scratch'>;

/** What the sources are, by their digests: nothing of them is stored yet, and large weights need not be here. */
export interface IdentifiedSources {
  readonly step: Step<ResolveResult>;
  readonly data: DataFile;
  readonly guards: ByGuard<DataFile>;
  readonly model: LocatedModel;
  /** Stores what the store lacks. */
  readonly store: (artifacts: KnownArtifacts) => Promise<ResolveResult>;
}

export function createResolveSources({ artifacts, records, scratch, ...deps }: Deps) {
  return (input: ResolveInput): Promise<StepOutcome<ResolveResult>> =>
    withScratch(scratch, 'resolve', async (folder) => {
      const { step, store } = await identifySources(input, deps, folder, fetching());
      return runStep(records, step, () => store(artifacts));
    });
}

/**
 * @param folder to which sources are brought that this machine does not keep elsewhere
 * @throws SourceError, RowsError for what the input names wrongly
 * @throws HubUnavailableError
 */
export async function identifySources(
  input: ResolveInput,
  { sources, pythonEnvironment }: Pick<Deps, 'sources' | 'pythonEnvironment'>,
  folder: string,
  fetch: Fetching,
): Promise<IdentifiedSources> {
  const fetched = (specification: DataSpecification) => fetchDataFile(specification, sources, folder, fetch);
  const data = await fetched(specificationOf('data', input.data));
  const guards = await mapGuards(input.guards, (guard, name) =>
    fetched(specificationOf(`gate.guards.${name}.data`, guard, guard.columns.grade)),
  );
  const model = await locateModel(input.model.source, { ...sources, pythonEnvironment }, folder, fetch);
  const origins = {
    data: data.origin,
    model: model.origin,
    guards: await mapGuards(guards, ({ origin }) => origin),
  };
  const identity = {
    name: 'resolve',
    version: 4,
    inputs: {
      data: data.sha256,
      model: digestOf(model.files.map(({ path, sha256 }) => [path, sha256])),
      ...guardInputs(guards, ({ sha256 }) => sha256),
    },
    parameters: { data: data.format, guards: await mapGuards(guards, ({ format }) => format), origins },
  };
  const store = async (artifacts: KnownArtifacts): Promise<ResolveResult> => ({
    data: await stored(artifacts, data),
    guards: await mapGuards(guards, (guard) => stored(artifacts, guard)),
    model: await artifacts.putKnownFolder(model.files),
    origins,
    traits: model.traits,
  });
  return { step: { identity, schema: resolveResult }, data, guards, model, store };
}

/** Milliseconds between two reports of one file, whose chunks are some kilobytes. */
const REPORT_MS = 1_000;

/** Tells watchers how far each file is, and stops with the activity. */
function fetching(): Fetching {
  const meters = new Map<string, { readonly rate: RateMeter; reported: number }>();
  return {
    signal: Context.current().cancellationSignal,
    onBytes(name, done, total) {
      const meter = meters.get(name) ?? { rate: new RateMeter(), reported: Number.NEGATIVE_INFINITY };
      meters.set(name, meter);
      if (done < total && performance.now() - meter.reported < REPORT_MS) return;
      meter.reported = performance.now();
      const rate = meter.rate.read(done);
      const doing = `fetching ${name}`;
      reportProgress({ step: 'resolve', done, total, unit: 'bytes', doing, ...(rate === undefined ? {} : { rate }) });
    },
  };
}

type DataSection = Pick<ResolveInput['data'], 'source' | 'split' | 'format' | 'sha256'> & {
  readonly columns: Pick<ResolveInput['data']['columns'], 'query' | 'passage'> &
    Partial<Pick<ResolveInput['data']['columns'], 'article'>>;
};

/** @param grade column of whole numbers; null: none */
function specificationOf(
  section: string,
  { source, split, format, sha256, columns }: DataSection,
  grade: string | null = null,
): DataSpecification {
  const numeric = grade === null ? [] : [grade];
  const optional = columns.article ? [columns.article] : [];
  const needed = [columns.query, ...columns.passage, ...numeric];
  return { section, source, split, format, sha256, columns: needed, numeric, optional };
}

async function stored(artifacts: KnownArtifacts, { path, format, sha256 }: DataFile): Promise<ResolveResult['data']> {
  const { size: bytes } = await stat(path);
  return { ...(await artifacts.putKnown({ sha256, bytes }, async () => path)), format };
}
