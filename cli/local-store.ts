/** Where the bucket of a local S3 server is, and how to reach it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { S3Options } from '../adapters/object-store/s3.ts';
import { ensureCredentials } from './stack/s3-credentials.ts';

export interface LocalBucket {
  readonly stateDir: string;
  readonly bucket: string;
  readonly prefix: string;
}

/** Whether a local stack has ever kept anything there. */
export function hasLocalBucket({ stateDir }: LocalBucket): boolean {
  return existsSync(join(stateDir, 's3', 'data'));
}

/** @param endpoint URL of the server whose data and keys are in `<stateDir>/s3` */
export function localStoreOptions({ stateDir, bucket, prefix }: LocalBucket, endpoint: string): S3Options {
  const credentials = ensureCredentials(join(stateDir, 's3'));
  return { endpoint, region: 'us-east-1', bucket, prefix, credentials };
}
