/** Differences between two systems, added up over the queries that share a passage. */
import { type ClusterSums, sumClusters } from '../bootstrap.ts';

/** One metric of two systems on the same queries. */
export interface PairedValues {
  /** [queries] */
  readonly champion: Float64Array;
  /** [queries] */
  readonly candidate: Float64Array;
  /** Number of each query's positive, equal where two queries share one [queries]; null: no two do. */
  readonly passages: Int32Array | null;
}

function requireEqualLengths({ champion, candidate, passages }: PairedValues): void {
  const lengths = [champion.length, candidate.length, passages?.length ?? champion.length];
  if (new Set(lengths).size > 1) {
    throw new RangeError(
      `champion, candidate and passages have ${lengths.join(', ')} values: they must be of the same queries`,
    );
  }
}

function differenceOf({ champion, candidate }: PairedValues, query: number): number {
  const difference = candidate[query]! - champion[query]!;
  if (!Number.isFinite(difference)) {
    throw new RangeError(
      `query ${query} has the values ${champion[query]} (champion) and ${candidate[query]} (candidate): both must be finite`,
    );
  }
  return difference;
}

/**
 * Sums of candidate minus champion over the queries of a passage.
 *
 * @throws RangeError when the lengths differ, or a value is not finite.
 */
export function clusterDifferences(values: PairedValues): ClusterSums {
  requireEqualLengths(values);
  const differences = values.champion.map((_, query) => differenceOf(values, query));
  return sumClusters([differences], values.passages);
}
