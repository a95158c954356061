/** {@link ObjectStore} on S3, or anything that speaks its protocol with conditional writes. */
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { sha256 } from '../../core/canonical.ts';
import { mapParallel } from '../requests/map-parallel.ts';
import { sha256OfStream } from './file-digest.ts';
import type { ObjectBody, ObjectHead, ObjectStore } from './object-store.ts';
import { FaultError, type Request, requireS3Answer, S3Requests, sha256Of, type S3Options } from './s3-client.ts';
import { type Answer, resumedBody } from './s3-download.ts';
import { type Fault, isKnownCode } from './s3-fault.ts';
import { openUpload, type Upload } from './s3-upload.ts';
import { StoredBytesDamagedError, StoreRefusedError, StoreUnavailableError } from './store-error.ts';

export type { S3Limits, S3Options } from './s3-client.ts';

/** S3 deletes at most so many keys a call. */
const DELETE_BATCH = 1_000;
/** Where a server deletes one by one. */
const PARALLEL_DELETES = 8;
/** How a server says that it can't delete several at once. */
const NO_BATCHES = new Set(['NotImplemented', 'MethodNotAllowed', 'MissingContentMD5', 'HTTP 405', 'HTTP 501']);

/** Bytes a millisecond that a server may take to hash and move what it has received, before it answers. */
const SERVER_SPEED = 50_000;
/** Large bodies wait so long for the server's word to begin, and then begin without it. */
const CONTINUE_MS = 6_000;

/** Times an object is read when the bytes that came are not those that were stored. */
const READS = 3;

/**
 * Opens a bucket. Uploads carry their SHA-256, which the server checks before the object becomes visible,
 * so one PUT (S3 allows 5 GiB) is atomic and verified.
 */
export function openS3(options: S3Options): ObjectStore {
  return new S3ObjectStore(options);
}

type Condition = { readonly IfNoneMatch: '*' } | { readonly IfMatch: string };

interface Range {
  readonly start: number;
  /** Null: to the end of the object. */
  readonly end: number | null;
}

const WHOLE: Range = { start: 0, end: null };

class S3ObjectStore implements ObjectStore {
  readonly url: string;
  readonly #requests: S3Requests;
  readonly #bucket: string;
  readonly #prefix: string;
  #deletesInBatches = true;

  constructor(options: S3Options) {
    const { bucket, prefix = '' } = options;
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.url = `s3://${bucket}/${prefix}`;
    this.#requests = new S3Requests(options, this.url);
  }

  async head(key: string): Promise<ObjectHead | null> {
    return orNull(async () => {
      const request: Request = { what: `head ${key}`, key, expects: ['absent'] };
      const ask = this.#requests.send(request, async (client, { signal: abortSignal }) => {
        const command = new HeadObjectCommand({ ...this.#address(key), ChecksumMode: 'ENABLED' });
        const head = await client.send(command, { abortSignal });
        requireS3Answer(head.ETag !== undefined);
        return head;
      });
      const { answer, watch } = await ask.catch((error: unknown) => this.#explain(key, error));
      watch.stop();
      return {
        bytes: answer.ContentLength ?? 0,
        etag: answer.ETag ?? '',
        sha256: sha256Of(answer),
        modified: answer.LastModified ?? new Date(0),
      };
    });
  }

  async get(key: string): Promise<{ body: Uint8Array; etag: string } | null> {
    return orNull(async () => {
      let before: string | null = null;
      for (let read = 1; ; read++) {
        const first = await this.#open(key, WHOLE);
        const body = await collect(this.#bytesOf(key, WHOLE, first));
        if (first.sha256 === null) return { body, etag: first.etag };
        const found = sha256(body);
        if (found === first.sha256) return { body, etag: first.etag };
        // The same wrong bytes twice are those on the server's disk; others were changed on their way here.
        if (found === before || read === READS) throw new StoredBytesDamagedError(this.url, key, first.sha256, found);
        before = found;
      }
    });
  }

  async getRange(key: string, start: number, end: number): Promise<Uint8Array | null> {
    if (end <= start) return new Uint8Array(0);
    return orNull(async () => {
      const range = { start, end };
      const bytes = await this.#open(key, range).then(
        (first) => collect(this.#bytesOf(key, range, first)),
        (error: unknown) => {
          if (error instanceof FaultError && error.fault.kind === 'range') return new Uint8Array(0);
          throw error;
        },
      );
      if (bytes.length !== end - start)
        throw new RangeError(`${this.url}${key} has ${bytes.length} bytes where [${start}, ${end}) were asked for`);
      return bytes;
    });
  }

  async getStream(key: string): Promise<Readable | null> {
    return orNull(async () => {
      const first = await this.#open(key, WHOLE);
      return Readable.from(this.#verified(key, first), { objectMode: false });
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
      const batch = keys.slice(i, i + DELETE_BATCH);
      if (this.#deletesInBatches) this.#deletesInBatches = await this.#deleteBatch(batch);
      if (!this.#deletesInBatches)
        await mapParallel(batch, (key) => this.#deleteOne(key), { concurrency: PARALLEL_DELETES });
    }
  }

  async *list(prefix: string): AsyncIterable<{ key: string; bytes: number; modified: Date }> {
    const place = { Bucket: this.#bucket, Prefix: this.#prefix + prefix };
    let ContinuationToken: string | undefined;
    do {
      const page: ListObjectsV2CommandOutput = await this.#once(`list ${prefix}`, (client, abortSignal) =>
        client.send(new ListObjectsV2Command({ ...place, ContinuationToken }), { abortSignal }).then((answer) => {
          requireS3Answer(answer.IsTruncated !== undefined || answer.KeyCount !== undefined);
          return answer;
        }),
      );
      for (const { Key = '', Size = 0, LastModified = new Date(0) } of page.Contents ?? [])
        yield { key: Key.slice(this.#prefix.length), bytes: Size, modified: LastModified };
      ContinuationToken = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (ContinuationToken !== undefined);
  }

  /**
   * A write whose answer was lost is sent again, and then refused by its own condition: what is there decides, so that a
   * write which was done is never reported as one that was not.
   */
  async #put(key: string, body: ObjectBody, condition: Condition): Promise<boolean> {
    const upload = await openUpload(key, body);
    let mayBeDone = false;
    try {
      await this.#send(key, upload, condition, ({ kind }) => (mayBeDone ||= kind === 'outage'));
      return true;
    } catch (error) {
      // A server without the object answers 404 to If-Match.
      if (!(error instanceof FaultError)) throw error;
      return mayBeDone && (await this.#holds(key, upload));
    } finally {
      await upload.close();
    }
  }

  async #send(key: string, upload: Upload, condition: Condition, onFault: (fault: Fault) => void): Promise<void> {
    const { bytes, digest } = upload;
    const { watch } = await this.#requests.send(
      { what: `put ${key}`, key, expects: ['condition', ...('IfMatch' in condition ? ['absent' as const] : [])] },
      async (client, attempt) => {
        attempt.moved(CONTINUE_MS);
        const Body = upload.stream((left) => attempt.moved(left > 0 ? 0 : bytes / SERVER_SPEED));
        // A stream without a listener for its errors ends the process.
        Body.on('error', (error) => attempt.fail(error));
        const command = new PutObjectCommand({
          ...this.#address(key),
          ...condition,
          Body,
          ContentLength: bytes,
          ChecksumSHA256: Buffer.from(digest, 'hex').toString('base64'),
        });
        try {
          const answer = await client.send(command, { abortSignal: attempt.signal });
          requireS3Answer(answer.ETag !== undefined);
          return answer;
        } catch (error) {
          if (DIGEST_CODES.has((error as Error).name)) await upload.verify();
          throw error;
        } finally {
          Body.destroy();
        }
      },
      onFault,
    );
    watch.stop();
  }

  /** Whether the object is, byte for byte, what was to be written. */
  async #holds(key: string, { bytes, digest }: Upload): Promise<boolean> {
    const head = await this.head(key);
    if (!head || head.bytes !== bytes) return false;
    if (head.sha256 !== null) return head.sha256 === digest;
    const stream = await this.getStream(key);
    return stream !== null && (await sha256OfStream(stream)) === digest;
  }

  /** False where the server does not know the request. */
  async #deleteBatch(keys: readonly string[]): Promise<boolean> {
    const Objects = keys.map((key) => ({ Key: this.#prefix + key }));
    const what = `delete ${keys.length} objects`;
    try {
      const { Errors = [] } = await this.#once(what, async (client, abortSignal) => {
        const command = new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: false } });
        const answer = await client.send(command, { abortSignal });
        requireS3Answer(answer.Deleted !== undefined || answer.Errors !== undefined);
        return answer;
      });
      const [failed] = Errors;
      if (!failed) return true;
      const cause = new Error(`${failed.Key}: ${failed.Code} ${failed.Message}`);
      throw failed.Code === 'AccessDenied'
        ? new StoreRefusedError(this.url, what, 'Give these credentials the right to delete', {
            cause,
            code: failed.Code,
          })
        : new StoreUnavailableError(this.url, what, { cause });
    } catch (error) {
      // A server that does not know the request calls it wrong in a way of its own.
      const isStranger = (refused: StoreRefusedError): boolean => refused.status === 400 && !isKnownCode(refused.code);
      if (error instanceof StoreRefusedError && (isStranger(error) || NO_BATCHES.has(error.code))) return false;
      throw error;
    }
  }

  async #deleteOne(key: string): Promise<void> {
    await orNull(() =>
      this.#once(`delete ${key}`, (client, abortSignal) =>
        client.send(new DeleteObjectCommand(this.#address(key)), { abortSignal }),
      ),
    );
  }

  /** The refusal of a HEAD has no body that says why; that of a GET has. */
  async #explain(key: string, error: unknown): Promise<never> {
    if (!(error instanceof StoreRefusedError) || error.status === null) throw error;
    const answer = await this.#open(key, { start: 0, end: 1 }).catch((explained: unknown) => {
      throw explained instanceof FaultError ? error : explained;
    });
    answer.watch.stop();
    answer.body.destroy();
    throw error;
  }

  /** A request whose answer is whole when it comes. */
  async #once<T>(
    what: string,
    ask: (client: Parameters<Parameters<S3Requests['send']>[1]>[0], abortSignal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { answer, watch } = await this.#requests.send({ what }, (client, { signal }) => ask(client, signal));
    watch.stop();
    return answer;
  }

  async #open(key: string, { start, end }: Range, etag?: string): Promise<Answer> {
    const isPart = start > 0 || end !== null;
    const expects: Request['expects'] = [
      'absent',
      ...(end === null ? [] : ['range' as const]),
      ...(etag === undefined ? [] : ['condition' as const]),
    ];
    const { answer, watch } = await this.#requests.send(
      { what: `get ${key}`, key, expects },
      async (client, attempt) => {
        const command = new GetObjectCommand({
          ...this.#address(key),
          ...(isPart && { Range: `bytes=${start}-${end === null ? '' : end - 1}` }),
          ...(etag !== undefined && { IfMatch: etag }),
        });
        const got = await client.send(command, { abortSignal: attempt.signal });
        requireS3Answer(got.ETag !== undefined && (!isPart || got.ContentRange !== undefined));
        return got;
      },
    );
    return {
      etag: answer.ETag ?? '',
      length: answer.ContentLength ?? null,
      sha256: isPart ? null : sha256Of(answer),
      body: answer.Body as Readable,
      watch,
    };
  }

  /** The bytes of a range through breaks of the connection. */
  #bytesOf(key: string, { start, end }: Range, first: Answer): AsyncGenerator<Uint8Array, void> {
    const what = `get ${key}`;
    const reopen = async (offset: number): Promise<Answer> => {
      const replaced = (cause: unknown): Error =>
        new StoreUnavailableError(this.url, what, {
          cause: new Error('it was replaced while it was read', { cause }),
          key,
        });
      const answer = await this.#open(key, { start: start + offset, end }, first.etag).catch((error: unknown) => {
        throw error instanceof FaultError ? replaced(error) : error;
      });
      if (answer.etag !== first.etag) throw replaced(undefined);
      return answer;
    };
    return resumedBody(first, reopen, this.#requests.tries({ what, key }));
  }

  /** A whole object, whose digest is known once its last byte has been handed on. */
  async *#verified(key: string, first: Answer): AsyncIterable<Uint8Array> {
    const hash = createHash('sha256');
    for await (const chunk of this.#bytesOf(key, WHOLE, first)) {
      if (first.sha256 !== null) hash.update(chunk);
      yield chunk;
    }
    const found = hash.digest('hex');
    if (first.sha256 !== null && found !== first.sha256)
      throw new StoredBytesDamagedError(this.url, key, first.sha256, found);
  }

  #address(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + key };
  }
}

const DIGEST_CODES = new Set(['BadDigest', 'XAmzContentSHA256Mismatch', 'InvalidDigest']);

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

async function orNull<T>(request: () => Promise<T>): Promise<T | null> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof FaultError && error.fault.kind === 'absent') return null;
    throw error;
  }
}
