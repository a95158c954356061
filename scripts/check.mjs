/** The static checks, without a test: `npm run check`. */
import { runLanes } from './checks/run-lanes.mjs';
import { STATIC_STAGES } from './checks/stages.mjs';

process.exitCode = (await runLanes([STATIC_STAGES])) ? 0 : 1;
