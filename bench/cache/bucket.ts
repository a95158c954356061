/** A real SeaweedFS for one benchmark, in its scratch folder. */
import { openS3 } from '../../adapters/object-store/s3.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { freePort } from '../../cli/stack/ports.ts';
import type { S3Access } from '../../cli/stack/s3-access.ts';
import { startSeaweed } from '../../cli/stack/seaweed.ts';
import { sendSignal } from '../../cli/stack/stop-process.ts';

export interface Bucket {
  readonly access: S3Access;
  stop(): Promise<void>;
}

export async function startBucket(scratch: string): Promise<Bucket> {
  const { access, service } = await startSeaweed({ stateDir: scratch, port: await freePort(), bucket: 'bench' });
  // When the benchmark is interrupted: no time to save what is thrown away, and no folder to save it in.
  const kill = (): void => sendSignal(service.pid, 'SIGKILL');
  process.prependOnceListener('exit', kill);
  return {
    access,
    async stop() {
      process.removeListener('exit', kill);
      await service.stop();
    },
  };
}

/** @param prefix what no two measurements share, so that neither finds the other's objects */
export function openStore({ endpoint, region, bucket, ...credentials }: S3Access, prefix: string): ObjectStore {
  return openS3({ endpoint, region, bucket, prefix, credentials });
}
