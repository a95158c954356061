/** What runs are filtered and sorted by in the Temporal UI. Free of zod and of Node: workflow code imports the values. */

/** Name → type, as they are registered with the server and set by each run. */
export const SEARCH_ATTRIBUTES = {
  VeillePreset: 'KEYWORD',
  VeilleBaseModel: 'KEYWORD',
  /** SHA-256 of the data file. */
  VeilleDataRevision: 'KEYWORD',
  /** promote, reject, inconclusive; unchanged where a run ended since nothing had changed. */
  VeilleVerdict: 'KEYWORD',
  /** nDCG@10 on the test part, zero-shot and fine-tuned. */
  VeilleNdcgBefore: 'DOUBLE',
  VeilleNdcgAfter: 'DOUBLE',
} as const;

export type SearchAttributeName = keyof typeof SEARCH_ATTRIBUTES;
