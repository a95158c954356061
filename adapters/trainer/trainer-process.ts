/** Runs one job of the Python trainer as a child process: events in, the end of it out. */
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { trainerEvent, trainerJob, type TrainerEvent, type TrainerJob } from '../../contracts/trainer.ts';

export interface TrainerInstallation {
  /** The interpreter of the trainer's environment. */
  readonly python: string;
  /** Folder with the package veille_trainer. */
  readonly source: string;
  /** Threads for torch on a CPU. */
  readonly threads: number;
  /** Variables handed on to the job: W&B's and the proxy's, never read here. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface TrainerEnd {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The `failed` event, if it could still send one. */
  readonly failure: Extract<TrainerEvent, { type: 'failed' }> | null;
  readonly finished: Extract<TrainerEvent, { type: 'finished' }> | null;
  readonly preempted: Extract<TrainerEvent, { type: 'preempted' }> | null;
  /** Last lines of standard error. */
  readonly lastWords: string;
  /** File with all of standard output and error. */
  readonly log: string;
}

export interface TrainerRun {
  /** Folder for the job file and the log. */
  readonly folder: string;
  readonly onEvent: (event: TrainerEvent) => void;
  /**
   * The first to be aborted asks the trainer to save and stop; it exits by itself. A list, since Node 20 may
   * collect what AbortSignal.any returns before it is aborted.
   */
  readonly stop: readonly AbortSignal[];
}

/** Between SIGTERM and SIGKILL: one training step plus one checkpoint, with room for a slow disk. */
const STOP_GRACE_MS = 60_000;
/** Lines of standard error that a failure message carries. */
const LAST_WORDS_LINES = 12;
/** One event is a line; a longer one is no event of ours. */
const EVENT_FD = 3;

/**
 * Resolves when the process has ended, however it ended, and all its events were handled.
 *
 * @throws TypeError when the trainer sends a line that is no event: the two sides are of different versions.
 */
export async function runTrainer(
  installation: TrainerInstallation,
  job: TrainerJob,
  run: TrainerRun,
): Promise<TrainerEnd> {
  await mkdir(run.folder, { recursive: true });
  const jobFile = join(run.folder, 'job.json');
  const log = join(run.folder, 'trainer.log');
  await writeFile(jobFile, JSON.stringify(trainerJob.parse(job), null, 2));

  const child = execa(installation.python, ['-m', 'veille_trainer', jobFile], {
    cwd: run.folder,
    extendEnv: false,
    env: {
      ...installation.environment,
      PYTHONPATH: installation.source,
      PYTHONUNBUFFERED: '1',
      OMP_NUM_THREADS: String(installation.threads),
      // Threads that spin while they wait take the CPU from the encoder beside them.
      OMP_WAIT_POLICY: 'passive',
      HF_HUB_OFFLINE: '1',
      TOKENIZERS_PARALLELISM: 'false',
    },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    buffer: false,
    reject: false,
    // On our own signals the worker decides; and when it dies, the trainer notices and ends.
    cleanup: false,
    forceKillAfterDelay: STOP_GRACE_MS,
  });
  const stop = (): void => void child.kill('SIGTERM');
  for (const signal of run.stop) signal.addEventListener('abort', stop, { once: true });
  if (run.stop.some((signal) => signal.aborted)) stop();

  const file = createWriteStream(log, { flags: 'a' });
  child.stdout.pipe(file, { end: false });
  child.stderr.pipe(file, { end: false });
  const lastWords = tailOf(child.stderr);
  try {
    const [events, ended] = await Promise.all([
      followEvents(child.stdio[EVENT_FD] as Readable, run.onEvent).catch((error: unknown) => {
        child.kill('SIGKILL');
        throw error;
      }),
      child,
    ]);
    return {
      exitCode: ended.exitCode ?? null,
      signal: ended.signal ?? null,
      lastWords: lastWords(),
      log,
      ...events,
    };
  } finally {
    for (const signal of run.stop) signal.removeEventListener('abort', stop);
    // What is written last is what a failure is explained with.
    await new Promise<void>((resolve) => file.end(resolve));
  }
}

async function followEvents(
  stream: Readable,
  onEvent: (event: TrainerEvent) => void,
): Promise<Pick<TrainerEnd, 'failure' | 'finished' | 'preempted'>> {
  const last: { -readonly [K in 'failure' | 'finished' | 'preempted']: TrainerEnd[K] } = {
    failure: null,
    finished: null,
    preempted: null,
  };
  for await (const line of createInterface({ input: stream })) {
    const event = parseEvent(line);
    if (event.type === 'failed') last.failure = event;
    if (event.type === 'finished') last.finished = event;
    if (event.type === 'preempted') last.preempted = event;
    onEvent(event);
  }
  return last;
}

function parseEvent(line: string): TrainerEvent {
  try {
    return trainerEvent.parse(JSON.parse(line));
  } catch (cause) {
    throw new TypeError(`The trainer sent a line that is no event (${line.slice(0, 200)}): run npm run setup`, {
      cause,
    });
  }
}

function tailOf(stream: Readable): () => string {
  let tail: string[] = [];
  createInterface({ input: stream }).on('line', (line) => {
    tail = [...tail, line].slice(-LAST_WORDS_LINES);
  });
  return () => tail.join('\n');
}
