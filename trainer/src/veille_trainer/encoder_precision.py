"""The arithmetic of an exported encoder: float32, float16 for GPUs, or 8-bit integers for CPUs."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Transformer

from .graph_file import GRAPH_FILE, WEIGHTS_FILE, rewrite_graph

EncoderPrecision = Literal["fp32", "fp16", "int8"]


def halve_transformer(model: SentenceTransformer) -> None:
    """Turn the transformer's weights, and so its products, into float16; what comes after it stays in float32."""
    for module in model.children():
        if isinstance(module, Transformer):
            module.half()


def quantize_graph(path: Path) -> None:
    """Replace the products with weights in the graph at `path` by products of 8-bit integers, in place.

    Weights are quantised by output channel, activations by the range of the batch at hand (dynamic quantisation,
    https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html). Weights get 7 bits only: with 8,
    16-bit sums overflow on processors without VNNI, and the same model would give other embeddings there.
    """
    # It recommends a preparation that this graph has been through already.
    logging.getLogger().setLevel(logging.ERROR)
    with TemporaryDirectory(dir=path.parent) as scratch:
        # Weights are appended to a file that is there already.
        quantized = Path(scratch) / GRAPH_FILE
        quantize_dynamic(
            path,
            quantized,
            op_types_to_quantize=["MatMul", "Gemm"],
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            use_external_data_format=True,
        )
        for name in (GRAPH_FILE, WEIGHTS_FILE):
            os.replace(quantized.with_name(name), path.with_name(name))
    rewrite_graph(onnx.load(path, load_external_data=False), path)
