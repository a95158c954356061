/** What rows are like before anything is trained on them: what a look at a sample would miss, each with a place to look. */
import type { CleanRows, Pair, SourceRow } from './clean.ts';
import { countSharedPassages } from './corpus.ts';
import { normalizeText, textIdentity } from './normalize-text.ts';
import { pairIdentity } from './pair-identity.ts';
import type { Split } from './split.ts';

/** How often something was found, and where first: "line 12"; null where it was not. */
export interface RowFinding {
  readonly count: number;
  readonly first: string | null;
}

/** Everything but `leftOut` is about rows that are handed on. Texts are equal by their {@link textIdentity}. */
export interface DataProfile {
  /** Rows without a query or a passage, and repetitions where they are not wanted. */
  readonly leftOut: RowFinding;
  /** Rows whose question and passage repeat an earlier row's. */
  readonly repeated: RowFinding;
  /** Rows that lack one of several columns of their passage. */
  readonly partlyEmpty: RowFinding;
  /** Rows whose question or a column of whose passage says next to nothing: "-", "n/a", "ok". */
  readonly nearEmpty: RowFinding;
  /** Rows with U+FFFD, which stands where an earlier program lost a character. */
  readonly damaged: RowFinding;
  /** Rows with a question or passage that an earlier row spells otherwise, which a tokenizer may make one. */
  readonly respelled: RowFinding;
  /** Questions that have several passages; only one at a time counts as right for a row. */
  readonly ambiguous: RowFinding;
  /** Rows of the test part whose question stands in the train or dev part too. */
  readonly testQuestionsSeen: RowFinding;
  /** Rows of the test part whose passage stands in the train or dev part too. */
  readonly testPassagesSeen: RowFinding;
  /** Passages that stand in more than one part, in whatever spelling. */
  readonly sharedPassages: number;
}

/** Fewer letters are no word that anybody searches for, unless there is a number. */
const FEWEST_LETTERS = 3;
const LETTERS = /\p{L}/gu;
const DIGIT = /\p{N}/u;
/** What programs and people write for nothing. */
const PLACEHOLDER = /^[^\p{L}\p{N}]*(n\/?a|nan|null|none|nil|undefined|tbd|todo|xxx+|néant)[^\p{L}\p{N}]*$/iu;

export interface ProfiledRows {
  readonly rows: readonly SourceRow[];
  /** Of each row: "line 12". */
  readonly places: readonly string[];
}

/** @param split of `cleaned.pairs` */
export function profileData({ rows, places }: ProfiledRows, cleaned: CleanRows, split: Split): DataProfile {
  const pairs = cleaned.pairs;
  const kept = cleaned.source;
  const find = (matches: (row: SourceRow, position: number) => boolean): RowFinding =>
    finding(kept, places, (index, position) => matches(rows[index]!, position));
  const identify = remembered(textIdentity);
  const seen = new Set<string>();
  return {
    leftOut: leftOut(rows.length, kept, places),
    repeated: find((_, position) => !isNew(seen, pairIdentity(pairs[position]!, identify))),
    partlyEmpty: find(({ passage }) => passage.some(isUnseen)),
    nearEmpty: find(({ query, passage }) => [query, ...passage].some(isNearEmpty)),
    damaged: find(({ query, passage }) => [query, ...passage].some((text) => text.includes('\ufffd'))),
    respelled: respelled({ rows, places }, kept, identify),
    ambiguous: ambiguous(pairs, kept, places, identify),
    ...seenOfTest(pairs, split, kept, places, identify),
    sharedPassages: countSharedPassages(
      [split.train, split.dev, split.test].map((part) => Array.from(part, (position) => pairs[position]!)),
      identify,
    ),
  };
}

/** @param positions of what is looked at, each with its row */
function finding(
  kept: Int32Array,
  places: readonly string[],
  matches: (row: number, position: number) => boolean,
): RowFinding {
  let count = 0;
  let first: string | null = null;
  for (const [position, row] of kept.entries()) {
    if (!matches(row, position)) continue;
    count++;
    first ??= places[row]!;
  }
  return { count, first };
}

function leftOut(rowCount: number, kept: Int32Array, places: readonly string[]): RowFinding {
  let row = 0;
  while (row < kept.length && kept[row] === row) row++;
  const count = rowCount - kept.length;
  return { count, first: count === 0 ? null : places[row]! };
}

function isNew(seen: Set<string>, value: string): boolean {
  if (seen.has(value)) return false;
  seen.add(value);
  return true;
}

type Identify = (text: string) => string;

/** Identities of long texts take a while, and each is asked for many times. */
function remembered(identify: Identify): Identify {
  const known = new Map<string, string>();
  return (text) => {
    const identity = known.get(text) ?? identify(text);
    known.set(text, identity);
    return identity;
  };
}

const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;
/** Characters in which a text that says something has said it. */
const BEGINNING = 100;

function isUnseen(text: string): boolean {
  return !LETTER_OR_DIGIT.test(text) && textIdentity(text) === '';
}

/** An empty one is counted as such. */
function isNearEmpty(text: string): boolean {
  if (text.length > BEGINNING && (text.slice(0, BEGINNING).match(LETTERS)?.length ?? 0) >= FEWEST_LETTERS) return false;
  const read = textIdentity(text);
  if (read === '' || DIGIT.test(read)) return false;
  return PLACEHOLDER.test(read) || (read.match(LETTERS)?.length ?? 0) < FEWEST_LETTERS;
}

/** Other white space is no other spelling: the reference sees through it too. */
function respelled({ rows, places }: ProfiledRows, kept: Int32Array, identify: Identify): RowFinding {
  const spellings = new Map<string, string>();
  const isOther = (text: string): boolean => {
    const identity = identify(text);
    const first = spellings.get(identity) ?? text;
    spellings.set(identity, first);
    return first !== text && normalizeText(first) !== normalizeText(text);
  };
  return finding(kept, places, (index) => {
    const { query, passage } = rows[index]!;
    // Both are looked at, so that both are known.
    return [isOther(query), isOther(passage.join(', '))].some(Boolean);
  });
}

function ambiguous(
  pairs: readonly Pair[],
  kept: Int32Array,
  places: readonly string[],
  identify: Identify,
): RowFinding {
  const passages = new Map<string, string>();
  const counted = new Set<string>();
  return finding(kept, places, (_, position) => {
    const query = identify(pairs[position]!.query);
    const passage = identify(pairs[position]!.positive);
    const known = passages.get(query);
    passages.set(query, known ?? passage);
    return known !== undefined && known !== passage && isNew(counted, query);
  });
}

function seenOfTest(
  pairs: readonly Pair[],
  { train, dev, test }: Split,
  kept: Int32Array,
  places: readonly string[],
  identify: Identify,
): Pick<DataProfile, 'testQuestionsSeen' | 'testPassagesSeen'> {
  const others = [...train, ...dev];
  const isTest = new Set(test);
  const seenIn = (textOf: (pair: Pair) => string): RowFinding => {
    const elsewhere = new Set(others.map((position) => identify(textOf(pairs[position]!))));
    return finding(
      kept,
      places,
      (_, position) => isTest.has(position) && elsewhere.has(identify(textOf(pairs[position]!))),
    );
  };
  return { testQuestionsSeen: seenIn(({ query }) => query), testPassagesSeen: seenIn(({ positive }) => positive) };
}
