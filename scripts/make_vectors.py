"""Writes test/vectors/*.json: what numpy, datasets, sentence-transformers, ranx, bm25s and scipy say.

Run from the repository's root; the same versions give the same bytes:

    trainer/.venv/bin/python scripts/make_vectors.py
"""

from __future__ import annotations

import platform

import datasets
from vectors.bm25 import bm25
from vectors.bootstrap import bootstrap
from vectors.gate import gate
from vectors.hard_negatives import hard_negatives
from vectors.numpy_random import random_digests, random_streams
from vectors.retrieval import retrieval
from vectors.similarity import similarity
from vectors.splits import splits
from vectors.vector_file import versions, write
from vectors.white_space import white_space


def main() -> None:
    """Write every file."""
    datasets.disable_progress_bars()
    write("numpy-random", {"versions": versions("numpy"), "streams": random_streams(), **random_digests()})
    write("split", {"versions": versions("datasets", "numpy"), **splits()})
    write("white-space", {"python": platform.python_version(), **white_space()})
    write("retrieval", {"versions": versions("sentence-transformers", "ranx"), **retrieval()})
    write("similarity", {"versions": versions("numpy"), "cases": similarity()})
    write("hard-negatives", {"versions": versions("sentence-transformers", "numpy"), **hard_negatives()})
    write("bm25", {"versions": versions("bm25s"), **bm25()})
    write("bootstrap", {"versions": versions("scipy", "numpy"), "cases": bootstrap()})
    write("gate", {"versions": versions("scipy", "ranx", "numpy"), **gate()})


if __name__ == "__main__":
    main()
