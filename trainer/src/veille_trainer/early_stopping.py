"""Decides when the dev metric has stopped rising."""

from __future__ import annotations

from typing import Any

from .dev_evaluation import SELECTION_METRIC


class EarlyStopping:
    """Counts the dev evaluations in a row that brought no gain.

    As in Keras and Lightning, what a gain is measured against moves only with a gain: small steps up add up.
    """

    def __init__(self, settings: dict[str, Any] | None) -> None:
        """Take the job's section `training.earlyStopping`; None never stops."""
        self._settings = settings
        self._reference: float | None = None
        self._without_gain = 0

    @property
    def is_due(self) -> bool:
        """Whether `patience` evaluations in a row brought no gain."""
        return self._settings is not None and self._without_gain >= self._settings["patience"]

    def take(self, metrics: dict[str, float]) -> None:
        """Count one evaluation."""
        value = metrics[SELECTION_METRIC]
        min_gain = self._settings["minGain"] if self._settings else 0
        if self._reference is None or value > self._reference + min_gain:
            self._reference, self._without_gain = value, 0
        else:
            self._without_gain += 1

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs, in JSON types."""
        return {"reference": self._reference, "withoutGain": self._without_gain}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on counting where a checkpoint ended."""
        self._reference, self._without_gain = state["reference"], state["withoutGain"]
