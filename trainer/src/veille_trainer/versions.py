"""Versions of what a result depends on, for the `started` event."""

from __future__ import annotations

import platform
from importlib.metadata import version


def versions_of(*packages: str) -> dict[str, str]:
    """Return the versions of Python and of the named installed packages."""
    return {"python": platform.python_version()} | {package: version(package) for package in packages}
