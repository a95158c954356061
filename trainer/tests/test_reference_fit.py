"""The default recipe is what `SentenceTransformer.fit` does as the reference calls it: its losses and its weights."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

import veille_trainer
from conftest import Launch, latest_checkpoint, train_job, write_rows
from rows import PAIRS
from trainer_process import in_trainer

ROWS = 32
MEAN_DIFFERENCE = 2e-8
SCHEMA = Path(veille_trainer.__file__).parent / "schema/job.schema.json"
# What the reference names, and what makes a training small; all else is the default on both sides.
SMALL = {"batchSize": 4, "learningRate": 1e-3, "logSteps": 1, "checkpointSteps": 8}


def _training_schema(node: Any) -> dict[str, Any] | None:
    """The schema of a job's `training` section, wherever it stands in the schema of jobs."""
    if isinstance(node, dict):
        training = node.get("properties", {}).get("training")
        if training:
            return training["properties"]
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
    return next((found for found in map(_training_schema, children) if found), None)


def _default(schema: dict[str, Any]) -> Any:
    """A field's default; of a section, the defaults of its fields."""
    sections = [one for one in schema.get("anyOf", []) if one.get("type") == "object"]
    if "default" not in schema:
        return {name: _default(field) for name, field in sections[0]["properties"].items()}
    return schema["default"]


def _default_recipe() -> dict[str, Any]:
    fields = _training_schema(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert fields, "job.schema.json has no training section"
    return {name: _default(field) for name, field in fields.items()}


def _fit(job: dict[str, Any], folder: str) -> tuple[list[float], dict[str, np.ndarray]]:
    """Train as the reference does: MultipleNegativesRankingLoss, warm-up and cosine, everything else fit's default."""
    import torch
    from sentence_transformers import InputExample
    from sentence_transformers.losses import MultipleNegativesRankingLoss
    from torch.utils.data import DataLoader

    from veille_trainer.encoder_model import load_encoder
    from veille_trainer.recipe import make_trainable
    from veille_trainer.weights import trainable_weights

    losses: list[float] = []

    class RecordedLoss(MultipleNegativesRankingLoss):
        def forward(self, *arguments: Any, **named: Any) -> torch.Tensor:
            loss = super().forward(*arguments, **named)
            losses.append(loss.item())
            return loss

    # `fit` writes its checkpoints below the working directory.
    os.chdir(folder)
    training = job["training"]
    model = load_encoder(job["model"], torch.device("cpu"), job["maxSeqLength"], "maxSeqLength")
    # Which matrices are trained, and what they begin with, is no matter of `fit`.
    make_trainable(model, training)
    with open(job["trainRows"], encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    examples = [
        InputExample(texts=[job["queryPrefix"] + row["query"], job["passagePrefix"] + row["positive"]]) for row in rows
    ]
    # The loader of the reference shuffles before `fit` shuffles again; here both sides begin with the same rows.
    loader = DataLoader(examples, batch_size=training["batchSize"], drop_last=True)
    model.fit(
        train_objectives=[(loader, RecordedLoss(model))],
        epochs=1,
        scheduler="warmupcosine",
        warmup_steps=1,
        optimizer_params={"lr": training["learningRate"]},
        show_progress_bar=False,
    )
    return losses, {name: tensor.numpy() for name, tensor in trainable_weights(model).items()}


@pytest.mark.parametrize("lora", [True, False], ids=["LoRA", "whole model"])
def test_default_recipe_trains_as_fit_does(lora: bool, launch: Launch, shallow_model: Path, tmp_path: Path) -> None:
    recipe = _default_recipe() | SMALL | ({} if lora else {"lora": False, "learningRate": 1e-4})
    job = train_job(shallow_model, tmp_path) | {"training": recipe}
    write_rows(Path(job["trainRows"]), PAIRS[:ROWS])
    write_rows(Path(job["devRows"]), [])
    process = launch(job, tmp_path)
    assert process.wait() == 0, process.log()
    own_losses = [event["loss"] for event in process.events("progress") if event["loss"] is not None]
    own = load_file(latest_checkpoint(tmp_path) / "weights.safetensors")

    (tmp_path / "fit").mkdir()
    losses, weights = in_trainer(_fit, job, str(tmp_path / "fit"))
    assert len(losses) == ROWS // recipe["batchSize"]
    assert own_losses == pytest.approx(losses, abs=1e-6)
    assert set(own) == set(weights)
    # The library's loop takes PyTorch's fused AdamW, `fit` the plain one: last bits differ, and where a gradient is
    # next to nothing Adam makes more of them.
    apart = {name: np.abs(own[name] - tensor) for name, tensor in weights.items()}
    assert max(difference.max() for difference in apart.values()) < 1e-4
    mean = np.concatenate([difference.ravel() for difference in apart.values()]).mean()
    assert mean < MEAN_DIFFERENCE


def _fit_with(scheduler: str) -> str:
    import torch
    from sentence_transformers import SentenceTransformer

    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))])
    try:
        SentenceTransformer._get_scheduler(optimizer, scheduler=scheduler, warmup_steps=1, t_total=10)
    except ValueError as refusal:
        return str(refusal)
    return "taken"


def test_fit_knows_cosine_as_warmupcosine_alone() -> None:
    assert in_trainer(_fit_with, "cosine") == "Unknown scheduler cosine"
    assert in_trainer(_fit_with, "warmupcosine") == "taken"
