"""A training that is killed or stopped and resumed ends with the same bytes as one that never was."""

from __future__ import annotations

import json
import random
import signal
from pathlib import Path

import pytest

from conftest import Launch, digests, latest_checkpoint, train_job, write_rows
from rows import PAIRS

NEGATIVES = [[PAIRS[(index + 7) % 40][1], PAIRS[(index + 11) % 40][1]] for index in range(32)]


def resume(launch: Launch, model: Path, folder: Path, checkpoint: Path, **training: object) -> Path:
    """Go on from `checkpoint` in an empty folder, as on another machine, and return that folder."""
    moved = folder / f"resumed-from-{checkpoint.name}"
    process = launch(train_job(model, moved, checkpoint, **training), moved)
    assert process.wait() == 0, process.log()
    assert process.events("started")[0]["step"] == int(checkpoint.name.removeprefix("step-"))
    return moved


def test_after_sigkill_at_a_random_step(launch: Launch, shallow_model: Path, undisturbed: Path, tmp_path: Path) -> None:
    last_step = random.randint(4, 13)
    process = launch(train_job(shallow_model, tmp_path), tmp_path)
    process.wait_for(lambda event: event["type"] == "checkpoint")
    process.wait_for(lambda event: event["type"] == "progress" and event["step"] >= last_step)
    process.send(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    resumed = resume(launch, shallow_model, tmp_path, latest_checkpoint(tmp_path))
    assert digests(resumed / "output") == digests(undisturbed / "output")


def test_after_sigterm_in_a_step(launch: Launch, shallow_model: Path, undisturbed: Path, tmp_path: Path) -> None:
    process = launch(train_job(shallow_model, tmp_path), tmp_path)
    process.wait_for(lambda event: event["type"] == "progress" and event["step"] == 2)
    process.send(signal.SIGTERM)
    assert process.wait() == 75
    (preempted,) = process.events("preempted")
    assert preempted["path"] == str(latest_checkpoint(tmp_path))
    resumed = resume(launch, shallow_model, tmp_path, Path(preempted["path"]))
    assert digests(resumed / "output") == digests(undisturbed / "output")


def test_after_sigterm_in_an_evaluation(launch: Launch, shallow_model: Path, undisturbed: Path, tmp_path: Path) -> None:
    process = launch(train_job(shallow_model, tmp_path), tmp_path)
    process.wait_for(lambda event: event.get("doing") == "evaluating")
    process.send(signal.SIGTERM)
    assert process.wait() == 75
    checkpoint = latest_checkpoint(tmp_path)
    assert json.loads((checkpoint / "state.json").read_text())["evaluationPending"]
    resumed = resume(launch, shallow_model, tmp_path, checkpoint)
    assert digests(resumed / "output") == digests(undisturbed / "output")


@pytest.mark.parametrize("step", [8, 12, 16], ids=["epoch border", "just evaluated", "last step"])
def test_from_a_checkpoint_at_a(
    launch: Launch, shallow_model: Path, undisturbed: Path, tmp_path: Path, step: int
) -> None:
    resumed = resume(launch, shallow_model, tmp_path, undisturbed / "checkpoints" / f"step-{step:08d}")
    assert digests(resumed / "output") == digests(undisturbed / "output")


@pytest.mark.parametrize(
    "variant",
    [
        {"loss": "cached-mnrl", "microBatchSize": 2, "noDuplicatesInBatch": True, "scheduler": "linear"},
        {"lora": False, "learningRate": 2e-5},
        {"matryoshkaDimensions": [128, 32], "gradientCheckpointing": True},
    ],
    ids=["cached loss without duplicates", "whole model", "leading dimensions with gradient checkpointing"],
)
def test_of_the_variant(launch: Launch, shallow_model: Path, tmp_path: Path, variant: dict[str, object]) -> None:
    short = {"maxSteps": 10, "checkpointSteps": 9, "evalSteps": 100} | variant
    process = launch(train_job(shallow_model, tmp_path, **short), tmp_path)
    assert process.wait() == 0, process.log()
    resumed = resume(launch, shallow_model, tmp_path, latest_checkpoint(tmp_path), **short)
    assert digests(resumed / "output") == digests(tmp_path / "output")


def test_with_hard_negatives(launch: Launch, shallow_model: Path, tmp_path: Path) -> None:
    short = {"maxSteps": 10, "checkpointSteps": 9, "evalSteps": 100}
    rest = tmp_path / "rest"
    for folder in (tmp_path, rest):
        checkpoint = None if folder is tmp_path else latest_checkpoint(tmp_path)
        job = train_job(shallow_model, folder, checkpoint, **short)
        write_rows(Path(job["trainRows"]), PAIRS[:32], NEGATIVES)
        process = launch(job, folder)
        assert process.wait() == 0, process.log()
    assert digests(rest / "output") == digests(tmp_path / "output")


@pytest.mark.parametrize("before", [None, 2], ids=["plain loss", "small micro-batch"])
def test_with_the_other_loss_after_the(
    launch: Launch, shallow_model: Path, undisturbed: Path, tmp_path: Path, before: int | None
) -> None:
    checkpoint = undisturbed / "checkpoints/step-00000012"
    if before is not None:
        first = launch(train_job(shallow_model, tmp_path, maxSteps=4) | {"memoryMicroBatch": before}, tmp_path)
        assert first.wait() == 0, first.log()
        checkpoint = latest_checkpoint(tmp_path)
    after = None if before else 2
    folder = tmp_path / "rest"
    process = launch(train_job(shallow_model, folder, checkpoint) | {"memoryMicroBatch": after}, folder)
    assert process.wait() == 0, process.log()
    first_step = int(checkpoint.name.removeprefix("step-")) + 1
    steps = [event["step"] for event in process.events("progress") if event["loss"] is not None]
    assert steps == list(range(first_step, 17))


def test_of_another_lora_rank_is_refused(
    launch: Launch, shallow_model: Path, undisturbed: Path, tmp_path: Path
) -> None:
    lora = {"r": 2, "alpha": 8, "dropout": 0.1, "targetModules": "all-linear"}
    process = launch(train_job(shallow_model, tmp_path, latest_checkpoint(undisturbed), lora=lora), tmp_path)
    assert process.wait() == 1
    (failed,) = process.events("failed")
    assert failed["error"] == "InvalidData"
    assert "names or shapes differ" in failed["message"]


def test_log_tells_each_step_once_and_nothing_that_a_clock_measured(undisturbed: Path) -> None:
    lines = (undisturbed / "output/training-log.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["step"] for row in rows] == [5, 6, 10, 12, 15, 16]
    names = {name for row in rows for name in row["metrics"]}
    assert names == {
        "train/loss",
        "train/learning_rate",
        "train/grad_norm",
        "train/epoch",
        "dev/ndcg@10",
        "dev/mrr@10",
        "dev/r@1",
        "dev/r@5",
        "dev/r@10",
    }
