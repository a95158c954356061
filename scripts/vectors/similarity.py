"""The definition of the pairwise and mini retrieval metrics, in plain numpy."""

from __future__ import annotations

import numpy as np

from vectors.encoding import float32_base64


def similarity_metrics(
    queries: np.ndarray, positives: np.ndarray, corpus: list[int], seed: int, negatives: int
) -> dict[str, float]:
    """The definition of the pairwise and mini retrieval metrics: one generator, drawn from in this order.

    `corpus` has the position of each pair's positive in the corpus: equally near passages rank in its order.
    """
    pairs = len(queries)
    rng, cosines, wins = _pairwise(queries, positives, seed)
    hits = 0
    for i in range(pairs):
        candidates = {i}
        while len(candidates) < negatives + 1:
            j = int(rng.integers(0, pairs))
            if j != i:
                candidates.add(j)
        nearness = np.einsum("j,ij->i", queries[i], positives[sorted(candidates)])
        ranking = sorted((-cosine, corpus[j]) for cosine, j in zip(nearness, sorted(candidates), strict=True))
        hits += ranking[0][1] == corpus[i]
    return _named(cosines, wins, hits, negatives)


def similarity_metrics_of_version_1(
    queries: np.ndarray, positives: np.ndarray, seed: int, negatives: int
) -> dict[str, float]:
    """What earlier records hold: negatives by `choice`, the positive before what is as near."""
    pairs = len(queries)
    rng, cosines, wins = _pairwise(queries, positives, seed)
    hits = 0
    for i in range(pairs):
        drawn = rng.choice(pairs - 1, negatives, replace=False)
        drawn[drawn >= i] += 1
        candidates = positives[np.concatenate([[i], drawn])]
        hits += int(np.argmax(np.einsum("j,ij->i", queries[i], candidates)) == 0)
    return _named(cosines, wins, hits, negatives)


def _pairwise(
    queries: np.ndarray, positives: np.ndarray, seed: int
) -> tuple[np.random.Generator, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    pairs = len(queries)
    cosines = np.einsum("ij,ij->i", queries, positives)
    other = rng.integers(0, pairs, size=pairs)
    other = np.where(other == np.arange(pairs), (other + 1) % pairs, other)
    return rng, cosines, cosines > np.einsum("ij,ij->i", queries, positives[other])


def _named(cosines: np.ndarray, wins: np.ndarray, hits: int, negatives: int) -> dict[str, float]:
    return {
        "pairwise/mean_cos": float(np.mean(cosines)),
        "pairwise/median_cos": float(np.median(cosines)),
        "pairwise/min_cos": float(np.min(cosines)),
        "pairwise/max_cos": float(np.max(cosines)),
        "pairwise/acc_pos>neg": float(np.mean(wins)),
        f"mini_retrieval/R@1_(1pos+{negatives}neg)": hits / len(cosines),
    }


def unit_rows(matrix: np.ndarray) -> np.ndarray:
    """Rows scaled to length 1, float32."""
    return (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).astype(np.float32)


def similarity() -> list[dict[str, object]]:
    """Noisy pairs, the last fifth of whose positives repeat the first ones, so that similarities tie.

    Every other repetition is the same passage again, the rest are passages of their own that are as near.
    """
    cases = []
    for pairs, dimensions, seed, negatives in ((20, 4, 123, 19), (65, 16, 123, 19), (300, 8, 123, 19), (90, 12, 5, 7)):
        rng = np.random.default_rng(pairs)
        positives = unit_rows(rng.standard_normal((pairs, dimensions)))
        repeated = pairs // 5
        positives[-repeated:] = positives[:repeated]
        corpus = list(range(pairs))
        corpus[-repeated::2] = corpus[:repeated:2]
        queries = unit_rows(positives + 0.4 * rng.standard_normal((pairs, dimensions)))
        cases.append(
            {
                "dimensions": dimensions,
                "seed": seed,
                "negatives": negatives,
                "queries": float32_base64(queries),
                "positives": float32_base64(positives),
                "corpus": corpus,
                "metrics": similarity_metrics(queries, positives, corpus, seed, negatives),
                "metricsOfVersion1": similarity_metrics_of_version_1(queries, positives, seed, negatives),
            }
        )
    return cases
