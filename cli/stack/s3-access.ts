/** How to reach a bucket: what the stack hands to workers and commands. */
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';

export interface S3Access {
  /** URL of the server. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Milliseconds for one try to reach the server while it starts. */
const TIMEOUT_MS = 5_000;

/**
 * Creates the bucket unless it is there.
 *
 * @returns false when the server does not answer yet
 * @throws the server's error when it refuses
 */
export async function createBucket({ endpoint, region, bucket, ...credentials }: S3Access): Promise<boolean> {
  const client = new S3Client({
    endpoint,
    region,
    credentials,
    forcePathStyle: true,
    // The caller asks again.
    maxAttempts: 1,
    requestHandler: { connectionTimeout: TIMEOUT_MS, requestTimeout: TIMEOUT_MS },
  });
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    return true;
  } catch (error) {
    const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
    if (name === 'BucketAlreadyOwnedByYou' || name === 'BucketAlreadyExists') return true;
    const status = $metadata?.httpStatusCode;
    if (status === undefined || status >= 500) return false;
    throw error;
  } finally {
    client.destroy();
  }
}
