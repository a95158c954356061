"""Versions of what a result depends on, for the `started` event."""

from __future__ import annotations

import platform
from importlib.metadata import version


def versions_of(*packages: str) -> dict[str, str]:
    """Return the versions of Python and of the named installed packages."""
    return {"python": platform.python_version()} | {package: version(package) for package in packages}


def cuda_versions() -> dict[str, str]:
    """Return the versions of CUDA and cuDNN that PyTorch was built with; nothing where it was built without."""
    # Only the trainer proper has loaded it by then: the W&B client's process does without.
    import torch

    if torch.version.cuda is None:
        return {}
    return {"cuda": torch.version.cuda, "cudnn": str(torch.backends.cudnn.version())}
