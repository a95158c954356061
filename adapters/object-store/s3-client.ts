/** Single requests to an S3 server: each has its time-outs, and is tried a few times before its failure is thrown. */
import { type GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { requestScope } from '../requests/request-scope.ts';
import { StallWatch } from '../requests/stall-watch.ts';
import { type Pauses, Tries, type Verdict } from '../requests/tries.ts';
import { type Fault, type FaultKind, faultInWords, faultOf, ForeignAnswerError, storeErrorOf } from './s3-fault.ts';

export interface S3Options {
  readonly bucket: string;
  /** Put before every key, so that several projects can share a bucket. @default '' */
  readonly prefix?: string;
  /** Undefined: AWS itself. */
  readonly endpoint?: string;
  readonly region: string;
  /** Undefined: the SDK's own chain (environment, profile, instance role). */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** @default {@link LIMITS} */
  readonly limits?: S3Limits;
}

/** Milliseconds. */
export interface S3Limits {
  /** To connect. */
  readonly connect: number;
  /** In which no byte moves, in the first try; each further one is given twice as long, in case the server is slow. */
  readonly idle: number;
  readonly pauses: Pauses;
}

/** A request that is never answered ends after 75 s and its pauses, one to a server that is not there after 2 to 4 s. */
export const LIMITS: S3Limits = { connect: 5_000, idle: 5_000, pauses: { first: 250, longest: 3_000 } };

/**
 * Tries in all by what went wrong. An answer that says no may come from a proxy or a server that starts, so it is asked
 * for as often as one that does not come; writes that meet are over in a moment.
 */
const TRIES: Readonly<Record<FaultKind, number>> = {
  outage: 4,
  expired: 2,
  conflict: 5,
  refusal: 4,
  condition: 4,
  absent: 4,
  range: 4,
};

/** More than all activities of a worker open at a time: a request that waits for a connection looks like a stalled one. */
const MOST_CONNECTIONS = 1_000;

/** A fault on its way through the adapter. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.code, { cause: fault.cause });
    this.fault = fault;
  }
}

/** What is asked, for messages. */
export interface Request {
  /** Such as "get steps/split/…". */
  readonly what: string;
  readonly key?: string;
  /** What of these may be the answer; any other one is refused. */
  readonly expects?: readonly ('condition' | 'absent' | 'range')[];
}

export class S3Requests {
  readonly limits: S3Limits;
  readonly #url: string;
  readonly #options: S3Options;
  #client: S3Client;

  constructor(options: S3Options, url: string) {
    this.limits = options.limits ?? LIMITS;
    this.#url = url;
    this.#options = options;
    this.#client = clientOf(options, this.limits);
  }

  /**
   * Sends a request until it is answered.
   *
   * @param send one try; it calls `watch.moved` whenever bytes move
   * @param onFault called after each try that failed
   * @throws FaultError `condition`, `absent` or `range`; StoreUnavailableError; StoreRefusedError
   */
  async send<T>(
    request: Request,
    send: (client: S3Client, watch: StallWatch) => Promise<T>,
    onFault: (fault: Fault) => void = () => {},
  ): Promise<{ readonly answer: T; readonly watch: StallWatch }> {
    const tries = this.tries(request);
    for (;;) {
      const watch = new StallWatch(this.limits.idle * 2 ** (tries.number - 1), requestScope().signal);
      try {
        const answer = await send(this.#client, watch);
        watch.pause();
        tries.end();
        return { answer, watch };
      } catch (thrown) {
        watch.stop();
        const error: unknown = watch.signal.aborted ? watch.signal.reason : thrown;
        const fault = faultOf(error);
        if (fault) onFault(fault);
        // A client keeps the credentials that it has read.
        if (fault?.kind === 'expired') this.#client = clientOf(this.#options, this.limits);
        await tries.next(error);
      }
    }
  }

  /** Counts the tries of a request. */
  tries({ what, key, expects = [] }: Request): Tries {
    const store = `the object store ${this.#url}`;
    return new Tries((error): Verdict => {
      const fault = faultOf(error);
      if (!fault) return { error: asError(error), tries: 1, waitsFor: store };
      const isAnswer = expects.some((kind) => kind === fault.kind);
      return {
        error: isAnswer ? new FaultError(fault) : storeErrorOf(fault, this.#url, what, key ?? null),
        tries: isAnswer ? 1 : TRIES[fault.kind],
        waitsFor: `${store}: it ${faultInWords(fault)}`,
      };
    }, this.limits.pauses);
  }
}

/** An answer that lacks what every S3 server sends is none of one. */
export function requireS3Answer(isOne: boolean): void {
  if (!isOne) throw new ForeignAnswerError();
}

/** Hex SHA-256 of the whole object; null where the server keeps none, or one of an upload in parts. */
export function sha256Of({ ChecksumSHA256: sum }: Pick<GetObjectCommandOutput, 'ChecksumSHA256'>): string | null {
  return sum === undefined || sum.includes('-') ? null : Buffer.from(sum, 'base64').toString('hex');
}

const nothing = (): void => {};
const SILENT = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

function clientOf({ region, endpoint, credentials }: S3Options, { connect }: S3Limits): S3Client {
  const agent = { maxSockets: MOST_CONNECTIONS };
  const client = new S3Client({
    region,
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
    ...(credentials ? { credentials } : {}),
    // The tries are counted here, and said; Temporal's come after them.
    maxAttempts: 1,
    // It warns of each upload that fails: "non-retryable streaming request".
    logger: SILENT,
    requestHandler: { connectionTimeout: connect, httpAgent: agent, httpsAgent: agent },
    // Bytes are checked where they are read, by the same digest, with an error of our own.
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const { headers } = args.request as { headers: Record<string, string> };
        Object.assign(headers, ownHeaders(commandName, args.input));
        return next(args);
      },
    { step: 'build', name: 'ownHeaders' },
  );
  return client;
}

/**
 * An upload's digest is known: by it the signature covers the body, which the client would have to hash once more. A
 * whole object comes with its digest; asked for by the header alone, so that the client leaves the check to us.
 */
function ownHeaders(command: string | undefined, input: object): Record<string, string> {
  const { ChecksumSHA256: sum, Range } = input as { ChecksumSHA256?: string; Range?: string };
  if (command === 'PutObjectCommand' && sum !== undefined)
    return { 'x-amz-content-sha256': Buffer.from(sum, 'base64').toString('hex') };
  return command === 'GetObjectCommand' && Range === undefined ? { 'x-amz-checksum-mode': 'ENABLED' } : {};
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
