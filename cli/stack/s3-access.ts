/** How to reach a bucket: what the stack hands to workers and commands. */
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

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
 * Creates the bucket unless it is there, and writes and removes an object: a server that has just started knows its
 * buckets before it can reach their data.
 *
 * @returns false when the server does not serve yet
 * @throws the server's error when it refuses
 */
export async function isServing({ endpoint, region, bucket, ...credentials }: S3Access): Promise<boolean> {
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
    await client.send(new CreateBucketCommand({ Bucket: bucket })).catch(unlessItExists);
    const probe = { Bucket: bucket, Key: '.ready' };
    await client.send(new PutObjectCommand({ ...probe, Body: 'ready' }));
    await client.send(new DeleteObjectCommand(probe));
    return true;
  } catch (error) {
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (status === undefined || status >= 500) return false;
    throw error;
  } finally {
    client.destroy();
  }
}

function unlessItExists(error: unknown): void {
  const { name } = error as { name: string };
  if (name !== 'BucketAlreadyOwnedByYou' && name !== 'BucketAlreadyExists') throw error;
}
