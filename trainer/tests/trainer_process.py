"""A trainer in a process of its own, forked from a server that has imported the libraries once."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import veille_trainer
from veille_trainer.environment import prepare_environment

_PATIENCE_SECONDS = 120
_context = multiprocessing.get_context("forkserver")
# Importing them takes seconds: once for all runs instead of once for each.
_context.set_forkserver_preload(["preloaded_trainer"])


class TrainerProcess:
    """One run of `python -m veille_trainer JOB --events FILE`."""

    def __init__(self, job: dict[str, Any], folder: Path, **environment: str) -> None:
        _prepare_server()
        folder.mkdir(parents=True, exist_ok=True)
        self._events_path, self._log_path = folder / "events.jsonl", folder / "stderr.txt"
        self._events_path.unlink(missing_ok=True)
        job_path = folder / "job.json"
        job_path.write_text(json.dumps(job), encoding="utf-8")
        arguments = (str(job_path), self._events_path, self._log_path, environment)
        self._process = _context.Process(target=_run, args=arguments)
        self._process.start()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def events(self, kind: str | None = None) -> list[dict[str, Any]]:
        """The events so far, of one type if given."""
        if not self._events_path.exists():
            return []
        whole_lines = self._events_path.read_text(encoding="utf-8").split("\n")[:-1]
        return [event for event in map(json.loads, whole_lines) if kind in (None, event["type"])]

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool]) -> None:
        """Wait until there is an event that is `wanted`."""
        self.wait_until(lambda: any(map(wanted, self.events())))

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition` holds, which it must before the trainer ends."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            alive = self._process.is_alive()
            if condition():
                return
            assert alive, f"the trainer ended first, with {self._process.exitcode}:\n{self.log()}"
            time.sleep(0.005)
        raise AssertionError(f"did not come true within {_PATIENCE_SECONDS} s:\n{self.log()}")

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        os.kill(self._process.pid, number)

    def wait(self) -> int:
        """Wait for the end and return the exit code, negative for a signal."""
        self._process.join(_PATIENCE_SECONDS)
        assert self._process.exitcode is not None, f"still running after {_PATIENCE_SECONDS} s:\n{self.log()}"
        return self._process.exitcode

    def log(self) -> str:
        """What it wrote to standard error."""
        return self._log_path.read_text(encoding="utf-8") if self._log_path.exists() else ""

    def kill(self) -> None:
        """End it if it still runs."""
        self._process.kill()
        self._process.join()


def in_trainer(function: Callable[..., Any], *arguments: Any) -> Any:
    """Return `function(*arguments)`, called in a process that has the trainer's libraries; both must pickle."""
    _prepare_server()
    receiver, sender = _context.Pipe(duplex=False)
    process = _context.Process(target=_call, args=(sender, function, arguments))
    process.start()
    # The process has its own by now: when it dies, there is nobody left to write.
    sender.close()
    assert receiver.poll(_PATIENCE_SECONDS), f"{function.__name__} gave no result within {_PATIENCE_SECONDS} s"
    try:
        return receiver.recv()
    except EOFError as cause:
        process.join()
        raise AssertionError(f"{function.__name__} died with {process.exitcode}") from cause
    finally:
        process.join()


def _prepare_server() -> None:
    """Set what the fork server inherits when the first process starts it."""
    prepare_environment()
    folders = (Path(veille_trainer.__file__).parents[1], Path(__file__).parent)
    os.environ["PYTHONPATH"] = os.pathsep.join(map(str, folders))


def _call(sender: Any, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    sender.send(function(*arguments))


def _run(job: str, events: Path, log: Path, environment: dict[str, str]) -> None:
    from veille_trainer.__main__ import main

    os.environ.update(environment)
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644), 2)
    os._exit(main([job, "--events", str(events)]))
