/** A Python program of `bench/peers` as a function to call: loaded once, measured by its own clock, idle in between. */
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { program, ROOT } from '../test/fixtures/paths.ts';

export interface PythonPeer {
  /**
   * Calls one of the program's functions and waits for its answer.
   *
   * @throws Error with Python's traceback
   */
  call(name: string, parameters?: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, number>>>;
  /** Ends the program. */
  stop(): Promise<void>;
}

type Answer = { readonly result: Record<string, number> } | { readonly error: string };

/**
 * Starts `bench/peers/<script>`; its first call waits until the program is loaded.
 *
 * @param threads of every library that the program may use
 */
export function startPython(script: string, args: readonly string[], threads: number): PythonPeer {
  const count = String(threads);
  const child = execa(program('python'), [`${ROOT}bench/peers/${script}`, ...args], {
    env: { OMP_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count, MKL_NUM_THREADS: count, HF_HUB_OFFLINE: '1' },
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
    buffer: false,
    reject: false,
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async call(name, parameters = {}) {
      child.stdin.write(`${JSON.stringify({ name, parameters })}\n`);
      const line = await answers.next();
      if (line.done) throw new Error(`bench/peers/${script} ended during ${name}: what it wrote stands above`);
      const answer = JSON.parse(line.value) as Answer;
      if ('error' in answer) throw new Error(`bench/peers/${script} failed in ${name}:\n${answer.error}`);
      return answer.result;
    },
    async stop() {
      child.stdin.end();
      await child;
    },
  };
}
