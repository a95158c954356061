/** Runs a program and returns what it prints. */
import { execa, type ExecaError } from 'execa';

/** Milliseconds; importing torch from a cold disk is the slowest. */
const TIMEOUT = 180_000;

/**
 * @param env added to this process's own
 * @throws with one line when the program is missing, fails or takes too long
 */
export async function outputOf(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  try {
    const { stdout } = await execa(program, args, { timeout: TIMEOUT, stdin: 'ignore', env });
    return stdout.trim();
  } catch (error) {
    const { code, shortMessage, stderr } = error as ExecaError;
    if (code === 'ENOENT') throw new Error(`${program} is not there`, { cause: error });
    const lastWords = typeof stderr === 'string' ? stderr.trim().split('\n').at(-1) : '';
    throw new Error(lastWords || shortMessage, { cause: error });
  }
}
