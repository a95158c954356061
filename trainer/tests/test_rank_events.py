"""What several ranks tell becomes one stream of events, with one last word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from veille_trainer.events import EventStream, open_event_fd
from veille_trainer.rank_events import RankEvents

PROGRESS = {"type": "progress", "step": 3, "totalSteps": 9, "loss": 0.5, "doing": None}
PREEMPTED = {"type": "preempted", "step": 3, "path": "step-3"}
FINISHED = {"type": "finished", "step": 9, "bestStep": None, "stoppedEarly": False, "metrics": {}}
NO_MEMORY = {"type": "failed", "error": "OutOfMemory", "message": "no memory", "step": 3}
LOST = {"type": "failed", "error": "Internal", "message": "connection lost", "step": 3}
INVALID = {"type": "failed", "error": "InvalidJob", "message": "field", "step": None}


def conclude(folder: Path, told: list[dict[str, Any]], told_to_stop: bool) -> tuple[int, list[dict[str, Any]]]:
    with RankEvents(folder / "pipe", EventStream(open_event_fd(str(folder / "events")))) as rank_events:
        stream = EventStream(open_event_fd(str(folder / "pipe")))
        for event in told:
            stream.emit(event)
    exit_code = rank_events.conclude(told_to_stop, "rank 1: exit code -9")
    return exit_code, list(map(json.loads, (folder / "events").read_text().splitlines()))


@pytest.mark.parametrize(
    ("told", "told_to_stop", "exit_code", "last"),
    [
        ([PROGRESS, FINISHED], False, 0, FINISHED),
        ([PROGRESS, FINISHED], True, 0, FINISHED),
        ([PROGRESS, PREEMPTED, LOST], True, 75, PREEMPTED),
        ([PROGRESS, LOST], True, 75, {"type": "preempted", "step": 3, "path": None}),
        ([PROGRESS, NO_MEMORY, LOST], False, 1, NO_MEMORY),
        ([INVALID, INVALID], False, 64, INVALID),
    ],
)
def test_last_word(
    tmp_path: Path, told: list[dict[str, Any]], told_to_stop: bool, exit_code: int, last: dict[str, Any]
) -> None:
    code, events = conclude(tmp_path, told, told_to_stop)
    assert code == exit_code
    assert events[-1] == last
    assert events[:-1] == [event for event in told if event is PROGRESS]


@pytest.mark.parametrize("told", [[PROGRESS], [PROGRESS, LOST], [PROGRESS, PREEMPTED]])
def test_rank_that_died_is_named_although_another_was_told_to_stop_for_it(
    tmp_path: Path, told: list[dict[str, Any]]
) -> None:
    code, events = conclude(tmp_path, told, told_to_stop=False)
    assert (code, events[-1]["type"], events[-1]["error"]) == (1, "failed", "Internal")
    assert "rank 1: exit code -9" in events[-1]["message"]
