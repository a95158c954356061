/** Runs stages one after another, all of them whatever fails, and ends with what each took. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './stages.mjs';

/** Tests share a small machine: two threads that wait without spinning, unless the caller has said otherwise. */
const DEFAULT_ENV = {
  OMP_NUM_THREADS: '2',
  OMP_WAIT_POLICY: 'passive',
  // The AWS SDK's notice that its releases of 2027 will want Node 22; ours is pinned.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};

/**
 * @param {readonly import('./stages.mjs').Stage[]} stages
 * @returns {Promise<boolean>} whether all went well
 */
export async function runStages(stages) {
  const outcomes = [];
  for (const stage of stages) {
    process.stdout.write(`\n▶ ${stage.name}\n`);
    const started = performance.now();
    const failure = await runStage(stage);
    outcomes.push({ name: stage.name, failure, seconds: (performance.now() - started) / 1000 });
  }
  const width = Math.max(...outcomes.map(({ name }) => name.length));
  process.stdout.write('\n');
  for (const { name, failure, seconds } of outcomes) {
    process.stdout.write(
      `${failure ? '✖' : '✔'} ${name.padEnd(width)} ${seconds.toFixed(1).padStart(7)} s${failure ? `  ${failure}` : ''}\n`,
    );
  }
  return outcomes.every(({ failure }) => failure === null);
}

/** @returns {Promise<string | null>} how it failed, else null; its output goes where ours goes */
function runStage({ command, args, folder }) {
  const child = spawn(command, args, {
    cwd: join(ROOT, folder),
    env: { ...DEFAULT_ENV, ...process.env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const pass = (signal) => {
    child.kill(signal);
    process.exitCode = 1;
  };
  process.once('SIGTERM', pass);
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? null : signal ? `killed by ${signal}` : `exit ${code}`));
  }).finally(() => process.removeListener('SIGTERM', pass));
}
