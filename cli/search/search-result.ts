/** What a search finds: what `--json` prints, and what the list is drawn from. */

export interface Answer {
  /** 1 for the nearest passage. */
  readonly rank: number;
  /** Cosine of the question and the passage, from -1 to 1. */
  readonly score: number;
  /** The whole passage as the run's data has it, without the encoder's prefix. */
  readonly passage: string;
}

export interface SearchResult {
  readonly question: string;
  /** The run whose models and index answered. */
  readonly workflowId: string;
  readonly runId: string;
  /** Passages that were searched: the corpus of the run's test part. */
  readonly passages: number;
  /** Tokens that the encoder reads of a question that is longer; null where it read all of it. */
  readonly truncatedTo: number | null;
  /** Nearest first. */
  readonly fineTuned: readonly Answer[];
  /** The zero-shot model's answers; null where they were not asked for. */
  readonly base: readonly Answer[] | null;
}
