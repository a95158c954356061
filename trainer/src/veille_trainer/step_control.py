"""Decides after each step whether to evaluate, save or stop."""

from __future__ import annotations

import time
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from .failures import InvalidData
from .ranks import Ranks
from .stop import StopSignal


class StepControl(TrainerCallback):
    """Sets the training loop's control flags from the job's `training` section and the stop signal.

    All ranks come to the same decisions: a stop that reached any of them, and the first one's clock.
    """

    def __init__(
        self, training: dict[str, Any], steps_per_epoch: int, evaluates: bool, stop: StopSignal, ranks: Ranks
    ) -> None:
        self._training = training
        self._steps_per_epoch = steps_per_epoch
        self._evaluates = evaluates
        self._stop = stop
        self._ranks = ranks
        self._saved_at = time.monotonic()
        self._epoch_began_at = 0

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> None:
        """Start counting `checkpointSeconds`."""
        self._saved_at = time.monotonic()

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> None:
        """Remember where the epoch, or what a checkpoint has left of it, begins."""
        self._epoch_began_at = state.global_step

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object) -> None:
        """Ask for what this step is due."""
        step, training = state.global_step, self._training
        is_last = step >= state.max_steps
        time_is_up = time.monotonic() - self._saved_at >= training["checkpointSeconds"]
        stops, time_is_up = self._ranks.agree(self._stop.requested, self._ranks.is_first and time_is_up)
        control.should_log = True
        control.should_evaluate = self._evaluates and (is_last or step % training["evalSteps"] == 0)
        control.should_save = stops or time_is_up or step % training["checkpointSteps"] == 0
        control.should_training_stop = is_last or stops

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object) -> None:
        """Count `checkpointSeconds` anew."""
        self._saved_at = time.monotonic()

    def on_epoch_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object) -> None:
        """Check that the epoch had all its batches, on which the schedule and an exact resume rely.

        Raises:
            InvalidData: So many texts repeat that batches without a repetition ran out.
        """
        done = state.global_step % self._steps_per_epoch
        # An epoch without any batch makes the library's loop stop as if it were asked to.
        has_no_batch = state.global_step == self._epoch_began_at
        if has_no_batch or (done and not control.should_training_stop):
            raise InvalidData(
                f"Only {done} of an epoch's {self._steps_per_epoch} batches have no text twice: lower "
                "training.batchSize, leave out duplicates, or set training.noDuplicatesInBatch to false"
            )
