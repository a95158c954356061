"""How much memory a training has taken, and how to tell that there was not enough."""

from __future__ import annotations

import resource

import torch
from accelerate.utils.memory import should_reduce_batch_size

_MIB = 2**20


def peak_memory_mib() -> float:
    """Return the most memory so far, in MiB: what PyTorch allocated on the GPU or, on a CPU, the resident set."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / _MIB
    # Linux counts in KiB.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / _MIB


def is_out_of_memory(error: Exception) -> bool:
    """Tell whether `error` means that a device's or the machine's memory is exhausted."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or should_reduce_batch_size(error)
