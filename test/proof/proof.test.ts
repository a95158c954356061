/** What an auditor does with finished runs: one pair of them serves all suites, since making it takes minutes. */
import { after } from 'node:test';
import { stopProvenRuns } from '../fixtures/proven-runs.ts';
import './audit.suite.ts';
import './hub.suite.ts';
import './plan.suite.ts';
import './reproduce.suite.ts';

after(stopProvenRuns);
