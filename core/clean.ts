/** From source rows to query–positive pairs, with a count of everything that was left out. */
import { strip } from './normalize-text.ts';

/** A row as the source has it, missing values as empty texts. */
export interface SourceRow {
  readonly query: string;
  /** The columns that make the passage, in order. */
  readonly passage: readonly string[];
}

/** A question and the passage that answers it. */
export interface Pair {
  readonly query: string;
  readonly positive: string;
}

export interface CleanCounts {
  /** Source rows. */
  readonly rows: number;
  /** Rows left out since their query is empty or white space only. */
  readonly emptyQuery: number;
  /** Rows left out since all their passage columns are (those with an empty query too not counted again). */
  readonly emptyPositive: number;
  /** Further rows whose query and positive both repeat an earlier row's exactly; left out only when asked. */
  readonly duplicates: number;
  /** Pairs handed on. */
  readonly kept: number;
}

export interface CleanRows {
  readonly pairs: readonly Pair[];
  /** Source row of each pair [kept], ascending. */
  readonly source: Int32Array<ArrayBuffer>;
  readonly counts: CleanCounts;
}

/** The passage's columns, stripped and joined with ", ": an empty one among others leaves its comma, as in the reference. */
function joinPassage(columns: SourceRow['passage']): string {
  const texts = columns.map(strip);
  return texts.every((text) => text === '') ? '' : texts.join(', ');
}

/**
 * Makes a pair of each row that has a query and a passage. Queries stay as they are.
 *
 * @param options.dropDuplicates Leave out exact repetitions of a pair; they are counted in any case.
 */
export function cleanRows(rows: readonly SourceRow[], options: { readonly dropDuplicates: boolean }): CleanRows {
  const pairs: Pair[] = [];
  const source: number[] = [];
  const seen = new Set<string>();
  let emptyQuery = 0;
  let emptyPositive = 0;
  let duplicates = 0;
  for (const [index, { query, passage }] of rows.entries()) {
    const positive = joinPassage(passage);
    if (strip(query) === '') {
      emptyQuery++;
    } else if (positive === '') {
      emptyPositive++;
    } else {
      // The length in front tells where the query ends, whatever characters the texts have.
      const identity = `${query.length}:${query}${positive}`;
      const repeated = seen.has(identity);
      seen.add(identity);
      if (repeated) duplicates++;
      if (!repeated || !options.dropDuplicates) {
        pairs.push({ query, positive });
        source.push(index);
      }
    }
  }
  const counts = { rows: rows.length, emptyQuery, emptyPositive, duplicates, kept: pairs.length };
  return { pairs, source: Int32Array.from(source), counts };
}
