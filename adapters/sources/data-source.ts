/** Brings a data source to a local file: a path, an S3 URI, a data set of the hub, or the example that set-up built. */
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isArtifactSource } from '../../contracts/artifact-source.ts';
import { isHubSource } from '../../contracts/hub-source.ts';
import type { HubOrigin } from '../../contracts/steps.ts';
import { CARD, type CardConfig, cardConfigs, LARGEST_CARD } from '../hub/data-card.ts';
import { dataFilesOf } from '../hub/data-files.ts';
import type { Hub, HubCommit } from '../hub/hub.ts';
import { originOf } from '../hub/origin.ts';
import type { RowFormat } from '../rows/detect-format.ts';
import { MERGED, mergeShards, type Shard } from '../rows/merge-shards.ts';
import { type DataBuckets, fetchObject } from './bucket-source.ts';
import { type SourceRoots, takeLocalFile } from './local-source.ts';
import { SourceError } from './source-error.ts';
import { uploadedFile, type Uploads } from './uploads.ts';

export interface DataSources {
  /** Example name → file, e.g. `legal-fr` → `.veille/data/legal-fr.parquet`. */
  readonly examples: Readonly<Record<string, string>>;
  readonly buckets: DataBuckets;
  readonly roots: SourceRoots;
  readonly uploads: Uploads;
  readonly hub: Hub;
}

/** What is to be fetched. */
export interface DataSource {
  /** `example:NAME`, `artifact:SHA256/NAME`, `s3://bucket/key`, `hf://datasets/OWNER/NAME` or a path on the worker. */
  readonly source: string;
  /** Split of a data set of the hub. */
  readonly split: string;
  /** Columns that are read, and those of them that may hold numbers: of several files, no others are kept. */
  readonly columns: readonly string[];
  readonly numeric: readonly string[];
  /** Kept too, where they exist. */
  readonly optional: readonly string[];
  readonly format: RowFormat | 'auto';
  /** Name of the input's field that says so, for messages: `data.source`. */
  readonly field: string;
}

export interface FetchedData {
  readonly path: string;
  /** File name, which tells the format where the input leaves it to us. */
  readonly name: string;
  /** Of a file that was written here, whatever the input says of the source. */
  readonly format?: RowFormat;
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
 * @param folder of this one source alone, to which it is brought unless this machine keeps it elsewhere
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
  if (isArtifactSource(source)) {
    const { path, name } = await uploadedFile(data, sources.uploads, folder);
    return { path, name, origin: null };
  }
  if (source.startsWith('s3://')) return { ...(await fetchObject(data, sources.buckets, folder)), origin: null };
  if (isHubSource(source)) return fromHub(data, sources, folder, fetching);
  const name = basename(source);
  const path = await takeLocalFile(source, sources.roots, { source, field, kind: 'data' }, join(folder, 'file'));
  return { path, name, origin: null };
}

async function fromHub(
  data: DataSource,
  { hub }: DataSources,
  folder: string,
  { onBytes, signal }: Fetching,
): Promise<FetchedData> {
  const { source, field, split } = data;
  const commit = await hub.commit({ source, field, signal });
  if (commit.parsed.kind !== 'dataset')
    throw new SourceError(
      'not-found',
      `${field} ${source} is a model of the hub: a data set's address begins with hf://datasets/`,
    );
  const files = dataFilesOf(commit, split, await configsOf(hub, commit));
  const shards: Shard[] = [];
  for (const file of files) {
    const path = await hub.file(commit, file, (done) => onBytes(file.path, done, file.bytes));
    shards.push({ path, name: file.path });
  }
  const [only] = shards;
  const origin = originOf(commit);
  if (only && shards.length === 1) return { path: only.path, name: basename(only.name), origin };
  const path = join(folder, MERGED);
  const section = field.slice(0, field.lastIndexOf('.'));
  await mergeShards(shards, { ...data, section, path, signal });
  return { path, name: MERGED, format: 'jsonl', origin };
}

/** Of a data set whose source names no file. */
async function configsOf(hub: Hub, commit: HubCommit): Promise<CardConfig[]> {
  const { files, parsed } = commit;
  const card = files.find(({ path }) => path === CARD);
  const isNamed = files.some(({ path }) => path === parsed.path);
  if (!card || isNamed || card.bytes > LARGEST_CARD) return [];
  return cardConfigs(await readFile(await hub.file(commit, card), 'utf8'));
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
