"""A model of BGE-M3's shape with few layers and random weights, in the files that BAAI/bge-m3's main branch has."""

from __future__ import annotations

from pathlib import Path

from e5_small import build_tokenizer, open_package
from model_folder import write_modules, write_tokenizer

POSITIONS = 8192
_PIECES = 250_002


def build(folder: Path, layers: int, hidden: int = 1024) -> None:
    """Write the folder: BGE-M3 itself has 24 layers, 1,024 dimensions and 2.27 GB.

    Sizes within a layer follow `hidden` as they do there; vocabulary and positions are its own whatever the width.
    """
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaModel

    torch.manual_seed(0)
    config = XLMRobertaConfig(
        architectures=["XLMRobertaModel"],
        vocab_size=_PIECES,
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=16,
        intermediate_size=4 * hidden,
        max_position_embeddings=POSITIONS + 2,
        type_vocab_size=1,
        layer_norm_eps=1e-5,
        dtype=torch.float32,
        # Wider than usual: as they are drawn else, all texts' embeddings would be about the same.
        initializer_range=2 / hidden**0.5,
    )
    folder.mkdir(parents=True)
    config.save_pretrained(folder)
    torch.save(XLMRobertaModel(config).state_dict(), folder / "pytorch_model.bin")
    write_tokenizer(folder, build_tokenizer(open_package()), "XLMRobertaTokenizer", POSITIONS)
    write_modules(folder, "cls_token", hidden, POSITIONS)
