/** The bucket as the rest of the program sees it: immutable puts, conditional moves, range reads. */
import type { Readable } from 'node:stream';

/** An object's bytes, in memory or as a file that is streamed. */
export type ObjectBody = Uint8Array | { readonly file: string };

export interface ObjectHead {
  readonly bytes: number;
  readonly etag: string;
  /** Hex SHA-256 as the server keeps it since the upload; null where the server keeps none. */
  readonly sha256: string | null;
  readonly modified: Date;
}

export interface ObjectStore {
  /** `s3://bucket/prefix`, for messages and links. */
  readonly url: string;

  /** Null when there is no such object. */
  head(key: string): Promise<ObjectHead | null>;

  /** Whole object in memory with its ETag, or null when there is none. */
  get(key: string): Promise<{ readonly body: Uint8Array; readonly etag: string } | null>;

  /** Bytes [start, end) of an object; null when there is none. Throws when the object is shorter. */
  getRange(key: string, start: number, end: number): Promise<Uint8Array | null>;

  /** The object's bytes as a stream, or null when there is none. */
  getStream(key: string): Promise<Readable | null>;

  /**
   * Writes the object only if the key is free (`If-None-Match: *`).
   *
   * @returns false when somebody else's object is there already: the first writer wins.
   * @throws ObjectTooLargeError, as the next one does
   */
  putIfAbsent(key: string, body: ObjectBody): Promise<boolean>;

  /**
   * Replaces the object only if it is still the one with `etag` (`If-Match`).
   *
   * @returns false when it has changed or gone.
   */
  putIfMatch(key: string, body: ObjectBody, etag: string): Promise<boolean>;

  /** Deletes keys; absent ones are no error. */
  delete(keys: readonly string[]): Promise<void>;

  /** Objects under a prefix, in key order. */
  list(prefix: string): AsyncIterable<{ readonly key: string; readonly bytes: number; readonly modified: Date }>;
}
