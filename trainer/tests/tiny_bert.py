"""A BERT of one layer and random weights, 60 kB: enough for what asks for a whole run and not for a good model."""

from __future__ import annotations

import json
from pathlib import Path

from model_folder import write_modules

POSITIONS = 64
_HIDDEN = 16
_SPECIAL_TOKENS = {"unk": "[UNK]", "pad": "[PAD]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}


def build(folder: Path) -> None:
    """Write the folder: the vocabulary is letters, digits and signs, each at a word's start and within one."""
    import torch
    from tokenizers.implementations import BertWordPieceTokenizer
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    signs = "abcdefghijklmnopqrstuvwxyz0123456789.,;:'’()-/%"
    pieces = [*_SPECIAL_TOKENS.values(), *signs, *(f"##{sign}" for sign in signs)]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    config = BertConfig(
        architectures=["BertModel"],
        vocab_size=len(pieces),
        hidden_size=_HIDDEN,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=2 * _HIDDEN,
        max_position_embeddings=POSITIONS,
        dtype=torch.float32,
        # Wider than usual: as they are drawn else, all texts' embeddings would be about the same.
        initializer_range=2 / _HIDDEN**0.5,
    )
    folder.mkdir(parents=True)
    BertModel(config).save_pretrained(folder)
    tokenizer = BertWordPieceTokenizer(vocabulary, strip_accents=True, lowercase=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    special = {f"{name}_token": token for name, token in _SPECIAL_TOKENS.items()}
    settings = {"tokenizer_class": "BertTokenizer", "model_max_length": POSITIONS, "do_lower_case": True, **special}
    for name, content in ("tokenizer_config.json", settings), ("special_tokens_map.json", special):
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    write_modules(folder, "mean_tokens", _HIDDEN, POSITIONS)
