/** Tells whether this Node and this platform can run veille. */

const OLDEST = [20, 19];

/**
 * @param {string} version as in `process.versions.node`
 * @param {string} platform as in `process.platform`
 * @returns {string | null} what to do about it, or null when all is well
 */
export function nodeComplaint(version, platform) {
  if (platform !== 'linux') {
    return 'veille runs on Linux. On Windows, use WSL 2; on macOS, Docker with deploy/Dockerfile.worker-cpu.';
  }
  const [major, minor] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return null;
  return `veille needs Node ${OLDEST.join('.')} or newer and this is ${version}. With nvm: nvm install 22 && nvm use 22`;
}
