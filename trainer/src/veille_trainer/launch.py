"""Starts one process a device by torchrun's launcher, and ends as they end."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from .environment import LAUNCHER_VARIABLE
from .events import EventStream
from .failures import EXIT_PREEMPTED, InvalidJob
from .rank_events import RankEvents
from .stop import StopSignal

# From SIGTERM to SIGKILL, in seconds: how long to wait is for our own parent to decide, and the ranks die with us.
_SHUTDOWN_SECONDS = 24 * 3600


def launch_ranks(job: dict[str, Any], events: EventStream, stop: StopSignal) -> int:
    """Run a train job in `training.processes` processes, which share each batch; return the exit code.

    Raises:
        InvalidJob: The batch can't be shared evenly.
        StopRequested: The process was told to stop before there were ranks.
    """
    processes, batch_size = job["training"]["processes"], job["training"]["batchSize"]
    if batch_size % processes:
        raise InvalidJob(
            f"training.processes: {processes} processes can't share a batch of {batch_size} evenly; "
            "training.batchSize must be a multiple of training.processes"
        )
    events.doing("starting processes")
    _prepare_ranks_environment(processes)
    output = Path(job["output"])
    output.mkdir(parents=True, exist_ok=True)
    # Beside the output, where whoever made the folder removes it even if this process is killed.
    with tempfile.TemporaryDirectory(prefix="ranks-", dir=output.parent) as folder:
        job_path, pipe = Path(folder) / "job.json", Path(folder) / "events"
        job_path.write_text(json.dumps(job), encoding="utf-8")
        with RankEvents(pipe, events) as rank_events:
            told_to_stop, deaths = _run_ranks(processes, folder, [str(job_path), "--events", str(pipe)])
            stop.ignore()
        return rank_events.conclude(told_to_stop, deaths)


def _prepare_ranks_environment(processes: int) -> None:
    os.environ[LAUNCHER_VARIABLE] = str(os.getpid())
    cores = len(os.sched_getaffinity(0))
    threads = int(os.environ.get("OMP_NUM_THREADS", cores))
    os.environ["OMP_NUM_THREADS"] = str(max(1, threads // processes))
    # Gloo would look the host's name up for an address, and others need not reach us.
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")


def _run_ranks(processes: int, folder: str, arguments: list[str]) -> tuple[bool, str]:
    """Return whether a signal ended the ranks, and how those that failed died."""
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=processes,
        run_id="veille",
        rdzv_backend="c10d",
        rdzv_endpoint="127.0.0.1:0",
        local_addr="127.0.0.1",
        # What is worth another attempt is for Temporal to decide.
        max_restarts=0,
        logs_specs=DefaultLogsSpecs(log_dir=folder),
        signals_to_handle="SIGTERM,SIGINT",
        shutdown_timeout=_SHUTDOWN_SECONDS,
    )
    try:
        elastic_launch(config, sys.executable)("-m", __package__, *arguments)
    except SignalException:
        return True, ""
    except ChildFailedError as error:
        _, first = error.get_first_failure()
        deaths = (f"rank {rank}: exit code {failure.exitcode}" for rank, failure in sorted(error.failures.items()))
        return first.exitcode == EXIT_PREEMPTED, ", ".join(deaths)
    return False, ""
