/** Brings every step up to date, independent ones side by side; a call with nothing to do prints one line. */
import { packagesComplaint } from './debian.mjs';
import { acquireLock } from './lock.mjs';
import { progress, say, seconds } from './progress.mjs';
import { stopChildren } from './run.mjs';
import { STEPS } from './steps.mjs';

/**
 * Runs what is not up to date; sets the exit code to 1 when a step failed.
 *
 * @param {readonly string[]} names of the steps wanted, as for an image that needs no data; none named: all but those that are run by their name only
 */
export async function setUp(names) {
  const started = performance.now();
  const unknown = names.filter((name) => STEPS.every((step) => step.name !== name));
  if (unknown.length > 0) {
    throw new Error(`no step is called ${unknown.join(', ')}; there are ${STEPS.map(({ name }) => name).join(', ')}`);
  }
  const steps =
    names.length > 0 ? STEPS.filter(({ name }) => names.includes(name)) : STEPS.filter(({ onlyByName }) => !onlyByName);
  if (steps.every((step) => step.isUpToDate())) {
    say(`everything is in place (${seconds(started)})`);
    return;
  }
  const lacking = steps.filter((step) => !step.isUpToDate()).flatMap(({ packages = [] }) => packages);
  const complaint = packagesComplaint(lacking);
  if (complaint !== null) throw new Error(complaint);
  dieWithChildren();
  const release = await acquireLock();
  try {
    const failures = await runSteps(steps);
    if (failures.length === 0) {
      say(`everything is in place (${seconds(started)})`);
      return;
    }
    for (const { name, reason } of failures) process.stderr.write(`\nsetup  ${name} failed: ${reason.message}\n`);
    process.exitCode = 1;
  } finally {
    release();
  }
}

/** Starts each step when those it needs have ended well; resolves to the failures once nothing runs any more. */
async function runSteps(steps) {
  /** @type {Map<string, Promise<void>>} */
  const running = new Map();
  for (const step of steps) {
    const needed = step.needs.map(async (name) => running.get(name));
    running.set(
      step.name,
      Promise.all(needed).then(() => runStep(step)),
    );
  }
  const outcomes = await Promise.allSettled(running.values());
  const failures = outcomes.flatMap((outcome, index) =>
    outcome.status === 'rejected' ? [{ name: steps[index].name, reason: outcome.reason }] : [],
  );
  // A step whose need failed carries that same error: tell it once.
  return failures.filter(({ reason }, index) => failures.findIndex((other) => other.reason === reason) === index);
}

/** Runs one step unless it is up to date, which may have changed while this process waited for the lock. */
async function runStep(step) {
  if (step.isUpToDate()) return;
  const line = progress(step.name, step.doing);
  try {
    await step.run(line.log);
    line.done();
  } finally {
    line.stop();
  }
}

function dieWithChildren() {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ]) {
    process.once(signal, () => {
      stopChildren();
      process.exit(code);
    });
  }
}
