/** Connects to Temporal once, when first needed, and tells "no answer" from other errors. */
import { Client, Connection, ServiceError, isGrpcServiceError, type ConnectionOptions } from '@temporalio/client';
import type { TemporalAccess } from '../context.ts';
import { UnreachableError } from '../exit.ts';

/** Enough for a server across an ocean; a person waits no longer for an error message. */
const CONNECT_TIMEOUT = '5 s';

export interface TemporalOptions {
  readonly address: string;
  readonly namespace: string;
  readonly uiUrl: string | null;
  /** TLS, API key and the like. */
  readonly connection?: Omit<ConnectionOptions, 'address' | 'connectTimeout'>;
}

/** Access to one namespace; nothing is opened until {@link TemporalAccess.client} is called. */
export function temporalAccess({ address, namespace, uiUrl, connection: options }: TemporalOptions): TemporalAccess {
  const connection = Connection.lazy({ ...options, address, connectTimeout: CONNECT_TIMEOUT });
  const client = new Client({ connection, namespace });
  return {
    address,
    namespace,
    uiUrl,
    async client() {
      try {
        await connection.ensureConnected();
      } catch (error) {
        throw unreachable(address, error);
      }
      return client;
    },
    close: () => connection.close(),
  };
}

/** The error to end with when the server at `address` does not answer. */
export function unreachable(address: string, cause: unknown): UnreachableError {
  return new UnreachableError(
    `Temporal at ${address} does not answer. Start the local one with \`veille dev\`, or set TEMPORAL_ADDRESS.`,
    { cause },
  );
}

/** gRPC status codes of a server that is down, restarting or too slow. */
const NO_ANSWER: readonly number[] = [4 /* DEADLINE_EXCEEDED */, 14 /* UNAVAILABLE */];

/** Whether an error of the client means that the server did not answer, and may later. */
export function isNoAnswer(error: unknown): boolean {
  const root = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(root) && NO_ANSWER.includes(root.code);
}
