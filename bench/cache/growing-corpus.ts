/** Last night's rows and tonight's: the same, and one per cent more. */
import type { Pair } from '../../core/clean.ts';
import { legalPairs } from '../legal-texts.ts';

const NEW_SHARE = 0.01;

export interface GrowingCorpus {
  readonly before: readonly Pair[];
  /** `before` and the new rows. */
  readonly after: readonly Pair[];
  /** Different texts of `after` that `before` has not. */
  readonly newTexts: number;
}

/** @param texts about so many in `before`: a row has a query and a passage */
export async function growingCorpus(texts: number): Promise<GrowingCorpus> {
  const rows = Math.ceil(texts / 2);
  const after = await legalPairs(rows + Math.max(1, Math.round(rows * NEW_SHARE)));
  const before = after.slice(0, rows);
  return { before, after, newTexts: textsOf(after).size - textsOf(before).size };
}

function textsOf(rows: readonly Pair[]): Set<string> {
  return new Set(rows.flatMap(({ query, positive }) => [query, positive]));
}
