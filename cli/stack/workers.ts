/** A worker as a child process that is started again when it dies, as an orchestrator would do with a container. */
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { startService, type Service } from './service.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What the worker logs once it polls its queue. */
const READY = 'worker ready';
/** It bundles the workflows first, which a busy machine may take long for. */
const READY_TIMEOUT_MS = 120_000;

/** Milliseconds before a worker that died is started again: doubled each time, from the first to the last. */
const BACKOFF = { first: 500, last: 30_000 } as const;
/** A worker that was up for so long, in milliseconds, has died of something new: the backoff starts over. */
const HEALTHY_MS = 60_000;

export interface WorkerOptions {
  /** One word, unique in the stack: names the log and the pid file. */
  readonly name: string;
  /** The worker's file, relative to the repository's root: `workers/cpu.ts`. */
  readonly script: string;
  /** Its whole environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly stateDir: string;
  /** Milliseconds that it may take to end after SIGTERM: above its own grace and force time together. */
  readonly stopGraceMs: number;
  /** Takes one line each time the worker dies and is started again. */
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface SupervisedWorker {
  readonly name: string;
  readonly logFile: string;
  /** Pid of its present life, or of the last one while it waits to be started again. */
  pid(): number;
  /** Lets it save its work and end, and starts it no more. */
  stop(): Promise<void>;
}

/**
 * @returns once the worker polls its queue
 * @throws {Error} with the last lines of its log, when its first start fails: the same would happen again
 */
export async function startWorker(options: WorkerOptions): Promise<SupervisedWorker> {
  const stopping = new AbortController();
  let service = await startOnce(options, options.signal);
  const supervision = supervise(service, options, stopping.signal, (next) => (service = next));
  return {
    name: options.name,
    logFile: service.logFile,
    pid: () => service.pid,
    async stop() {
      stopping.abort();
      await service.stop();
      await supervision;
    },
  };
}

/** Keeps the worker up until `stopping` is aborted; every later life of it is told to `onStart`. */
async function supervise(
  first: Service,
  options: WorkerOptions,
  stopping: AbortSignal,
  onStart: (service: Service) => void,
): Promise<void> {
  let life: Service | Error = first;
  let pause: number = BACKOFF.first;
  while (!stopping.aborted) {
    const upSince = performance.now();
    const how = life instanceof Error ? 'it did not start' : await life.ended;
    if (stopping.aborted) return;
    if (performance.now() - upSince >= HEALTHY_MS) pause = BACKOFF.first;
    options.log(
      `${options.name} has ended (${how}): starting it again in ${pause / 1000} s; its log: ${first.logFile}`,
    );
    await sleep(pause, undefined, { signal: stopping }).catch(() => undefined);
    pause = Math.min(2 * pause, BACKOFF.last);
    life = await startOnce(options, stopping).catch((error: unknown) => error as Error);
    if (life instanceof Error) continue;
    onStart(life);
    // stop() may have come while it started, and has then stopped the life before.
    if (stopping.aborted) await life.stop();
  }
}

function startOnce(options: WorkerOptions, signal: AbortSignal | undefined): Promise<Service> {
  const { name, script, env, stateDir, stopGraceMs } = options;
  return startService({
    name,
    command: process.execPath,
    args: ['--import', 'tsx', script],
    env,
    cwd: ROOT,
    stateDir,
    isReady: (log) => log.includes(READY),
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopGraceMs,
    signal,
  });
}
