"""Training ends once the dev metric no longer rises, at the same step and with the same bytes after a resume too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import Launch, digests, latest_checkpoint, train_job
from trainer_process import TrainerProcess, in_trainer

MIN_GAIN = 0.4
# So high a learning rate ruins the model: no evaluation is better than the first by that much.
SETTINGS = {
    "earlyStopping": {"patience": 2, "minGain": MIN_GAIN},
    "maxSteps": 30,
    "evalSteps": 2,
    "evalQueries": 40,
    "checkpointSteps": 1,
    "learningRate": 0.5,
    "warmupRatio": 0,
    "logSteps": 1,
}


@pytest.fixture(scope="module")
def stopped(shallow_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stopped-early")
    process = TrainerProcess(train_job(shallow_model, folder, **SETTINGS), folder)
    assert process.wait() == 0, process.log()
    return folder


def log_of(folder: Path) -> dict[int, dict[str, float]]:
    lines = (folder / "output/training-log.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["step"]: row["metrics"] for row in map(json.loads, lines)}


def test_training_ends_when_patience_does(stopped: Path) -> None:
    log = log_of(stopped)
    dev = {step: metrics["dev/ndcg@10"] for step, metrics in log.items() if "dev/ndcg@10" in metrics}
    reference, without_gain = -1.0, 0
    for value in dev.values():
        assert without_gain < 2
        reference, without_gain = (value, 0) if value > reference + MIN_GAIN else (reference, without_gain + 1)
    assert without_gain == 2
    finished = json.loads((stopped / "events.jsonl").read_text().splitlines()[-1])
    assert finished["stoppedEarly"]
    assert finished["step"] == max(log) == max(dev) < 30
    assert finished["bestStep"] == max(dev, key=lambda step: dev[step])


def test_schedule_is_that_of_the_planned_steps(stopped: Path) -> None:
    log = log_of(stopped)
    last = max(log)
    # Without warm-up, cosine: half the rate at half the planned steps.
    assert log[last]["train/learning_rate"] > 0.5 * SETTINGS["learningRate"]


@pytest.mark.parametrize("steps_before_the_end", [1, 0], ids=["between two evaluations", "when it has ended"])
def test_resume(launch: Launch, shallow_model: Path, stopped: Path, tmp_path: Path, steps_before_the_end: int) -> None:
    step = int(latest_checkpoint(stopped).name.removeprefix("step-")) - steps_before_the_end
    checkpoint = stopped / f"checkpoints/step-{step:08d}"
    process = launch(train_job(shallow_model, tmp_path, checkpoint, **SETTINGS), tmp_path)
    assert process.wait() == 0, process.log()
    assert digests(tmp_path / "output") == digests(stopped / "output")


def _evaluations_until_due(*cases: tuple[dict[str, Any] | None, list[float]]) -> list[int | None]:
    from veille_trainer.early_stopping import EarlyStopping

    def until_due(settings: dict[str, Any] | None, values: list[float]) -> int | None:
        stopping = EarlyStopping(settings)
        for count, value in enumerate(values, start=1):
            stopping.take({"dev/ndcg@10": value})
            if stopping.is_due:
                return count
        return None

    return [until_due(*case) for case in cases]


def test_small_gains_add_up_and_an_equal_value_is_no_gain() -> None:
    strict, lenient = {"patience": 2, "minGain": 0.1}, {"patience": 2, "minGain": 0}
    slow_rise, level = [0.5, 0.56, 0.62, 0.68, 0.74], [0.5] * 5
    cases = [(strict, slow_rise), (strict, level), (lenient, level), (None, level)]
    assert in_trainer(_evaluations_until_due, *cases) == [None, 3, 3, None]
