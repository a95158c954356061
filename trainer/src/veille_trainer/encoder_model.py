"""Loads a sentence-transformers folder and says how many tokens its position embeddings allow."""

from __future__ import annotations

from pickle import UnpicklingError

import torch
from safetensors import SafetensorError
from sentence_transformers import SentenceTransformer
from torch import nn

from .failures import InvalidData, InvalidJob


def load_encoder(
    folder: str, device: torch.device, max_seq_length: int, field: str, attention: str | None = None
) -> SentenceTransformer:
    """Load an encoder in float32, truncating to `max_seq_length` tokens.

    Args:
        folder: A complete sentence-transformers folder; nothing is downloaded.
        device: Where its weights go.
        max_seq_length: Tokens a text is truncated to, special tokens included.
        field: The job's field that `max_seq_length` came from, for the message.
        attention: The attention implementation, or None for the library's choice.

    Raises:
        InvalidData: The folder is not a model that the library can load.
        InvalidJob: The model has fewer positions than `max_seq_length`.
    """
    # Weights that are pickled (pytorch_model.bin) are read by the unpickler that knows tensors only.
    options = {"dtype": torch.float32, "attn_implementation": attention, "weights_only": True}
    try:
        model = SentenceTransformer(folder, device=str(device), local_files_only=True, model_kwargs=options)
    except (OSError, ValueError, KeyError) as cause:
        raise InvalidData(f"Can't load {folder} as a sentence-transformers folder: {cause}") from cause
    except UnpicklingError as cause:
        # PyTorch's own words advise to allow what is refused here.
        raise InvalidData(
            f"Can't load {folder}: its pickled weights (pytorch_model.bin) are not whole, or hold something else than "
            "tensors, which is refused since it could run code; take weights in safetensors"
        ) from cause
    except SafetensorError as cause:
        raise InvalidData(f"Can't load {folder}: its weights are no whole safetensors file: {cause}") from cause
    positions = position_count(model)
    if positions is not None and max_seq_length > positions:
        raise InvalidJob(
            f"{field}: {max_seq_length} tokens are more than the {positions} positions of the model in {folder}; "
            f"use at most {positions}"
        )
    model.max_seq_length = max_seq_length
    # The job's prefixes are already in the texts; a prompt of the model's own would come on top of them.
    model.default_prompt_name = None
    return model


def position_count(model: SentenceTransformer) -> int | None:
    """Return the most tokens a text may have, or None where the configuration sets no limit.

    RoBERTa's family numbers its positions from `padding_idx + 1` on, so a table of 514 holds 512 tokens.
    """
    transformer = model.transformers_model
    positions = getattr(transformer.config, "max_position_embeddings", None)
    table = getattr(getattr(transformer, "embeddings", None), "position_embeddings", None)
    if isinstance(table, nn.Embedding) and table.padding_idx is not None:
        return table.num_embeddings - table.padding_idx - 1
    return positions
