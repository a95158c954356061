"""Loads a sentence-transformers folder and says how many tokens its position embeddings allow."""

from __future__ import annotations

from pickle import UnpicklingError

import torch
from safetensors import SafetensorError
from sentence_transformers import SentenceTransformer
from torch import nn

from .failures import InvalidData, InvalidJob, quoted
from .memory import is_out_of_memory
from .probe_texts import PROBE_TEXTS

# A tokenizer of another model, or one made without its files, has far fewer words than the weights have rows for.
# Tables are often padded, and a few tokens more than there are words.
_LEAST_VOCABULARY = 0.5
# A tokenizer that knows none of the probe's words reads all texts alike.
_MOST_UNKNOWN = 0.9


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
        # On the CPU first: what goes wrong on the way to a GPU is no fault of the folder.
        model = SentenceTransformer(folder, device="cpu", local_files_only=True, model_kwargs=options)
    except UnpicklingError as cause:
        # PyTorch's own words advise to allow what is refused here.
        raise InvalidData(
            f"Can't load {folder}: its pickled weights (pytorch_model.bin) are not whole, or hold something else than "
            "tensors, which is refused since it could run code; take weights in safetensors"
        ) from cause
    except SafetensorError as cause:
        raise InvalidData(f"Can't load {folder}: its weights are no whole safetensors file: {cause}") from cause
    except ImportError:
        raise
    except Exception as cause:
        # A module without its configuration is a TypeError, weights of another shape a RuntimeError: no repetition
        # mends what is wrong with a folder.
        if is_out_of_memory(cause):
            raise
        what = str(cause) or type(cause).__name__
        raise InvalidData(f"Can't load {folder} as a sentence-transformers folder: {what}") from cause
    check_tokenizer(model, folder)
    model.to(device)
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


def check_tokenizer(model: SentenceTransformer, folder: str) -> None:
    """Check that the tokenizer belongs to the weights and reads texts from their beginning.

    Raises:
        InvalidData: It does not.
    """
    tokenizer = model.tokenizer
    words = tokenizer.get_vocab()
    rows = model.transformers_model.get_input_embeddings().num_embeddings
    largest = max(words.values(), default=0)
    if largest >= rows:
        name = next(word for word, number in words.items() if number == largest)
        raise InvalidData(
            f"The tokenizer in {folder} is not of this model: its token {quoted(name)} has the number {largest}, and "
            f"the weights have {rows} rows"
        )
    if len(words) < _LEAST_VOCABULARY * rows:
        raise InvalidData(
            f"The tokenizer in {folder} is not of this model: it has {len(words)} tokens, and the weights have {rows} "
            "rows; copy the model's own tokenizer files there"
        )
    unknown, total = count_unknown(model)
    if unknown >= _MOST_UNKNOWN * total:
        raise InvalidData(
            f"The tokenizer in {folder} knows {total - unknown} of {total} tokens in texts that are probed: copy the "
            "model's own tokenizer files there"
        )
    if getattr(tokenizer, "truncation_side", "right") == "left":
        raise InvalidData(
            f'The tokenizer in {folder} cuts long texts at their beginning: set truncation_side to "right" in its '
            "tokenizer_config.json"
        )


def count_unknown(model: SentenceTransformer) -> tuple[int, int]:
    """Return how many tokens of the probe texts the tokenizer does not know, and how many there are."""
    tokenizer = model.tokenizer
    encoded = tokenizer(list(PROBE_TEXTS), add_special_tokens=False, padding=False, truncation=False)
    tokens = [token for ids in encoded["input_ids"] for token in ids]
    return sum(token == tokenizer.unk_token_id for token in tokens), len(tokens)


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
