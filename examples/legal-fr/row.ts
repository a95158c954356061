/** One row of the example: LegalKit's six columns, and where the row comes from. */

export const COLUMNS = [
  'input',
  'output',
  'start',
  'expiration',
  'num',
  'query',
  'id',
  'kind',
  'source',
  'licence',
] as const;

/**
 * How a row was made: a question sheet and its answer; a question that heads a part of a sheet and that part;
 * a sheet's title with its editors' label of an article, and that article.
 */
export type RowKind = 'question_fiche' | 'heading_question_fiche' | 'label_article';

/** All columns are strings; an absent value is ''. */
export interface LegalRow extends Record<(typeof COLUMNS)[number], string> {
  /** The text's place: "Code du travail, art. L3122-2", or a sheet's number and themes. */
  readonly input: string;
  /** The passage that answers the query, plain text, one line a paragraph or list item. */
  readonly output: string;
  /** Validity of an article's version, YYYY-MM-DD. */
  readonly start: string;
  readonly expiration: string;
  /** Number of the article. */
  readonly num: string;
  readonly query: string;
  /** Unique, and stable between builds. */
  readonly id: string;
  readonly kind: RowKind;
  readonly source: string;
  readonly licence: string;
}

/** A query that one article of a code answers. */
export interface ArticleQuery {
  readonly id: string;
  readonly query: string;
  /** Name of the code, as in "Code du travail". */
  readonly code: string;
  /** "L1222-10", without spaces or full stop. */
  readonly num: string;
  /** Source label of the sheet that cites it. */
  readonly askedBy: string;
}
