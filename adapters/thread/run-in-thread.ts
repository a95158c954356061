/**
 * Runs a function in a thread of its own: work that would hold the event loop, and with it the heartbeats, for seconds.
 *
 * One thread a call and no pool: the calls are few and long, and ending the thread is what cancels one.
 */
import { Worker } from 'node:worker_threads';
import type { ThreadAnswer, ThreadCall, ThreadError } from './thread-protocol.ts';

type AnyFunction = (...parameters: never[]) => unknown;

/** A function by the place from which a thread can import it. */
export interface ThreadFunction {
  /** Its module, TypeScript or JavaScript. */
  readonly module: URL;
  /** Name of the export. */
  readonly name: string;
}

const ENTRY = new URL('./function-thread.mjs', import.meta.url);

/**
 * @typeParam F Type of the function, e.g. `typeof judge`.
 * @param parameters Cloned into the thread, as the result is out of it: data, no functions, no instances of classes.
 * @param signal Ends the thread, wherever its work is.
 * @throws what the function throws, as an Error with its name, message and stack; the signal's reason; Error when the
 *   thread dies.
 */
export async function runInThread<F extends AnyFunction>(
  { module, name }: ThreadFunction,
  parameters: Parameters<F>,
  signal: AbortSignal,
): Promise<Awaited<ReturnType<F>>> {
  signal.throwIfAborted();
  const call: ThreadCall = { module: module.href, name, parameters };
  const thread = new Worker(ENTRY, { workerData: call });
  try {
    const answer = await answerOf(thread, call, signal);
    if ('error' in answer) throw asError(answer.error);
    return answer.result as Awaited<ReturnType<F>>;
  } finally {
    await thread.terminate();
  }
}

async function answerOf(thread: Worker, { module, name }: ThreadCall, signal: AbortSignal): Promise<ThreadAnswer> {
  const settled = new AbortController();
  try {
    return await new Promise((resolve, reject) => {
      const died = (how: string, cause?: unknown): void =>
        reject(new Error(`The thread of ${name} in ${module} ${how}`, { cause }));
      signal.addEventListener('abort', () => reject(signal.reason as Error), { signal: settled.signal });
      thread.once('message', resolve);
      thread.once('messageerror', (cause) => died('sent an answer that can not be read', cause));
      thread.once('error', (cause) =>
        died(`crashed: ${cause instanceof Error ? cause.message : String(cause)}`, cause),
      );
      thread.once('exit', (code) => died(`ended with exit code ${code} and without an answer`));
    });
  } finally {
    settled.abort();
  }
}

function asError({ name, message, stack }: ThreadError): Error {
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}
