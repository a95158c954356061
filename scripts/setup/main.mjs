/**
 * Prepares a fresh clone, `npm run setup`: npm packages, the Python environment, the FAISS binding, the example data.
 * Some steps alone: `npm run setup -- npm faiss`.
 *
 * Imports nothing at first that an old Node could not read, so that the version is judged before anything fails.
 */
import { nodeComplaint } from './node.mjs';

const complaint = nodeComplaint(process.versions.node, process.platform);
if (complaint) {
  process.stderr.write(`${complaint}\n`);
  process.exitCode = 1;
} else {
  import('./setup.mjs')
    .then(({ setUp }) => setUp(process.argv.slice(2)))
    .catch((error) => {
      process.stderr.write(`setup  failed: ${error.message}\n`);
      process.exitCode = 1;
    });
}
