/** What the demo leaves behind for programs to read: `demo-result.json`. */
import type { ArtifactRef } from '../../contracts/artifact.ts';
import type { MetricValues } from '../../contracts/metrics.ts';
import type { StepName, StepState } from '../../contracts/progress.ts';
import type { RunResult } from '../../contracts/run-result.ts';
import type { RunId } from '../observe/run-view.ts';

export interface DemoResult extends RunId {
  /** By their W&B names. */
  readonly metrics: { readonly base: MetricValues; readonly fineTuned: MetricValues };
  readonly steps: readonly {
    readonly name: StepName;
    readonly state: StepState;
    readonly cached: boolean;
    /** Null for a step that did not run. */
    readonly seconds: number | null;
  }[];
  readonly texts: { readonly encoded: number; readonly cached: number };
  /** Wall time from the moment the servers were up to the result. */
  readonly seconds: number;
  readonly artifacts: Readonly<Record<string, ArtifactRef>>;
}

export function demoResult({ workflowId, runId }: RunId, result: RunResult, seconds: number): DemoResult {
  return {
    workflowId,
    runId,
    metrics: { base: result.metrics.base, fineTuned: result.metrics.fineTuned },
    steps: result.steps.map(({ name, state, cached, startedAt, finishedAt }) => ({
      name,
      state,
      cached: cached ?? false,
      seconds: startedAt === undefined || finishedAt === undefined ? null : (finishedAt - startedAt) / 1_000,
    })),
    texts: { encoded: result.texts.encoded, cached: result.texts.cached },
    seconds,
    artifacts: result.artifacts,
  };
}
