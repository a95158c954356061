"""How long results are stored short."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

import numpy as np


def digest(values: Iterable[int] | np.ndarray) -> str:
    """First 16 hexadecimal digits of the sha256 of the values as little-endian int32."""
    return hashlib.sha256(np.asarray(values).astype("<i4").tobytes()).hexdigest()[:16]


def float32_base64(matrix: np.ndarray) -> str:
    """A matrix as base64 of little-endian float32, row-major."""
    return base64.b64encode(matrix.astype("<f4").tobytes()).decode()
