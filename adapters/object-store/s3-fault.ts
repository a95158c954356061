/** What an error of the S3 client means: one table of S3's codes, one of HTTP's statuses. */
import { StalledError } from '../requests/stall-watch.ts';
import { StoreRefusedError, StoreUnavailableError } from './store-error.ts';

export type FaultKind =
  /** The store, or the way to it, is away; whether a write was done is unknown. */
  | 'outage'
  /** An outage that ends when somebody renews the credentials or sets a clock. */
  | 'expired'
  /** Two writes of one object met, and this one was not done. */
  | 'conflict'
  /** The condition of a write does not hold. */
  | 'condition'
  /** There is no such object. */
  | 'absent'
  /** The range begins behind the end of the object. */
  | 'range'
  /** Asking again changes nothing. */
  | 'refusal';

export interface Fault {
  readonly kind: FaultKind;
  /** S3's code, or `HTTP 403` where the answer has none. */
  readonly code: string;
  /** Null where there was no answer. */
  readonly status: number | null;
  readonly advice: string;
  readonly cause: Error;
}

/** An answer came, and it is none of an S3 server's. */
export class ForeignAnswerError extends Error {
  override readonly name = 'ForeignAnswerError';

  constructor(
    message = 'what answers is no S3 server: is there a proxy or a sign-in page in between?',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const KEYS = 'Check the AWS credentials of this machine';
const RIGHTS = 'Give these credentials the right to read, write, delete and list the bucket';
const REGION = "Set AWS_REGION, and S3_ENDPOINT where it is set, to the bucket's own region";
const NO_S3 = 'Check S3_ENDPOINT: it must be the address of an S3 server, without a bucket or a path';
const LACKING =
  'Take a server with conditional writes (If-None-Match, If-Match) and checksums: `veille doctor` tries them';
const REPORT = 'Look into the log of the S3 server';

const CERTIFICATE = "Check the server's certificate; give one of an authority of your own by NODE_EXTRA_CA_CERTS";

const RENEW = 'renew the AWS credentials of this machine (a session token ends after some hours)';
const CLOCK = 'set the clock of this machine, or that of the server: they are more than 15 minutes apart';

type Meaning = readonly [FaultKind, advice?: string];

const CODES: Readonly<Record<string, Meaning>> = {
  NoSuchKey: ['absent'],
  // What the client makes of a HEAD's 404, which has no body.
  NotFound: ['absent'],
  PreconditionFailed: ['condition'],
  ConditionalRequestConflict: ['conflict'],
  OperationAborted: ['conflict'],
  InvalidRange: ['range'],
  RequestTimeout: ['outage'],
  BadDigest: ['outage'],
  IncompleteBody: ['outage'],
  ExpiredToken: ['expired', RENEW],
  ExpiredTokenException: ['expired', RENEW],
  TokenRefreshRequired: ['expired', RENEW],
  RequestTimeTooSkewed: ['expired', CLOCK],
  RequestExpired: ['expired', CLOCK],
  NoSuchBucket: ['refusal', 'Create the bucket, or set S3_BUCKET to the one that is meant'],
  AccessDenied: ['refusal', RIGHTS],
  AllAccessDisabled: ['refusal', RIGHTS],
  InvalidAccessKeyId: ['refusal', KEYS],
  SignatureDoesNotMatch: ['refusal', KEYS],
  CredentialsProviderError: ['refusal', KEYS],
  PermanentRedirect: ['refusal', REGION],
  TemporaryRedirect: ['refusal', REGION],
  AuthorizationHeaderMalformed: ['refusal', REGION],
  IllegalLocationConstraintException: ['refusal', REGION],
  NotImplemented: ['refusal', LACKING],
};

const STATUSES: Readonly<Record<number, Meaning>> = {
  301: ['refusal', REGION],
  307: ['refusal', REGION],
  308: ['refusal', REGION],
  401: ['refusal', KEYS],
  403: ['refusal', `${KEYS}, and what they may do`],
  404: ['refusal', NO_S3],
  405: ['refusal', LACKING],
  408: ['outage'],
  409: ['conflict'],
  412: ['condition'],
  416: ['range'],
  425: ['outage'],
  429: ['outage'],
  501: ['refusal', LACKING],
  505: ['refusal', NO_S3],
};

/** Whether the code says what is wrong, so that nothing need be guessed from the status. */
export function isKnownCode(code: string): boolean {
  return Object.hasOwn(CODES, code);
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
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

const TLS_CODES = /^(ERR_TLS_|ERR_SSL_|CERT_|EPROTO$|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/** Null for an error that is none of the store or of the way to it. */
export function faultOf(error: unknown): Fault | null {
  if (!(error instanceof Error)) return null;
  const status = statusOf(error);
  const known = (isPage(error) ? undefined : CODES[error.name]) ?? (status === null ? null : meaningOf(status));
  if (known) {
    const [kind, advice = REPORT] = known;
    const code = isCode(error.name) && !isPage(error) ? error.name : `HTTP ${status}`;
    return { kind, code, status, advice, cause: named(error) };
  }
  const { code: networkCode = '' } = error as NodeJS.ErrnoException;
  if (TLS_CODES.test(networkCode))
    return { kind: 'refusal', code: networkCode, status: null, advice: CERTIFICATE, cause: error };
  const isAway =
    error instanceof StalledError ||
    error instanceof ForeignAnswerError ||
    isUnreadable(error) ||
    isNetworkError(error);
  return isAway ? { kind: 'outage', code: 'no answer', status: null, advice: REPORT, cause: named(error) } : null;
}

/** The error that the store throws for a fault. */
export function storeErrorOf(fault: Fault, url: string, what: string, key: string | null): Error {
  const { kind, cause, status, code, advice } = fault;
  switch (kind) {
    case 'expired':
      return new StoreUnavailableError(url, what, { cause: new Error(`${code}: ${advice}`, { cause }), status, key });
    case 'refusal':
    case 'absent':
    case 'condition':
    case 'range':
      return new StoreRefusedError(url, what, advice, { cause, status, code });
    case 'conflict':
    case 'outage':
    default:
      return new StoreUnavailableError(url, what, { cause, status, key });
  }
}

/** In a few words, for those who wait. */
export function faultInWords({ kind, status, code, cause, advice }: Fault): string {
  if (kind === 'expired') return `answers ${code}: ${advice}`;
  if (status !== null) return `answers ${status}${code === `HTTP ${status}` ? '' : ` ${code}`}`;
  return `does not answer (${cause.message || cause.name})`;
}

function meaningOf(status: number): Meaning {
  return STATUSES[status] ?? (status >= 500 ? ['outage'] : ['refusal']);
}

/** The client's own errors, and what it makes of a body that it can't read. */
function statusOf(error: Error): number | null {
  const { $metadata, $response } = error as {
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number };
  };
  const status = $metadata?.httpStatusCode ?? $response?.statusCode ?? null;
  // A good status with a body that is no XML: something else has answered.
  return status !== null && status >= 300 ? status : null;
}

/** S3 says what is wrong in XML; a page comes from a proxy, whatever the client makes of it. */
function isPage(error: Error): boolean {
  const { $response } = error as { $response?: { headers?: Record<string, string> } };
  return /html|json/.test($response?.headers?.['content-type'] ?? '');
}

/** A good status with a body that the client can't read: a proxy's or a sign-in page. */
function isUnreadable(error: Error): boolean {
  return '$response' in error && /deserialization|parse error/i.test(error.message);
}

function isCode(name: string): boolean {
  return name in CODES || !/^(Error|UnknownError|Unknown|\d+|SyntaxError|TypeError)$/.test(name);
}

/** An answer without a body has no message of its own. */
function named(error: Error): Error {
  if (isUnreadable(error)) return new ForeignAnswerError(undefined, { cause: error });
  const isBare = error.message === '' || error.message === 'UnknownError' || error.message === error.name;
  return isBare ? new Error('the answer does not say why', { cause: error }) : error;
}

function isNetworkError(error: Error): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== undefined && (NETWORK_CODES.has(code) || code.startsWith('HPE_'))) return true;
  if (error.name === 'TimeoutError' || error.message === 'aborted' || error.message === 'socket hang up') return true;
  return error.cause instanceof Error && isNetworkError(error.cause);
}
