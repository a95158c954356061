"""A training for which there is no memory says so by name, and goes on with a smaller micro-batch."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from conftest import train_job, write_rows
from rows import PAIRS
from trainer_process import in_trainer

_HEADROOM = 300 * 2**20
# glibc's malloc.h.
_M_ARENA_MAX = -8
# 16 texts of 256 tokens: their activations take several times the headroom, those of one text a fraction.
_LONG_TEXTS = [(query * 20, positive * 20) for query, positive in PAIRS[:8]]


def _train_in_little_memory(job: dict[str, Any], folder: Path) -> int:
    import ctypes
    import resource

    from veille_trainer.__main__ import main

    # Threads that contend for memory get arenas of 64 MiB of address space each, as many as the machine is busy.
    assert ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1) == 1
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + _HEADROOM
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    os.dup2(os.open(folder / "stderr.txt", os.O_WRONLY | os.O_CREAT, 0o644), 2)
    path = folder / "job.json"
    path.write_text(json.dumps(job), encoding="utf-8")
    return main([str(path), "--events", str(folder / "events.jsonl")])


@pytest.mark.parametrize("micro_batch", [None, 1], ids=["whole batch", "single texts"])
def test_in_little_memory_a_batch_does_not_fit_at_once(
    shallow_model: Path, tmp_path: Path, micro_batch: int | None
) -> None:
    job = train_job(shallow_model, tmp_path, maxSteps=1, batchSize=8, maxSeqLength=256)
    write_rows(Path(job["trainRows"]), _LONG_TEXTS)
    write_rows(Path(job["devRows"]), [])
    exit_code = in_trainer(_train_in_little_memory, job | {"memoryMicroBatch": micro_batch}, tmp_path)
    last = json.loads((tmp_path / "events.jsonl").read_text().splitlines()[-1])
    if micro_batch is None:
        assert (exit_code, last["error"]) == (1, "OutOfMemory")
        assert last["message"].startswith("No memory for a batch of 8 pairs at once: ")
    else:
        assert (exit_code, last["type"]) == (0, "finished")
