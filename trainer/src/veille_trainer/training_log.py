"""The record of a training: its loss and metrics by step, as events and as training-log.jsonl."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

from .events import EventStream
from .memory import peak_memory_mib

LOG_FILE = "training-log.jsonl"


class TrainingLog:
    """Collects each step's figures; a resumed training continues it with the same bytes.

    The file holds only what the training's bits determine. Rate and memory go to the events alone.
    """

    def __init__(self, path: Path, events: EventStream, total_steps: int, log_steps: int, batch_size: int) -> None:
        self._path = path
        self._events = events
        self._total_steps = total_steps
        self._log_steps = log_steps
        self._batch_size = batch_size
        self._losses: list[float] = []
        # Metrics of a step may come in two parts, train and dev: its line is written when the next step is recorded.
        self._open_line: dict[str, Any] | None = None
        self.start_clock()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")

    def start_clock(self) -> None:
        """Measure samples a second from here on, leaving out what came before: loading, evaluating, saving."""
        self._window_start, self._window_steps = time.monotonic(), 0

    def record_step(self, step: int, loss: float, rate: float, grad_norm: float, epoch: float) -> None:
        """Take in one optimizer step; every `log_steps` steps and at the end, log their mean loss."""
        self.close_line()
        self._losses.append(loss)
        self._window_steps += 1
        self._events.emit(
            {"type": "progress", "step": step, "totalSteps": self._total_steps, "loss": loss, "doing": None}
        )
        if step % self._log_steps and step != self._total_steps:
            return
        metrics = {
            "train/loss": math.fsum(self._losses) / len(self._losses),
            "train/learning_rate": rate,
            "train/epoch": epoch,
        }
        # With fp16 the first gradients may overflow while the loss scale is being found; the step is then skipped.
        if math.isfinite(grad_norm):
            metrics["train/grad_norm"] = grad_norm
        self._losses.clear()
        live = {"train/samples_per_second": self._samples_per_second(), "train/memory_mib": peak_memory_mib()}
        self.record_metrics(step, metrics, live)

    def record_metrics(self, step: int, metrics: dict[str, float], live: dict[str, float] | None = None) -> None:
        """Log `metrics` of `step`; the `live` ones, which no repetition gives again, go to the event only."""
        self._events.emit({"type": "metrics", "step": step, "metrics": metrics | (live or {})})
        self._open_line = self._open_line or {"step": step, "metrics": {}}
        self._open_line["metrics"] |= metrics

    def close_line(self) -> None:
        """Write the latest step's line; nothing more may be recorded for that step."""
        if self._open_line is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(self._open_line, allow_nan=False) + "\n")
            self._open_line = None

    def text(self) -> str:
        """Return the lines written so far."""
        return self._path.read_text(encoding="utf-8")

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs beside the text, in JSON types."""
        return {"losses": list(self._losses), "openLine": self._open_line}

    def restore(self, text: str, state: dict[str, Any]) -> None:
        """Go on where a checkpoint's log ended."""
        self._path.write_text(text, encoding="utf-8")
        self._losses, self._open_line = list(state["losses"]), state["openLine"]

    def _samples_per_second(self) -> float:
        rate = self._window_steps * self._batch_size / max(time.monotonic() - self._window_start, 1e-9)
        self.start_clock()
        return rate
