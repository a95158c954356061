/**
 * Sources that somebody has put into the bucket by their digests, `artifact:SHA256/NAME`: how they are described and
 * stored where they lie, and how a worker finds them.
 */
import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { artifactKey, fileSet, type FileSet } from '../../contracts/artifact.ts';
import { artifactSource, type ArtifactSource, parseArtifactSource } from '../../contracts/artifact-source.ts';
import { quoteText } from '../../contracts/quote.ts';
import { canonicalJson, sha256 } from '../../core/canonical.ts';
import { ArtifactLostError } from '../artifacts/artifact-lost.ts';
import { artifactRefOf, type ArtifactStore, fileSetOf } from '../artifacts/artifact-store.ts';
import { exists } from '../artifacts/local-files.ts';
import { sha256OfFile } from '../object-store/file-digest.ts';
import { localModelFolder, MODULES_FILE, readModelFolder } from './model-folder.ts';
import { SourceError } from './source-error.ts';
import { mapParallel } from '../requests/map-parallel.ts';

/** Files hashed at the same time. */
const CONCURRENCY = 4;

/** Bytes of the list of a folder's files: of the most files there may be, it has a quarter of that. */
const LARGEST_LIST = 1 << 20;

/** A file that lies here, by its digest. */
export interface LocalFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** A file or folder that lies here, as the bucket will hold it. */
export interface Upload {
  /** What an input calls it. */
  readonly source: string;
  readonly files: readonly LocalFile[];
  /** Of a folder: the object that lists its files. */
  readonly list: Uint8Array | null;
}

/** Where the objects of such sources are found. */
export interface Uploads {
  /** A local file with these bytes, in `folder` unless they lie here; null: they are nowhere. */
  readonly file: (sha256: string, folder: string) => Promise<LocalFile | null>;
  /** The bytes of a list; null: they are nowhere, or are too many for one. */
  readonly bytes: (sha256: string) => Promise<Uint8Array | null>;
}

/** Called with each file that is done, their number, and how many there are. */
export type OnFile = (file: LocalFile, done: number, total: number) => void;

/**
 * Reads a file to its end for its digest; nothing is stored.
 *
 * @param option that names it, for messages
 * @throws SourceError (`not-found`) where it is no file
 */
export async function describeFile(path: string, option: string): Promise<Upload> {
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) throw new SourceError('not-found', `${option} ${path} is no file on this machine`);
  const file = await localFile(path);
  return {
    source: artifactSource({ sha256: file.sha256, name: basename(path), kind: 'file' }),
    files: [file],
    list: null,
  };
}

/**
 * The same for what is read of a sentence-transformers folder.
 *
 * @throws SourceError where it is none, or none that can be used
 */
export async function describeFolder(folder: string, option: string): Promise<Upload> {
  if (!(await exists(join(folder, MODULES_FILE))))
    throw new SourceError(
      'not-found',
      `${option} ${folder} is no sentence-transformers folder on this machine: it has no ${MODULES_FILE}`,
    );
  const { files: found } = await readModelFolder(localModelFolder(folder, `${option} ${folder}`));
  const own = found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const files = await mapParallel(own, async ({ local }) => localFile(local), { concurrency: CONCURRENCY });
  const refs = files.map((file, index) => ({
    path: own[index]?.path ?? '',
    ...artifactRefOf(file.sha256, file.bytes),
  }));
  const list = Buffer.from(canonicalJson(fileSetOf(refs)));
  const name = basename(resolve(folder));
  return { source: artifactSource({ sha256: sha256(list), name, kind: 'folder' }), files, list };
}

async function localFile(path: string): Promise<LocalFile> {
  return { path, sha256: await sha256OfFile(path), bytes: (await stat(path)).size };
}

/**
 * Stores what the bucket lacks; what it has is touched, so that a garbage collection leaves it alone until a run holds it.
 *
 * @throws CondemnedError when a garbage collection is about to remove it
 */
export async function storeUpload({ files, list }: Upload, artifacts: ArtifactStore, onFile: OnFile): Promise<void> {
  for (const [index, file] of files.entries()) {
    await artifacts.putKnown(file, async () => file.path);
    onFile(file, index + 1, files.length);
  }
  // Behind what it names: whoever finds it finds them.
  if (list !== null) await artifacts.putBytes(list);
}

/** What the bucket holds. */
export function storedUploads(artifacts: ArtifactStore): Uploads {
  const sizeOf = async (digest: string): Promise<number | null> =>
    (await artifacts.objects.head(artifactKey(digest)))?.bytes ?? null;
  return {
    async file(digest, folder) {
      const bytes = await sizeOf(digest);
      if (bytes === null) return null;
      return { path: await artifacts.getFile(artifactRefOf(digest, bytes), folder, digest), sha256: digest, bytes };
    },
    async bytes(digest) {
      const bytes = await sizeOf(digest);
      if (bytes === null || bytes > LARGEST_LIST) return null;
      const list = await artifacts.getBytes(artifactRefOf(digest, bytes));
      // Touched, where it is old, so that a garbage collection sees that it is in use.
      await artifacts.putBytes(list);
      return list;
    },
  };
}

/** What lies here before it is stored, and else what `stored` has. */
export function withLocalUploads(local: readonly Upload[], stored: Uploads): Uploads {
  const files = new Map(local.flatMap((upload) => upload.files.map((file) => [file.sha256, file])));
  const lists = new Map(local.flatMap(({ list }) => (list === null ? [] : [[sha256(list), list]])));
  return {
    file: async (digest, folder) => files.get(digest) ?? stored.file(digest, folder),
    bytes: async (digest) => lists.get(digest) ?? stored.bytes(digest),
  };
}

/**
 * A file that a source names.
 *
 * @param source of the form `artifact:SHA256/NAME`
 * @param folder to which it is brought, unless it lies here
 * @throws SourceError (`not-found`)
 */
export async function uploadedFile(
  { source, field }: { readonly source: string; readonly field: string },
  uploads: Uploads,
  folder: string,
): Promise<LocalFile & { name: string }> {
  const { sha256: digest, name } = parsed(source, field, 'file');
  const found = await uploads.file(digest, folder).catch((error: unknown) => missingOrThrow(error));
  if (!found) throw missing(source, field, '--data FILE');
  return { ...found, name };
}

/** The files of a folder that a source names, `artifact:SHA256/NAME/`; none is fetched. */
export async function uploadedFolder(source: string, field: string, uploads: Uploads): Promise<FileSet> {
  const { sha256: digest } = parsed(source, field, 'folder');
  const list = await uploads.bytes(digest).catch((error: unknown) => missingOrThrow(error));
  if (!list) throw missing(source, field, '--model FOLDER');
  const files = parseList(list);
  if (files) return files;
  throw new SourceError('not-found', `${field} ${quoteText(source, 200)} is no folder: its object lists no files`);
}

/** Null where it is no list of artifacts with safe paths. */
function parseList(list: Uint8Array): FileSet | null {
  try {
    return fileSet.parse(JSON.parse(Buffer.from(list).toString('utf8')));
  } catch {
    return null;
  }
}

function parsed(source: string, field: string, kind: ArtifactSource['kind']): ArtifactSource {
  const found = parseArtifactSource(source);
  if (found?.kind === kind) return found;
  const form = kind === 'file' ? 'artifact:SHA256/NAME' : 'artifact:SHA256/NAME/';
  throw new SourceError('not-found', `${field} ${quoteText(source, 200)} is no ${kind} of the bucket: write ${form}`);
}

/** A garbage collection may have been faster than the worker. */
function missingOrThrow(error: unknown): null {
  if (error instanceof ArtifactLostError && error.reason === 'missing') return null;
  throw error;
}

function missing(source: string, field: string, option: string): SourceError {
  return new SourceError(
    'not-found',
    `${field} ${quoteText(source, 200)} is not in the bucket of the workers: put it there again with ${option}`,
  );
}
