/** What set-up tells the person who waits: a line when a step starts, now and then while it works, and when it ends. */

/** Seconds between two lines of a step that is still at work. */
const EVERY_SECONDS = 15;

/** @param {string} text */
export function say(text) {
  process.stdout.write(`setup  ${text}\n`);
}

/** @param {number} since a `performance.now()` */
export function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

/**
 * @param {string} name of the step
 * @param {string} doing what it is about to do, in a few words
 */
export function progress(name, doing) {
  const started = performance.now();
  const label = name.padEnd(7);
  let latest = '';
  say(`${label} ${doing}`);
  const timer = setInterval(() => say(`${label} ${seconds(started)}: ${latest || 'at work'}`), EVERY_SECONDS * 1000);
  return {
    /** Remembers the newest line of output, shown with the next sign of life. */
    log: (line) => {
      latest = line.trim().slice(0, 100) || latest;
    },
    done: () => say(`${label} done in ${seconds(started)}`),
    stop: () => clearInterval(timer),
  };
}
