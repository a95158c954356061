/**
 * Tells an object that its server can't read from a server that is away. A disk that has lost a block answers 500 for one
 * object for ever, which looks like an outage: it is damage once the same object has failed for a minute and others, asked
 * for at that moment, are all served.
 */
import { Readable } from 'node:stream';
import type { ObjectStore } from './object-store.ts';
import { StoredBytesDamagedError, StoreUnavailableError } from './store-error.ts';

export interface DamagePatience {
  /** Failures of one object before it is suspected. */
  readonly failures: number;
  /** Milliseconds between the first and the last of them. */
  readonly during: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const PATIENCE: DamagePatience = { failures: 5, during: 60_000, now: Date.now };

/** Objects that must all be served for the server to count as there: where it has lost one disk of several, some are not. */
const OTHERS = 8;
/** Objects that these are drawn from. */
const LISTED = 1_000;
/** Objects that are remembered as failing. */
const SUSPECTS = 1_000;

/** The server answers, and can't give out this object. */
export class UnreadableObjectError extends StoredBytesDamagedError {
  constructor(url: string, key: string, cause: StoreUnavailableError) {
    super(url, key, '', `nothing: the server answers ${cause.status} for this object, and serves others`);
    this.message =
      `Object ${key} in ${url} is damaged: the server has answered ${cause.status} for it again and again, and serves ` +
      'others. Look into the log and the disks of the S3 server';
    this.cause = cause;
  }
}

/** The store, whose reads fail with {@link UnreadableObjectError} for an object that is damaged. */
export function watchDamage(store: ObjectStore, patience: DamagePatience = PATIENCE): ObjectStore {
  const watch = new DamageWatch(store, patience);
  return {
    url: store.url,
    head: (key) => watch.asked(key, () => store.head(key)),
    get: (key) => watch.read(key, () => store.get(key)),
    getRange: (key, start, end) => watch.read(key, () => store.getRange(key, start, end)),
    async getStream(key) {
      const stream = await watch.asked(key, () => store.getStream(key));
      return stream && Readable.from(watch.streamed(key, stream), { objectMode: false });
    },
    putIfAbsent: (key, body) => store.putIfAbsent(key, body),
    putIfMatch: (key, body, etag) => store.putIfMatch(key, body, etag),
    delete: (keys) => store.delete(keys),
    list: (prefix) => store.list(prefix),
  };
}

class DamageWatch {
  readonly #store: ObjectStore;
  readonly #patience: DamagePatience;
  readonly #suspects = new Map<string, { readonly since: number; readonly failures: number }>();

  constructor(store: ObjectStore, patience: DamagePatience) {
    this.#store = store;
    this.#patience = patience;
  }

  async asked<T>(key: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw await this.#judged(key, error);
    }
  }

  /** A head is served where the bytes are not: only they clear an object. */
  async read<T>(key: string, read: () => Promise<T>): Promise<T> {
    const bytes = await this.asked(key, read);
    this.#suspects.delete(key);
    return bytes;
  }

  async *streamed(key: string, stream: Readable): AsyncGenerator<Uint8Array, void> {
    try {
      yield* stream as AsyncIterable<Uint8Array>;
    } catch (error) {
      throw await this.#judged(key, error);
    }
    this.#suspects.delete(key);
  }

  /** What the failure is; a connection that is not answered says nothing of the object. */
  async #judged(key: string, error: unknown): Promise<unknown> {
    if (!(error instanceof StoreUnavailableError) || error.status === null || error.status < 500) return error;
    const now = this.#patience.now();
    const { since, failures } = this.#suspects.get(key) ?? { since: now, failures: 0 };
    if (this.#suspects.size >= SUSPECTS) this.#suspects.clear();
    this.#suspects.set(key, { since, failures: failures + 1 });
    const isSuspect = failures + 1 >= this.#patience.failures && now - since >= this.#patience.during;
    return isSuspect && (await this.#servesOthers()) ? new UnreadableObjectError(this.#store.url, key, error) : error;
  }

  /** Whether several other objects, drawn at random, can be read. */
  async #servesOthers(): Promise<boolean> {
    try {
      const keys: string[] = [];
      for await (const { key, bytes } of this.#store.list('artifacts/')) {
        if (bytes > 0 && !this.#suspects.has(key)) keys.push(key);
        if (keys.length === LISTED) break;
      }
      const drawn = Array.from({ length: OTHERS }, () => keys[Math.floor(Math.random() * keys.length)]);
      const asked = await Promise.all(
        drawn.map(async (key) => key !== undefined && (await this.#store.getRange(key, 0, 1)) !== null),
      );
      return asked.every(Boolean);
    } catch {
      return false;
    }
  }
}
