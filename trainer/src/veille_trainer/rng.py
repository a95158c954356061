"""The state of every random generator that training draws from, as tensors and plain JSON."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

import numpy as np
import torch


class RngState(NamedTuple):
    """`tensors` holds PyTorch's generators, `plain` Python's and NumPy's in JSON types."""

    tensors: dict[str, torch.Tensor]
    plain: dict[str, Any]


def capture_rng() -> RngState:
    """Return the current state of Python's, NumPy's and PyTorch's global generators."""
    tensors = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        tensors["cuda"] = torch.cuda.get_rng_state()
    version, words, gauss = random.getstate()
    numpy_state = np.random.get_state(legacy=False)
    numpy_state["state"] = {"key": numpy_state["state"]["key"].tolist(), "pos": int(numpy_state["state"]["pos"])}
    return RngState(tensors, {"python": [version, list(words), gauss], "numpy": numpy_state})


def restore_rng(state: RngState) -> None:
    """Set the generators to `state`; a GPU's is left out where either side has no GPU."""
    torch.set_rng_state(state.tensors["cpu"])
    if "cuda" in state.tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(state.tensors["cuda"])
    version, words, gauss = state.plain["python"]
    random.setstate((version, tuple(words), gauss))
    np.random.set_state(state.plain["numpy"])
