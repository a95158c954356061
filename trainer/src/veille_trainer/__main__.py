"""Runs one job: `python -m veille_trainer JOB.json`."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from .environment import expected_parent, own_rank, prepare_environment
from .events import EventStream, FailureStream, open_event_fd
from .failures import EXIT_FAILED, EXIT_PREEMPTED, TrainerFailure
from .job import load_job
from .parent_watch import watch_parent
from .stop import StopRequested, StopSignal

_EPILOG = """\
Events are JSON lines on file descriptor 3 or, if 3 is not open for writing, on standard output; logs go to
standard error. Exit codes: 0 done, 1 failed, 64 the job is invalid, 75 told to stop by SIGTERM or SIGINT."""

# Several ranks write to one pipe, where a line of up to 4,096 bytes stays whole.
_LONGEST_MESSAGE = 1000


def main(argv: Sequence[str] | None = None) -> int:
    """Run the job that the command line names and return the process's exit code."""
    parser = argparse.ArgumentParser(
        prog="veille_trainer",
        description="Fine-tune a sentence-transformers model, export one to ONNX, sign one, or publish metrics to W&B.",
        epilog=_EPILOG,
    )
    parser.add_argument("job", type=Path, metavar="JOB.json", help="what to do: see schema/job.schema.json")
    parser.add_argument("--events", metavar="PATH|-", help="write events to a file, or - for standard output")
    arguments = parser.parse_args(argv)
    stop = StopSignal()
    stop.install()
    watch_parent(expected_parent())
    stream = FailureStream if own_rank() else EventStream
    return _run(arguments.job, stream(open_event_fd(arguments.events)), stop)


def _run(path: Path, events: EventStream, stop: StopSignal) -> int:
    try:
        job = load_job(path)
        prepare_environment(devices=job["training"]["processes"] if job["kind"] == "train" else 1)
        # Only the command in hand is imported: PyTorch and its companions cost seconds.
        return import_module(f".{job['kind']}", __package__).run(job, events, stop)
    except StopRequested:
        stop.ignore()
        events.emit({"type": "preempted", "step": events.step or 0, "path": None})
        return EXIT_PREEMPTED
    except Exception as error:
        stop.ignore()
        return _report(error, events)


def _report(error: Exception, events: EventStream) -> int:
    traceback.print_exception(error)
    kind, exit_code = "Internal", EXIT_FAILED
    if isinstance(error, TrainerFailure):
        kind, exit_code = error.error, error.exit_code
    elif isinstance(error, ImportError):
        kind = "Environment"
    message = str(error) if kind != "Internal" else traceback.format_exception_only(error)[-1].strip()
    message = (message or repr(error))[:_LONGEST_MESSAGE]
    events.emit({"type": "failed", "error": kind, "message": message, "step": events.step})
    return exit_code


def _exit(code: int) -> NoReturn:
    """End without the interpreter's teardown, in which an interrupted import or a library's thread can hang."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _exit(main())
