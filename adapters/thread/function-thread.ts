/** The thread that calls one exported function and sends back what it returns or throws. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadAnswer, ThreadCall, ThreadError } from './thread-protocol.ts';

const port = parentPort;
if (!port) throw new Error('function-thread.ts is the entry of a worker thread, it does nothing by itself');

async function call({ module, name, parameters }: ThreadCall): Promise<unknown> {
  const exports = (await import(module)) as Record<string, unknown>;
  const found = exports[name];
  if (typeof found !== 'function') throw new TypeError(`${module} exports no function ${name}`);
  return (found as (...values: readonly unknown[]) => unknown)(...parameters);
}

function describe(error: unknown): ThreadError {
  if (error instanceof Error) return { name: error.name, message: error.message, stack: error.stack };
  return { name: 'Error', message: String(error), stack: undefined };
}

function answer(message: ThreadAnswer): void {
  port?.postMessage(message);
}

try {
  answer({ result: await call(workerData as ThreadCall) });
} catch (error) {
  answer({ error: describe(error) });
}
