"""How many optimizer steps a training has, known from the row count alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from .failures import InvalidData


@dataclass(frozen=True)
class StepPlan:
    """Counts of optimizer steps; a step is one batch, and an epoch's incomplete last batch is dropped."""

    steps_per_epoch: int
    total_steps: int
    warmup_steps: int


def plan_steps(rows: int, training: dict[str, Any]) -> StepPlan:
    """Plan the steps of `training`, the job's section of that name.

    `maxSteps`, where given, stands instead of `epochs`: rows are gone through as often as it takes.

    Raises:
        InvalidData: The rows do not fill one batch.
    """
    batch_size = training["batchSize"]
    steps_per_epoch = rows // batch_size
    if steps_per_epoch == 0:
        raise InvalidData(
            f"{rows} training rows do not fill one batch of {batch_size}: "
            f"give more rows, or set training.batchSize to at most {rows}"
        )
    total_steps = training["maxSteps"] or training["epochs"] * steps_per_epoch
    return StepPlan(steps_per_epoch, total_steps, math.ceil(total_steps * training["warmupRatio"]))
