"""Paired comparisons of two systems by scipy and ranx."""

from __future__ import annotations

import importlib
from unittest import mock

import numpy as np
import scipy.stats
from ranx import Qrels, Run, evaluate

# The package's attribute of this name is the function.
fisher = importlib.import_module("ranx.statistical_tests.fisher_randomization_test")


def gate() -> dict[str, object]:
    """Comparisons with and without shared passages, per-query metrics, quantiles of the normal distribution."""
    probabilities = [1e-20, 1e-9, 0.001, 0.025, 0.075, 0.3, 0.5, 0.8, 0.925, 0.975, 0.9999]
    return {
        "comparisons": [
            comparison(queries=60, passages=60, gain=0.0, seed=1),
            comparison(queries=150, passages=60, gain=0.04, seed=2),
            comparison(queries=400, passages=250, gain=0.06, seed=3),
        ],
        "rankValues": rank_values(),
        "normalQuantiles": [[p, float(scipy.stats.norm.ppf(p))] for p in probabilities],
    }


def comparison(queries: int, passages: int, gain: float, seed: int) -> dict[str, object]:
    """Two systems whose differences lean one way passage by passage, and what scipy and ranx say of them."""
    rng = np.random.default_rng(100 + seed)
    passage = rng.permutation(passages) if passages == queries else rng.integers(0, passages, queries)
    champion = np.round(rng.random(queries), 4)
    moved = rng.random(queries) < 0.6
    change = gain + rng.normal(0, 0.15, passages)[passage] + rng.normal(0, 0.1, queries)
    candidate = np.where(moved, np.round(np.clip(champion + change, 0, 1), 4), champion)
    sums, sizes = cluster_sums(candidate - champion, passage)
    resamples = 2_000
    return {
        "champion": champion.tolist(),
        "candidate": candidate.tolist(),
        "passages": passage.tolist(),
        "seed": seed,
        "resamples": resamples,
        "difference": float(candidate.mean() - champion.mean()),
        **bootstrap_by_cluster(sums, sizes, seed, resamples),
        "pValue": randomisation_by_cluster(sums, seed, resamples),
        "ranx": ranx_p_value(sums, resamples),
    }


def cluster_sums(differences: np.ndarray, passage: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum and number of the differences of each passage, passages in first-seen order."""
    first_seen = {number: cluster for cluster, number in enumerate(dict.fromkeys(passage.tolist()))}
    cluster = np.array([first_seen[number] for number in passage.tolist()])
    return np.bincount(cluster, weights=differences), np.bincount(cluster)


def bootstrap_by_cluster(sums: np.ndarray, sizes: np.ndarray, seed: int, resamples: int) -> dict[str, float]:
    """Percentile interval and standard error of the mean over queries, passages resampled."""
    result = scipy.stats.bootstrap(
        (sums, sizes),
        lambda s, n, axis: s.sum(axis) / n.sum(axis),
        paired=True,
        n_resamples=resamples,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    return {
        "low": float(result.confidence_interval.low),
        "high": float(result.confidence_interval.high),
        "standardError": float(result.standard_error),
    }


def randomisation_by_cluster(sums: np.ndarray, seed: int, resamples: int) -> float:
    """Two-sided p-value, the sign of each passage's sum drawn by lot; sums of 0 have none."""
    test = scipy.stats.permutation_test(
        (sums[sums != 0],),
        lambda s, axis: np.abs(s.sum(axis)),
        permutation_type="samples",
        alternative="greater",
        n_resamples=resamples,
        rng=np.random.default_rng(seed),
    )
    return float(test.pvalue)


def ranx_p_value(sums: np.ndarray, resamples: int) -> float:
    """Fisher's randomisation test by ranx: each passage is one of its queries.

    It runs as plain Python, since compiled it seeds one thread and draws in others: no two runs would agree.
    """
    with mock.patch.object(fisher, "permute", fisher.permute.py_func):
        p_value, _ = fisher.fisher_randomization_test.py_func(np.zeros_like(sums), sums, resamples)
    return float(p_value)


def rank_values() -> dict[str, object]:
    """What ranx gives each query by the rank of its one relevant passage; null where that is not among the ten."""
    ranks = [1, 2, 3, 5, 6, 10, None]
    names = [f"q{number}" for number in range(len(ranks))]
    hits = {
        name: {("gold" if position == rank else f"d{position}"): float(11 - position) for position in range(1, 11)}
        for name, rank in zip(names, ranks, strict=True)
    }
    qrels = Qrels({name: {"gold": 1} for name in names})
    metrics = {
        "retrieval/nDCG@10": "ndcg@10",
        "retrieval/MRR@10": "mrr@10",
        "retrieval/R@1": "recall@1",
        "retrieval/R@5": "recall@5",
        "retrieval/R@10": "recall@10",
    }
    values = evaluate(qrels, Run(hits), list(metrics.values()), return_mean=False)
    return {"ranks": ranks, "values": {ours: values[theirs].tolist() for ours, theirs in metrics.items()}}
