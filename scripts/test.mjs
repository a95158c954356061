/** All checks and tests, `npm test`, or some: `npm test -- static`, `-- unit trainer`, `-- test/unit/split.test.ts`. */
import { runLanes } from './checks/run-lanes.mjs';
import { allLanes, select } from './checks/stages.mjs';

const selectors = process.argv.slice(2);
try {
  const lanes = selectors.length > 0 ? [selectors.flatMap(select)] : allLanes();
  process.exitCode = (await runLanes(lanes)) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
