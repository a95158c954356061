/** SeaweedFS as a local S3 server: one process, its data in the state folder. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LOOPBACK } from './ports.ts';
import { isServing, type S3Access } from './s3-access.ts';
import { ensureCredentials, writeIdentities } from './s3-credentials.ts';
import { internalPorts } from './seaweed-ports.ts';
import { removeSockets } from './seaweed-sockets.ts';
import { serverProgram } from './server-program.ts';
import { startService, type Service } from './service.ts';

/** It takes 1 s on an idle machine; this is for a very busy one, or a large bucket. */
const READY_TIMEOUT_MS = 60_000;
/** Its parts stop one after another, in 2 s. */
const STOP_GRACE_MS = 15_000;
/** Above which Go collects garbage eagerly: without it, the process grows to 900 MB under writes; far below, it slows. */
const MEMORY_LIMIT = '512MiB';

export interface S3Server {
  readonly service: Service;
  readonly access: S3Access;
}

/** @returns once objects can be written to the bucket */
export async function startSeaweed(options: {
  readonly stateDir: string;
  readonly port: number;
  readonly bucket: string;
  readonly signal?: AbortSignal | undefined;
}): Promise<S3Server> {
  const { stateDir, port, bucket, signal } = options;
  const folder = join(stateDir, 's3');
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const credentials = ensureCredentials(folder);
  const ports = await internalPorts(folder);
  const flags = {
    ...ports,
    dir: data,
    ip: LOOPBACK,
    'ip.bind': LOOPBACK,
    's3.port': port,
    's3.config': writeIdentities(folder, credentials),
    's3.autoCreateBucket': false,
    // Off: doors that nobody uses, and news of this server for its makers.
    's3.port.iceberg': 0,
    's3.port.lance': 0,
    webdav: false,
    'admin.ui': false,
    'master.telemetry': false,
    // How long a volume server waits for its clients to find another; there is none.
    'volume.preStopSeconds': 0,
  };
  const access = { endpoint: `http://${LOOPBACK}:${port}`, region: 'us-east-1', bucket, ...credentials };
  const service = await startService({
    name: 's3',
    command: serverProgram('weed'),
    args: ['mini', ...Object.entries(flags).map(([flag, value]) => `-${flag}=${value}`)],
    // Nothing of the user's: AWS_ACCESS_KEY_ID and S3_BUCKET would be taken for further keys and buckets.
    env: { HOME: folder, GOMEMLIMIT: MEMORY_LIMIT },
    cwd: folder,
    stateDir,
    isReady: () => isServing(access),
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopGraceMs: STOP_GRACE_MS,
    signal,
  });
  return { service: { ...service, stop }, access };

  async function stop(): Promise<void> {
    await service.stop();
    removeSockets([port, ...Object.values(ports)]);
  }
}
