"""Exports an encoder with its tokenizer, its description and a proof that it computes what PyTorch does."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from .device import determinism_flags
from .encoder_graph import INPUTS, OUTPUT, pooling_of, trace_graph
from .encoder_model import load_encoder
from .encoder_precision import halve_transformer, quantize_graph
from .events import EventStream
from .failures import EXIT_DONE
from .graph_file import write_graph
from .lora_merge import add_trained_adapter, merge_adapter
from .parity import describe_parity, measure_parity, reference_embeddings
from .tokenizer_file import write_tokenizer
from .versions import versions_of


class ExportedGraph(NamedTuple):
    """The files of an encoder, and what it takes to compare them with PyTorch once the model is out of memory."""

    graph: Path
    tokenizer: Path
    pad_token: int
    pooling: str
    # Unit vectors of the probe texts, float32 [texts, dimensions].
    reference: NDArray[np.float32]


def export_encoder(job: dict[str, Any], events: EventStream) -> int:
    """Write model.onnx with its weights, tokenizer.json and encoder.json, and return the process's exit code.

    Raises:
        TrainerFailure: The model or the adapter can't be loaded, or has a part that can't be exported, or the
            graph's embeddings are not near enough to PyTorch's.
    """
    precision, length = job["precision"], job["maxSeqLength"]
    versions = versions_of("torch", "transformers", "sentence-transformers", "peft", "onnx", "onnxruntime")
    started = {"device": "cpu", "precision": "fp32", "step": 0, "totalSteps": 0, "trainRows": 0}
    events.emit({"type": "started", "versions": versions, "determinism": determinism_flags(), **started})
    output = Path(job["output"])
    output.mkdir(parents=True, exist_ok=True)
    exported = _export_graph(job, output, events)
    # The traced program has cycles. What follows holds the weights again, and PyTorch's would be one copy too many.
    gc.collect()
    if precision == "int8":
        events.doing("quantising the graph")
        quantize_graph(exported.graph)
    events.doing("comparing with PyTorch")
    parity = measure_parity(
        exported.graph, exported.tokenizer, length, exported.pad_token, exported.reference, precision
    )
    info = {
        "dimensions": exported.reference.shape[1],
        "maxSeqLength": length,
        "pooling": exported.pooling,
        "normalized": True,
        "inputs": list(INPUTS),
        "output": OUTPUT,
        "padTokenId": exported.pad_token,
        "precision": precision,
        **describe_parity(parity),
    }
    (output / "encoder.json").write_text(json.dumps(info, indent=2) + "\n", encoding="utf-8")
    events.emit(
        {"type": "finished", "step": 0, "bestStep": None, "stoppedEarly": False, "metrics": describe_parity(parity)}
    )
    return EXIT_DONE


def _export_graph(job: dict[str, Any], output: Path, events: EventStream) -> ExportedGraph:
    events.doing("loading model")
    length = job["maxSeqLength"]
    # The plain formulation of attention: with "sdpa" the graph has a third more nodes, which guard against rows
    # that are masked altogether, and takes 7 % (128 tokens) to 12 % (256 tokens) longer in onnxruntime.
    model = load_encoder(job["model"], torch.device("cpu"), length, "maxSeqLength", attention="eager").eval()
    pooling = pooling_of(model)
    if job["adapter"] is not None:
        add_trained_adapter(model, job["adapter"])
    # Taken before merging, so that parity covers the merge too.
    reference = reference_embeddings(model)
    merge_adapter(model)
    if job["precision"] == "fp16":
        halve_transformer(model)
    events.doing("exporting the graph")
    graph = write_graph(trace_graph(model, length), output)
    return ExportedGraph(graph, write_tokenizer(model, output), model.tokenizer.pad_token_id, pooling, reference)
