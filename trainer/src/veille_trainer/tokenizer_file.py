"""Writes the tokenizer that the model is used with."""

from __future__ import annotations

from pathlib import Path

from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer

from .failures import InvalidData

TOKENIZER_FILE = "tokenizer.json"


def write_tokenizer(model: SentenceTransformer, output: Path) -> Path:
    """Write tokenizer.json without truncation or padding, which are the caller's to choose; return its path.

    Raises:
        InvalidData: The model's tokenizer has no tokenizer.json form.
    """
    backend = getattr(model.tokenizer, "backend_tokenizer", None)
    if not isinstance(backend, Tokenizer):
        raise InvalidData(f"The model's {type(model.tokenizer).__name__} has no fast form, so no tokenizer.json")
    plain = Tokenizer.from_str(backend.to_str())
    plain.no_truncation()
    plain.no_padding()
    path = output / TOKENIZER_FILE
    path.write_text(plain.to_str(pretty=True) + "\n", encoding="utf-8")
    return path
