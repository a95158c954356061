"""Writes one file of vectors, with the versions of the packages that made it."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent.parent / "test" / "vectors"


def versions(*packages: str) -> dict[str, str]:
    """Versions of the packages that made a file."""
    return {package: importlib.metadata.version(package) for package in packages}


def write(name: str, vectors: dict[str, object]) -> None:
    """One top-level entry a line, so that a change shows where it is."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    lines = (f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'))}" for key, value in vectors.items())
    (FOLDER / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
