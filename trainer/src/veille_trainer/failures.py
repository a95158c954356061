"""The ways in which a job can fail, by the names that the event schema allows, and the process's exit codes."""

from __future__ import annotations

from typing import ClassVar

_LONGEST_QUOTE = 60

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_INVALID_JOB = 64
EXIT_PREEMPTED = 75


def quoted(value: object) -> str:
    """Return what a message quotes of a file's value: 60 characters, with control characters escaped."""
    text = repr(value[:_LONGEST_QUOTE] if isinstance(value, str) else value)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 1]}…"


class TrainerFailure(Exception):
    """A failure with a name of its own; any other exception is reported as `Internal`."""

    error: ClassVar[str] = "Internal"
    exit_code: ClassVar[int] = EXIT_FAILED


class InvalidJob(TrainerFailure):
    """A value of the job is wrong; the message has the field's path, the value and what is allowed."""

    error = "InvalidJob"
    exit_code = EXIT_INVALID_JOB


class InvalidData(TrainerFailure):
    """The rows, or a file that the job names, can't be used."""

    error = "InvalidData"


class NonFiniteLoss(TrainerFailure):
    """The loss became NaN or infinite: the same bits would do so again."""

    error = "NonFiniteLoss"


class OutOfMemory(TrainerFailure):
    """The device's memory does not hold the batch."""

    error = "OutOfMemory"


class UnfitDevice(TrainerFailure):
    """This machine can't compute as the training was started; another one may."""

    error = "UnfitDevice"


class BrokenEnvironment(TrainerFailure):
    """This machine lacks a library, a device or a credential that the job needs."""

    error = "Environment"
