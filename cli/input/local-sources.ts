/**
 * `--data FILE`, `--model FOLDER` and `--guard NAME=FILE`: sources that lie beside the person who types. The input names
 * them by their digests, so that workers anywhere find them in the bucket, and a plan knows them before they are there.
 */
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
import { assign, type InputObject } from './assignment.ts';

export interface LocalSourceOptions {
  /** Path of a file of rows. */
  readonly data?: string;
  /** Path of a sentence-transformers folder. */
  readonly model?: string;
  /** `NAME=FILE`. */
  readonly guard?: readonly string[];
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
  { data, model, guard = [] }: LocalSourceOptions,
): Promise<WithLocalSources> {
  const given: { path: string[]; upload: Upload }[] = [];
  try {
    if (data !== undefined) given.push({ path: ['data'], upload: await describeFile(data, '--data') });
    if (model !== undefined) given.push({ path: ['model'], upload: await describeFolder(model, '--model') });
    for (const text of guard) {
      const [, name, file] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
      if (name === undefined || file === undefined)
        throw new UsageError(`--guard "${text}": write NAME=FILE, for example --guard civil=civil.csv`);
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

/**
 * Puts into the bucket what it lacks of the uploads, telling how far that is.
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
  await tellingOfUpload(async () => {
    for (const upload of uploads) {
      const name = upload.source.replace(/^artifact:[0-9a-f]+\//, '');
      print(err, [`Putting ${name}, ${sizeOf(upload.files)}, into ${objects.url} …`]);
      let saidAt = performance.now();
      await storeUpload(upload, artifacts, (_, done, total) => {
        if (done === total || performance.now() - saidAt < INTERVAL) return;
        saidAt = performance.now();
        print(err, [`${formatCount(done)} of ${formatCount(total)} files, ${sizeOf(upload.files.slice(0, done))} …`]);
      });
    }
  });
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
