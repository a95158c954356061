/**
 * `fetch` for the hub: the token goes to the hub's own origin alone, redirects are followed where they may lead, and
 * refusals and outages become errors of ours, which name the field of the input.
 */
import { lookup } from 'node:dns/promises';
import { BlockList, isIPv6 } from 'node:net';
import { quoteText } from '../../contracts/quote.ts';
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

/** As many as browsers follow. */
const MOST_REDIRECTS = 20;
/** What a request may not take with it to another origin than the hub's. */
const PRIVATE_HEADERS = ['authorization', 'cookie', 'proxy-authorization'];

/** The hub counts its limits in windows of five minutes. */
const LONGEST_WAIT_MS = 300_000;

/**
 * @returns a `fetch` that gives good answers only and stops with the signal. Whoever calls it need not know where an address
 *   leads: the library that lists and finds files hands on addresses of other origins, with the token
 * @throws SourceError (`not-found`) for what is not there, or not for this caller, and for a redirect that leads astray
 * @throws HubUnavailableError for what is worth another attempt
 */
export function hubFetch(asking: Asking, signal: AbortSignal | undefined): typeof fetch {
  const send = async (target: URL, init: RequestInit | undefined): Promise<Response> => {
    const headers = new Headers(init?.headers);
    if (target.origin !== new URL(asking.endpoint).origin) {
      for (const name of PRIVATE_HEADERS) headers.delete(name);
      await refuseAstray(target, asking);
    }
    return fetch(target, { ...init, headers, redirect: 'manual', ...(signal && { signal }) }).catch(
      (cause: unknown) => {
        signal?.throwIfAborted();
        throw unreachable(asking.endpoint, cause);
      },
    );
  };
  return async (address, init) => {
    let target = new URL(address instanceof Request ? address.url : address);
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      const response = await send(target, init);
      if (response.ok) return response;
      await response.body?.cancel();
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || location === null) throw refusal(asking, response);
      if (!URL.canParse(location, target.href)) throw astray(asking, 'sends to what is no address');
      target = new URL(location, target);
    }
    throw astray(asking, `sends on and on, ${MOST_REDIRECTS} times`);
  };
}

/** Addresses of machines and networks that are nobody else's business (RFC 6890). */
const PRIVATE_NETWORKS = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  PRIVATE_NETWORKS.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  PRIVATE_NETWORKS.addSubnet(network, bits, 'ipv6');

/**
 * The hub may keep files elsewhere, but not where a hub that somebody has taken over would have the worker look around. A
 * mirror in one's own network may send to others there.
 *
 * @param resolve the IP addresses of a host
 * @throws SourceError (`not-found`)
 */
export async function refuseAstray(
  target: URL,
  asking: Asking,
  resolve: (host: string) => Promise<readonly string[]> = addressesOf,
): Promise<void> {
  const endpoint = new URL(asking.endpoint);
  if (target.protocol !== 'https:' && target.protocol !== endpoint.protocol)
    throw astray(asking, `sends to ${quoteText(target.origin)}, which is not encrypted`);
  if ((await isPrivate(target, resolve)) && !(await isPrivate(endpoint, resolve)))
    throw astray(asking, `sends to ${quoteText(target.host)}, which is within the worker's own network`);
}

async function isPrivate({ hostname }: URL, resolve: (host: string) => Promise<readonly string[]>): Promise<boolean> {
  const addresses = await resolve(hostname.replace(/^\[|\]$/g, ''));
  return addresses.some((address) => PRIVATE_NETWORKS.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'));
}

/** None where the name is unknown: the request itself will say so. */
async function addressesOf(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}

function astray({ field, source, endpoint }: Asking, how: string): SourceError {
  return new SourceError(
    'not-found',
    `${field} ${source} can't be read: the hub ${endpoint} ${how}. Check HF_ENDPOINT of the worker`,
  );
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
