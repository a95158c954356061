/** What the proof says of a GPU: a sentence, what was measured for it, and whether it holds. */

export interface Claim {
  readonly claim: string;
  /** As a person reads it: `0.99998 (≥ 0.999)`. */
  readonly measured: string;
  readonly holds: boolean;
}

/** One part of the proof, in the order in which it is told. */
export interface ProofPart {
  readonly title: string;
  readonly claims: readonly Claim[];
  /** Figures without a bound, by name, each with its unit. */
  readonly figures: Readonly<Record<string, string>>;
}

export function atLeast(claim: string, value: number, bound: number, digits = 5): Claim {
  return { claim, measured: `${value.toFixed(digits)} (≥ ${bound})`, holds: value >= bound };
}

export function holds(claim: string, is: boolean, measured: string): Claim {
  return { claim, measured, holds: is };
}
