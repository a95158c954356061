"""Ranking metrics by sentence-transformers and ranx."""

from __future__ import annotations

import numpy as np
from ranx import Qrels, Run, evaluate
from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator


def retrieval() -> dict[str, object]:
    """Rankings of 40 passages for 120 queries, judged by sentence-transformers and by ranx."""
    rng = np.random.default_rng(2)
    queries, passages, k = 120, 40, 10
    labels = np.stack([rng.permutation(passages)[:k] for _ in range(queries)])
    # Gold passages among the first three, anywhere, or missing, a third each.
    gold = np.array(
        [labels[q, rng.integers(0, 3)] if q % 3 == 0 else rng.integers(0, passages) for q in range(queries)]
    )
    names = {f"q{q:03}": "" for q in range(queries)}
    relevant = {name: {f"d{passage:02}"} for name, passage in zip(names, gold, strict=True)}
    evaluator = InformationRetrievalEvaluator(
        names,
        {f"d{passage:02}": "" for passage in range(passages)},
        relevant,
        mrr_at_k=[10],
        ndcg_at_k=[10],
        accuracy_at_k=[1, 5, 10],
        precision_recall_at_k=[1, 5, 10],
        map_at_k=[10],
    )
    results = [[{"corpus_id": f"d{p:02}", "score": float(k - r)} for r, p in enumerate(row)] for row in labels]
    found = evaluator.compute_metrics(results)
    qrels = Qrels({name: dict.fromkeys(passage, 1) for name, passage in relevant.items()})
    run = Run(
        {name: {hit["corpus_id"]: hit["score"] for hit in hits} for name, hits in zip(names, results, strict=True)}
    )
    ranx_names = ["recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10", "map@10"]
    ranx_values = evaluate(qrels, run, ranx_names)
    return {
        "k": k,
        "passages": passages,
        "labels": labels.ravel().tolist(),
        "gold": gold.tolist(),
        "sentenceTransformers": {
            "retrieval/R@1": float(found["recall@k"][1]),
            "retrieval/R@5": float(found["recall@k"][5]),
            "retrieval/R@10": float(found["recall@k"][10]),
            "retrieval/MRR@10": float(found["mrr@k"][10]),
            "retrieval/nDCG@10": float(found["ndcg@k"][10]),
            "retrieval/MAP@10": float(found["map@k"][10]),
        },
        "ranx": [float(ranx_values[name]) for name in ranx_names],
    }
