"""Events are checked before they are written, and remember the step."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest

from veille_trainer.events import EventStream, open_event_fd


@pytest.fixture
def stream(tmp_path: Path) -> EventStream:
    return EventStream(open_event_fd(str(tmp_path / "events")))


def test_event_is_one_line_of_json(stream: EventStream, tmp_path: Path) -> None:
    stream.doing("évaluation", 3, 10)
    line = (tmp_path / "events").read_text(encoding="utf-8")
    assert line.endswith("\n")
    assert json.loads(line) == {"type": "progress", "step": 3, "totalSteps": 10, "loss": None, "doing": "évaluation"}
    assert stream.step == 3


@pytest.mark.parametrize(
    "event",
    [
        {"type": "surprise"},
        {"type": "checkpoint", "step": 1},
        {"type": "checkpoint", "step": -1, "path": "x"},
        {"type": "metrics", "step": 1, "metrics": {"loss": "low"}},
    ],
)
def test_event_outside_the_protocol_is_not_written(
    stream: EventStream, tmp_path: Path, event: dict[str, object]
) -> None:
    with pytest.raises(jsonschema.ValidationError):
        stream.emit(event)
    assert (tmp_path / "events").read_bytes() == b""


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_number_that_json_lacks_is_not_written(stream: EventStream, tmp_path: Path, value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        stream.emit({"type": "metrics", "step": 1, "metrics": {"loss": value}})
    assert (tmp_path / "events").read_bytes() == b""


def test_process_ends_when_nobody_reads_its_events() -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        while True:
            EventStream(writer).doing("talking")
    os.close(writer)
    assert os.read(reader, 1 << 16)
    os.close(reader)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 1
