/** Reads the file of a guard set: a query, a passage and how relevant it is to it in each row. */
import type { RowFormat } from '../adapters/rows/detect-format.ts';
import { readPlacedRows } from '../adapters/rows/read-rows.ts';
import { RowsError } from '../adapters/rows/rows-error.ts';
import type { GuardData } from '../contracts/gate.ts';
import { quoteText } from '../contracts/quote.ts';
import { cleanRows, type SourceRow } from '../core/clean.ts';
import type { JudgedPair } from '../core/qrels.ts';
import { guardSection } from './guard-sets.ts';

/** More digits are a mistake, such as an ID in the place of a grade. */
const HIGHEST_GRADE = 999_999_999;
/** Where every row is relevant. */
const RELEVANT = '1';

/**
 * The pairs of all rows that have a query and a passage, in the order of the file; of several spellings of a text, each is
 * in the first one.
 *
 * @param name of the guard set
 * @throws RowsError as `readRows` does, and for a grade that is none
 */
export async function readJudgedPairs(
  path: string,
  format: RowFormat,
  name: string,
  { source, columns: { query, passage, grade } }: GuardData,
): Promise<JudgedPair[]> {
  const section = guardSection(name);
  const numeric = grade === null ? [] : [grade];
  const options = { format, columns: [query, ...passage, ...numeric], numeric, limit: null, name: source, section };
  const rows: SourceRow[] = [];
  const grades: { readonly text: string; readonly where: string }[] = [];
  for await (const { values, where } of readPlacedRows(path, options)) {
    rows.push({ query: values[query] ?? '', passage: passage.map((column) => values[column] ?? '') });
    grades.push({ text: grade === null ? RELEVANT : (values[grade] ?? ''), where });
  }
  const { pairs, source: rowOf } = cleanRows(rows, { dropDuplicates: false, unifySpelling: true });
  return pairs.map((pair, position) => {
    const { text, where } = grades[rowOf[position]!]!;
    const value = parseGrade(text);
    if (value !== null) return { ...pair, grade: value };
    throw new RowsError(
      'wrong-type',
      `${section}.source ${source}, ${where}: column "${quoteText(grade ?? '')}" holds "${quoteText(text)}", ` +
        `but a grade is a whole number from 0 (not relevant) to ${HIGHEST_GRADE}`,
    );
  });
}

/** "2" and, as tables with missing values write it, "2.0"; null for anything else. */
function parseGrade(text: string): number | null {
  return /^\d{1,9}(\.0+)?$/.test(text.trim()) ? Number(text) : null;
}
