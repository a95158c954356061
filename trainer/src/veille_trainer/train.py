"""The `train` command: checks the rows, and only then imports what training needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .events import EventStream
from .rows import read_pairs
from .step_plan import plan_steps
from .stop import StopSignal


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
    events.doing("importing libraries", 0, plan.total_steps)
    from .fine_tuning import fine_tune

    stop.check()
    return fine_tune(job, train, dev, plan, events, stop)
