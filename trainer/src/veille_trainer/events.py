"""The event stream to the parent process: one JSON object a line, checked against the protocol's schema."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
from typing import Any

from .schema import branch_for, validator

EVENT_FD = 3
_MASKED = {signal.SIGTERM, signal.SIGINT}


def open_event_fd(target: str | None) -> int:
    """Return the file descriptor that events go to.

    Args:
        target: A path, "-" for standard output, or None for descriptor 3, and standard output if 3 isn't open for
            writing.
    """
    if target is None and _is_writable(EVENT_FD):
        # Else a service process that outlives the trainer would keep the parent's end of the pipe open.
        os.set_inheritable(EVENT_FD, False)
        return EVENT_FD
    if target is None or target == "-":
        sys.stdout.flush()
        fd = os.dup(1)
        # A library that prints must not write between two events.
        os.dup2(2, 1)
        return fd
    return os.open(target, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


def _is_writable(fd: int) -> bool:
    try:
        return fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY
    except OSError:
        return False


class EventStream:
    """Writes events and remembers the last step they told of."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.step: int | None = None

    def emit(self, event: dict[str, Any]) -> None:
        """Write one event; when nobody reads any more, end the process.

        Raises:
            jsonschema.ValidationError: The event is not one of the protocol's.
            ValueError: A number in it is NaN or infinite.
        """
        validator("event", branch_for("event", "type", event.get("type"))).validate(event)
        self.step = event.get("step", self.step)
        line = json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        # A signal handler that raises in the middle of a write would leave half a line behind.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, _MASKED)
        try:
            while line:
                line = line[os.write(self._fd, line) :]
        except BrokenPipeError:
            os._exit(1)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def doing(self, what: str, step: int = 0, total_steps: int = 0) -> None:
        """Tell what the trainer is at while it is not counting steps."""
        self.emit({"type": "progress", "step": step, "totalSteps": total_steps, "loss": None, "doing": what})


class FailureStream(EventStream):
    """The stream of a further rank: the first one tells how the training goes, but not why another one failed."""

    def emit(self, event: dict[str, Any]) -> None:
        """Write the event if it tells of a failure; remember its step in any case."""
        if event["type"] == "failed":
            super().emit(event)
        self.step = event.get("step", self.step)
