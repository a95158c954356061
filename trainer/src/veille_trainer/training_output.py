"""Writes the trained weights so that the same weights have the same bytes on every machine."""

from __future__ import annotations

import json
import shutil
from enum import Enum
from pathlib import Path

from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer

ADAPTER_FOLDER = "adapter"
MODEL_FOLDER = "model"


def write_adapter(model: SentenceTransformer, output: Path) -> None:
    """Write `adapter/` as PEFT reads it: adapter_model.safetensors and adapter_config.json."""
    folder = _fresh(output / ADAPTER_FOLDER)
    # PEFT's own writer prefixes names so, for `PeftModel.from_pretrained`.
    weights = {
        f"base_model.model.{name}": tensor.detach().cpu().contiguous()
        for name, tensor in model.get_adapter_state_dict().items()
    }
    save_file(weights, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    modules = model.transformers_model.named_modules()
    config = model.transformers_model.peft_config["default"].to_dict() | {
        "inference_mode": True,
        # The base model's folder is a path of this machine; whoever loads the adapter names the base.
        "base_model_name_or_path": None,
        # In full: PEFT shortens the names to suffixes that depend on the order in which a set was walked.
        "target_modules": sorted(name for name, module in modules if isinstance(module, BaseTunerLayer)),
    }
    text = json.dumps(config, indent=2, sort_keys=True, default=_plain)
    (folder / "adapter_config.json").write_text(text + "\n", encoding="utf-8")


def write_model(model: SentenceTransformer, output: Path) -> None:
    """Write `model/`, a complete sentence-transformers folder without a model card, which would hold a date."""
    model.save_pretrained(str(_fresh(output / MODEL_FOLDER)), create_model_card=False)


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"The LoRA configuration holds a {type(value).__name__}, which JSON has no form for")
