/** Brings a data source to a local file: a path, an S3 URI, a data set of the hub, or the example that set-up built. */
import { createWriteStream } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { S3ServiceException } from '@aws-sdk/client-s3';
import { isHubSource } from '../../contracts/hub-source.ts';
import type { HubOrigin } from '../../contracts/steps.ts';
import { dataFileOf } from '../hub/choose-files.ts';
import type { Hub } from '../hub/hub.ts';
import { originOf } from '../hub/origin.ts';
import type { ObjectStore } from '../object-store/object-store.ts';
import { SourceError } from './source-error.ts';

export interface DataSources {
  /** Example name → file, e.g. `legal-fr` → `.veille/data/legal-fr.parquet`. */
  readonly examples: Readonly<Record<string, string>>;
  /** Opens another bucket with the worker's credentials. */
  readonly openBucket: (bucket: string) => ObjectStore;
  readonly hub: Hub;
}

/** What is to be fetched. */
export interface DataSource {
  /** `example:NAME`, `s3://bucket/key`, `hf://datasets/OWNER/NAME` or a path on the worker. */
  readonly source: string;
  /** Split of a data set of the hub. */
  readonly split: string;
  /** Name of the input's field that says so, for messages: `data.source`. */
  readonly field: string;
}

export interface FetchedData {
  readonly path: string;
  /** File name, which tells the format. */
  readonly name: string;
  /** Null: it is not of the hub. */
  readonly origin: HubOrigin | null;
}

/** How far the fetching is, and what stops it. */
export interface Fetching {
  /** Called with what is being fetched, and its bytes: those here, and all. */
  readonly onBytes: (name: string, done: number, total: number) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * @param folder where an object is downloaded to
 * @throws SourceError (`not-found`) with the field, the source and what to do
 * @throws HubUnavailableError
 */
export async function fetchData(
  data: DataSource,
  sources: DataSources,
  folder: string,
  fetching: Fetching,
): Promise<FetchedData> {
  const { source, field } = data;
  if (source.startsWith('example:')) return fromExample(data, sources);
  if (source.startsWith('s3://')) return fromBucket(data, sources, folder);
  if (isHubSource(source)) return fromHub(data, sources, fetching);
  const found = await stat(source).catch(() => null);
  if (!found?.isFile())
    throw new SourceError(
      'not-found',
      `${field} ${source} is no file on the worker: give a path the worker can read, or an s3:// URI`,
    );
  await access(source, constants.R_OK).catch((cause: unknown) => {
    throw new SourceError('not-found', `${field} ${source} can't be read by the worker's user`, { cause });
  });
  return { path: source, name: basename(source), origin: null };
}

async function fromHub(
  { source, field, split }: DataSource,
  { hub }: DataSources,
  { onBytes, signal }: Fetching,
): Promise<FetchedData> {
  const commit = await hub.commit({ source, field, signal });
  if (commit.parsed.kind !== 'dataset')
    throw new SourceError(
      'not-found',
      `${field} ${source} is a model of the hub: a data set's address begins with hf://datasets/`,
    );
  const file = dataFileOf(commit, split);
  const path = await hub.file(commit, file, (done) => onBytes(file.path, done, file.bytes));
  return { path, name: basename(file.path), origin: originOf(commit) };
}

async function fromExample({ source, field }: DataSource, { examples }: DataSources): Promise<FetchedData> {
  const name = source.slice('example:'.length);
  const path = examples[name];
  if (path === undefined)
    throw new SourceError(
      'not-found',
      `${field} example:${name} is unknown: there is ${Object.keys(examples)
        .map((known) => `example:${known}`)
        .join(', ')}`,
    );
  if (!(await stat(path).catch(() => null)))
    throw new SourceError(
      'not-found',
      `${field} example:${name} is not built on this worker (${path}): run npm run setup`,
    );
  return { path, name: basename(path), origin: null };
}

async function fromBucket(
  { source: uri, field }: DataSource,
  { openBucket }: DataSources,
  folder: string,
): Promise<FetchedData> {
  const match = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri);
  const [, bucket, key] = match ?? [];
  if (bucket === undefined || key === undefined)
    throw new SourceError('not-found', `${field} ${uri} is no S3 URI: write s3://bucket/key`);
  const stream = await openBucket(bucket)
    .getStream(key)
    .catch((cause: unknown) => {
      if (cause instanceof S3ServiceException && (cause.$metadata.httpStatusCode ?? 500) < 500)
        throw new SourceError(
          'not-found',
          `${field} ${uri} can't be read: ${cause.name}. Check the bucket's name and the worker's permissions`,
          { cause },
        );
      throw cause;
    });
  if (!stream) throw new SourceError('not-found', `${field} ${uri} does not exist: there is no such key in the bucket`);
  const path = join(folder, basename(key));
  await pipeline(stream, createWriteStream(path));
  return { path, name: basename(key), origin: null };
}
