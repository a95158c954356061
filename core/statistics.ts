/** Mean and quantiles, as numpy defines them. */

function requireValues(values: Float64Array): void {
  if (values.length === 0) throw new RangeError('a statistic needs at least one value');
}

/** @throws RangeError without values. */
export function mean(values: Float64Array): number {
  requireValues(values);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
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
