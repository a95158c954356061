/** Sum, mean, spread and quantiles, as numpy defines them. */

function requireValues(values: Float64Array): void {
  if (values.length === 0) throw new RangeError('a statistic needs at least one value');
}

export function sum(values: Float64Array | Int32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** @throws RangeError without values. */
export function mean(values: Float64Array): number {
  requireValues(values);
  return sum(values) / values.length;
}

/**
 * `numpy.std(values, ddof=1)`: of the population that the values are a sample of.
 *
 * @returns 0 for one value.
 * @throws RangeError without values.
 */
export function standardDeviation(values: Float64Array): number {
  const centre = mean(values);
  let squares = 0;
  for (const value of values) squares += (value - centre) ** 2;
  return Math.sqrt(squares / Math.max(values.length - 1, 1));
}

/**
 * `numpy.quantile(values, probability)`: linear between the two nearest order statistics; 0.5 is the median.
 *
 * @param probability From 0 (least value) to 1 (greatest).
 * @throws RangeError without values.
 */
export function quantile(values: Float64Array, probability: number): number {
  requireValues(values);
  const sorted = values.toSorted();
  const position = probability * (sorted.length - 1);
  const below = Math.floor(position);
  const lower = sorted[below]!;
  const upper = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return lower + (upper - lower) * (position - below);
}
