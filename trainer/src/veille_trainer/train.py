"""The `train` command: checks the rows, and only then imports what training needs."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from .environment import own_rank
from .events import EventStream
from .launch import launch_ranks
from .rows import read_pairs
from .step_plan import plan_steps
from .stop import StopSignal

_SLOW_IMPORTS = ("torch", "transformers", "sentence_transformers", "peft")


def run(job: dict[str, Any], events: EventStream, stop: StopSignal) -> int:
    """Run a train job and return the process's exit code.

    Raises:
        TrainerFailure: Any failure with a name.
        StopRequested: The process was told to stop before there was anything to save.
    """
    prefixes = (job["queryPrefix"], job["passagePrefix"])
    train = read_pairs(Path(job["trainRows"]), *prefixes)
    dev = read_pairs(Path(job["devRows"]), *prefixes, limit=job["training"]["evalQueries"])
    plan = plan_steps(len(train.queries), job["training"])
    if job["training"]["processes"] > 1 and own_rank() is None:
        return launch_ranks(job, events, stop)
    for library in _SLOW_IMPORTS:
        # A cold disk may take minutes for them, and who is silent for long is taken for hung.
        events.doing("importing libraries", 0, plan.total_steps)
        import_module(library)
    from .fine_tuning import fine_tune

    stop.check()
    return fine_tune(job, train, dev, plan, events, stop)
