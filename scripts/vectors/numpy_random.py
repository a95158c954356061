"""Streams and long results of numpy's default_rng."""

from __future__ import annotations

import numpy as np

from vectors.encoding import digest


def random_streams() -> list[dict[str, object]]:
    """For seeds of one word to more than the pool holds: state, raw draws, and a program of mixed calls."""
    streams = []
    for seed in (0, 1, 42, 123, 2**32 - 1, 2**32, 2**53 + 1, 2**64 - 1, 2**127 + 12345, 2**160 + 2**40 + 7):
        rng = np.random.default_rng(seed)
        program = [
            rng.integers(0, 100, 7).tolist(),  # an odd number of 32-bit halves: one stays for the next call
            rng.random(2).tolist(),  # takes whole outputs and leaves the kept half alone
            rng.permutation(9).tolist(),
            rng.integers(0, 1, 3).tolist(),  # a range of one value draws nothing
            rng.choice(1_000, 5, replace=False).tolist(),
            rng.integers(-(2**31), 2**31, 3).tolist(),
            rng.choice(6, 6, replace=False).tolist(),
            rng.integers(-5, 2**31, 3).tolist(),
            # Scalar calls share the kept half with calls for arrays, before and after them.
            [int(rng.integers(0, 898)) for _ in range(5)],
            rng.integers(0, 898, 2).tolist(),
            [int(rng.integers(low, high)) for low, high in ((0, 1), (-3, 3), (0, 2**31), (-(2**31), 2**31))],
            rng.random(1).tolist(),
            [int(rng.integers(0, 3)) for _ in range(4)],
        ]
        shuffled = list(range(12))
        rng.shuffle(shuffled)
        streams.append(
            {
                "seed": str(seed),
                "state": np.random.SeedSequence(seed).generate_state(8).tolist(),
                "raw": [str(value) for value in np.random.default_rng(seed).bit_generator.random_raw(4).tolist()],
                "program": program,
                "shuffled": shuffled,
                "after": str(rng.bit_generator.random_raw()),
            }
        )
    return streams


def random_digests() -> dict[str, object]:
    """Long results as digests, with the ranges that make Lemire's method reject often."""
    intervals = [(0, 2), (0, 7_950), (0, 2**31), (-1, 2**31), (-(2**31), 2**31 - 1), (-(2**30), 2**31)]
    choices = [
        (10_000, 9_999),  # Floyd's method however large the share
        (10_001, 200),  # Floyd's: not more than a fiftieth
        (10_001, 201),  # the tail shuffle
        (53_000, 1_060),
        (53_000, 1_061),
        (20_000, 20_000),
        (7_949, 19),
        (1, 1),
        (5, 0),
    ]
    return {
        "permutations": [
            {"count": count, "digest": digest(np.random.default_rng(42).permutation(count))}
            for count in (0, 1, 2, 3, 255, 256, 257, 7_950, 53_000, 65_537)
        ],
        "integers": [
            {
                "low": low,
                "high": high,
                "size": 20_000,
                "digest": digest(np.random.default_rng(7).integers(low, high, 20_000)),
            }
            for low, high in intervals
        ],
        "choices": [
            {
                "population": population,
                "size": size,
                "digest": digest(np.random.default_rng(11).choice(population, size, replace=False)),
            }
            for population, size in choices
        ],
    }
