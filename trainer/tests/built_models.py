"""Models for tests, built once for each state of what builds them: `python built_models.py NAME` prints the folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

import bge_m3_shape
import e5_small
import tiny_bert

_TRAINER = Path(__file__).parents[1]
_CACHE = _TRAINER.parent / ".veille/test"

BUILDERS: dict[str, Callable[[Path], None]] = {
    "e5-small": e5_small.build,
    # 85 MB: all of BGE-M3 but its width and depth.
    "bge-m3-narrow": lambda folder: bge_m3_shape.build(folder, layers=2, hidden=64),
    "tiny-bert": tiny_bert.build,
    # 2.3 GB: BGE-M3 but for the values of its weights. No test takes it.
    "bge-m3-whole": lambda folder: bge_m3_shape.build(folder, layers=24),
}


def built_model(name: str) -> Path:
    """Return the sentence-transformers folder of a model, which is built where there is none; it is not to be changed.

    Raises:
        KeyError: There is no such model.
    """
    build = BUILDERS[name]
    folder = _CACHE / f"model-{name}-{_digest_of_sources()}"
    if folder.exists():
        return folder
    _CACHE.mkdir(parents=True, exist_ok=True)
    scratch = Path(mkdtemp(prefix=f"building-{name}-", dir=_CACHE))
    try:
        build(scratch / "model")
        # What an earlier state has built is as large, and of no more use.
        for stale in set(_CACHE.glob(f"model-{name}-*")) - {folder}:
            shutil.rmtree(stale, ignore_errors=True)
        os.rename(scratch / "model", folder)
    except OSError:
        # Another process may have been faster: its folder is as good.
        if not folder.exists():
            raise
    finally:
        shutil.rmtree(scratch)
    return folder


def _digest_of_sources() -> str:
    sources = sorted(
        Path(module.__file__) for module in (bge_m3_shape, e5_small, tiny_bert, sys.modules["model_folder"])
    )
    content = [path.read_bytes() for path in (*sources, _TRAINER / "requirements.lock")]
    return hashlib.sha256(b"".join(content)).hexdigest()[:16]


if __name__ == "__main__":
    print(built_model(sys.argv[1]))
