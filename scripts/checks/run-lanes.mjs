/** Runs stages, all of them whatever fails, and ends with what each took. */
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
 * Runs lanes side by side, each with its stages one after another.
 *
 * Tests wait a lot: for servers, and for heartbeats of what they have killed. Several lanes use what one would leave idle.
 * With one lane the output goes straight to ours, with more each stage's is shown as a whole once it has ended.
 *
 * @param {readonly (readonly import('./stages.mjs').Stage[])[]} lanes
 * @returns {Promise<boolean>} whether all went well
 */
export async function runLanes(lanes) {
  const outcomes = (await Promise.all(lanes.map((stages) => runLane(stages, lanes.length > 1)))).flat();
  const width = Math.max(...outcomes.map(({ name }) => name.length));
  process.stdout.write('\n');
  for (const { name, failure, seconds } of outcomes) {
    process.stdout.write(
      `${failure ? '✖' : '✔'} ${name.padEnd(width)} ${seconds.toFixed(1).padStart(7)} s${failure ? `  ${failure}` : ''}\n`,
    );
  }
  return outcomes.every(({ failure }) => failure === null);
}

async function runLane(stages, isHeld) {
  const outcomes = [];
  for (const stage of stages) {
    process.stdout.write(`\n▶ ${stage.name}${isHeld ? ' has begun' : ''}\n`);
    const started = performance.now();
    const { failure, output } = await runStage(stage, isHeld);
    if (isHeld) process.stdout.write(`\n▶ ${stage.name}\n${output}`);
    outcomes.push({ name: stage.name, failure, seconds: (performance.now() - started) / 1000 });
  }
  return outcomes;
}

/** @returns {Promise<{failure: string | null, output: string}>} how it failed, and what it wrote where that is held */
function runStage({ command, args, folder }, isHeld) {
  const child = spawn(command, args, {
    cwd: join(ROOT, folder),
    env: { ...DEFAULT_ENV, ...process.env },
    stdio: isHeld ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (output += text));
  const pass = (signal) => {
    child.kill(signal);
    process.exitCode = 1;
  };
  process.once('SIGTERM', pass);
  const failure = (code, signal) => (code === 0 ? null : signal ? `killed by ${signal}` : `exit ${code}`);
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ failure: error.message, output }));
    child.once('close', (code, signal) => resolve({ failure: failure(code, signal), output }));
  }).finally(() => process.removeListener('SIGTERM', pass));
}
