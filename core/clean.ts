/** From source rows to query–positive pairs, with a count of everything that was left out. */
import { strip, textIdentity } from './normalize-text.ts';

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
  /** Further rows whose query and positive both repeat an earlier row's; left out only when asked. */
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
  return columns.map(strip).join(', ');
}

export interface CleanOptions {
  /** Leave out repetitions of a pair; they are counted in any case. */
  readonly dropDuplicates: boolean;
  /**
   * True: texts of one {@link textIdentity} all take the spelling that was seen first, so whatever compares texts later
   * finds them equal. False: as the reference does, texts stay as they are, and a repetition is an exact one.
   */
  readonly unifySpelling: boolean;
}

/** Makes a pair of each row that has a query and a passage. Queries keep the white space around them. */
export function cleanRows(rows: readonly SourceRow[], { dropDuplicates, unifySpelling }: CleanOptions): CleanRows {
  const pairs: Pair[] = [];
  const source: number[] = [];
  const seen = new Set<string>();
  const spell = unifySpelling ? firstSpelling() : (text: string) => text;
  const isEmpty = (text: string): boolean => (unifySpelling ? textIdentity(text) : strip(text)) === '';
  let emptyQuery = 0;
  let emptyPositive = 0;
  let duplicates = 0;
  for (const [index, row] of rows.entries()) {
    if (isEmpty(row.query)) {
      emptyQuery++;
    } else if (row.passage.every(isEmpty)) {
      emptyPositive++;
    } else {
      const [query, positive] = [spell(row.query), spell(joinPassage(row.passage))];
      // The length in front tells where the query ends, whatever characters the texts have.
      const identity = `${query.length}:${query}${positive}`;
      const repeated = seen.has(identity);
      seen.add(identity);
      if (repeated) duplicates++;
      if (!repeated || !dropDuplicates) {
        pairs.push({ query, positive });
        source.push(index);
      }
    }
  }
  const counts = { rows: rows.length, emptyQuery, emptyPositive, duplicates, kept: pairs.length };
  return { pairs, source: Int32Array.from(source), counts };
}

/** Gives each text in the spelling in which its identity came first. */
function firstSpelling(): (text: string) => string {
  const spellings = new Map<string, string>();
  return (text) => {
    const identity = textIdentity(text);
    const first = spellings.get(identity);
    if (first === undefined) spellings.set(identity, text);
    return first ?? text;
  };
}
