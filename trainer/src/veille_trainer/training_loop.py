"""The sentence-transformers training loop, with an exactly resumable checkpoint and a log of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sentence_transformers import SentenceTransformerTrainer
from torch import nn

from .best_weights import BestWeights
from .checkpoint import Checkpoint, write_checkpoint
from .dev_evaluation import DevEvaluation
from .events import EventStream
from .rng import capture_rng, restore_rng
from .stop import StopRequested, StopSignal
from .training_log import TrainingLog
from .weights import load_weights, trainable_weights


class TrainingLoop(SentenceTransformerTrainer):
    """Replaces what the library's loop does where it logs, evaluates, saves and loads.

    Its own checkpoints are pickles, are torn by a kill, and forget the losses since the last log line and the best
    weights; its `load_best_model_at_end` looks for folders that another machine does not have.
    """

    def __init__(
        self,
        *,
        log: TrainingLog,
        dev: DevEvaluation | None,
        checkpoints: Path,
        events: EventStream,
        stop: StopSignal,
        total_steps: int,
        **library: object,
    ) -> None:
        super().__init__(**library)
        self.best = BestWeights()
        self.evaluation_pending = False
        self.last_checkpoint: Path | None = None
        self.training_log = log
        self._dev = dev
        self._checkpoints = checkpoints
        self._events = events
        self._stop = stop
        self._total_steps = total_steps
        self._resumed: Checkpoint | None = None

    def resume(self, checkpoint: Checkpoint, source: str) -> None:
        """Take over a checkpoint's weights, log and best; `train` takes over the rest."""
        load_weights(self.model, checkpoint.weights, source)
        self.training_log.restore(checkpoint.log_text, checkpoint.plain["log"])
        best = checkpoint.plain["best"]
        self.best.keep(best["step"], best["metrics"], checkpoint.best_weights)
        self.evaluation_pending = checkpoint.plain["evaluationPending"]
        self._resumed = checkpoint

    def evaluate_dev(self, step: int) -> None:
        """Measure the model on the dev rows, log the metrics, and keep the weights if they are the best.

        Raises:
            StopRequested: The process was told to stop. Nothing has changed but that the evaluation is pending.
        """
        self.evaluation_pending = True
        self._events.doing("evaluating", step, self._total_steps)
        with self._stop.immediate():
            metrics = self._dev.measure(self.model)
        if self.best.is_beaten_by(metrics):
            self.best.keep(step, metrics, trainable_weights(self.model))
        self.training_log.record_metrics(step, metrics)
        self.training_log.start_clock()
        self.evaluation_pending = False

    def add_model_card_callback(self, default_args_dict: dict[str, Any]) -> None:
        """Leave out the model card, which tokenizes samples at start-up and is never written."""

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Take in a step's loss; the summary at the end of the loop has none and is left out."""
        if "loss" in logs:
            self.training_log.record_step(
                self.state.global_step, logs["loss"], logs["learning_rate"], logs["grad_norm"], self.state.epoch
            )

    def evaluate(self, *_: object, **__: object) -> dict[str, float]:
        """Evaluate where the loop asks to; when interrupted, save with the evaluation still to do, and stop."""
        self.control.should_evaluate = False
        try:
            self.evaluate_dev(self.state.global_step)
        except StopRequested:
            self.control.should_save = self.control.should_training_stop = True
        return {}

    def _save_checkpoint(self, model: nn.Module, trial: object) -> None:
        step = self.state.global_step
        self._events.doing("saving checkpoint", step, self._total_steps)
        if not self.evaluation_pending:
            self.training_log.close_line()
        scaler = self.accelerator.scaler
        checkpoint = Checkpoint(
            step=step,
            weights=trainable_weights(self.model),
            best_weights=self.best.weights,
            optimizer=self.optimizer.state_dict(),
            rng=capture_rng(),
            log_text=self.training_log.text(),
            loop_state={
                "global_step": step,
                "epoch": self.state.epoch,
                "train_batch_size": self.args.train_batch_size,
            },
            plain={
                "scheduler": self.lr_scheduler.state_dict(),
                "scaler": None if scaler is None else scaler.state_dict(),
                "best": self.best.state(),
                "log": self.training_log.state(),
                "evaluationPending": self.evaluation_pending,
            },
        )
        self.last_checkpoint = write_checkpoint(self._checkpoints, checkpoint)
        self._events.emit({"type": "checkpoint", "step": step, "path": str(self.last_checkpoint)})

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
            restore_rng(self._resumed.rng)
