"""Environment variables that must be set before the libraries that read them are imported."""

from __future__ import annotations

import os


def prepare_environment() -> None:
    """Forbid downloads, and choose the libraries' deterministic, quiet, single-device behaviour."""
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
    # With several devices in sight the loop would split batches among them, and a job is one device's work.
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "0")
