/** What the demo leaves behind for programs to read: `demo-result.json`. */
import type { ArtifactRef, Provenance } from '../../contracts/artifact.ts';
import type { GateResult } from '../../contracts/gate.ts';
import type { MetricValues } from '../../contracts/metrics.ts';
import type { StepName, StepState } from '../../contracts/progress.ts';
import type { RunResult } from '../../contracts/run-result.ts';
import type { RunId } from '../observe/run-view.ts';

export interface DemoResult extends RunId {
  /** By their W&B names. */
  readonly metrics: { readonly base: MetricValues; readonly fineTuned: MetricValues };
  /** The gate's. */
  readonly verdict: GateResult['verdict']['verdict'];
  /** The finished run whose result this is, since nothing had changed; null where the run computed its own. */
  readonly unchangedSince: Provenance | null;
  readonly steps: readonly {
    readonly name: StepName;
    readonly state: StepState;
    readonly cached: boolean;
    /** Null for a step that did not run, such as all of an unchanged run. */
    readonly seconds: number | null;
  }[];
  readonly texts: { readonly encoded: number; readonly cached: number };
  /** Wall time from the moment the servers were up to the result. */
  readonly seconds: number;
  readonly artifacts: Readonly<Record<string, ArtifactRef>>;
}

export function demoResult({ workflowId, runId }: RunId, result: RunResult, seconds: number): DemoResult {
  const { metrics, texts, unchangedSince } = result;
  const taken = unchangedSince !== null;
  return {
    workflowId,
    runId,
    metrics: { base: metrics.base, fineTuned: metrics.fineTuned },
    verdict: result.gate.verdict.verdict,
    unchangedSince,
    steps: result.steps.map(({ name, state, cached, startedAt, finishedAt }) => ({
      name,
      state,
      cached: cached ?? false,
      seconds: taken || startedAt === undefined || finishedAt === undefined ? null : (finishedAt - startedAt) / 1_000,
    })),
    texts: { encoded: texts.encoded, cached: texts.cached },
    seconds,
    artifacts: result.artifacts,
  };
}
