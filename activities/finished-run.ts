/** A finished run as a step: what it was made of is its identity, and its result is recorded like any other. */
import type { RunIdentity } from '../contracts/activities.ts';
import { runResult, type RunResult } from '../contracts/run-result.ts';
import { guardInputs } from './guard-sets.ts';
import type { Step } from './step.ts';

/**
 * Whom an end is told to, and how long a run may take, are no part of what it results in. Which champion there is, is: a
 * verdict is about one, and is asked for again once another one is there, as after a rollback.
 *
 * @param champion revision that the run has left, or that there is now; null: there is none
 */
export function finishedRun({ sources, config, buildId }: RunIdentity, champion: number | null): Step<RunResult> {
  const { data, model, guards } = sources;
  const { notify: _, timeoutHours: __, ...configuration } = config;
  return {
    identity: {
      name: 'run',
      version: 2,
      inputs: { data: data.sha256, model: model.digest, ...guardInputs(guards, ({ sha256 }) => sha256) },
      parameters: { config: configuration, code: buildId, champion },
    },
    schema: runResult,
  };
}
