/** The local stack: Temporal's development server and an S3 server, except where others are to be used. */
import { resolve } from 'node:path';
import { stopLeftovers } from './pid-file.ts';
import { choosePort, type PortChoices } from './ports.ts';
import type { S3Access } from './s3-access.ts';
import { startSeaweed } from './seaweed.ts';
import type { Service } from './service.ts';
import { lockState } from './state-lock.ts';
import { startTemporal } from './temporal.ts';

export interface TemporalAddress {
  /** host:port */
  readonly address: string;
  /** Base URL without a trailing slash; null where none is known. */
  readonly uiUrl: string | null;
}

export interface StackOptions {
  /** Folder of the servers' data, logs and pid files; one stack at a time. */
  readonly stateDir: string;
  /** @default 7233, 8233 for the UI, 8333 for S3 */
  readonly ports?: PortChoices;
  /** Where a port is taken, use a free one instead of failing. @default false */
  readonly freeWhereTaken?: boolean;
  /** A Temporal service that is there already; none is started. */
  readonly temporal?: TemporalAddress;
  /** An S3 server that is there already; none is started. */
  readonly s3?: S3Access;
  /** Bucket of the S3 server that is started. @default veille */
  readonly bucket?: string;
  /** Takes one line at a time: what is out of the ordinary. */
  readonly log: (line: string) => void;
  /** Aborted while starting: everything is stopped again and the reason thrown. */
  readonly signal?: AbortSignal;
}

export interface Stack {
  readonly temporal: TemporalAddress;
  readonly s3: S3Access;
  /** Log files of the servers that were started. */
  readonly logs: readonly string[];
  /** Aborted, with an error that names the log, when a server ends by itself. */
  readonly broken: AbortSignal;
  /** Stops the servers that were started; what they stored stays. Stop the workers first. */
  stop(): Promise<void>;
}

/**
 * @throws {import('./state-lock.ts').StackRunningError} when another stack uses the folder
 * @throws {import('./ports.ts').PortTakenError}
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const stateDir = resolve(options.stateDir);
  const lock = lockState(stateDir);
  const started: Service[] = [];
  const stopAll = async (): Promise<void> => {
    await Promise.all(started.map((service) => service.stop()));
    lock.release();
  };
  try {
    await stopLeftovers(stateDir, options.log);
    const [temporal, s3] = await startBoth({ ...options, stateDir }, started);
    lock.publish({ temporal: temporal.address, ui: temporal.uiUrl, s3: options.s3 ? null : s3.endpoint });
    const watch = watchServices(started);
    return {
      temporal,
      s3,
      logs: started.map(({ logFile }) => logFile),
      broken: watch.broken,
      stop() {
        watch.end();
        return stopAll();
      },
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

/** Side by side; when one fails, waits for the other to be up, so that it can be stopped. */
async function startBoth(options: StackOptions, started: Service[]): Promise<[TemporalAddress, S3Access]> {
  const { stateDir, ports = {}, freeWhereTaken = false, bucket = 'veille', log, signal } = options;
  const port = (name: 'temporal' | 'ui' | 's3'): Promise<number> => choosePort(name, ports, freeWhereTaken, log);
  const temporal = async (): Promise<TemporalAddress> => {
    if (options.temporal) return options.temporal;
    const server = await startTemporal({ stateDir, port: await port('temporal'), uiPort: await port('ui'), signal });
    started.push(server.service);
    return { address: server.address, uiUrl: server.uiUrl };
  };
  const s3 = async (): Promise<S3Access> => {
    if (options.s3) return options.s3;
    const server = await startSeaweed({ stateDir, port: await port('s3'), bucket, signal });
    started.push(server.service);
    return server.access;
  };
  const [first, second] = await Promise.allSettled([temporal(), s3()]);
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
  return [first.value, second.value];
}

function watchServices(services: readonly Service[]): { broken: AbortSignal; end: () => void } {
  const broken = new AbortController();
  let watching = true;
  for (const { name, ended, logFile } of services) {
    void ended.then((how) => {
      if (watching) broken.abort(new Error(`${name} has ended by itself (${how}); its log says why: ${logFile}`));
    });
  }
  return { broken: broken.signal, end: () => (watching = false) };
}
