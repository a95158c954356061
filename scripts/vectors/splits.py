"""Splits by Hugging Face datasets."""

from __future__ import annotations

import datasets

from vectors.encoding import digest


def split_rows(rows: int, holdout: float, test_share: float, seed: int) -> dict[str, list[int]]:
    """The reference notebook's two calls."""
    table = datasets.Dataset.from_dict({"row": list(range(rows))})
    first = table.train_test_split(test_size=holdout, seed=seed)
    second = first["test"].train_test_split(test_size=test_share, seed=seed)
    parts = {"train": first["train"], "dev": second["train"], "test": second["test"]}
    return {name: part[:]["row"] for name, part in parts.items()}


def splits() -> dict[str, object]:
    """Splits by datasets for many sizes, shares and seeds."""
    sizes = [*range(4, 200), 299, 300, 301, 997, 1_000, 4_188, 7_950, 53_000]
    cases = [(rows, 0.3, 0.5, 42) for rows in sizes]
    cases += [(rows, 0.1, 0.5, 0) for rows in range(20, 60)]
    cases += [(rows, 0.2, 0.25, 2**32 - 1) for rows in range(20, 60)]
    counted = []
    for rows, holdout, test_share, seed in cases:
        parts = split_rows(rows, holdout, test_share, seed)
        counted.append(
            [rows, holdout, test_share, seed, *(len(part) for part in parts.values()), *map(digest, parts.values())]
        )
    return {"small": {"rows": 20, **split_rows(20, 0.3, 0.5, 42)}, "cases": counted}
