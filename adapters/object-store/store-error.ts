/** What an object store fails with, beside bytes that are not there: away for a while, a refusal, damage. */

/** Of WebDAV, which S3 servers have taken over. */
const INSUFFICIENT_STORAGE = 507;

interface Answer {
  readonly cause: unknown;
  /** HTTP status of the last answer; null or left out: there was none. */
  readonly status?: number | null;
  /** The object that was asked for; null or left out: several, or none. */
  readonly key?: string | null;
}

/** The store can't be reached, or can't serve now, whatever it was asked: wait and try again. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
  readonly status: number | null;
  readonly key: string | null;

  /** @param what was asked, such as "get steps/split/…" */
  constructor(url: string, what: string, { cause, status = null, key = null }: Answer) {
    super(`The object store ${url} is not reachable (${what}): ${messageOf(cause)}${fullDisk(status, what)}`, {
      cause,
    });
    this.status = status;
    this.key = key;
  }
}

/** The store says no, and will until somebody changes the bucket, the server or this machine's settings. */
export class StoreRefusedError extends Error {
  override readonly name = 'StoreRefusedError';
  /** S3's error code, or what stands for it: `AccessDenied`, `NoSuchBucket`, `HTTP 405`. */
  readonly code: string;
  readonly status: number | null;

  /** @param advice what to do */
  constructor(url: string, what: string, advice: string, { cause, code, status = null }: Answer & { code: string }) {
    super(`The object store ${url} refuses (${what}): ${code}, ${messageOf(cause)}. ${advice}`, { cause });
    this.code = code;
    this.status = status;
  }
}

/** The bytes of an object are not those that were stored, however often they are read. */
export class StoredBytesDamagedError extends Error {
  override readonly name = 'StoredBytesDamagedError';
  readonly key: string;
  /** Hex SHA-256 of the bytes that came. */
  readonly found: string;

  /** @param expected hex SHA-256 that the server keeps since the upload */
  constructor(url: string, key: string, expected: string, found: string) {
    super(`Object ${key} in ${url} is damaged: its bytes hash to ${found}, and were stored as ${expected}`);
    this.key = key;
    this.found = found;
  }
}

/** A server with a full disk says so by HTTP's own status, or with an internal error on every write. */
function fullDisk(status: number | null, what: string): string {
  if (status === INSUFFICIENT_STORAGE) return '. Its disk is full: free some space';
  return status === 500 && what.startsWith('put ')
    ? '. If it persists, check whether the disk of the store is full'
    : '';
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? (cause.message || cause.name).replace(/\.$/, '') : String(cause);
}
