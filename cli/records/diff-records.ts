/** What differs between two runs: inputs first, then what computed them, then what came of it. */
import { METRIC_NAMES } from '../../contracts/metrics.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { leafDifferences, type LeafDifference } from '../../core/leaf-differences.ts';
import { diffSteps, type StepDifference } from './diff-steps.ts';
import { environmentDifferences } from './record-environment.ts';

export interface MetricDifference {
  readonly model: 'bm25' | 'base' | 'fineTuned';
  /** W&B name. */
  readonly metric: string;
  /** Undefined where the run did not measure it. */
  readonly a: number | undefined;
  readonly b: number | undefined;
}

export interface RunDifferences {
  readonly a: RunName;
  readonly b: RunName;
  /** Configuration, digests of the sources, licences. */
  readonly inputs: readonly LeafDifference[];
  readonly code: readonly LeafDifference[];
  readonly environment: readonly LeafDifference[];
  /** In the order of the DAG: those that differ. */
  readonly steps: readonly StepDifference[];
  readonly metrics: readonly MetricDifference[];
  /** Verdict, whom it is against, promotion. */
  readonly outcome: readonly LeafDifference[];
}

type RunName = Pick<RunRecord, 'workflowId' | 'runId' | 'finishedAt'>;

/** Times, IDs and who started the runs differ in any case, and are left out. */
export function diffRecords(a: RunRecord, b: RunRecord): RunDifferences {
  const { code, machine } = environmentDifferences(Object.values(a.environments), Object.values(b.environments));
  // All steps may have been taken from runs of another build than the one that took this run.
  const builds = { path: 'buildId', a: a.buildId, b: b.buildId };
  const isTold = a.buildId === b.buildId || code.some(({ path }) => path === builds.path);
  return {
    a: nameOf(a),
    b: nameOf(b),
    inputs: leafDifferences(inputsOf(a), inputsOf(b)),
    code: [...(isTold ? [] : [builds]), ...code],
    environment: machine,
    steps: diffSteps(a.steps, b.steps),
    metrics: diffMetrics(a.metrics, b.metrics),
    outcome: leafDifferences(outcomeOf(a), outcomeOf(b)),
  };
}

function nameOf({ workflowId, runId, finishedAt }: RunRecord): RunName {
  return { workflowId, runId, finishedAt };
}

function inputsOf({ config, sources, licenses }: RunRecord): object {
  const { data, model, guards, origins } = sources;
  const guardSets = Object.entries(guards).map(([name, { sha256 }]) => [name, sha256]);
  return {
    config,
    sources: { data: data.sha256, model: model.digest, guards: Object.fromEntries(guardSets) as object, origins },
    licenses,
  };
}

function outcomeOf({ gate, promotion: { state, by } }: RunRecord): object {
  const { verdict, reference, leftOut, leftOutBy } = gate;
  return { verdict: verdict.verdict, reference, leftOut, leftOutBy, promotion: { state, by } };
}

function diffMetrics(a: RunRecord['metrics'], b: RunRecord['metrics']): MetricDifference[] {
  return (['bm25', 'base', 'fineTuned'] as const).flatMap((model) => {
    const [inA, inB] = [a[model] ?? {}, b[model] ?? {}];
    const names = new Set<string>([...METRIC_NAMES, ...Object.keys(inA), ...Object.keys(inB)]);
    return Array.from(names, (metric) => ({ model, metric, a: inA[metric], b: inB[metric] })).filter(
      (metric) => metric.a !== metric.b,
    );
  });
}
