"""Adds a LoRA adapter to the modules that the recipe names, and refuses names that would train nothing."""

from __future__ import annotations

from typing import Any

import torch
from peft import LoraConfig, TaskType
from peft.tuners.tuners_utils import BaseTunerLayer
from sentence_transformers import SentenceTransformer
from torch import nn

from .encoder_graph import OUTPUT
from .failures import InvalidJob, quoted

FIELD = "training.lora.targetModules"
# What a message names of a model's modules.
_MOST_NAMES = 12
_PROBE = "mot"


def add_adapter(model: SentenceTransformer, lora: dict[str, Any]) -> None:
    """Add a LoRA adapter by the `lora` section of a job.

    Raises:
        InvalidJob: A name fits no module of the model, or only such as no embedding depends on.
    """
    targets = lora["targetModules"]
    names = targets if isinstance(targets, list) else []
    # The adapter replaces the layers that it is added to.
    known = _linear_names(model)
    for name in names:
        if not any(_fits(path, name) for path, _ in model.transformers_model.named_modules()):
            raise InvalidJob(f"{FIELD}: the model has no module {quoted(name)}; it has {known}")
    config = LoraConfig(
        task_type=TaskType.FEATURE_EXTRACTION,
        r=lora["r"],
        lora_alpha=lora["alpha"],
        lora_dropout=lora["dropout"],
        target_modules=targets,
    )
    try:
        model.add_adapter(config)
    except ValueError as cause:
        raise InvalidJob(f"{FIELD}: {cause}; the model has {known}") from cause
    reached = _reached_layers(model)
    for name in names:
        if not any(_fits(path, name) for path in reached):
            raise InvalidJob(
                f"{FIELD}: {quoted(name)} would learn nothing: no embedding depends on it; the model has {known}"
            )


def _fits(path: str, name: str) -> bool:
    """Tell whether PEFT takes `name` for the module at `path`."""
    return path == name or path.endswith(f".{name}")


def _linear_names(model: SentenceTransformer) -> str:
    layers = (path for path, module in model.transformers_model.named_modules() if isinstance(module, nn.Linear))
    names = sorted({path.rpartition(".")[2] for path in layers})
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def _reached_layers(model: SentenceTransformer) -> list[str]:
    """Return the paths of the adapter's layers that get a gradient. Draws no random number."""
    was_training = model.training
    model.eval()
    with torch.enable_grad():
        tokens = model.tokenizer([_PROBE], return_tensors="pt").to(model.device)
        features = {"input_ids": tokens["input_ids"], "attention_mask": tokens["attention_mask"]}
        embedding = model(features)[OUTPUT]
        if embedding.requires_grad:
            embedding.sum().backward()
    layers = model.transformers_model.named_modules()
    reached = [
        path
        for path, layer in layers
        if isinstance(layer, BaseTunerLayer) and any(weight.grad is not None for weight in layer.parameters())
    ]
    model.zero_grad(set_to_none=True)
    model.train(was_training)
    return reached
