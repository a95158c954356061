/** Our metrics by the names that sentence-transformers' evaluators give them on the hub. */

export const RETRIEVAL_METRICS = [
  { metric: 'retrieval/R@1', type: 'cosine_recall@1', name: 'Cosine Recall@1' },
  { metric: 'retrieval/R@5', type: 'cosine_recall@5', name: 'Cosine Recall@5' },
  { metric: 'retrieval/R@10', type: 'cosine_recall@10', name: 'Cosine Recall@10' },
  { metric: 'retrieval/MRR@10', type: 'cosine_mrr@10', name: 'Cosine Mrr@10' },
  { metric: 'retrieval/nDCG@10', type: 'cosine_ndcg@10', name: 'Cosine Ndcg@10' },
  { metric: 'retrieval/MAP@10', type: 'cosine_map@10', name: 'Cosine Map@10' },
] as const;
