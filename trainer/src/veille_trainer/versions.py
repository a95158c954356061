"""Versions of what a result depends on, for the `started` event."""

from __future__ import annotations

import platform
from importlib.metadata import version


def versions_of(*packages: str) -> dict[str, str]:
    """Return the versions of Python and of the named installed packages."""
    return {"python": platform.python_version()} | {package: version(package) for package in packages}


def cuda_versions() -> dict[str, str]:
    """Return the versions of CUDA and cuDNN that PyTorch computes with; nothing where it has no GPU."""
    # Only the trainer proper has loaded it by then: the W&B client's process does without.
    import torch

    # Asking for cuDNN's version loads the library: hundreds of MiB, and where they do not fit the process is aborted.
    if not torch.cuda.is_available():
        return {}
    return {"cuda": torch.version.cuda, "cudnn": str(torch.backends.cudnn.version())}
