"""Each option of the recipe reaches the library that honours it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from conftest import WITHOUT_DROPOUT, Launch, digests, train_job, write_rows
from rows import PAIRS
from trainer_process import in_trainer

UNUSUAL = {
    "lora": {"r": 3, "alpha": 5, "dropout": 0.25, "targetModules": ["query", "value"]},
    "loss": "cached-mnrl",
    "scale": 17,
    "matryoshkaDimensions": [32, 128],
    "batchSize": 6,
    "microBatchSize": 3,
    "noDuplicatesInBatch": True,
    "maxSteps": 40,
    "learningRate": 3e-4,
    "scheduler": "constant_with_warmup",
    "warmupRatio": 0.26,
    "weightDecay": 0.07,
    "maxGradNorm": 0.3,
    "precision": "bf16",
    "gradientCheckpointing": True,
    "seed": 7,
}


def _build(job: dict[str, Any]) -> dict[str, Any]:
    import torch

    from veille_trainer.encoder_model import load_encoder
    from veille_trainer.loss import make_loss
    from veille_trainer.ranks import Ranks
    from veille_trainer.recipe import make_arguments, make_trainable
    from veille_trainer.step_plan import plan_steps

    training = job["training"]
    cpu = torch.device("cpu")
    model = load_encoder(job["model"], cpu, 32, "maxSeqLength")
    make_trainable(model, training)
    loss = make_loss(model, job)
    inner = loss.loss if training["matryoshkaDimensions"] else loss
    arguments = make_arguments(
        training, plan_steps(32, training), training["precision"], Ranks(0, 1, cpu), job["output"]
    )
    config = getattr(model.transformers_model, "peft_config", {}).get("default")
    return {
        "lora": config and (config.r, config.lora_alpha, config.lora_dropout, sorted(config.target_modules)),
        "trainable": sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad),
        "gradientCheckpointing": model.transformers_model.is_activation_checkpointing,
        "loss": (type(loss).__name__, type(inner).__name__),
        "dimensions": getattr(loss, "matryoshka_dims", None),
        "scale": inner.scale,
        "microBatch": getattr(inner, "mini_batch_size", None),
        "arguments": {
            name: getattr(arguments, name)
            for name in (
                "per_device_train_batch_size",
                "max_steps",
                "learning_rate",
                "warmup_steps",
                "weight_decay",
                "max_grad_norm",
                "bf16",
                "fp16",
                "seed",
                "data_seed",
            )
        },
        "scheduler": arguments.lr_scheduler_type.value,
        "sampler": arguments.batch_sampler.value,
    }


def test_unusual_recipe_is_built_as_it_says(shallow_model: Path, tmp_path: Path) -> None:
    built = in_trainer(_build, train_job(shallow_model, tmp_path, **UNUSUAL))
    assert built["lora"] == (3, 5, 0.25, ["query", "value"])
    # Two matrices of rank 3 on two square layers of 384 in each of two blocks.
    assert built["trainable"] == 2 * 2 * 2 * 384 * 3
    assert built["gradientCheckpointing"]
    assert built["loss"] == ("MatryoshkaLoss", "CachedMultipleNegativesRankingLoss")
    assert built["dimensions"] == (384, 128, 32)
    assert (built["scale"], built["microBatch"]) == (17, 3)
    assert built["arguments"] == {
        "per_device_train_batch_size": 6,
        "max_steps": 40,
        "learning_rate": 3e-4,
        "warmup_steps": 11,
        "weight_decay": 0.07,
        "max_grad_norm": 0.3,
        "bf16": True,
        "fp16": False,
        "seed": 7,
        "data_seed": 7,
    }
    assert (built["scheduler"], built["sampler"]) == ("constant_with_warmup", "no_duplicates")


def test_whole_model_is_trained_where_lora_is_false(shallow_model: Path, tmp_path: Path) -> None:
    built = in_trainer(_build, train_job(shallow_model, tmp_path, lora=False))
    assert built["lora"] is None
    assert built["trainable"] > 10_000_000
    assert not built["gradientCheckpointing"]
    assert built["loss"] == ("MultipleNegativesRankingLoss", "MultipleNegativesRankingLoss")
    assert built["sampler"] == "batch_sampler"


def test_memory_micro_batch_stands_over_the_recipe(shallow_model: Path, tmp_path: Path) -> None:
    for loss in ("mnrl", "cached-mnrl"):
        job = train_job(shallow_model, tmp_path, loss=loss, microBatchSize=8) | {"memoryMicroBatch": 2}
        built = in_trainer(_build, job)
        assert built["loss"][0] == "CachedMultipleNegativesRankingLoss"
        assert built["microBatch"] == 2


def _rates(step: float) -> dict[str, float]:
    warm, progress = step / 2, (step - 2) / 8
    return {
        "cosine": warm if step < 2 else 0.5 * (1 + math.cos(math.pi * progress)),
        "linear": warm if step < 2 else 1 - progress,
        "constant": 1.0,
        "constant_with_warmup": min(warm, 1.0),
    }


def start(launch: Launch, model: Path, folder: Path, negatives: list[list[str]] | None = None, **training: Any):
    """Start a training that logs each step and never evaluates."""
    job = train_job(model, folder, logSteps=1, **training)
    write_rows(Path(job["trainRows"]), PAIRS[:32], negatives)
    write_rows(Path(job["devRows"]), [])
    return launch(job, folder)


def test_learning_rate_follows_the_schedule(launch: Launch, shallow_model: Path, tmp_path: Path) -> None:
    settings = {"maxSteps": 10, "warmupRatio": 0.2, "batchSize": 2}
    started = {name: start(launch, shallow_model, tmp_path / name, scheduler=name, **settings) for name in _rates(0)}
    for name, process in started.items():
        assert process.wait() == 0, process.log()
        rates = [event["metrics"]["train/learning_rate"] for event in process.events("metrics")]
        assert rates == pytest.approx([1e-3 * _rates(step)[name] for step in range(10)])


def test_negatives_and_leading_dimensions_add_to_the_loss(launch: Launch, dropless_model: Path, tmp_path: Path) -> None:
    others = [[PAIRS[(index + 5) % 32][1]] for index in range(32)]
    variants: dict[str, dict[str, Any]] = {
        "plain": {},
        "negatives": {"negatives": others},
        "dimensions": {"matryoshkaDimensions": [64]},
    }
    one_step = {"maxSteps": 1, "lora": WITHOUT_DROPOUT}
    started = {
        name: start(launch, dropless_model, tmp_path / name, **one_step, **variant)
        for name, variant in variants.items()
    }
    losses = {}
    for name, process in started.items():
        assert process.wait() == 0, process.log()
        losses[name] = process.events("metrics")[0]["metrics"]["train/loss"]
    # The same batch with twice the passages to tell the positive from.
    assert losses["negatives"] > losses["plain"]
    # Both dimensions' losses are summed, and the shorter vectors' is not much the smaller.
    assert losses["dimensions"] > 1.5 * losses["plain"]


@pytest.mark.parametrize("loss", ["mnrl", "cached-mnrl"])
def test_dimension_that_is_not_leading_is_an_invalid_job(
    launch: Launch, shallow_model: Path, tmp_path: Path, loss: str
) -> None:
    process = launch(train_job(shallow_model, tmp_path, loss=loss, matryoshkaDimensions=[64, 384]), tmp_path)
    assert process.wait() == 64
    (failed,) = process.events("failed")
    assert failed["error"] == "InvalidJob"
    assert failed["message"].startswith("training.matryoshkaDimensions: 384 is not less than the model's 384")


def test_gradient_checkpointing_changes_no_bit(
    launch: Launch, shallow_model: Path, undisturbed: Path, tmp_path: Path
) -> None:
    checkpoint = undisturbed / "checkpoints/step-00000012"
    process = launch(train_job(shallow_model, tmp_path, checkpoint, gradientCheckpointing=True), tmp_path)
    assert process.wait() == 0, process.log()
    assert digests(tmp_path / "output") == digests(undisturbed / "output")


def _tf32_settings() -> list[tuple[str, bool]]:
    import torch

    from veille_trainer.device import set_tf32

    settings = []
    for device, allowed in (("cpu", True), ("cuda", True), ("cuda", False), ("cpu", True)):
        set_tf32(allowed, torch.device(device))
        settings.append((torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32))
    return settings


def test_tf32_is_set_for_a_gpu_and_left_alone_on_a_cpu() -> None:
    before, allowed, forbidden, after = in_trainer(_tf32_settings)
    assert before[0] == "highest"
    assert allowed == ("high", True)
    assert forbidden == after == ("highest", False)
