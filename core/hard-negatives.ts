/** Hard negatives: which of the passages nearest to a query are taken for wrong answers, and which may be right ones. */
import { normalizeText } from './normalize-text.ts';
import { NumpyGenerator } from './numpy-random/generator.ts';
import type { PassageRanking, PlaceRange } from './passage-ranking.ts';

/** Named as the parameters of sentence-transformers' `mine_hard_negatives`. */
export interface MiningOptions {
  /** Negatives a row gets. */
  readonly numNegatives: number;
  /** Ranks left out at the top, suspects among them; sentence-transformers counts ranks without the suspects. */
  readonly rangeMin: number;
  /** Last rank of the range; at least `rangeMin + numNegatives`. */
  readonly rangeMax: number;
  /** From 0 to 1. */
  readonly relativeMargin: number;
  readonly sampling: 'top' | 'random';
}

export interface MinedRow {
  /** Nearest first [numNegatives]. */
  readonly negatives: readonly number[];
  /** Passages within the rank range. */
  readonly candidates: number;
  /** Candidates that are too near to be taken. */
  readonly suspects: number;
  /** True when the range had too few negatives. */
  readonly filledUp: boolean;
}

/**
 * The passages that answer each row's query in any row [rows]; rows whose queries are equal after
 * {@link normalizeText} share one set.
 *
 * @param gold index of each row's positive in the corpus [rows]
 */
export function answersOf(queries: readonly string[], gold: Int32Array): ReadonlySet<number>[] {
  const byQuery = new Map<string, Set<number>>();
  return queries.map((query, row) => {
    const key = normalizeText(query);
    const answers = byQuery.get(key) ?? new Set();
    byQuery.set(key, answers);
    return answers.add(gold[row]!);
  });
}

/**
 * The cosine above which a passage may be an answer that nobody has labelled: TopK-PercPos of NV-Retriever (Moreira et
 * al. 2024, arXiv:2407.15831), whose threshold is a share of the positive's cosine.
 *
 * The margin is a share of the cosine's magnitude, so that it lies below a negative cosine too, as sentence-transformers
 * has it: a product would raise the threshold above the positive.
 */
export function suspicionThreshold(positiveCosine: number, relativeMargin: number): number {
  return positiveCosine - Math.abs(positiveCosine) * relativeMargin;
}

/**
 * A run of places whose exact cosines decide what {@link mineRow} takes, since float32 can't tell their order; null when
 * nothing is left to decide.
 */
export function undecidedRun(ranking: PassageRanking, threshold: number, options: MiningOptions): PlaceRange | null {
  const first = firstTaken(ranking, threshold, options);
  const range = { start: 0, end: options.rangeMax };
  return ranking.unsettledRun(threshold, [range, { start: first, end: first + options.numNegatives }]);
}

/**
 * Negatives of one row: of the ranks after `rangeMin` up to `rangeMax`, those at or below the threshold.
 *
 * Where these are too few, the next ranks below fill up. Where even the whole corpus has too few below the threshold,
 * since the positive is among the least similar passages, the least similar ones are taken: they are the last to be
 * unlabelled answers.
 *
 * @param ranking without the query's answers
 * @param threshold see {@link suspicionThreshold}
 * @param stream gives each row random numbers of its own, those of numpy's `default_rng([seed, row])`
 * @returns null when the ranking ends too early to tell: search deeper.
 * @throws RangeError when a complete ranking has fewer than `rangeMin + numNegatives` passages.
 */
export function mineRow(
  ranking: PassageRanking,
  threshold: number,
  options: MiningOptions,
  { seed, row }: { readonly seed: number; readonly row: number },
): MinedRow | null {
  const { numNegatives, rangeMin, rangeMax, sampling } = options;
  const ranked = ranking.length;
  if (ranking.complete && ranked < rangeMin + numNegatives)
    throw new RangeError(`${ranked} passages are too few for ${numNegatives} negatives after rank ${rangeMin}`);
  const first = firstTaken(ranking, threshold, options);
  if (!ranking.complete && ranked < Math.max(rangeMax, first + numNegatives)) return null;

  const end = Math.min(rangeMax, ranked);
  const suspects = clamp(ranking.countAbove(threshold) - rangeMin, 0, end - rangeMin);
  const left = end - rangeMin - suspects;
  const filledUp = left < numNegatives;
  const places =
    sampling === 'random' && !filledUp
      ? drawPlaces(new NumpyGenerator((BigInt(row) << 32n) | BigInt(seed)), first, left, numNegatives)
      : Array.from({ length: numNegatives }, (_, offset) => first + offset);
  return {
    negatives: places.map((place) => ranking.passages[place]!),
    candidates: end - rangeMin,
    suspects,
    filledUp,
  };
}

/** Suspects are nearer than all other passages, so what may be taken is the rest of the ranking from one place on. */
function firstTaken(ranking: PassageRanking, threshold: number, { numNegatives, rangeMin }: MiningOptions): number {
  const first = Math.max(rangeMin, ranking.countAbove(threshold));
  return ranking.complete ? Math.min(first, ranking.length - numNegatives) : first;
}

function drawPlaces(generator: NumpyGenerator, first: number, places: number, size: number): number[] {
  return [...generator.choice(places, size).sort()].map((place) => first + place);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
