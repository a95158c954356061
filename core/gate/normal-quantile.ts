/** Quantiles of the standard normal distribution. */

/** A ratio of two polynomials in x, coefficients from the constant term up. */
interface Rational {
  readonly numerator: readonly number[];
  readonly denominator: readonly number[];
}

/** Wichura's coefficients: up to 0.425 from the median, then by r = √(-ln tail) up to 5, and beyond. */
const CENTRE: Rational = {
  numerator: [3.3871327179, 50.434271938, 159.29113202, 59.10937472],
  denominator: [1, 17.895169469, 78.757757664, 67.1875636],
};
const TAIL: Rational = {
  numerator: [1.4234372777, 2.75681539, 1.3067284816, 0.17023821103],
  denominator: [1, 0.7370016425, 0.12021132975],
};
const FAR_TAIL: Rational = {
  numerator: [6.657905115, 3.081226386, 0.42868294337, 0.017337203997],
  denominator: [1, 0.24197894225, 0.012258202635],
};

function evaluate({ numerator, denominator }: Rational, x: number): number {
  const polynomial = (coefficients: readonly number[]): number =>
    coefficients.reduceRight((value, coefficient) => value * x + coefficient, 0);
  return polynomial(numerator) / polynomial(denominator);
}

/**
 * `scipy.stats.norm.ppf(probability)` to about 1 part in ten million: algorithm PPND7 of Wichura 1988, "Algorithm AS 241: the
 * percentage points of the normal distribution".
 *
 * @throws RangeError unless the probability lies between 0 and 1, both excluded.
 */
export function normalQuantile(probability: number): number {
  if (!(probability > 0 && probability < 1)) {
    throw new RangeError(`a normal quantile needs a probability between 0 and 1, got ${probability}`);
  }
  const fromMedian = probability - 0.5;
  if (Math.abs(fromMedian) <= 0.425) return fromMedian * evaluate(CENTRE, 0.180625 - fromMedian ** 2);
  const r = Math.sqrt(-Math.log(Math.min(probability, 1 - probability)));
  return Math.sign(fromMedian) * (r <= 5 ? evaluate(TAIL, r - 1.6) : evaluate(FAR_TAIL, r - 5));
}
