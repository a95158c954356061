/**
 * `--data FILE`, `--model FOLDER` and `--guard NAME=FILE`: sources that lie beside the person who types. The input names
 * them by their digests, so that workers anywhere find them in the bucket, and a plan knows them before they are there.
 */
import { counted } from '../../contracts/count.ts';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { ObjectTooLargeError } from '../../adapters/object-store/too-large.ts';
import { CondemnedError } from '../../adapters/retention/retention-error.ts';
import { SourceError } from '../../adapters/sources/source-error.ts';
import {
  describeFile,
  describeFolder,
  type LocalFile,
  storeUpload,
  type Upload,
} from '../../adapters/sources/uploads.ts';
import { requireBucket, tellingOfBucket } from '../bucket.ts';
import { print, type Terminal } from '../context.ts';
import { CliError, EXIT, UsageError } from '../exit.ts';
import { formatBytes, formatCount } from '../render/quantity.ts';
import { type Assignment, assign, type InputObject, isObject, parseAssignment } from './assignment.ts';

export interface LocalSourceOptions {
  /** Path of a file of rows. */
  readonly data?: string;
  /** Path of a sentence-transformers folder. */
  readonly model?: string;
  /** `NAME=FILE`. */
  readonly guard?: readonly string[];
  /** `key.path=value`, the later over the earlier. */
  readonly set?: readonly string[];
}

export interface WithLocalSources {
  /** The input, which names the uploads. */
  readonly input: InputObject;
  readonly uploads: readonly Upload[];
}

/** Milliseconds between two lines of progress. */
const INTERVAL = 2_000;

/**
 * Reads what the options name for its digest, and lays it over the input; nothing is stored.
 *
 * @throws {UsageError} for what is not there, or no such thing
 */
export async function withLocalSources(
  input: InputObject,
  { data, model, guard = [], set = [] }: LocalSourceOptions,
): Promise<WithLocalSources> {
  const given: { path: string[]; upload: Upload }[] = [];
  const assignments = set.map(parseAssignment);
  try {
    if (data !== undefined) {
      refuseBoth('--data', ['data', 'source'], assignments);
      given.push({ path: ['data'], upload: await describeFile(data, '--data') });
    }
    if (model !== undefined) {
      refuseBoth('--model', ['model', 'source'], assignments);
      given.push({ path: ['model'], upload: await describeFolder(model, '--model') });
    }
    for (const text of guard) {
      const [, name, file] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
      if (name === undefined || file === undefined)
        throw new UsageError(`--guard "${text}": write NAME=FILE, for example --guard civil=civil.csv`);
      refuseBoth(`--guard ${name}`, ['gate', 'guards', name, 'data', 'source'], assignments);
      given.push({ path: ['gate', 'guards', name, 'data'], upload: await describeFile(file, '--guard') });
    }
  } catch (cause) {
    throw cause instanceof SourceError ? new UsageError(cause.message, { cause }) : cause;
  }
  return {
    input: given.reduce(
      (under, { path, upload }) => assign(under, { path: [...path, 'source'], value: upload.source }),
      input,
    ),
    uploads: given.map(({ upload }) => upload),
  };
}

/** @throws {UsageError} where an assignment names the source that the option gives: which one is meant is not known */
function refuseBoth(option: string, path: readonly string[], assignments: readonly Assignment[]): void {
  const isNamed = assignments.some(
    (one) =>
      one.path.every((name, depth) => name === path[depth]) &&
      valueAt(one.value, path.slice(one.path.length)) !== undefined,
  );
  if (isNamed) throw new UsageError(`${option} and --set ${path.join('.')}=… both name a source: give one of them.`);
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((node, name) => (isObject(node) ? node[name] : undefined), value);
}

/**
 * Puts into the bucket what it lacks of the uploads, telling how many bytes of all of them that is.
 *
 * @param bucket asked for only where there is something to store; its store is null where there is no bucket yet
 * @throws {CliError} when the bucket can't be used
 */
export async function storeLocalSources(
  uploads: readonly Upload[],
  bucket: () => { readonly store: ObjectStore | null },
  { err }: Terminal,
): Promise<void> {
  if (uploads.length === 0) return;
  const objects = requireBucket(bucket().store);
  const artifacts = new ArtifactStore(objects, join(tmpdir(), 'veille-cache'));
  const files = uploads.flatMap((upload) => upload.files);
  const total = sizeOf(files);
  await tellingOfUpload(async () => {
    print(err, [
      `Putting ${uploads.map(nameOf).join(', ')} into ${objects.url}: ${total} in ${counted(files.length, 'file')} …`,
    ]);
    const done: LocalFile[] = [];
    let saidAt = performance.now();
    for (const upload of uploads)
      await storeUpload(upload, artifacts, (file) => {
        done.push(file);
        if (done.length === files.length || performance.now() - saidAt < INTERVAL) return;
        saidAt = performance.now();
        print(err, [`${sizeOf(done)} of ${total}, ${formatCount(done.length)} of ${counted(files.length, 'file')} …`]);
      });
  });
}

function nameOf({ source }: Upload): string {
  return source.replace(/^artifact:[0-9a-f]+\//, '');
}

function sizeOf(files: readonly LocalFile[]): string {
  return formatBytes(files.reduce((sum, { bytes }) => sum + bytes, 0));
}

async function tellingOfUpload(work: () => Promise<void>): Promise<void> {
  try {
    await tellingOfBucket(work);
  } catch (cause) {
    const isForeseen = cause instanceof ObjectTooLargeError || cause instanceof CondemnedError;
    throw isForeseen ? new CliError(cause.message, EXIT.failed, { cause }) : cause;
  }
}
