"""Writes test/vectors/*.json: what numpy, datasets, sentence-transformers, ranx, bm25s and scipy say.

Run from the repository's root; the same versions give the same bytes:

    trainer/.venv/bin/python scripts/make_vectors.py
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
from pathlib import Path

import datasets
from vectors.bm25 import bm25
from vectors.bootstrap import bootstrap
from vectors.gate import gate
from vectors.hard_negatives import hard_negatives
from vectors.numpy_random import random_digests, random_streams
from vectors.retrieval import retrieval
from vectors.similarity import similarity
from vectors.splits import splits
from vectors.white_space import white_space

FOLDER = Path(__file__).resolve().parent.parent / "test" / "vectors"


def versions(*packages: str) -> dict[str, str]:
    """Versions of the packages that made a file."""
    return {package: importlib.metadata.version(package) for package in packages}


def write(name: str, vectors: dict[str, object]) -> None:
    """One top-level entry a line, so that a change shows where it is."""
    lines = (f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'))}" for key, value in vectors.items())
    (FOLDER / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def main() -> None:
    """Write every file."""
    datasets.disable_progress_bars()
    FOLDER.mkdir(parents=True, exist_ok=True)
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
