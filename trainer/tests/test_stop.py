"""A stop interrupts what may be thrown away and waits for what may not."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

import pytest

from veille_trainer.stop import StopRequested, StopSignal


@pytest.fixture
def stop() -> Iterator[StopSignal]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    stop = StopSignal()
    stop.install()
    yield stop
    for number, handler in before.items():
        signal.signal(number, handler)


def send_to_self(number: signal.Signals = signal.SIGTERM) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_raises_at_once(stop: StopSignal, number: signal.Signals) -> None:
    with pytest.raises(StopRequested):
        send_to_self(number)
    assert stop.requested


def test_deferred_signal_only_sets_the_flag(stop: StopSignal) -> None:
    with stop.deferred():
        send_to_self()
        assert stop.requested


def test_immediate_part_of_deferred_work_is_interrupted(stop: StopSignal) -> None:
    with stop.deferred():
        with pytest.raises(StopRequested), stop.immediate():
            send_to_self()
        send_to_self()


def test_immediate_part_is_not_begun_after_a_deferred_signal(stop: StopSignal) -> None:
    begun = False
    with stop.deferred():
        send_to_self()
        with pytest.raises(StopRequested), stop.immediate():
            begun = True
    assert not begun


def test_second_signal_does_not_raise_again(stop: StopSignal) -> None:
    with pytest.raises(StopRequested):
        send_to_self()
    send_to_self()


def test_check_raises_after_an_exception_that_was_swallowed(stop: StopSignal) -> None:
    with contextlib.suppress(BaseException):
        send_to_self()
    with pytest.raises(StopRequested):
        stop.check()
