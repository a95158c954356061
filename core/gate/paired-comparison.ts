/** Everything that is estimated about two systems on one set of queries. */
import { bootstrapMeans } from '../bootstrap.ts';
import { mean } from '../statistics.ts';
import { clusterDifferences, type PairedValues } from './cluster-sums.ts';
import { detectableDifference, type PowerOptions } from './power.ts';
import { randomisationPValue, type RandomisationOptions } from './randomisation.ts';

export type InferenceOptions = PowerOptions & RandomisationOptions;

export interface PairedComparison {
  readonly queries: number;
  /** Clusters of queries that share a passage: what the comparison takes for independent. */
  readonly passages: number;
  /** Means over the queries. */
  readonly champion: number;
  readonly candidate: number;
  /** Candidate minus champion, with its percentile bootstrap interval clustered by passage. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  readonly standardError: number;
  /** Two-sided, of the randomisation test by passage. */
  readonly pValue: number;
  /** Least true difference that the interval would tell from none with the wanted power. */
  readonly detectable: number;
}

/**
 * The interval is the percentile one: on simulated ranks in 50 to 300 clusters its two bounds missed the true difference
 * in 2.1 to 4.2 % of 1,200 trials where 2.5 % are meant to, the BCa interval in 2.5 to 4.7 %, and a percentile interval
 * that ignores the clusters in 3.5 to 6.0 %.
 *
 * @throws RangeError without queries, when the lengths differ, or a value is not finite.
 */
export function comparePaired(values: PairedValues, options: InferenceOptions): PairedComparison {
  const clusters = clusterDifferences(values);
  const { mean: difference, low, high, standardError } = bootstrapMeans(clusters, options)[0]!;
  return {
    queries: values.champion.length,
    passages: clusters.sizes.length,
    champion: mean(values.champion),
    candidate: mean(values.candidate),
    difference,
    low,
    high,
    standardError,
    pValue: randomisationPValue(clusters.sums[0]!, options),
    detectable: detectableDifference(standardError, options),
  };
}
