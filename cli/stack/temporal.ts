/** Temporal's development server with its UI, its history in a SQLite file. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { freePort, LOOPBACK } from './ports.ts';
import { serverProgram } from './server-program.ts';
import { startService, type Service } from './service.ts';

/** It takes 2 s on an idle machine; this is for a very busy one. */
const READY_TIMEOUT_MS = 60_000;
/** It closes its database within 2 s. */
const STOP_GRACE_MS = 15_000;
/** For one try to reach it while it starts. */
const CONNECT_TIMEOUT_MS = 1_000;

/** Priority is kept within a partition of a task queue: with one, a manual run always passes a nightly one. */
const ONE_PARTITION = ['matching.numTaskqueueReadPartitions=1', 'matching.numTaskqueueWritePartitions=1'];

export interface TemporalServer {
  readonly service: Service;
  /** host:port of its gRPC front end. */
  readonly address: string;
  readonly uiUrl: string;
}

/** @returns once the namespace `default` answers */
export async function startTemporal(options: {
  readonly stateDir: string;
  readonly port: number;
  readonly uiPort: number;
  readonly signal?: AbortSignal | undefined;
}): Promise<TemporalServer> {
  const { stateDir, port, uiPort, signal } = options;
  const folder = join(stateDir, 'temporal');
  mkdirSync(folder, { recursive: true });
  const address = `${LOOPBACK}:${port}`;
  const service = await startService({
    name: 'temporal',
    command: serverProgram('temporal'),
    args: await serverArguments(folder, port, uiPort),
    // Its own home: the user's profile for the CLI is about another server.
    env: { HOME: folder },
    cwd: folder,
    stateDir,
    isReady: () => answers(address),
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopGraceMs: STOP_GRACE_MS,
    signal,
  });
  return { service, address, uiUrl: `http://${LOOPBACK}:${uiPort}` };
}

async function serverArguments(folder: string, port: number, uiPort: number): Promise<string[]> {
  const values = {
    '--ip': LOOPBACK,
    '--port': port,
    '--ui-port': uiPort,
    // Left out, these two are free ports as well, but from the range of outgoing connections.
    '--http-port': await freePort(),
    '--metrics-port': await freePort(),
    '--db-filename': join(folder, 'temporal.sqlite'),
    '--log-level': 'warn',
  };
  return [
    'server',
    'start-dev',
    '--ui-disable-news-fetch',
    ...Object.entries(values).flatMap(([name, value]) => [name, String(value)]),
    ...ONE_PARTITION.flatMap((setting) => ['--dynamic-config-value', setting]),
  ];
}

async function answers(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: CONNECT_TIMEOUT_MS });
    try {
      await connection.workflowService.describeNamespace({ namespace: 'default' });
    } finally {
      await connection.close();
    }
    return true;
  } catch {
    // Not listening yet, or the namespace is not there yet.
    return false;
  }
}
