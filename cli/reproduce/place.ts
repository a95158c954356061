/** Where reproductions are made, and where the records that they repeat are. */
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import type { Environment } from '../../contracts/environment.ts';
import type { OpenedBucket } from '../local-bucket.ts';
import type { StartServices } from '../services.ts';

export interface ReproductionPlace {
  /** Absolute; reproductions are in folders of their own below it. */
  readonly stateDir: string;
  /**
   * The bucket with the records. Where it is the local one and its server is not running, that is started.
   *
   * @param log takes one line at a time
   * @throws {import('../exit.ts').CliError} when it can't be
   */
  openRecords(log: (line: string) => void, signal: AbortSignal): Promise<Pick<OpenedBucket, 'store' | 'close'>>;
  /** Starts Temporal, an S3 server with an empty bucket, and both workers, whatever services the environment names. */
  readonly startServices: StartServices;
  /** The bucket of the services that are running on a folder. */
  openNamespace(folder: string): ObjectStore;
  /** What the reproduction will be computed with. */
  describeEnvironment(): Promise<Environment>;
}
