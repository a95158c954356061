"""The `export` command: one ONNX encoder from a sentence-transformers folder and, if given, an adapter."""

from __future__ import annotations

from typing import Any

from .events import EventStream
from .stop import StopSignal


def run(job: dict[str, Any], events: EventStream, stop: StopSignal) -> int:
    """Run an export job and return the process's exit code.

    Raises:
        TrainerFailure: Any failure with a name.
        StopRequested: The process was told to stop; what is in the output folder is incomplete.
    """
    events.doing("importing libraries")
    from .exporting import export_encoder

    stop.check()
    return export_encoder(job, events)
