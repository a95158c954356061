/** `fetch` for the hub: refusals and outages become errors of ours, which name the field of the input. */
import { SourceError } from '../sources/source-error.ts';
import { HubUnavailableError } from './hub-error.ts';

/** Who asks, for messages. */
export interface Asking {
  /** Field of the input, such as `data.source`. */
  readonly field: string;
  /** Its value. */
  readonly source: string;
  /** OWNER/NAME, with `datasets/` before that of a data set. */
  readonly repository: string;
  /** Address of the hub, without a slash at its end. */
  readonly endpoint: string;
  readonly hasToken: boolean;
}

/** The hub counts its limits in windows of five minutes. */
const LONGEST_WAIT_MS = 300_000;

/**
 * @returns a `fetch` that gives good answers only and stops with the signal
 * @throws SourceError (`not-found`) for what is not there, or not for this caller
 * @throws HubUnavailableError for what is worth another attempt
 */
export function hubFetch(asking: Asking, signal: AbortSignal | undefined): typeof fetch {
  return async (address, init) => {
    const response = await fetch(address, { ...init, ...(signal && { signal }) }).catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw unreachable(asking.endpoint, cause);
    });
    if (response.ok) return response;
    await response.body?.cancel();
    throw refusal(asking, response);
  };
}

/** A connection that could not be made, or that broke. */
export function unreachable(endpoint: string, cause: unknown): HubUnavailableError {
  const reason = cause instanceof Error ? (causeOf(cause) ?? cause.message) : String(cause);
  return new HubUnavailableError(`The hub ${endpoint} is not reachable: ${reason}`, { cause });
}

/** undici's own message is "fetch failed" or "terminated", whatever has happened. */
function causeOf({ cause }: Error): string | undefined {
  return cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : undefined;
}

function refusal(asking: Asking, { status, headers, url }: Response): Error {
  const { endpoint } = asking;
  // Without its query, which signs the address where files are kept elsewhere.
  const where = url === '' ? endpoint : new URL(url).origin;
  if (status === 429 || status === 408 || status >= 500)
    return new HubUnavailableError(`The hub ${where} answers ${status}`, { retryAfter: retryAfter(headers) });
  return new SourceError('not-found', `${asking.field} ${asking.source} ${reasonOf(asking, status, headers)}`);
}

function reasonOf(asking: Asking, status: number, headers: Headers): string {
  const { endpoint, repository, hasToken } = asking;
  const page = `${endpoint}/${repository}`;
  const code = headers.get('x-error-code');
  if (code === 'GatedRepo')
    return (
      `is gated: accept its conditions at ${page} and ` +
      (hasToken ? 'give the CPU worker the HF_TOKEN of an account that has' : 'set HF_TOKEN on the CPU worker')
    );
  if (code === 'RevisionNotFound')
    return `names a revision that ${page} does not have: give a branch, a tag or a commit`;
  if (code === 'EntryNotFound')
    return `names a file that ${page} does not have at this revision: look at its files there`;
  if (status === 401 || status === 403 || code === 'RepoNotFound')
    return hasToken
      ? `is not to be found at ${page}: check the name, and whether HF_TOKEN is valid and may read the repository`
      : `is not to be found at ${page}: check the name; if it is private, set HF_TOKEN on the CPU worker`;
  return `can't be read: ${page} answers ${status}`;
}

/** Seconds or a date (RFC 9110, 10.2.3), in milliseconds from now. */
function retryAfter(headers: Headers): number | null {
  const value = headers.get('retry-after');
  if (value === null) return null;
  const wait = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), LONGEST_WAIT_MS) : null;
}
