"""sentence-transformers as the encoder's peer, and float32 matrix products as the machine's ceiling.

Usage: python encode_texts.py MODEL_FOLDER MAX_SEQ_LENGTH THREADS, then calls on standard input.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import onnx
import torch
from calls import Figures, serve
from onnx import TensorProto, helper, numpy_helper
from sentence_transformers import SentenceTransformer

MODEL_FOLDER, MAX_SEQ_LENGTH, THREADS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

torch.set_num_threads(THREADS)
model = SentenceTransformer(MODEL_FOLDER, device="cpu")
model.max_seq_length = MAX_SEQ_LENGTH


def encode(texts: str, batch_size: int, output: str) -> Figures:
    """Embeds a file of texts.

    Args:
        texts: JSON array of strings.
        batch_size: Texts a batch; sentence-transformers sorts them by length itself.
        output: File for the embeddings, float32 [texts, dimensions].

    Returns:
        The seconds that `SentenceTransformer.encode` took.
    """
    loaded = json.loads(Path(texts).read_text())
    start = time.perf_counter()
    embeddings = model.encode(loaded, batch_size=batch_size, normalize_embeddings=True, show_progress_bar=False)
    seconds = time.perf_counter() - start
    embeddings.astype("<f4").tofile(output)
    return {"seconds": seconds}


def multiply(size: int, products: int) -> Figures:
    """Multiplies square float32 matrices with PyTorch.

    Args:
        size: Rows and columns.
        products: How many products are timed, after one that is not.
    """
    a, b = torch.randn(size, size), torch.randn(size, size)
    torch.matmul(a, b)
    start = time.perf_counter()
    for _ in range(products):
        torch.matmul(a, b)
    return {"seconds": time.perf_counter() - start}


def write_product(size: int, output: str) -> Figures:
    """Writes an ONNX graph of one product, x [size, size] by a constant of that shape, as a dense layer has it."""
    weights = np.random.default_rng(0).standard_normal((size, size), dtype=np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "weights"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [size, size])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [size, size])],
        [numpy_helper.from_array(weights, "weights")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), output)
    return {}


serve({"encode": encode, "multiply": multiply, "writeProduct": write_product})
