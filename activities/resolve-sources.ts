/** Activity `resolveSources`: data file, guard sets and model folder become immutable objects with digests. */
import { join } from 'node:path';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { filesBelow } from '../adapters/artifacts/local-files.ts';
import { sha256OfFile } from '../adapters/object-store/file-digest.ts';
import { locateModel } from '../adapters/sources/model-source.ts';
import type { ResolveInput } from '../contracts/activities.ts';
import { resolveResult, type ResolveResult, type StepOutcome } from '../contracts/steps.ts';
import { digestOf } from '../core/canonical.ts';
import { type DataFile, type DataSpecification, fetchDataFile } from './data-file.ts';
import type { ActivityDeps } from './deps.ts';
import { guardInputs, mapGuards } from './guard-sets.ts';
import { withScratch } from './scratch.ts';
import { runStep } from './step.ts';

type Deps = Pick<ActivityDeps, 'artifacts' | 'records' | 'sources' | 'pythonEnvironment' | 'scratch'>;

export function createResolveSources({ artifacts, records, sources, pythonEnvironment, scratch }: Deps) {
  return (input: ResolveInput): Promise<StepOutcome<ResolveResult>> =>
    withScratch(scratch, 'resolve', async (folder) => {
      const fetched = (specification: DataSpecification) => fetchDataFile(specification, sources, folder);
      const data = await fetched(specificationOf('data', input.data));
      const guards = await mapGuards(input.guards, (guard, name) =>
        fetched(specificationOf(`gate.guards.${name}.data`, guard, guard.columns.grade)),
      );
      const modelFolder = await locateModel(input.model.source, pythonEnvironment);
      const identity = {
        name: 'resolve',
        version: 2,
        inputs: {
          data: data.sha256,
          model: await digestOfFolder(modelFolder),
          ...guardInputs(guards, ({ sha256 }) => sha256),
        },
        parameters: { data: data.format, guards: await mapGuards(guards, ({ format }) => format) },
      };
      return runStep(records, { identity, schema: resolveResult }, async () => ({
        data: await stored(artifacts, data),
        guards: await mapGuards(guards, (guard) => stored(artifacts, guard)),
        model: await artifacts.putFolder(modelFolder),
      }));
    });
}

type DataSection = Pick<ResolveInput['data'], 'source' | 'format' | 'sha256'> & {
  readonly columns: Pick<ResolveInput['data']['columns'], 'query' | 'passage'>;
};

/** @param grade column of whole numbers; null: none */
function specificationOf(
  section: string,
  { source, format, sha256, columns }: DataSection,
  grade: string | null = null,
): DataSpecification {
  const numeric = grade === null ? [] : [grade];
  return { section, source, format, sha256, columns: [columns.query, ...columns.passage, ...numeric], numeric };
}

async function stored(artifacts: ArtifactStore, { path, format }: DataFile): Promise<ResolveResult['data']> {
  return { ...(await artifacts.putFile(path)), format };
}

/** Digest of a folder's paths and bytes, without storing them. */
async function digestOfFolder(folder: string): Promise<string> {
  const paths = await filesBelow(folder);
  return digestOf(await Promise.all(paths.map(async (path) => [path, await sha256OfFile(join(folder, path))])));
}
