/**
 * A run's input, put together and checked before anything starts: by one function for `run`, `plan`, `sweep` and schedules,
 * so that what one of them refuses all refuse, in the same words.
 */
import { access, constants, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { preparedConfig } from '../../activities/prepare-run.ts';
import { isHubSource } from '../../contracts/hub-source.ts';
import { isArtifactSource } from '../../contracts/artifact-source.ts';
import { InputError } from '../../contracts/parse-input.ts';
import { quoteText } from '../../contracts/quote.ts';
import type { RetrainConfig } from '../../contracts/retrain-input.ts';
import { localModelFolder, readModelFolder } from '../../adapters/sources/model-folder.ts';
import { installedModel } from '../../adapters/sources/model-source.ts';
import { SourceError } from '../../adapters/sources/source-error.ts';
import { UsageError } from '../exit.ts';
import type { InputObject } from './assignment.ts';
import { withLocalSources, type WithLocalSources } from './local-sources.ts';
import { configFile, withOptions, type InputOptions } from './run-input.ts';

/** Workers on this machine: what an input names by a path can be looked at before a run starts. */
export interface WorkersHere {
  /** Absolute: relative paths of an input are relative to it. */
  readonly folder: string;
  /** Root of the trainer's Python environment. */
  readonly pythonEnvironment: string;
}

export interface PreparedInput extends WithLocalSources {
  /** The input with every default. */
  readonly config: RetrainConfig;
  /** What to tell beside the result. */
  readonly notes: readonly string[];
}

/**
 * @param workers where they run on this machine
 * @param under input over which the options lie. @default what --config holds
 * @throws {UsageError} for malformed options, for fields that are wrong, and for sources that lie here and can't be read
 */
export async function preparedInput(
  options: InputOptions,
  workers: WorkersHere | undefined,
  under?: InputObject,
): Promise<PreparedInput> {
  const { input, uploads } = await withLocalSources(
    withOptions(under ?? (await configFile(options)), options),
    options,
  );
  const config = await checkedConfig(() => preparedConfig(input), workers);
  return { input, uploads, config, notes: notesOn(input, config) };
}

/**
 * @param parse the input, or the part of it that names sources
 * @throws {UsageError}
 */
export async function checkedConfig(
  parse: () => RetrainConfig,
  workers: WorkersHere | undefined,
): Promise<RetrainConfig> {
  try {
    const config = parse();
    if (workers) await checkSources(config, workers);
    return config;
  } catch (cause) {
    if (cause instanceof InputError || cause instanceof SourceError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
}

/** @param input as it was given, without defaults */
export function notesOn(input: InputObject, { preset }: RetrainConfig): string[] {
  if (preset !== 'demo' || input['preset'] !== undefined) return [];
  return [
    'No data and no model are named: this is the demo, bundled French questions and a small English model. For your own: ' +
      '--data FILE, --model FOLDER.',
  ];
}

/** What lies on this machine: the hub, other buckets and uploads are the workers' to ask. */
async function checkSources({ data, model, gate }: RetrainConfig, workers: WorkersHere): Promise<void> {
  const guards = Object.entries(gate.guards).map(([name, guard]) => [
    `gate.guards.${name}.data.source`,
    guard.data.source,
  ]);
  for (const [field = '', source = ''] of [['data.source', data.source], ...guards])
    if (isPath(source)) await checkFile(field, source, workers);
  if (model.source.startsWith('pypi:'))
    await installedModel(model.source.slice('pypi:'.length), workers.pythonEnvironment);
  else if (isPath(model.source))
    await readModelFolder(
      localModelFolder(resolve(workers.folder, model.source), `model.source ${quoteText(model.source, 200)}`),
    );
}

async function checkFile(field: string, source: string, { folder }: WorkersHere): Promise<void> {
  const path = resolve(folder, source);
  const found = await stat(path).catch(() => null);
  const named = `${field} ${quoteText(source, 200)}`;
  const option = field === 'data.source' ? '--data FILE' : '--guard NAME=FILE';
  const hint = `The workers are on this machine. Check the path, or give ${option}, which puts the file into the bucket`;
  if (!found?.isFile()) {
    const elsewhere = path === source ? '' : `, which for the workers is ${quoteText(path, 200)},`;
    throw new SourceError('not-found', `${named}${elsewhere} is no file. ${hint}`);
  }
  await access(path, constants.R_OK).catch((cause: unknown) => {
    throw new SourceError('not-found', `${named} can't be read. ${hint}`, { cause });
  });
}

function isPath(source: string): boolean {
  return !(isArtifactSource(source) || isHubSource(source) || /^(s3:\/\/|example:|pypi:)/.test(source));
}
