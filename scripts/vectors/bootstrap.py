"""Bootstrap intervals by scipy."""

from __future__ import annotations

import numpy as np
import scipy.stats


def bootstrap() -> list[dict[str, object]]:
    """Percentile intervals by scipy, whose resamples are rows of `rng.integers(0, n, (resamples, n))`."""
    cases = []
    for count, resamples, confidence, seed in ((2, 10, 0.95, 1), (40, 500, 0.9, 0), (251, 2_000, 0.95, 123)):
        differences = np.round(np.random.default_rng(count).normal(0.02, 0.3, count), 4)
        interval = scipy.stats.bootstrap(
            (differences,),
            np.mean,
            n_resamples=resamples,
            confidence_level=confidence,
            method="percentile",
            rng=np.random.default_rng(seed),
        ).confidence_interval
        cases.append(
            {
                "differences": differences.tolist(),
                "resamples": resamples,
                "confidence": confidence,
                "seed": seed,
                "mean": float(np.mean(differences)),
                "low": float(interval.low),
                "high": float(interval.high),
            }
        )
    return cases
