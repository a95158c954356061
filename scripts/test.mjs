/** All checks and tests, `npm test`, or some: `npm test -- static`, `-- unit trainer`, `-- test/unit/split.test.ts`. */
import { runStages } from './checks/run-stages.mjs';
import { STATIC_STAGES, select, testStages } from './checks/stages.mjs';

const selectors = process.argv.slice(2);
try {
  const stages = selectors.length > 0 ? selectors.flatMap(select) : [...STATIC_STAGES, ...testStages()];
  process.exitCode = (await runStages(stages)) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
