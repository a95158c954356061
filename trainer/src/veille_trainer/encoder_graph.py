"""Traces an encoder, pooling and normalisation included, into an ONNX graph of token ids and mask."""

from __future__ import annotations

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Dense, Normalize, Pooling, Transformer
from torch import nn

from .failures import InvalidData

INPUTS = ("input_ids", "attention_mask")
OUTPUT = "sentence_embedding"
OPSET = 18
_MOST_TEXTS = 4096


class EncoderGraph(nn.Module):
    """The model's own modules as one function: int64 [batch, sequence] twice → float32 [batch, dimensions]."""

    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__()
        self.steps = nn.ModuleList(model.children())

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Return unit vectors, whether or not the model has a module that normalises."""
        # Token type ids are left out: for a lone text they are zeros, which models take as the default.
        features = {"input_ids": input_ids, "attention_mask": attention_mask}
        for step in self.steps:
            is_mean = isinstance(step, Pooling) and step.pooling_mode == "mean"
            features = _mean_pooling(features) if is_mean else step(features)
            # Whatever precision the transformer has, sums over hundreds of tokens are taken in float32.
            features = {name: _at_least_float32(value) for name, value in features.items()}
        embedding = features[OUTPUT]
        if isinstance(self.steps[-1], Normalize):
            return embedding
        return nn.functional.normalize(embedding, p=2, dim=-1)


def _mean_pooling(features: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Do what the library's mean pooling does, with the sum over the tokens as a matrix product.

    ONNX Runtime adds the terms of a product in one order, those of a plain sum in an order that depends on the number
    of rows and of threads: an embedding's last bits would depend on its neighbours.
    """
    mask = features["attention_mask"].to(torch.float32)
    total = torch.bmm(mask.unsqueeze(1), features["token_embeddings"]).squeeze(1)
    return features | {OUTPUT: total / mask.sum(1, keepdim=True).clamp(min=1e-9)}


def _at_least_float32(value: torch.Tensor) -> torch.Tensor:
    return value.float() if torch.is_tensor(value) and value.dtype == torch.float16 else value


def pooling_of(model: SentenceTransformer) -> str:
    """Return the name of the model's pooling, such as "mean", or "cls+mean" where two are joined.

    Raises:
        InvalidData: The model has a module that has no place in the graph.
    """
    modules = list(model.children())
    for position, module in enumerate(modules):
        if not isinstance(module, Transformer | Pooling | Dense | Normalize):
            raise InvalidData(
                f"Module {position} of the model is a {type(module).__name__}; "
                "only Transformer, Pooling, Dense and Normalize can be exported"
            )
    poolings = [module for module in modules if isinstance(module, Pooling)]
    if len(poolings) != 1:
        raise InvalidData(f"The model has {len(poolings)} Pooling modules; exactly one can be exported")
    (pooling,) = poolings
    if not pooling.include_prompt:
        raise InvalidData("The model's Pooling leaves out the prompt (include_prompt: false), which a graph can't know")
    modes = pooling.pooling_mode
    return modes if isinstance(modes, str) else "+".join(modes)


def trace_graph(model: SentenceTransformer, max_seq_length: int) -> torch.onnx.ONNXProgram:
    """Trace `model` for 1 to 4,096 texts of 2 to `max_seq_length` tokens."""
    # Two rows: a dimension of size 1 would be taken for a constant.
    input_ids = torch.full((2, min(16, max_seq_length)), model.tokenizer.pad_token_id)
    attention_mask = torch.ones_like(input_ids)
    attention_mask[1, -1] = 0
    shape = {
        0: torch.export.Dim("batch", min=1, max=_MOST_TEXTS),
        1: torch.export.Dim("sequence", min=2, max=max_seq_length),
    }
    with torch.inference_mode():
        return torch.onnx.export(
            EncoderGraph(model).eval(),
            (input_ids, attention_mask),
            dynamo=True,
            opset_version=OPSET,
            input_names=list(INPUTS),
            output_names=[OUTPUT],
            dynamic_shapes=(shape, shape),
            verbose=False,
        )
