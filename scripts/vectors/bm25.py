"""BM25 scores by bm25s."""

from __future__ import annotations

import bm25s
import numpy as np


def bm25() -> dict[str, object]:
    """Scores of every passage for queries with repeated and unknown words; one passage is empty, two are equal."""
    rng = np.random.default_rng(3)
    words = [f"w{i}" for i in range(60)]
    weights = 1 / np.arange(1, 61)
    weights /= weights.sum()
    corpus = [rng.choice(words, rng.integers(1, 40), p=weights).tolist() for _ in range(50)]
    corpus[7] = []
    corpus[31] = list(corpus[12])
    queries = [rng.choice(words, rng.integers(1, 9), p=weights).tolist() for _ in range(30)]
    queries[3] = ["w5", "w5", "w9", "unknown"]
    queries[4] = ["unknown"]
    cases = []
    for k1, b in ((1.5, 0.75), (0.9, 0.4)):
        index = bm25s.BM25(method="lucene", k1=k1, b=b)
        index.index(corpus, show_progress=False)
        scores = [index.get_scores(query) for query in queries]
        cases.append({"k1": k1, "b": b, "scores": [[round(float(score), 7) for score in row] for row in scores]})
    return {"corpus": corpus, "queries": queries, "cases": cases}
