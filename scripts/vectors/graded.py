"""Metrics of graded judgements by trec_eval and ranx."""

from __future__ import annotations

import numpy as np
import pytrec_eval
from ranx import Qrels, Run, evaluate

K = 10
TREC_EVAL = {
    "retrieval/R@1": "recall_1",
    "retrieval/R@5": "recall_5",
    "retrieval/R@10": "recall_10",
    "retrieval/MRR@10": "recip_rank",
    "retrieval/nDCG@10": "ndcg_cut_10",
}
RANX = {
    "retrieval/R@1": "recall@1",
    "retrieval/R@5": "recall@5",
    "retrieval/R@10": "recall@10",
    "retrieval/MRR@10": "mrr@10",
    "retrieval/nDCG@10": "ndcg@10",
}


def graded() -> dict[str, object]:
    """The ten nearest of 60 passages for 60 queries with 1 to 25 judged ones, of grade 0 to 3."""
    rng = np.random.default_rng(4)
    queries, passages = 60, 60
    grades = []
    rankings = []
    for query in range(queries):
        judged = rng.choice(passages, rng.integers(1, 26), replace=False)
        values = rng.integers(0, 4, len(judged))
        values[0] = max(values[0], 1)
        # Every tenth query finds none of them; the others find them earlier than by chance.
        preference = rng.random(passages)
        preference[judged] += -2 if query % 10 == 9 else 0.2 * values
        grades.append({int(passage): int(grade) for passage, grade in zip(judged, values, strict=True)})
        rankings.append(np.argsort(-preference)[:K].tolist())
    qrels = {f"q{query}": {f"d{passage}": grade for passage, grade in row.items()} for query, row in enumerate(grades)}
    run = {
        f"q{query}": {f"d{passage}": float(K - place) for place, passage in enumerate(row)}
        for query, row in enumerate(rankings)
    }
    by_query = pytrec_eval.RelevanceEvaluator(qrels, set(TREC_EVAL.values())).evaluate(run)
    by_ranx = evaluate(Qrels(qrels), Run(run), list(RANX.values()), return_mean=False)
    # ranx goes through its queries in the order of their names.
    order = sorted(qrels)
    return {
        "rankings": rankings,
        "grades": [sorted(row.items()) for row in grades],
        "trecEval": {
            ours: [by_query[f"q{query}"][theirs] for query in range(queries)] for ours, theirs in TREC_EVAL.items()
        },
        "ranx": {
            ours: [float(by_ranx[theirs][order.index(f"q{query}")]) for query in range(queries)]
            for ours, theirs in RANX.items()
        },
    }
