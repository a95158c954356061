"""Hands on what the ranks of a training tell, and puts their last words into one."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

from .events import EventStream
from .failures import EXIT_DONE, EXIT_FAILED, EXIT_INVALID_JOB, EXIT_PREEMPTED, InvalidJob, TrainerFailure

_LAST_WORDS = ("failed", "preempted", "finished")


class RankEvents:
    """A named pipe that all ranks write to; within the context, events go on to `events` as they come.

    Last words are held back until all ranks have ended: the first failure is the cause of the others.
    """

    def __init__(self, path: Path, events: EventStream) -> None:
        os.mkfifo(path)
        # Open for writing too, so that it has no end while there is no rank.
        self._pipe = os.open(path, os.O_RDWR)
        self._events = events
        self._last_words: dict[str, dict[str, Any]] = {}
        self._thread = threading.Thread(target=self._relay, name="rank-events", daemon=True)

    def __enter__(self) -> RankEvents:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Read what is left in the pipe, then close it; no rank may be alive any more."""
        os.write(self._pipe, b"\n")
        self._thread.join()
        os.close(self._pipe)

    def conclude(self, told_to_stop: bool, deaths: str) -> int:
        """Send the training's last event and return the exit code.

        Args:
            told_to_stop: Whether the ranks were ended by a signal.
            deaths: How those that failed died.
        """
        if "finished" in self._last_words:
            self._events.emit(self._last_words["finished"])
            return EXIT_DONE
        if told_to_stop:
            # A rank that fails meanwhile most likely misses the others.
            nothing_saved = {"type": "preempted", "step": self._events.step or 0, "path": None}
            self._events.emit(self._last_words.get("preempted", nothing_saved))
            return EXIT_PREEMPTED
        failed = self._last_words.get("failed", {"type": "failed", "error": TrainerFailure.error, "message": ""})
        if failed["error"] == TrainerFailure.error:
            failed = failed | {"message": f"Processes of the training died ({deaths}) {failed['message']}".strip()}
        self._events.emit({"step": self._events.step} | failed)
        return EXIT_INVALID_JOB if failed["error"] == InvalidJob.error else EXIT_FAILED

    def _relay(self) -> None:
        with open(os.dup(self._pipe), encoding="utf-8") as lines:
            for line in lines:
                if line == "\n":
                    return
                event = json.loads(line)
                if event["type"] in _LAST_WORDS:
                    self._last_words.setdefault(event["type"], event)
                else:
                    self._events.emit(event)
