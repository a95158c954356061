/** The static checks, without a test: `npm run check`. */
import { runStages } from './checks/run-stages.mjs';
import { STATIC_STAGES } from './checks/stages.mjs';

process.exitCode = (await runStages(STATIC_STAGES)) ? 0 : 1;
