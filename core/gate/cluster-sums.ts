/** Differences between two systems, added up over the queries that share a passage. */

/** One metric of two systems on the same queries. */
export interface PairedValues {
  /** [queries] */
  readonly champion: Float64Array;
  /** [queries] */
  readonly candidate: Float64Array;
  /** Number of each query's positive, equal where two queries share one [queries]; null: no two do. */
  readonly passages: Int32Array | null;
}

/** Queries of one passage are answered well or badly together, so only clusters can be taken for independent. */
export interface ClusterSums {
  /** Sum of candidate minus champion over a cluster's queries, clusters in first-seen order [clusters]. */
  readonly sums: Float64Array;
  /** Queries in each cluster [clusters]. */
  readonly sizes: Int32Array;
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

/** @throws RangeError when the lengths differ, or a value is not finite. */
export function clusterDifferences(values: PairedValues): ClusterSums {
  requireEqualLengths(values);
  const clusterOf = new Map<number, number>();
  const sums: number[] = [];
  const sizes: number[] = [];
  for (let query = 0; query < values.champion.length; query++) {
    const passage = values.passages?.[query] ?? query;
    const cluster = clusterOf.get(passage) ?? clusterOf.size;
    clusterOf.set(passage, cluster);
    sums[cluster] = (sums[cluster] ?? 0) + differenceOf(values, query);
    sizes[cluster] = (sizes[cluster] ?? 0) + 1;
  }
  return { sums: Float64Array.from(sums), sizes: Int32Array.from(sizes) };
}
