/** Activity `compareModels`: the difference in every metric, and how sure the one in nDCG@10 is. */
import type { ArtifactRef } from '../contracts/artifact.ts';
import type { CompareInput } from '../contracts/activities.ts';
import { METRIC_NAMES } from '../contracts/metrics.ts';
import { compareResult, type CompareResult, type StepOutcome } from '../contracts/steps.ts';
import { bootstrapMean } from '../core/bootstrap.ts';
import { ndcgDifferences, rankChanges } from '../core/metrics/comparison.ts';
import type { Rank } from '../core/ranking.ts';
import type { ActivityDeps } from './deps.ts';
import { fromJsonLines } from './json-lines.ts';
import { runStep } from './step.ts';

/** Any fixed seed makes the interval repeatable; this is the evaluation's. */
const BOOTSTRAP = { seed: 123, resamples: 2_000, confidence: 0.95 };

export function createCompareModels({ artifacts, records }: Pick<ActivityDeps, 'artifacts' | 'records'>) {
  const ranksIn = async (perQuery: ArtifactRef): Promise<Rank[]> =>
    fromJsonLines<{ rank: Rank }>(await artifacts.getBytes(perQuery)).map(({ rank }) => rank);

  return ({ base, fineTuned }: CompareInput): Promise<StepOutcome<CompareResult>> => {
    const identity = {
      name: 'compare',
      version: 1,
      inputs: { base: base.perQuery.sha256, fineTuned: fineTuned.perQuery.sha256 },
      parameters: { base: base.metrics, fineTuned: fineTuned.metrics, bootstrap: BOOTSTRAP },
    };
    return runStep(records, { identity, schema: compareResult }, async () => {
      const before = await ranksIn(base.perQuery);
      const after = await ranksIn(fineTuned.perQuery);
      return {
        metrics: differences(base.metrics, fineTuned.metrics),
        queries: rankChanges(before, after),
        ndcgDifference: bootstrapMean(ndcgDifferences(before, after, 10), BOOTSTRAP),
      };
    });
  };
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
