"""Compares the exported files, used as the encoder worker uses them, with sentence-transformers in float32."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer

from .encoder_graph import INPUTS, OUTPUT
from .encoder_precision import EncoderPrecision
from .failures import InvalidData, InvalidJob, TrainerFailure
from .probe_texts import PROBE_TEXTS

# Export errors are a thousand times larger; in float32 the order of sums alone makes about 2e-7. With 8-bit integers
# small models keep a cosine of 0.98 to 0.99.
_LEAST_COSINE: dict[EncoderPrecision, float] = {"fp32": 0.999999, "fp16": 0.9999, "int8": 0.9}
_LARGEST_DIFFERENCE: dict[EncoderPrecision, float] = {"fp32": 1e-4, "fp16": 1e-2, "int8": 0.5}
_BATCH_SIZE = 4


class Parity(NamedTuple):
    """How near the exported embeddings are to PyTorch's, over the probe texts."""

    # Largest absolute difference of an element.
    max_difference: float
    min_cosine: float
    mean_cosine: float


def reference_embeddings(model: SentenceTransformer) -> NDArray[np.float32]:
    """Return the probe texts' unit vectors, float32 [texts, dimensions], as sentence-transformers computes them."""
    return model.encode(list(PROBE_TEXTS), batch_size=_BATCH_SIZE, show_progress_bar=False, normalize_embeddings=True)


def measure_parity(
    graph: Path,
    tokenizer: Path,
    max_seq_length: int,
    pad_token: int,
    reference: NDArray[np.float32],
    precision: EncoderPrecision,
) -> Parity:
    """Return how near the exported files' result is to `reference`, float32 [texts, dimensions].

    Texts go in their own order, so that short ones are padded to the length of long ones; with int8 each goes alone,
    since the others would move the range that its activations are quantised by.

    Raises:
        InvalidJob: It is not near enough for its precision, and a higher one is.
        InvalidData: It is not near enough in float32: the model has something that the graph does not compute.
    """
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    encoder = Tokenizer.from_file(str(tokenizer))
    encoder.enable_truncation(max_seq_length)
    encoder.enable_padding(pad_id=pad_token)
    batch_size = 1 if precision == "int8" else _BATCH_SIZE
    results = []
    for start in range(0, len(PROBE_TEXTS), batch_size):
        encodings = encoder.encode_batch(list(PROBE_TEXTS[start : start + batch_size]))
        ids = np.array([encoding.ids for encoding in encodings], dtype=np.int64)
        mask = np.array([encoding.attention_mask for encoding in encodings], dtype=np.int64)
        results += session.run([OUTPUT], dict(zip(INPUTS, (ids, mask), strict=True)))
    embeddings = np.concatenate(results)
    # Both are unit vectors.
    cosines = (embeddings.astype(np.float64) * reference).sum(axis=1)
    difference = float(np.abs(embeddings - reference).max())
    parity = Parity(difference, float(cosines.min()), float(cosines.mean()))
    # Written so that a NaN fails too.
    if not (difference <= _LARGEST_DIFFERENCE[precision] and parity.min_cosine >= _LEAST_COSINE[precision]):
        raise failure_of(parity, precision)
    return parity


def failure_of(parity: Parity, precision: EncoderPrecision) -> TrainerFailure:
    """Return the failure for a parity that is not near enough, with what helps at this precision."""
    what = (
        f"the exported {precision} encoder differs from PyTorch by {parity.max_difference:.3g} in an element and has a "
        f"cosine of {parity.min_cosine:.6f} with it, where at most {_LARGEST_DIFFERENCE[precision]:g} and at least "
        f"{_LEAST_COSINE[precision]:g} are allowed"
    )
    if precision == "fp32":
        return InvalidData(
            f"{what}: its modules or its tokenizer do something that the exported files do not; take another model, or "
            "report this one"
        )
    return InvalidJob(f"embedding.precision: {what}: this model needs fp32")


def describe_parity(parity: Parity) -> dict[str, float]:
    """Return it as encoder.json holds it, in whole millionths: further digits depend on the processor."""
    return {
        "maxDifference": math.ceil(parity.max_difference * 1e6) / 1e6,
        "minCosine": round(parity.min_cosine, 6),
        "meanCosine": round(parity.mean_cosine, 6),
    }
