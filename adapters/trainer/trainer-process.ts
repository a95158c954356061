/** Runs one job of the Python trainer as a child process: events in, the end of it out. */
import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { quoteText } from '../../contracts/quote.ts';
import { TRAINER_EXIT, trainerJob, type TrainerEvent, type TrainerJob } from '../../contracts/trainer.ts';
import { BoundedLog, Tail } from './bounded-log.ts';
import { followEvents, type LastEvents } from './event-stream.ts';
import { describeSurvivors, killProcessesIn } from './process-tree.ts';
import { SilenceWatch } from './silence-watch.ts';

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

/** Why the process was killed from here: it reported nothing for too long, or did not end when it was told to. */
export type KillReason = 'silent' | 'not stopping';

export interface TrainerEnd extends LastEvents {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Null when the signal, if one ended it, was not ours. */
  readonly killed: KillReason | null;
  /** Seconds without an event for which it would have been killed, or was. */
  readonly silenceSeconds: number;
  /** Last lines of standard error. */
  readonly lastWords: string;
  /** File with all of standard output and error. */
  readonly log: string;
}

export interface TrainerRun {
  /** Folder for the job file and the log: of this job's own, since all processes that work in it are the job's. */
  readonly folder: string;
  readonly onEvent: (event: TrainerEvent) => void;
  /**
   * The first to be aborted asks the trainer to save and stop; it exits by itself. A list, since Node 20 may
   * collect what AbortSignal.any returns before it is aborted.
   */
  readonly stop: readonly AbortSignal[];
  /** Seconds without an event after which it hangs, and is killed with all that it started. @default 900 */
  readonly silenceSeconds?: number;
}

/** Loading, tracing or comparing the largest of encoders takes minutes; none of it takes this long. */
const SILENCE_SECONDS = 900;
/** Between SIGTERM and SIGKILL: one training step plus one checkpoint, with room for a slow disk. */
const STOP_GRACE_MS = 60_000;
/** Lines of standard error that a failure message carries. */
const LAST_WORDS_LINES = 12;
/** Bytes of standard error that they are found in. */
const LAST_WORDS_BYTES = 64 << 10;
/** Characters of each: a library may print a whole batch. */
const LONGEST_LINE = 400;
/** One event is a line; a longer one is no event of ours. */
const EVENT_FD = 3;

/**
 * Resolves when the process has ended, however it ended, and all its events were handled.
 *
 * @throws TypeError when the trainer sends a line that is no event: the two sides are of different versions.
 * @throws Error naming the processes that SIGKILL does not end
 */
export async function runTrainer(
  installation: TrainerInstallation,
  job: TrainerJob,
  run: TrainerRun,
): Promise<TrainerEnd> {
  await mkdir(run.folder, { recursive: true });
  const folder = await realpath(run.folder);
  const jobFile = join(run.folder, 'job.json');
  const log = join(run.folder, 'trainer.log');
  await writeFile(jobFile, JSON.stringify(trainerJob.parse(job), null, 2));

  const child = spawnTrainer(installation, jobFile, folder);
  const { silenceSeconds = SILENCE_SECONDS } = run;
  let killed: KillReason | null = null;
  let gone = Promise.resolve();
  let giveUp: (error: Error) => void;
  // Settles only where a process outlives SIGKILL: then neither its exit nor the end of its pipes would ever come.
  const unkillable = new Promise<never>((_, reject) => (giveUp = reject));
  const killAll = (): void => {
    gone = killProcessesIn(folder).then((survivors) => {
      if (survivors.length > 0) giveUp(new Error(`The trainer can't be ended: ${describeSurvivors(survivors)}`));
    });
  };
  const kill = (reason: KillReason): void => {
    killed ??= reason;
    killAll();
  };
  // Processes that it started may be alive still, and hold its pipes open.
  child.once('exit', (code) => {
    if (code !== TRAINER_EXIT.done) killAll();
  });
  const watch = new SilenceWatch(silenceSeconds, () => kill('silent'));
  const endStopping = stopWith(
    run.stop,
    () => child.kill('SIGTERM'),
    () => kill('not stopping'),
  );
  const output = keepOutput(child, log);
  const onEvent = (event: TrainerEvent): void => {
    watch.heard();
    run.onEvent(event);
  };
  try {
    const [events, ended] = await Promise.race([
      unkillable,
      Promise.all([
        followEvents(child.stdio[EVENT_FD] as Readable, onEvent).catch((error: unknown) => {
          child.kill('SIGKILL');
          throw error;
        }),
        child,
      ]),
    ]);
    return {
      ...events,
      exitCode: ended.exitCode ?? null,
      signal: ended.signal ?? null,
      killed,
      silenceSeconds,
      lastWords: output.lastWords(),
      log,
    };
  } finally {
    watch.end();
    endStopping();
    await gone;
    await output.end();
  }
}

function spawnTrainer({ python, source, threads, environment }: TrainerInstallation, jobFile: string, cwd: string) {
  return execa(python, ['-m', 'veille_trainer', jobFile], {
    cwd,
    extendEnv: false,
    env: {
      ...environment,
      PYTHONPATH: source,
      PYTHONUNBUFFERED: '1',
      OMP_NUM_THREADS: String(threads),
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
  });
}

/**
 * Asks once any of the signals is aborted, and forces when the grace time is over.
 *
 * @returns what ends the listening, and the grace time
 */
function stopWith(signals: readonly AbortSignal[], ask: () => void, force: () => void): () => void {
  let grace: NodeJS.Timeout | undefined;
  const stop = (): void => {
    if (grace) return;
    ask();
    grace = setTimeout(force, STOP_GRACE_MS);
  };
  for (const signal of signals) signal.addEventListener('abort', stop, { once: true });
  if (signals.some((signal) => signal.aborted)) stop();
  return () => {
    clearTimeout(grace);
    for (const signal of signals) signal.removeEventListener('abort', stop);
  };
}

function keepOutput(child: { readonly stdout: Readable; readonly stderr: Readable }, path: string) {
  const log = new BoundedLog(path);
  const lastWords = new Tail(LAST_WORDS_BYTES);
  child.stderr.on('data', (chunk: Uint8Array) => lastWords.add(chunk));
  for (const stream of [child.stdout, child.stderr]) {
    // Nothing more can be read from a broken pipe; the exit code says how the process ended.
    stream.on('error', () => undefined);
    stream.pipe(log, { end: false });
  }
  return {
    lastWords(): string {
      const lines = lastWords.bytes().toString('utf8').trimEnd().split('\n').slice(-LAST_WORDS_LINES);
      return lines.map((line) => quoteText(line, LONGEST_LINE)).join('\n');
    },
    /** What is written last is what a failure is explained with. */
    end: () => new Promise<void>((resolve) => log.end(resolve)),
  };
}
