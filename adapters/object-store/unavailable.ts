/** Tells an object store that is away for a while from one that says no. */
import { S3ServiceException } from '@aws-sdk/client-s3';

/** The store can't be reached or answers that it can't serve now: wait and try again. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';

  constructor(url: string, what: string, options: { cause: unknown }) {
    const reason = options.cause instanceof Error ? options.cause.message || options.cause.name : String(options.cause);
    super(`The object store ${url} is not reachable (${what}): ${reason}`, options);
  }
}

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** True for refused, reset and timed-out connections and for the server's own 5xx and 429. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof S3ServiceException) {
    const status = error.$metadata.httpStatusCode ?? 0;
    if (status >= 500 || status === 429) return true;
  }
  if (!(error instanceof Error)) return false;
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== undefined && NETWORK_CODES.has(code)) return true;
  if (error.name === 'TimeoutError' || error.message === 'aborted' || error.message === 'socket hang up') return true;
  return error.cause !== undefined && isUnavailable(error.cause);
}
