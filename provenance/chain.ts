/** Where each step's inputs come from. */
import type { RecordedStep } from '../contracts/run-record.ts';

export interface Origin {
  readonly step: RecordedStep['step'];
  /** Path in that step's result. */
  readonly output: string;
}

/**
 * Finds what a digest is an output of. `resolve` comes first of all steps, so a source is an output of it.
 *
 * @returns null for a digest that none of the steps put out
 */
export function origins(steps: readonly RecordedStep[]): (digest: string) => Origin | null {
  const byDigest = new Map<string, Origin>();
  for (const { step, outputs } of steps) {
    for (const [output, digest] of Object.entries(outputs)) {
      if (!byDigest.has(digest)) byDigest.set(digest, { step, output });
    }
  }
  return (digest) => byDigest.get(digest) ?? null;
}
