"""Builds the loss that the job's recipe names."""

from __future__ import annotations

from typing import Any

from sentence_transformers import SentenceTransformer
from sentence_transformers.losses import (
    CachedMultipleNegativesRankingLoss,
    MatryoshkaLoss,
    MultipleNegativesRankingLoss,
)
from torch import nn

from .failures import InvalidJob

_DEFAULT_MICRO_BATCH = 32


def make_loss(model: SentenceTransformer, job: dict[str, Any]) -> nn.Module:
    """Return the in-batch negatives loss, plain or gradient-cached, over the leading dimensions too if asked.

    With several processes a query's negatives are the passages of all of them: the batch is the global one.

    Raises:
        InvalidJob: A Matryoshka dimension is not less than the model's.
    """
    training = job["training"]
    options = {"scale": training["scale"], "gather_across_devices": training["processes"] > 1}
    micro_batch = micro_batch_size(job)
    if micro_batch is None:
        loss = MultipleNegativesRankingLoss(model, **options)
    else:
        loss = CachedMultipleNegativesRankingLoss(model, mini_batch_size=micro_batch, **options)
    leading = training["matryoshkaDimensions"]
    if leading is None:
        return loss
    whole = model.get_embedding_dimension()
    if max(leading) >= whole:
        raise InvalidJob(
            f"training.matryoshkaDimensions: {max(leading)} is not less than the model's {whole} dimensions, "
            "which are trained in any case"
        )
    return MatryoshkaLoss(model, loss, [whole, *leading])


def micro_batch_size(job: dict[str, Any]) -> int | None:
    """Return how many texts of a column a forward pass takes, None for the whole batch."""
    training = job["training"]
    if job["memoryMicroBatch"] is not None or training["loss"] == "mnrl":
        return job["memoryMicroBatch"]
    return training["microBatchSize"] or _DEFAULT_MICRO_BATCH
