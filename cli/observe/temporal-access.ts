/** Connects to Temporal once, when first needed. */
import type { Client, Connection, ConnectionOptions } from '@temporalio/client';
import { clientIdentity } from '../author.ts';
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
  let opened: Promise<{ readonly connection: Connection; readonly client: Client }> | undefined;
  const open = async () => {
    // Only here: the library takes longer to load than a command that does not need it.
    const library = await import('@temporalio/client');
    const connection = library.Connection.lazy({ ...options, address, connectTimeout: CONNECT_TIMEOUT });
    return { connection, client: new library.Client({ connection, namespace, identity: clientIdentity() }) };
  };
  return {
    address,
    namespace,
    uiUrl,
    async client() {
      const { connection, client } = await (opened ??= open());
      try {
        await connection.ensureConnected();
      } catch (error) {
        throw unreachable(address, error);
      }
      return client;
    },
    async close() {
      await (await opened)?.connection.close();
    },
  };
}

/** The error to end with when the server at `address` does not answer. */
export function unreachable(address: string, cause: unknown): UnreachableError {
  return new UnreachableError(
    `Temporal at ${address} does not answer. Start the local one with \`veille dev\`, or set TEMPORAL_ADDRESS.`,
    { cause },
  );
}
