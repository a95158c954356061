"""The `publish` command: sends a run's metrics to Weights & Biases, so that a retry adds nothing twice."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .events import EventStream
from .failures import EXIT_DONE, EXIT_PREEMPTED, BrokenEnvironment, InvalidJob, TrainerFailure
from .metric_rows import read_metric_rows
from .stop import StopSignal
from .versions import versions_of

if TYPE_CHECKING:
    import wandb

# Else an unreachable server would hold `finish` for ever, where the caller can retry later.
_FINISH_SECONDS = 300


def run(job: dict[str, Any], events: EventStream, stop: StopSignal) -> int:
    """Run a publish job and return the process's exit code.

    Online, W&B itself drops the steps that the run of this id already has. Offline, the run directory is made anew
    each time, since a second one for the same id would be added to the first.

    Raises:
        BrokenEnvironment: WANDB_API_KEY is missing or wrong.
        InvalidJob: W&B's client does not take a name.
        InvalidData: The log is malformed.
        TimeoutError: The server did not take the rows in time.
        StopRequested: The process was told to stop before the run was opened.
    """
    rows = [] if job["log"] is None else read_metric_rows(Path(job["log"]))
    started = {"device": "cpu", "precision": "fp32", "step": 0, "totalSteps": 0, "trainRows": 0}
    events.emit({"type": "started", "versions": versions_of("wandb"), "determinism": {}, **started})
    shutil.rmtree(Path(job["output"]) / "wandb", ignore_errors=True)
    Path(job["output"]).mkdir(parents=True, exist_ok=True)
    events.doing("opening the W&B run")
    published = _open_run(job)
    with stop.deferred():
        for row in rows:
            if stop.requested:
                break
            published.log(row.metrics, step=row.step)
        if not stop.requested:
            published.summary.update(job["summary"])
        # Waits until the service process has written, or sent, every row.
        published.finish(exit_code=0)
        if stop.requested:
            events.emit({"type": "preempted", "step": 0, "path": None})
            return EXIT_PREEMPTED
    if job["mode"] == "online":
        events.doing(f"published at {published.url}")
    finished = {"step": 0, "bestStep": None, "stoppedEarly": False, "metrics": {"rows": len(rows)}}
    events.emit({"type": "finished", **finished})
    return EXIT_DONE


def _open_run(job: dict[str, Any]) -> wandb.Run:
    import wandb

    settings = wandb.Settings(
        console="off",
        disable_code=True,
        disable_git=True,
        finish_timeout=_FINISH_SECONDS,
        finish_timeout_raises=True,
        x_disable_machine_info=True,
        x_disable_meta=True,
        x_disable_stats=True,
        x_save_requirements=False,
        # By default rows reach the disk every 15 seconds, and a kill would lose them.
        x_transaction_log_flush_interval=1,
    )
    try:
        return wandb.init(
            mode=job["mode"],
            project=job["project"],
            group=job["group"],
            id=job["runId"],
            name=job["name"],
            resume="allow",
            config=job["config"],
            dir=job["output"],
            settings=settings,
        )
    except (wandb.errors.AuthenticationError, wandb.errors.UsageError) as cause:
        raise _refusal(cause, job) from cause


def _refusal(cause: Exception, job: dict[str, Any]) -> TrainerFailure:
    """Return the failure with what helps: a key is of no use offline, nor for a name that W&B does not take."""
    what = f"W&B refused: {cause}"
    if "Invalid project name" in str(cause):
        return InvalidJob(f"tracking.project: {what}")
    if job["mode"] == "offline":
        return InvalidJob(f"tracking: {what}; change the tracking section, or set tracking.mode to none")
    return BrokenEnvironment(f"{what}. Set WANDB_API_KEY of the worker, or tracking.mode to offline")
