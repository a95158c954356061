"""What a training writes and tells, and how it fails."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from conftest import LORA, Launch, latest_checkpoint, train_job, write_rows
from rows import PAIRS


def test_events_tell_of_every_step(undisturbed: Path) -> None:
    events = [json.loads(line) for line in (undisturbed / "events.jsonl").read_text().splitlines()]
    (started,) = (event for event in events if event["type"] == "started")
    assert (started["step"], started["totalSteps"], started["trainRows"]) == (0, 16, 32)
    packages = {"python", "torch", "transformers", "sentence-transformers", "peft"}
    # Where there is a GPU, also what computes on it.
    assert set(started["versions"]) - {"cuda", "cudnn"} == packages
    assert started["determinism"]["torch.use_deterministic_algorithms"] is True
    steps = [event["step"] for event in events if event["type"] == "progress" and event["loss"] is not None]
    assert steps == list(range(1, 17))
    rated = [event["step"] for event in events if "train/samples_per_second" in event.get("metrics", {})]
    assert rated == [5, 10, 15, 16]
    # PyTorch and a small model take some hundreds of MiB.
    memory = [event["metrics"]["train/memory_mib"] for event in events if "train/loss" in event.get("metrics", {})]
    assert len(memory) == 4
    assert all(100 < mib < 10_000 for mib in memory)
    assert events[-1]["type"] == "finished"


def test_kept_weights_are_those_of_the_best_step(launch: Launch, shallow_model: Path, tmp_path: Path) -> None:
    # So high a learning rate ruins the model more with every step: the best is not what training ends with.
    ruin = {"learningRate": 0.05, "scheduler": "constant", "warmupRatio": 0}
    training = {"maxSteps": 6, "evalSteps": 2, "checkpointSteps": 2} | ruin
    process = launch(train_job(shallow_model, tmp_path, **training), tmp_path)
    assert process.wait() == 0, process.log()
    dev = {event["step"]: event["metrics"] for event in process.events("metrics") if "dev/ndcg@10" in event["metrics"]}
    assert list(dev) == [2, 4, 6]
    # `max` gives the first of equals: a later step must be better to be kept.
    best = max(dev, key=lambda step: dev[step]["dev/ndcg@10"])
    assert best < 6
    (finished,) = process.events("finished")
    assert (finished["bestStep"], finished["metrics"]) == (best, dev[best])
    kept = load_file(tmp_path / "output/adapter/adapter_model.safetensors")
    at_best = load_file(tmp_path / f"checkpoints/step-{best:08d}/weights.safetensors")
    assert len(kept) == len(at_best)
    for name, tensor in at_best.items():
        own_name = name.removeprefix("0.model.").replace(".default.", ".")
        assert np.array_equal(kept[f"base_model.model.{own_name}"], tensor)


def test_adapter_names_no_path_of_this_machine(undisturbed: Path) -> None:
    config = json.loads((undisturbed / "output/adapter/adapter_config.json").read_text())
    assert config["base_model_name_or_path"] is None
    assert config["target_modules"] == sorted(config["target_modules"])
    assert len(config["target_modules"]) > 1


def test_checkpoint_is_written_under_another_name_first(undisturbed: Path) -> None:
    names = sorted(path.name for path in (undisturbed / "checkpoints").iterdir())
    assert names == ["step-00000004", "step-00000008", "step-00000012", "step-00000016"]
    assert sorted(path.suffix for path in latest_checkpoint(undisturbed).iterdir()) == [
        ".json",
        ".json",
        ".jsonl",
        ".safetensors",
        ".safetensors",
        ".safetensors",
        ".safetensors",
    ]


def test_checkpoint_seconds_come_before_checkpoint_steps(launch: Launch, shallow_model: Path, tmp_path: Path) -> None:
    training = {"maxSteps": 2, "checkpointSteps": 1000, "checkpointSeconds": 1e-9, "evalSteps": 100}
    process = launch(train_job(shallow_model, tmp_path, **training), tmp_path)
    assert process.wait() == 0, process.log()
    assert [event["step"] for event in process.events("checkpoint")] == [1, 2]


def test_without_dev_rows_the_last_weights_are_kept(launch: Launch, shallow_model: Path, tmp_path: Path) -> None:
    job = train_job(shallow_model, tmp_path, maxSteps=2, evalSteps=1)
    write_rows(Path(job["devRows"]), [])
    process = launch(job, tmp_path)
    assert process.wait() == 0, process.log()
    (finished,) = process.events("finished")
    assert (finished["bestStep"], finished["metrics"]) == (None, {})
    assert (tmp_path / "output/adapter/adapter_model.safetensors").exists()


def test_loss_that_is_not_a_number_fails_with_its_step(launch: Launch, shallow_model: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(shallow_model, model)
    weights = load_file(model / "model.safetensors")
    weights["encoder.layer.1.output.LayerNorm.bias"] = np.full(384, np.nan, dtype=np.float32)
    save_file(weights, model / "model.safetensors", metadata={"format": "pt"})
    process = launch(train_job(model, tmp_path / "job"), tmp_path / "job")
    assert process.wait() == 1
    (failed,) = process.events("failed")
    assert failed["error"] == "NonFiniteLoss"
    assert failed["step"] == 1
    assert "loss is nan at step 1 (last checkpoint: none yet)" in failed["message"]


def test_gradient_that_overflows_fails_before_its_weights_are_saved(
    launch: Launch, shallow_model: Path, undisturbed: Path, tmp_path: Path
) -> None:
    # The loss is finite, and so are the gradients, but not their squares' sum.
    huge = {"scale": 1e22, "lora": LORA | {"alpha": 9 * 10**15}, "checkpointSteps": 1}
    checkpoint = undisturbed / "checkpoints/step-00000004"
    process = launch(train_job(shallow_model, tmp_path, checkpoint, **huge), tmp_path)
    assert process.wait() == 1
    (failed,) = process.events("failed")
    assert failed["error"] == "NonFiniteLoss"
    assert "at step 5 (last checkpoint: step 4)" in failed["message"]
    assert process.events("checkpoint") == []


def test_batches_that_run_out_without_a_repetition_fail_as_invalid_data(
    launch: Launch, shallow_model: Path, tmp_path: Path
) -> None:
    job = train_job(shallow_model, tmp_path, noDuplicatesInBatch=True)
    write_rows(Path(job["trainRows"]), [(f"question {number}", PAIRS[0][1]) for number in range(12)] + PAIRS[:4])
    process = launch(job, tmp_path)
    assert process.wait() == 1
    (failed,) = process.events("failed")
    assert failed["error"] == "InvalidData"
    assert "no text twice" in failed["message"]


def test_hard_negatives_count_among_the_texts_of_a_batch(launch: Launch, shallow_model: Path, tmp_path: Path) -> None:
    job = train_job(shallow_model, tmp_path, noDuplicatesInBatch=True)
    write_rows(Path(job["trainRows"]), PAIRS[:16], [[PAIRS[20][1]]] * 16)
    process = launch(job, tmp_path)
    assert process.wait() == 1
    (failed,) = process.events("failed")
    assert failed["error"] == "InvalidData"
    assert "no text twice" in failed["message"]


def test_more_tokens_than_positions_is_an_invalid_job(launch: Launch, shallow_model: Path, tmp_path: Path) -> None:
    process = launch(train_job(shallow_model, tmp_path, maxSeqLength=513), tmp_path)
    assert process.wait() == 64
    (failed,) = process.events("failed")
    assert failed["error"] == "InvalidJob"
    assert failed["message"].startswith("training.maxSeqLength: 513 tokens are more than the 512 positions")


@pytest.mark.parametrize(
    ("arithmetic", "message"),
    [
        ({"device": "cuda", "precision": "bf16"}, "computed on a GPU, and PyTorch sees none"),
        ({"device": "cuda", "precision": "fp32"}, "computed on a GPU, and PyTorch sees none"),
        ({"precision": "fp16"}, "fp16 needs a GPU"),
    ],
    ids=["bf16 on a GPU", "fp32 on a GPU", "fp16 on the CPU"],
)
def test_what_this_machine_does_not_compute_in_is_refused_by_name(
    launch: Launch, shallow_model: Path, tmp_path: Path, arithmetic: dict[str, str], message: str
) -> None:
    process = launch(train_job(shallow_model, tmp_path) | arithmetic, tmp_path)
    assert process.wait() == 1
    (failed,) = process.events("failed")
    assert failed["error"] == "UnfitDevice"
    assert message in failed["message"]
    assert not (tmp_path / "checkpoints").exists()


def test_a_checkpoint_is_resumed_in_its_own_precision_alone(
    launch: Launch, shallow_model: Path, undisturbed: Path, tmp_path: Path
) -> None:
    checkpoint = min((undisturbed / "checkpoints").glob("step-*"))
    process = launch(train_job(shallow_model, tmp_path, checkpoint) | {"precision": "bf16"}, tmp_path)
    assert process.wait() == 1
    (failed,) = process.events("failed")
    assert failed["error"] == "UnfitDevice"
    assert "'precision': 'fp32'" in failed["message"]
