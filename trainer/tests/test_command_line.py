"""The command itself: `python -m veille_trainer JOB`, with its events on descriptor 3."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import veille_trainer
from conftest import MODEL, train_job, write_rows
from rows import PAIRS

_MOVE_TO_3 = "import os, sys; os.dup2(int(sys.argv[1]), 3); os.closerange(4, 64); os.execvp(sys.argv[2], sys.argv[2:])"
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(veille_trainer.__file__).parents[1])}


def command(job: dict[str, Any], folder: Path) -> list[str]:
    path = folder / "job.json"
    path.write_text(json.dumps(job), encoding="utf-8")
    return [sys.executable, "-m", "veille_trainer", str(path)]


@contextmanager
def with_descriptor_3(arguments: list[str]) -> Iterator[tuple[subprocess.Popen[bytes], IO[str]]]:
    """Start a command whose descriptor 3 is the returned stream's other end."""
    reader, writer = os.pipe()
    start = [sys.executable, "-c", _MOVE_TO_3, str(writer), *arguments]
    process = subprocess.Popen(start, env=ENVIRONMENT, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with open(reader, encoding="utf-8") as events:
            yield process, events
    finally:
        process.kill()
        process.wait()


def test_invalid_job_exits_with_64_and_an_event_on_standard_output(tmp_path: Path) -> None:
    job = train_job(MODEL, tmp_path, batchSize=0)
    result = subprocess.run(command(job, tmp_path), env=ENVIRONMENT, capture_output=True, text=True)
    assert result.returncode == 64
    (event,) = map(json.loads, result.stdout.splitlines())
    assert event == {
        "type": "failed",
        "error": "InvalidJob",
        "message": "training.batchSize: 0 is less than the minimum of 2",
        "step": None,
    }


def test_too_few_rows_fail_before_any_import(tmp_path: Path) -> None:
    job = train_job(MODEL, tmp_path)
    write_rows(Path(job["trainRows"]), PAIRS[:3])
    result = subprocess.run(command(job, tmp_path), env=ENVIRONMENT, capture_output=True, text=True)
    assert result.returncode == 1
    (event,) = map(json.loads, result.stdout.splitlines())
    assert event["error"] == "InvalidData"


def test_sigterm_among_the_imports_exits_with_75_and_nothing_saved(tmp_path: Path) -> None:
    with with_descriptor_3(command(train_job(MODEL, tmp_path), tmp_path)) as (process, events):
        assert json.loads(events.readline())["doing"] == "importing libraries"
        process.send_signal(signal.SIGTERM)
        assert json.loads(events.readline()) == {"type": "preempted", "step": 0, "path": None}
        assert process.wait(timeout=30) == 75


def test_trainer_does_not_outlive_its_parent(tmp_path: Path) -> None:
    # Without `exec` the shell stays in between, as the parent.
    start = ["sh", "-c", '"$@" & wait', "sh", *command(train_job(MODEL, tmp_path), tmp_path)]
    with with_descriptor_3(start) as (parent, events):
        assert json.loads(events.readline())["doing"] == "importing libraries"
        parent.kill()
        began = time.monotonic()
        # The stream ends when the last process that holds its other end does.
        for line in events:
            assert json.loads(line)["type"] != "finished"
        assert time.monotonic() - began < 15


def test_help_tells_where_events_go() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "veille_trainer", "--help"], env=ENVIRONMENT, capture_output=True, text=True
    )
    assert "file descriptor 3" in result.stdout
    assert "standard output" in " ".join(result.stdout.split())
