/** What a comparison of a given precision can find, and how many queries it takes. */
import { normalQuantile } from './normal-quantile.ts';

export interface PowerOptions {
  /** Of the two-sided interval, e.g. 0.95. */
  readonly confidence: number;
  /** Share of comparisons that must find the difference, e.g. 0.8. */
  readonly power: number;
}

/**
 * Minimum detectable difference: the true difference from a bound that the interval excludes this bound for with the
 * wanted power, z(1 - α/2) + z(power) standard errors (Bloom 1995, "Minimum detectable effects").
 *
 * It is about what the test set could have shown; the difference that was seen has no part in it (Hoenig and Heisey
 * 2001, "The abuse of power").
 */
export function detectableDifference(standardError: number, { confidence, power }: PowerOptions): number {
  return (normalQuantile((1 + confidence) / 2) + normalQuantile(power)) * standardError;
}

/**
 * Queries of the same kind that it takes to detect `wanted`, when `queries` of them detect `detectable`: the standard
 * error falls with the square root of their number.
 *
 * @returns null where no number of queries is enough.
 */
export function queriesNeeded(queries: number, detectable: number, wanted: number): number | null {
  return wanted > 0 ? Math.ceil(queries * (detectable / wanted) ** 2) : null;
}
