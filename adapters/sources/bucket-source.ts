/** Objects that an input names by `s3://bucket/key`: of the buckets that the configuration allows, and none of veille's own. */
import { createWriteStream } from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { quoteNames, quoteText } from '../../contracts/quote.ts';
import type { ObjectStore } from '../object-store/object-store.ts';
import { StoreRefusedError } from '../object-store/store-error.ts';
import { SourceError } from './source-error.ts';

export interface DataBuckets {
  /** `bucket`, or `bucket/prefix` for what begins so: an input may name objects there. */
  readonly allowed: readonly string[];
  /** The workers' own bucket, and what they put before every key. */
  readonly own: { readonly bucket: string; readonly prefix: string };
  /** Opens a bucket with the worker's credentials. */
  readonly open: (bucket: string) => ObjectStore;
}

/** Folders of the own bucket that hold what workers write for one another. Artifacts are data and models. */
const INTERNAL = ['checkpoints/', 'embeddings/', 'gc/', 'models/', 'runs/', 'steps/'];

/**
 * @param folder where the object is downloaded to
 * @param field of the input, for messages
 * @returns where it is, and the object's name, which tells its format
 * @throws SourceError (`not-found`) with the field, the source and what to do
 */
export async function fetchObject(
  { source: uri, field }: { readonly source: string; readonly field: string },
  buckets: DataBuckets,
  folder: string,
): Promise<{ readonly path: string; readonly name: string }> {
  const refuse = (reason: string, cause?: unknown): SourceError =>
    new SourceError('not-found', `${field} ${quoteText(uri, 200)} ${reason}`, { cause });
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  if (bucket === undefined || key === undefined) throw refuse('is no S3 URI: write s3://bucket/key');
  if (!isAllowed(bucket, key, buckets))
    throw refuse(
      `is not in a bucket that the worker may read for an input, which are ${quoteNames(buckets.allowed)}: set ` +
        'VEILLE_DATA_BUCKETS on the worker, or give what lies beside you with --data FILE',
    );
  if (isInternal(bucket, key, buckets.own))
    throw refuse(`is what workers write for one another, and no data: take another key than ${quoteNames(INTERNAL)}…`);
  const stream = await buckets
    .open(bucket)
    .getStream(key)
    .catch((cause: unknown) => {
      if (cause instanceof StoreRefusedError)
        throw refuse(`can't be read: ${cause.code}. Check the bucket's name and the worker's permissions`, cause);
      throw cause;
    });
  if (!stream) throw refuse('does not exist: there is no such key in the bucket');
  // Not under its own name, which may be any.
  const path = join(folder, 'object');
  await pipeline(stream, createWriteStream(path));
  return { path, name: basename(key) };
}

function isAllowed(bucket: string, key: string, { allowed }: DataBuckets): boolean {
  return allowed.some((entry) => {
    const slash = entry.indexOf('/');
    return slash < 0 ? entry === bucket : entry.slice(0, slash) === bucket && key.startsWith(entry.slice(slash + 1));
  });
}

function isInternal(bucket: string, key: string, own: DataBuckets['own']): boolean {
  if (bucket !== own.bucket || !key.startsWith(own.prefix)) return false;
  return INTERNAL.some((folder) => key.startsWith(own.prefix + folder));
}
