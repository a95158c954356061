"""The folder of a resumable checkpoint: safetensors and JSON only, complete or absent."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from .failures import InvalidData
from .rng import RngState
from .training_log import LOG_FILE

FORMAT = 3
# The name under which the Transformers training loop looks for its own counters.
LOOP_STATE_FILE = "trainer_state.json"


@dataclass(frozen=True)
class Checkpoint:
    """Everything that the next step depends on, and what was best before it."""

    step: int
    weights: dict[str, torch.Tensor]
    best_weights: dict[str, torch.Tensor]
    # `torch.optim.Optimizer.state_dict()`: tensors under "state", plain values under "param_groups".
    optimizer: dict[str, Any]
    # One a process that shares the training, by rank.
    rng: list[RngState]
    log_text: str
    # The Transformers loop's counters, which it reads from the folder itself.
    loop_state: dict[str, Any]
    # JSON values by name: scheduler, scaler (null without fp16), arithmetic (device and precision),
    # best, log, earlyStopping, evaluationPending.
    plain: dict[str, Any]


def checkpoint_folder(checkpoints: Path, step: int) -> Path:
    """Return where the checkpoint of `step` is written."""
    return checkpoints / f"step-{step:08d}"


def write_checkpoint(checkpoints: Path, checkpoint: Checkpoint) -> Path:
    """Write `checkpoint` under a temporary name, rename it, and return its folder."""
    folder = checkpoint_folder(checkpoints, checkpoint.step)
    temporary = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    save_file(checkpoint.weights, temporary / "weights.safetensors")
    save_file(checkpoint.best_weights, temporary / "best.safetensors")
    save_file(_optimizer_tensors(checkpoint.optimizer), temporary / "optimizer.safetensors")
    save_file(_rng_tensors(checkpoint.rng), temporary / "rng.safetensors")
    (temporary / LOG_FILE).write_text(checkpoint.log_text, encoding="utf-8")
    (temporary / LOOP_STATE_FILE).write_text(json.dumps(checkpoint.loop_state), encoding="utf-8")
    state = {
        "format": FORMAT,
        "step": checkpoint.step,
        "optimizer": checkpoint.optimizer["param_groups"],
        "rng": [state.plain for state in checkpoint.rng],
        **checkpoint.plain,
    }
    (temporary / "state.json").write_text(json.dumps(state, allow_nan=False), encoding="utf-8")
    # A training that is repeated from an earlier step comes here again, with the same content.
    shutil.rmtree(folder, ignore_errors=True)
    os.rename(temporary, folder)
    return folder


def read_checkpoint(folder: Path) -> Checkpoint:
    """Read a folder that `write_checkpoint` wrote.

    Raises:
        InvalidData: A file is missing or unreadable, or another version of this package wrote it.
    """
    try:
        plain = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        if plain.pop("format") != FORMAT:
            raise InvalidData(f"resumeFrom: {folder} has another format than {FORMAT}, the only one known here")
        return Checkpoint(
            step=plain.pop("step"),
            weights=load_file(folder / "weights.safetensors"),
            best_weights=load_file(folder / "best.safetensors"),
            optimizer=_optimizer_state(load_file(folder / "optimizer.safetensors"), plain.pop("optimizer")),
            rng=_rng_states(load_file(folder / "rng.safetensors"), plain.pop("rng")),
            log_text=(folder / LOG_FILE).read_text(encoding="utf-8"),
            loop_state=json.loads((folder / LOOP_STATE_FILE).read_text(encoding="utf-8")),
            plain=plain,
        )
    except (OSError, ValueError, KeyError) as cause:
        raise InvalidData(f"resumeFrom: {folder} is not a whole checkpoint: {cause}") from cause


def _rng_tensors(states: list[RngState]) -> dict[str, torch.Tensor]:
    return {f"{rank}.{name}": tensor for rank, state in enumerate(states) for name, tensor in state.tensors.items()}


def _rng_states(tensors: dict[str, torch.Tensor], plain: list[dict[str, Any]]) -> list[RngState]:
    states = [RngState({}, of_rank) for of_rank in plain]
    for key, tensor in tensors.items():
        rank, name = key.split(".", 1)
        states[int(rank)].tensors[name] = tensor
    return states


def _optimizer_tensors(state: dict[str, Any]) -> dict[str, torch.Tensor]:
    return {
        f"{parameter}.{name}": tensor.detach().cpu().contiguous()
        for parameter, tensors in state["state"].items()
        for name, tensor in tensors.items()
    }


def _optimizer_state(tensors: dict[str, torch.Tensor], groups: list[dict[str, Any]]) -> dict[str, Any]:
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, tensor in tensors.items():
        parameter, name = key.split(".", 1)
        state.setdefault(int(parameter), {})[name] = tensor
    return {"state": state, "param_groups": groups}
