/** Keeps the rows that make a fair retrieval pair: a question that the passage answers, and that no other row repeats. */
import { createHash } from 'node:crypto';
import type { LegalRow } from './row.ts';

/** Characters. Shorter passages are stubs ("Voir la fiche …"); longer ones are whole guides that answer many questions. */
export const PASSAGE_LENGTH = { min: 80, max: 4000 } as const;

/** Questions whose answer is an address or a link, which the passage lacks. */
const ASKS_FOR_CONTACT =
  /(?:où|à qui|auprès de qui) (?:s'adresser|se renseigner|s'informer)|qui contacter|besoin d'aide|(?:en|pour en) savoir plus|et aussi/i;

/** Why a row was left out. */
export type Refusal = 'too short' | 'too long' | 'asks for a contact' | 'repeated passage' | 'repeated query';

export interface Selection {
  readonly rows: LegalRow[];
  readonly refused: Readonly<Record<Refusal, number>>;
}

/**
 * Filters rows and puts them in an order drawn by the hash of their id, so that the first n are a fair sample of all.
 *
 * Of rows that share a passage or a query, whatever its case, the first by id is kept.
 */
export function selectRows(candidates: readonly LegalRow[]): Selection {
  const refused: Record<Refusal, number> = {
    'too short': 0,
    'too long': 0,
    'asks for a contact': 0,
    'repeated passage': 0,
    'repeated query': 0,
  };
  const seen = new Set<string>();
  const isNew = (key: string): boolean => seen.size < seen.add(key).size;
  const rows: LegalRow[] = [];
  for (const row of candidates.toSorted((a, b) => compare(a.id, b.id))) {
    const refusal = unfit(row) ?? repeated(row, isNew);
    if (refusal === undefined) rows.push(row);
    else refused[refusal] += 1;
  }
  const drawn = rows.map((row) => ({ row, rank: createHash('sha256').update(row.id).digest('hex') }));
  return { rows: drawn.sort((a, b) => compare(a.rank, b.rank)).map(({ row }) => row), refused };
}

function unfit({ query, output }: LegalRow): Refusal | undefined {
  if (output.length < PASSAGE_LENGTH.min) return 'too short';
  if (output.length > PASSAGE_LENGTH.max) return 'too long';
  if (ASKS_FOR_CONTACT.test(query.replaceAll('’', "'"))) return 'asks for a contact';
  return undefined;
}

function repeated(row: LegalRow, isNew: (key: string) => boolean): Refusal | undefined {
  if (!isNew(`passage ${row.output.toLowerCase()}`)) return 'repeated passage';
  if (!isNew(`query ${row.query.toLowerCase()}`)) return 'repeated query';
  return undefined;
}

/** By code unit: the same on every machine, unlike a locale's order. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
