"""Keeps the weights that were best on the dev rows so far."""

from __future__ import annotations

from typing import Any

import torch

from .dev_evaluation import SELECTION_METRIC


class BestWeights:
    """The best weights, their step and their metrics; nothing is kept until the first offer."""

    def __init__(self) -> None:
        self.step: int | None = None
        self.metrics: dict[str, float] = {}
        self.weights: dict[str, torch.Tensor] = {}

    def is_beaten_by(self, metrics: dict[str, float]) -> bool:
        """Tell whether `metrics` are better; equal ones are not, so that the earlier step stays."""
        return self.step is None or metrics[SELECTION_METRIC] > self.metrics[SELECTION_METRIC]

    def keep(self, step: int, metrics: dict[str, float], weights: dict[str, torch.Tensor]) -> None:
        """Replace what is kept. `weights` must be copies that training does not change."""
        self.step, self.metrics, self.weights = step, metrics, weights

    def state(self) -> dict[str, Any]:
        """Return all but the weights, in JSON types."""
        return {"step": self.step, "metrics": self.metrics}
