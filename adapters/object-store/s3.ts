/** {@link ObjectStore} on S3, or anything that speaks its protocol with conditional writes. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { sha256OfFile } from './file-digest.ts';
import type { ObjectBody, ObjectHead, ObjectStore } from './object-store.ts';
import { sha256 } from '../../core/canonical.ts';
import { refuseTooLarge } from './too-large.ts';
import { isUnavailable, StoreUnavailableError } from './unavailable.ts';

export interface S3Options {
  readonly bucket: string;
  /** Put before every key, so that several projects can share a bucket. @default '' */
  readonly prefix?: string;
  /** Undefined: AWS itself. */
  readonly endpoint?: string;
  readonly region: string;
  /** Undefined: the SDK's own chain (environment, profile, instance role). */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** S3 deletes at most so many keys a call. */
const DELETE_BATCH = 1_000;

/**
 * Opens a bucket. Uploads carry their SHA-256, which the server checks before the object becomes visible,
 * so one PUT (S3 allows 5 GiB) is atomic and verified.
 */
export function openS3(options: S3Options): ObjectStore {
  const client = new S3Client({
    region: options.region,
    ...(options.endpoint ? { endpoint: options.endpoint, forcePathStyle: true } : {}),
    ...(options.credentials ? { credentials: options.credentials } : {}),
    // Temporal owns retries: an activity that can't reach the store is tried again, visibly.
    maxAttempts: 1,
  });
  return new S3ObjectStore(client, options.bucket, options.prefix ?? '');
}

class S3ObjectStore implements ObjectStore {
  readonly url: string;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor(client: S3Client, bucket: string, prefix: string) {
    this.#client = client;
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.url = `s3://${bucket}/${prefix}`;
  }

  async head(key: string): Promise<ObjectHead | null> {
    const head = await this.#orNull(key, () =>
      this.#client.send(new HeadObjectCommand({ ...this.#address(key), ChecksumMode: 'ENABLED' })),
    );
    return (
      head && {
        bytes: head.ContentLength ?? 0,
        etag: head.ETag ?? '',
        sha256: head.ChecksumSHA256 ? Buffer.from(head.ChecksumSHA256, 'base64').toString('hex') : null,
        modified: head.LastModified ?? new Date(0),
      }
    );
  }

  async get(key: string): Promise<{ body: Uint8Array; etag: string } | null> {
    return this.#orNull(key, async () => {
      const { Body, ETag } = await this.#client.send(new GetObjectCommand(this.#address(key)));
      return { body: await bytesOf(Body), etag: ETag ?? '' };
    });
  }

  async getRange(key: string, start: number, end: number): Promise<Uint8Array | null> {
    if (end <= start) return new Uint8Array(0);
    const range = `bytes=${start}-${end - 1}`;
    return this.#orNull(key, async () => {
      const { Body } = await this.#client.send(new GetObjectCommand({ ...this.#address(key), Range: range }));
      const bytes = await bytesOf(Body);
      if (bytes.length !== end - start)
        throw new RangeError(`${this.url}${key} has ${bytes.length} bytes where ${range} was asked for`);
      return bytes;
    });
  }

  async getStream(key: string): Promise<Readable | null> {
    return this.#orNull(key, async () => {
      const { Body } = await this.#client.send(new GetObjectCommand(this.#address(key)));
      return Body as Readable;
    });
  }

  putIfAbsent(key: string, body: ObjectBody): Promise<boolean> {
    return this.#put(key, body, { IfNoneMatch: '*' });
  }

  putIfMatch(key: string, body: ObjectBody, etag: string): Promise<boolean> {
    return this.#put(key, body, { IfMatch: etag });
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (let i = 0; i < keys.length; i += DELETE_BATCH) {
      const Objects = keys.slice(i, i + DELETE_BATCH).map((key) => ({ Key: this.#prefix + key }));
      const { Errors } = await this.#reach(`delete ${Objects.length} objects`, () =>
        this.#client.send(new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } })),
      );
      const failed = Errors?.[0];
      if (failed) throw new Error(`Could not delete ${failed.Key} in ${this.url}: ${failed.Code} ${failed.Message}`);
    }
  }

  async *list(prefix: string): AsyncIterable<{ key: string; bytes: number; modified: Date }> {
    const pages = paginateListObjectsV2(
      { client: this.#client },
      { Bucket: this.#bucket, Prefix: this.#prefix + prefix },
    );
    const iterator = pages[Symbol.asyncIterator]();
    for (;;) {
      const page = await this.#reach(`list ${prefix}`, () => iterator.next());
      if (page.done) return;
      for (const { Key, Size, LastModified } of page.value.Contents ?? [])
        yield {
          key: (Key ?? '').slice(this.#prefix.length),
          bytes: Size ?? 0,
          modified: LastModified ?? new Date(0),
        };
    }
  }

  async #put(key: string, body: ObjectBody, condition: { IfNoneMatch: '*' } | { IfMatch: string }): Promise<boolean> {
    const file = 'file' in body ? body.file : null;
    const bytes = 'file' in body ? (await stat(body.file)).size : body.length;
    refuseTooLarge(key, bytes);
    const digest = 'file' in body ? await sha256OfFile(body.file) : sha256(body);
    const command = new PutObjectCommand({
      ...this.#address(key),
      ...condition,
      Body: file ? createReadStream(file) : (body as Uint8Array),
      ContentLength: bytes,
      ChecksumSHA256: Buffer.from(digest, 'hex').toString('base64'),
    });
    try {
      await this.#reach(`put ${key}`, () => this.#client.send(command));
      return true;
    } catch (error) {
      if (isConditionFailed(error)) return false;
      throw error;
    }
  }

  #address(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + key };
  }

  async #orNull<T>(key: string, request: () => Promise<T>): Promise<T | null> {
    try {
      return await this.#reach(`get ${key}`, request);
    } catch (error) {
      if (
        error instanceof S3ServiceException &&
        error.$metadata.httpStatusCode === 404 &&
        error.name !== 'NoSuchBucket'
      )
        return null;
      throw error;
    }
  }

  async #reach<T>(what: string, request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      if (isUnavailable(error)) throw new StoreUnavailableError(this.url, what, { cause: error });
      throw error;
    }
  }
}

async function bytesOf(body: { transformToByteArray(): Promise<Uint8Array> } | undefined): Promise<Uint8Array> {
  return body ? body.transformToByteArray() : new Uint8Array(0);
}

/** 412 when the condition does not hold, 409 when two conditional writes meet, 404 for If-Match on no object. */
function isConditionFailed(error: unknown): boolean {
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
  const bucketMissing = error instanceof S3ServiceException && error.name === 'NoSuchBucket';
  return !bucketMissing && (status === 412 || status === 409 || status === 404);
}
