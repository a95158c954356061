/** Activity `resolveSources`: the data file and the model folder become immutable objects with digests. */
import { join } from 'node:path';
import { filesBelow } from '../adapters/artifacts/local-files.ts';
import { fetchData } from '../adapters/sources/data-source.ts';
import { locateModel } from '../adapters/sources/model-source.ts';
import { SourceError } from '../adapters/sources/source-error.ts';
import { sha256OfFile } from '../adapters/object-store/file-digest.ts';
import { detectFormat, type RowFormat } from '../adapters/rows/detect-format.ts';
import { readRows } from '../adapters/rows/read-rows.ts';
import type { ResolveInput } from '../contracts/activities.ts';
import { resolveResult, type ResolveResult, type StepOutcome } from '../contracts/steps.ts';
import { digestOf } from '../core/canonical.ts';
import type { ActivityDeps } from './deps.ts';
import { withScratch } from './scratch.ts';
import { runStep } from './step.ts';

type Deps = Pick<ActivityDeps, 'artifacts' | 'records' | 'sources' | 'pythonEnvironment' | 'scratch'>;

export function createResolveSources({ artifacts, records, sources, pythonEnvironment, scratch }: Deps) {
  return ({ data, model }: ResolveInput): Promise<StepOutcome<ResolveResult>> =>
    withScratch(scratch, 'resolve', async (folder) => {
      const { path, name } = await fetchData(data.source, sources, folder);
      const format = data.format === 'auto' ? detectFormat(name) : data.format;
      const found = await sha256OfFile(path);
      if (data.sha256 !== null && data.sha256 !== found)
        throw new SourceError(
          'changed',
          `data.source ${data.source} has sha256 ${found}, but data.sha256 pins ${data.sha256}: ` +
            'restore the pinned file, or change the pin',
        );
      await checkFirstRow(path, format, data);
      const modelFolder = await locateModel(model.source, pythonEnvironment);
      const modelDigest = await digestOfFolder(modelFolder);
      const identity = {
        name: 'resolve',
        version: 1,
        inputs: { data: found, model: modelDigest },
        parameters: { format },
      };
      return runStep(records, { identity, schema: resolveResult }, async () => ({
        data: { ...(await artifacts.putFile(path)), format },
        model: await artifacts.putFolder(modelFolder),
      }));
    });
}

/** Before anything is stored: is it a file of that format, with the columns that are asked for? */
async function checkFirstRow(
  path: string,
  format: RowFormat,
  { source, columns }: ResolveInput['data'],
): Promise<void> {
  const options = { format, columns: [columns.query, ...columns.passage], limit: 1, name: source };
  await readRows(path, options).next();
}

/** Digest of a folder's paths and bytes, without storing them. */
async function digestOfFolder(folder: string): Promise<string> {
  const paths = await filesBelow(folder);
  return digestOf(await Promise.all(paths.map(async (path) => [path, await sha256OfFile(join(folder, path))])));
}
