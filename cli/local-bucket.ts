/** The local bucket while the local stack is not running: its S3 server alone, on the data that the stack has left. */
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { openS3, type S3Options } from '../adapters/object-store/s3.ts';
import { CliError, EXIT } from './exit.ts';
import { localStoreOptions, type LocalBucket } from './local-store.ts';
import { stopLeftovers } from './stack/pid-file.ts';
import { freePort } from './stack/ports.ts';
import { startSeaweed, type S3Server } from './stack/seaweed.ts';
import { lockState } from './stack/state-lock.ts';

export interface OpenedBucket {
  readonly store: ObjectStore;
  /** How to reach it, and other buckets of the same server. */
  readonly options: S3Options;
  /** Stops the server. */
  close(): Promise<void>;
}

/**
 * Starts the server on a free port. Until it is closed, no stack can start on the same folder.
 *
 * @param log takes one line at a time
 * @throws {CliError} when something else uses the folder
 */
export async function startLocalBucket(
  { stateDir, bucket, prefix }: LocalBucket,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<OpenedBucket> {
  const lock = locked(stateDir);
  let server: S3Server;
  try {
    await stopLeftovers(stateDir, log);
    server = await startSeaweed({ stateDir, port: await freePort(), bucket, signal });
  } catch (error) {
    lock.release();
    throw error;
  }
  const options = localStoreOptions({ stateDir, bucket, prefix }, server.access.endpoint);
  return {
    store: openS3(options),
    options,
    async close() {
      await server.service.stop();
      lock.release();
    },
  };
}

function locked(stateDir: string): ReturnType<typeof lockState> {
  try {
    return lockState(stateDir);
  } catch (cause) {
    throw new CliError(cause instanceof Error ? cause.message : String(cause), EXIT.failed, { cause });
  }
}
