"""Turns SIGTERM and SIGINT into an orderly stop: at once where nothing can be saved, after the step where it can."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class StopRequested(BaseException):
    """The process was told to stop. Like KeyboardInterrupt, no `except Exception` may swallow it."""


class StopSignal:
    """Whether a stop was asked for, and whether it may interrupt what is running."""

    def __init__(self) -> None:
        self.requested = False
        self._deferred = False

    def install(self) -> None:
        """Take over SIGTERM and SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def ignore(self) -> None:
        """Let nothing interrupt the process's last words."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)

    def check(self) -> None:
        """Raise if a stop was asked for.

        Called after imports too: a bare `except` in a library may have swallowed the first exception.

        Raises:
            StopRequested: A stop was asked for.
        """
        if self.requested:
            raise StopRequested

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Within, a stop sets `requested` only, and the code inside looks at it when its state is whole."""
        with self._mode(deferred=True):
            yield

    @contextmanager
    def immediate(self) -> Iterator[None]:
        """Within, even inside `deferred`, a stop raises at once: for work that may be thrown away."""
        with self._mode(deferred=False):
            self.check()
            yield

    @contextmanager
    def _mode(self, deferred: bool) -> Iterator[None]:
        before, self._deferred = self._deferred, deferred
        try:
            yield
        finally:
            self._deferred = before

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        first, self.requested = not self.requested, True
        if first and not self._deferred:
            raise StopRequested
