"""Compares the exported files, used as the encoder worker uses them, with sentence-transformers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer

from .encoder_graph import INPUTS, OUTPUT
from .probe_texts import PROBE_TEXTS

# Export errors are a thousand times larger; the order of sums alone makes about 2e-7.
TOLERANCE = 1e-4
_BATCH_SIZE = 4


class ParityError(Exception):
    """The graph's embeddings are not PyTorch's."""


def reference_embeddings(model: SentenceTransformer) -> NDArray[np.float32]:
    """Return the probe texts' unit vectors, float32 [texts, dimensions], as sentence-transformers computes them."""
    return model.encode(list(PROBE_TEXTS), batch_size=_BATCH_SIZE, show_progress_bar=False, normalize_embeddings=True)


def largest_difference(
    graph: Path, tokenizer: Path, max_seq_length: int, pad_token: int, reference: NDArray[np.float32]
) -> float:
    """Return the largest absolute difference of an element between the exported files' result and `reference`.

    Texts go in their own order, so that short ones are padded to the length of long ones.

    Raises:
        ParityError: It is larger than the tolerance.
    """
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    encoder = Tokenizer.from_file(str(tokenizer))
    encoder.enable_truncation(max_seq_length)
    encoder.enable_padding(pad_id=pad_token)
    results = []
    for start in range(0, len(PROBE_TEXTS), _BATCH_SIZE):
        encodings = encoder.encode_batch(list(PROBE_TEXTS[start : start + _BATCH_SIZE]))
        ids = np.array([encoding.ids for encoding in encodings], dtype=np.int64)
        mask = np.array([encoding.attention_mask for encoding in encodings], dtype=np.int64)
        results += session.run([OUTPUT], dict(zip(INPUTS, (ids, mask), strict=True)))
    difference = float(np.abs(np.concatenate(results) - reference).max())
    # Written so that a NaN fails too.
    if not difference <= TOLERANCE:
        raise ParityError(f"The exported encoder differs from PyTorch by {difference:.3g}, more than {TOLERANCE:g}")
    return difference
