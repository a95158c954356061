/** Activity `compareModels`: the difference in every metric, and how sure each figure and the one in nDCG@10 is. */
import { Context } from '@temporalio/activity';
import { runInThread } from '../adapters/thread/run-in-thread.ts';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import type { ArtifactRef } from '../contracts/artifact.ts';
import type { CompareInput } from '../contracts/activities.ts';
import { METRIC_NAMES } from '../contracts/metrics.ts';
import { compareResult, type CompareResult, type StepOutcome } from '../contracts/steps.ts';
import type { Pair } from '../core/clean.ts';
import { buildCorpus } from '../core/corpus.ts';
import { compareQueries } from '../core/metrics/comparison.ts';
import type { QueryFigures } from '../core/metrics/intervals.ts';
import type { ActivityDeps } from './deps.ts';
import { fromJsonLines } from './json-lines.ts';
import { runStep, type Step } from './step.ts';

/** Any fixed seed makes the interval repeatable; this is the evaluation's. */
const BOOTSTRAP = { seed: 123, resamples: 2_000, confidence: 0.95 };

/** Thousands of resamples of thousands of queries take seconds, in which no heartbeat would go out. */
const COMPARE = { module: new URL('../core/metrics/comparison.ts', import.meta.url), name: 'compareQueries' };

export function compareStep({ test, base, fineTuned }: CompareInput): Step<CompareResult> {
  return {
    identity: {
      name: 'compare',
      version: test ? 3 : 2,
      inputs: {
        ...(test ? { test: test.sha256 } : {}),
        base: base.perQuery.sha256,
        fineTuned: fineTuned.perQuery.sha256,
      },
      parameters: { base: base.metrics, fineTuned: fineTuned.metrics, bootstrap: BOOTSTRAP },
    },
    schema: compareResult,
  };
}

export function createCompareModels({ artifacts, records }: Pick<ActivityDeps, 'artifacts' | 'records'>) {
  return (input: CompareInput): Promise<StepOutcome<CompareResult>> => {
    const { cancellationSignal } = Context.current();
    return runStep(records, compareStep(input), () => compare(artifacts, input, cancellationSignal));
  };
}

/** The comparison, from the per-query files of both evaluations and the part whose passages cluster the queries. */
export async function compare(
  artifacts: ArtifactStore,
  { test, base, fineTuned }: CompareInput,
  signal: AbortSignal,
): Promise<CompareResult> {
  const figuresIn = async (perQuery: ArtifactRef): Promise<QueryFigures[]> =>
    fromJsonLines(await artifacts.getBytes(perQuery));
  const before = await figuresIn(base.perQuery);
  const after = await figuresIn(fineTuned.perQuery);
  const clusters = test ? buildCorpus(fromJsonLines<Pair>(await artifacts.getBytes(test))).gold : null;
  const metrics = differences(base.metrics, fineTuned.metrics);
  const names = metrics.map(({ metric }) => metric);
  const compared = [before, after, clusters, names, BOOTSTRAP] as const;
  return { metrics, ...(await runInThread<typeof compareQueries>(COMPARE, [...compared], signal)) };
}

/** Known metrics in the order of tables, then any others by name; counts are no metrics. */
function differences(base: CompareInput['base']['metrics'], fineTuned: typeof base): CompareResult['metrics'] {
  const known: readonly string[] = METRIC_NAMES;
  const others = Object.keys(base).filter((name) => !known.includes(name) && !name.startsWith('n_'));
  return [...known, ...others.sort()].flatMap((metric) => {
    const before = base[metric];
    const after = fineTuned[metric];
    if (before === undefined || after === undefined) return [];
    return [{ metric, base: before, fineTuned: after, difference: after - before }];
  });
}
