"""Writes what a sentence-transformers folder has around its weights, as the repositories of the hub have it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# As XLM-RoBERTa's tokenizer has them.
_SPECIAL_TOKENS = {
    "bos_token": "<s>",
    "eos_token": "</s>",
    "unk_token": "<unk>",
    "pad_token": "<pad>",
    "cls_token": "<s>",
    "sep_token": "</s>",
    "mask_token": "<mask>",
}
_MODULES = ("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize")
_POOLING_MODES = "cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens"


def write_tokenizer(folder: Path, tokenizer: Tokenizer, kind: str, positions: int) -> None:
    """Write tokenizer.json and its configuration; `kind` is the class that transformers makes of them."""
    tokenizer.save(str(folder / "tokenizer.json"))
    _write(
        folder / "tokenizer_config.json", {"tokenizer_class": kind, "model_max_length": positions, **_SPECIAL_TOKENS}
    )
    _write(folder / "special_tokens_map.json", _SPECIAL_TOKENS)


def write_modules(folder: Path, pooling: str, dimensions: int, positions: int) -> None:
    """Write the list of modules and their configuration, in the form that older versions of the library wrote.

    There is no folder 2_Normalize: Git keeps no empty ones, so repositories have none.

    Args:
        folder: Where the transformer lies.
        pooling: "cls_token" or "mean_tokens".
        dimensions: Of an embedding.
        positions: Tokens of the longest text.
    """
    modules = [
        {"idx": index, "name": str(index), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for index, (kind, path) in enumerate(_MODULES)
    ]
    _write(folder / "modules.json", modules)
    _write(folder / "sentence_bert_config.json", {"max_seq_length": positions, "do_lower_case": False})
    versions = {"sentence_transformers": "2.2.2", "transformers": "4.33.0", "pytorch": "2.1.2+cu121"}
    _write(folder / "config_sentence_transformers.json", {"__version__": versions})
    (folder / "1_Pooling").mkdir()
    modes = {f"pooling_mode_{mode}": mode == pooling for mode in _POOLING_MODES}
    _write(folder / "1_Pooling/config.json", {"word_embedding_dimension": dimensions, **modes})


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
