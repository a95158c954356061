"""Adds a trained LoRA adapter to a model, and merges it into the model's own weights."""

from __future__ import annotations

import torch
from peft.tuners.tuners_utils import BaseTunerLayer
from sentence_transformers import SentenceTransformer

from .failures import InvalidData


def add_trained_adapter(model: SentenceTransformer, folder: str) -> None:
    """Put the adapter in `folder` on the model's transformer.

    Raises:
        InvalidData: The folder is not an adapter, or not one for this model.
    """
    try:
        info = model.load_adapter(folder)
    except (OSError, ValueError, RuntimeError) as cause:
        raise InvalidData(f"adapter: can't load {folder} onto the model: {cause}") from cause
    stray = [*info.missing_keys, *info.unexpected_keys]
    if stray:
        raise InvalidData(f"adapter: {folder} is of another model: {len(stray)} weights differ in name, as {stray[0]}")


def merge_adapter(model: SentenceTransformer) -> None:
    """Fold every adapter layer into the layer beneath it, and take it away; without an adapter, do nothing.

    The sum is taken in float64 and rounded once, so that it is the same on every processor.
    """
    transformer = model.transformers_model
    layers = {name: module for name, module in transformer.named_modules() if isinstance(module, BaseTunerLayer)}
    for name, layer in layers.items():
        layer.to(torch.float64)
        layer.merge(safe_merge=True)
        transformer.set_submodule(name, layer.get_base_layer().to(torch.float32))
    if layers:
        del transformer.peft_config
        transformer._hf_peft_config_loaded = False
