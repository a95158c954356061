"""Environment variables that must be set before the libraries that read them are imported."""

from __future__ import annotations

import os

# Set by the launcher, for the ranks: its own process id.
LAUNCHER_VARIABLE = "VEILLE_LAUNCHER_PID"


def own_rank() -> int | None:
    """Return this process's rank among those that torchrun has started, or None where it was started alone."""
    rank = os.environ.get("RANK")
    return None if rank is None else int(rank)


def expected_parent() -> int:
    """Return the process id of the launcher that started this rank or, started alone, of the parent.

    A rank that asked for its parent after the launcher's death would be told of another one.
    """
    return int(os.environ.get(LAUNCHER_VARIABLE, os.getppid()))


def prepare_environment(devices: int = 1) -> None:
    """Forbid downloads, and choose the libraries' deterministic, quiet behaviour on the first `devices` GPUs."""
    os.environ.update(
        HF_HUB_OFFLINE="1",
        HF_DATASETS_OFFLINE="1",
        TRANSFORMERS_OFFLINE="1",
        HF_HUB_DISABLE_TELEMETRY="1",
        HF_HUB_DISABLE_PROGRESS_BARS="1",
        TOKENIZERS_PARALLELISM="false",
        # cuBLAS is deterministic only with a fixed workspace.
        CUBLAS_WORKSPACE_CONFIG=":4096:8",
    )
    # With more devices in sight than processes the loop would split batches among them.
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", ",".join(map(str, range(devices))))
