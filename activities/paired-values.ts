/** Two models' values on the same queries, out of the per-query files of their evaluations. */
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import type { ArtifactRef } from '../contracts/artifact.ts';
import type { GateResult, LeftOut } from '../contracts/gate.ts';
import type { Pair } from '../core/clean.ts';
import { buildCorpus } from '../core/corpus.ts';
import type { PairedValues } from '../core/gate/cluster-sums.ts';
import { type RankMetric, rankValues } from '../core/gate/rank-values.ts';
import { type Seen, seenPairs } from '../core/leakage.ts';
import type { GuardQueryEvaluation } from './evaluate-guards.ts';
import type { QueryEvaluation } from './evaluate-retrieval.ts';
import { normalizeText, textIdentity } from '../core/normalize-text.ts';
import { fromJsonLines } from './json-lines.ts';

/** Per-query files of the two. */
export interface PerQuery {
  readonly champion: ArtifactRef;
  readonly candidate: ArtifactRef;
}

export interface TestMeasurement {
  readonly test: ArtifactRef;
  /** Parts that each model was trained on and selected by. */
  readonly seen: {
    /** Null: the reference is the base model. */
    readonly champion: readonly ArtifactRef[] | null;
    /** Null: as version 1 of the step `judge` has it, which leaves out the champion's pairs alone. */
    readonly candidate: readonly ArtifactRef[] | null;
    /** Exact: as versions 1 and 2 of the step have it, only white space may differ between equal questions. */
    readonly spelling: 'exact' | 'unified';
  };
  /** Of `evaluateRetrieval`. */
  readonly ranks: PerQuery;
}

/**
 * Values on the test part, clustered by passage.
 *
 * Questions that one of the two has seen are left out, whatever their passage: its figures on them are no measure of what
 * it does on new ones. The champion may come of another split or an older file; the candidate's own parts share questions
 * with its test part where rows repeat.
 */
export async function testValues(
  artifacts: ArtifactStore,
  { test, seen, ranks }: TestMeasurement,
  metric: RankMetric,
): Promise<{ readonly values: PairedValues } & Pick<GateResult, 'leftOut' | 'leftOutBy'>> {
  const pairsIn = async (part: ArtifactRef): Promise<Pair[]> => fromJsonLines(await artifacts.getBytes(part));
  const pairs = await pairsIn(test);
  const identity = seen.spelling === 'unified' ? textIdentity : normalizeText;
  const seenIn = async (parts: readonly ArtifactRef[] | null): Promise<Seen[] | null> =>
    parts && seenPairs(pairs, await Promise.all(parts.map(pairsIn)), identity);
  const champion = await seenIn(seen.champion);
  const candidate = await seenIn(seen.candidate);
  const kept = [...pairs.keys()].filter((row) =>
    candidate ? !candidate[row] && !champion?.[row] : champion?.[row] !== 'pair',
  );
  const { gold } = buildCorpus(pairs);
  const valuesIn = async (perQuery: ArtifactRef): Promise<Float64Array> => {
    const evaluations = fromJsonLines<QueryEvaluation>(await artifacts.getBytes(perQuery));
    if (evaluations.length !== pairs.length)
      throw new RangeError(`${perQuery.key} is about ${evaluations.length} queries, the test part has ${pairs.length}`);
    return rankValues(
      kept.map((query) => evaluations[query]!.rank),
      metric,
    );
  };
  const values = {
    champion: await valuesIn(ranks.champion),
    candidate: await valuesIn(ranks.candidate),
    passages: Int32Array.from(kept, (query) => gold[query]!),
  };
  const leftOut = pairs.length - kept.length;
  if (!candidate) return { values, leftOut };
  return { values, leftOut, leftOutBy: { champion: champion && counted(champion), candidate: counted(candidate) } };
}

function counted(seen: readonly Seen[]): LeftOut['candidate'] {
  const count = (how: Seen): number => seen.filter((one) => one === how).length;
  return { pairs: count('pair'), queries: count('query') };
}

/** Values on a guard set, clustered by what queries share of relevant passages. */
export async function guardValues(
  artifacts: ArtifactStore,
  { champion, candidate }: PerQuery,
  metric: RankMetric,
): Promise<PairedValues> {
  const read = async (perQuery: ArtifactRef): Promise<GuardQueryEvaluation[]> =>
    fromJsonLines(await artifacts.getBytes(perQuery));
  const [reference, tuned] = [await read(champion), await read(candidate)];
  const valuesOf = (evaluations: readonly GuardQueryEvaluation[]): Float64Array =>
    Float64Array.from(evaluations, ({ values }) => values[metric]);
  return {
    champion: valuesOf(reference),
    candidate: valuesOf(tuned),
    passages: Int32Array.from(tuned, ({ cluster }) => cluster),
  };
}
