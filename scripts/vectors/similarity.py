"""The definition of the pairwise and mini retrieval metrics, in plain numpy."""

from __future__ import annotations

import numpy as np

from vectors.encoding import float32_base64


def similarity_metrics(queries: np.ndarray, positives: np.ndarray, seed: int, negatives: int) -> dict[str, float]:
    """The definition of the pairwise and mini retrieval metrics: one generator, drawn from in this order."""
    rng = np.random.default_rng(seed)
    pairs = len(queries)
    cosines = np.einsum("ij,ij->i", queries, positives)

    other = rng.integers(0, pairs, pairs)
    other = np.where(other == np.arange(pairs), (other + 1) % pairs, other)
    wins = cosines > np.einsum("ij,ij->i", queries, positives[other])

    hits = 0
    for i in range(pairs):
        drawn = rng.choice(pairs - 1, negatives, replace=False)
        drawn[drawn >= i] += 1
        candidates = positives[np.concatenate([[i], drawn])]
        hits += int(np.argmax(np.einsum("j,ij->i", queries[i], candidates)) == 0)

    return {
        "pairwise/mean_cos": float(np.mean(cosines)),
        "pairwise/median_cos": float(np.median(cosines)),
        "pairwise/min_cos": float(np.min(cosines)),
        "pairwise/max_cos": float(np.max(cosines)),
        "pairwise/acc_pos>neg": float(np.mean(wins)),
        f"mini_retrieval/R@1_(1pos+{negatives}neg)": hits / pairs,
    }


def unit_rows(matrix: np.ndarray) -> np.ndarray:
    """Rows scaled to length 1, float32."""
    return (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).astype(np.float32)


def similarity() -> list[dict[str, object]]:
    """Noisy pairs, the last fifth of whose positives repeat the first ones, so that similarities tie."""
    cases = []
    for pairs, dimensions, seed, negatives in ((20, 4, 123, 19), (65, 16, 123, 19), (300, 8, 123, 19), (90, 12, 5, 7)):
        rng = np.random.default_rng(pairs)
        positives = unit_rows(rng.standard_normal((pairs, dimensions)))
        positives[-(pairs // 5) :] = positives[: pairs // 5]
        queries = unit_rows(positives + 0.4 * rng.standard_normal((pairs, dimensions)))
        cases.append(
            {
                "dimensions": dimensions,
                "seed": seed,
                "negatives": negatives,
                "queries": float32_base64(queries),
                "positives": float32_base64(positives),
                "metrics": similarity_metrics(queries, positives, seed, negatives),
            }
        )
    return cases
