"""Writes an ONNX graph so that its bytes depend on the model alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx
import torch

GRAPH_FILE = "model.onnx"
WEIGHTS_FILE = "model.onnx.data"


def write_graph(program: torch.onnx.ONNXProgram, output: Path) -> Path:
    """Write model.onnx, and its weights as model.onnx.data beside it; return the former's path.

    The weights of a large model do not fit into the graph's file: a protobuf message ends at 2 GiB. Those of a small
    one go the same way, which takes less memory: the runtime maps the file where it would hold a copy in each session.
    """
    path = output / GRAPH_FILE
    program.save(path, external_data=True)
    rewrite_graph(onnx.load(path, load_external_data=False), path)
    return path


def rewrite_graph(model: onnx.ModelProto, path: Path) -> None:
    """Write `model` to `path`, with bytes that depend on what it computes alone."""
    remove_notes(model)
    path.write_bytes(model.SerializeToString(deterministic=True))


def remove_notes(model: onnx.ModelProto) -> None:
    """Drop what only tells where the graph came from: stack traces, file paths, exporter names, inferred shapes."""
    model.producer_name = model.producer_version = ""
    # The shapes of intermediate results, which every runtime infers anew.
    del model.graph.value_info[:]
    for part in _described(model):
        part.doc_string = ""
        del part.metadata_props[:]


def _described(model: onnx.ModelProto) -> Iterator[Any]:
    graph = model.graph
    yield from (model, graph, *model.functions)
    yield from (*graph.input, *graph.output, *graph.initializer, *graph.node)
    for function in model.functions:
        yield from function.node
