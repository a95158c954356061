"""The sentence-transformers training loop, with an exactly resumable checkpoint and a log of its own."""

from __future__ import annotations

import math
from contextlib import suppress
from pathlib import Path
from typing import Any

from sentence_transformers import SentenceTransformerTrainer
from torch import nn

from .best_weights import BestWeights
from .checkpoint import Checkpoint, checkpoint_folder, write_checkpoint
from .dev_evaluation import DevEvaluation
from .early_stopping import EarlyStopping
from .events import EventStream
from .failures import NonFiniteLoss
from .ranks import Ranks
from .rng import RngState, capture_rng, restore_rng
from .stop import StopRequested, StopSignal
from .training_log import TrainingLog
from .weights import load_weights, trainable_weights


class TrainingLoop(SentenceTransformerTrainer):
    """Replaces what the library's loop does where it logs, evaluates, saves and loads.

    Its own checkpoints are pickles, are torn by a kill, and forget the losses since the last log line and the best
    weights; its `load_best_model_at_end` looks for folders that another machine does not have.

    All ranks run it and hold the same state; only the first one evaluates and writes checkpoints.
    """

    def __init__(
        self,
        *,
        log: TrainingLog,
        dev: DevEvaluation | None,
        early_stopping: EarlyStopping,
        checkpoints: Path,
        events: EventStream,
        stop: StopSignal,
        ranks: Ranks,
        total_steps: int,
        arithmetic: dict[str, str],
        **library: object,
    ) -> None:
        super().__init__(**library)
        self.best = BestWeights()
        self.early_stopping = early_stopping
        self.evaluation_pending = False
        # Digest of the weights that the training began with, whichever step this process began at.
        self.initial_weights: str | None = None
        self.last_checkpoint: Path | None = None
        self.training_log = log
        self._dev = dev
        self._checkpoints = checkpoints
        self._events = events
        self._stop = stop
        self.ranks = ranks
        self.total_steps = total_steps
        self._arithmetic = arithmetic
        self._last_saved_step: int | None = None
        self._resumed: Checkpoint | None = None

    @property
    def has_steps_left(self) -> bool:
        """Whether training goes on after the step that it is at."""
        return self.state.global_step < self.total_steps and not self.early_stopping.is_due

    def resume(self, checkpoint: Checkpoint, source: str) -> None:
        """Take over a checkpoint's weights, log and best; `train` takes over the rest."""
        load_weights(self.model, checkpoint.weights, source)
        self.training_log.restore(checkpoint.log_text, checkpoint.plain["log"])
        best = checkpoint.plain["best"]
        self.best.keep(best["step"], best["metrics"], checkpoint.best_weights)
        self.early_stopping.restore(checkpoint.plain["earlyStopping"])
        self.evaluation_pending = checkpoint.plain["evaluationPending"]
        self.state.global_step = self._last_saved_step = checkpoint.step
        self._resumed = checkpoint

    def evaluate_dev(self) -> None:
        """Measure the model on the dev rows, log the metrics, and keep the weights if they are the best.

        Raises:
            StopRequested: The first rank was told to stop. Nothing has changed but that the evaluation is pending.
        """
        self.evaluation_pending = True
        metrics = self.ranks.from_first(self._measure_dev() if self.ranks.is_first else None)
        if metrics is None:
            raise StopRequested
        step = self.state.global_step
        if self.best.is_beaten_by(metrics):
            self.best.keep(step, metrics, trainable_weights(self.model))
        self.early_stopping.take(metrics)
        self.training_log.record_metrics(step, metrics)
        self.training_log.start_clock()
        self.evaluation_pending = False

    def _measure_dev(self) -> dict[str, float] | None:
        def report() -> None:
            self._events.doing("evaluating", self.state.global_step, self.total_steps)

        report()
        with suppress(StopRequested), self._stop.immediate():
            return self._dev.measure(self.model, report)
        return None

    def add_model_card_callback(self, default_args_dict: dict[str, Any]) -> None:
        """Leave out the model card, which tokenizes samples at start-up and is never written."""

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Take in a step's loss; the summary at the end of the loop has none and is left out.

        Raises:
            NonFiniteLoss: The loss or the gradient is NaN or infinite, and so, from this step on, are the weights.
        """
        if "loss" not in logs:
            return
        step = self.state.global_step
        self._check_finite(step, logs["loss"], logs["grad_norm"])
        self.training_log.record_step(step, logs["loss"], logs["learning_rate"], logs["grad_norm"], self.state.epoch)

    def _check_finite(self, step: int, loss: float, grad_norm: float) -> None:
        # With a scaler (fp16), a step whose gradient overflows is skipped while the scale is being found.
        if math.isfinite(loss) and (math.isfinite(grad_norm) or self.accelerator.scaler is not None):
            return
        self._events.step = step
        what = f"The gradient's norm is {grad_norm}" if math.isfinite(loss) else f"The loss is {loss}"
        last = "none yet" if self._last_saved_step is None else f"step {self._last_saved_step}"
        raise NonFiniteLoss(
            f"{what} at step {step} (last checkpoint: {last}): lower training.learningRate, or use fp32"
        )

    def evaluate(self, *_: object, **__: object) -> dict[str, float]:
        """Evaluate where the loop asks to; when interrupted, save with the evaluation still to do, and stop."""
        self.control.should_evaluate = False
        try:
            self.evaluate_dev()
        except StopRequested:
            self.control.should_save = True
        if self.evaluation_pending or not self.has_steps_left:
            self.control.should_training_stop = True
        return {}

    def _save_checkpoint(self, model: nn.Module, trial: object) -> None:
        step = self.state.global_step
        self._events.doing("saving checkpoint", step, self.total_steps)
        if not self.evaluation_pending:
            self.training_log.close_line()
        self.last_checkpoint = checkpoint_folder(self._checkpoints, step)
        self._last_saved_step = step
        rng = self.ranks.gather(capture_rng())
        if self.ranks.is_first:
            write_checkpoint(self._checkpoints, self._checkpoint(step, rng))
            self._events.emit({"type": "checkpoint", "step": step, "path": str(self.last_checkpoint)})
        # A rank that ended before would be taken for dead, and this one with it, in the middle of writing.
        self.ranks.wait()

    def _checkpoint(self, step: int, rng: list[RngState]) -> Checkpoint:
        scaler = self.accelerator.scaler
        return Checkpoint(
            step=step,
            weights=trainable_weights(self.model),
            best_weights=self.best.weights,
            optimizer=self.optimizer.state_dict(),
            rng=rng,
            log_text=self.training_log.text(),
            loop_state={
                "global_step": step,
                "epoch": self.state.epoch,
                "train_batch_size": self.args.train_batch_size,
            },
            plain={
                "arithmetic": self._arithmetic,
                "scheduler": self.lr_scheduler.state_dict(),
                "scaler": None if scaler is None else scaler.state_dict(),
                "best": self.best.state(),
                "log": self.training_log.state(),
                "earlyStopping": self.early_stopping.state(),
                "evaluationPending": self.evaluation_pending,
            },
        )

    def _load_from_checkpoint(self, *_: object) -> None:
        """Load nothing: `resume` already has."""

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        if self._resumed is not None:
            self.optimizer.load_state_dict(self._resumed.optimizer)
            self.lr_scheduler.load_state_dict(self._resumed.plain["scheduler"])

    def _load_scaler(self, checkpoint: str | None) -> None:
        if self._resumed is not None and self.accelerator.scaler is not None:
            self.accelerator.scaler.load_state_dict(self._resumed.plain["scaler"])

    def _load_rng_state(self, checkpoint: str | None) -> None:
        if self._resumed is not None:
            restore_rng(self._resumed.rng[self.ranks.index])
