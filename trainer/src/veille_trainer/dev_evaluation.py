"""Retrieval metrics on the dev rows, by which the best checkpoint is chosen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from sentence_transformers import SentenceTransformer
from torch.nn.functional import normalize

from .rows import Pairs

SELECTION_METRIC = "dev/ndcg@10"
# Texts a forward pass: sentence-transformers' default, which suits a CPU, and what keeps a GPU busy.
_BATCH_SIZE = {"cpu": 32, "cuda": 128}
# Queries scored at a time, which bounds the score matrix to this many rows of the corpus's size.
_QUERY_BLOCK = 1024


class DevEvaluation:
    """Ranks the unique positives of some pairs for each of their queries, by cosine similarity.

    Args:
        pairs: The dev rows.
        dimensions: Numbers of leading dimensions to measure on their own too.
        report_seconds: Least time between two reports of being at work.
    """

    def __init__(self, pairs: Pairs, dimensions: Sequence[int] = (), report_seconds: float = 1.0) -> None:
        self.queries = pairs.queries
        # Passages that differ in white space alone are one, spelled as it was seen first.
        names = [" ".join(text.split()) for text in pairs.positives]
        spelled: dict[str, str] = {}
        for name, text in zip(names, pairs.positives, strict=True):
            spelled.setdefault(name, text)
        self.corpus = list(spelled.values())
        position = {name: index for index, name in enumerate(spelled)}
        self.positive = torch.tensor([position[name] for name in names])
        self._dimensions = dimensions
        self._report_seconds = report_seconds

    def measure(self, model: SentenceTransformer, report: Callable[[], None]) -> dict[str, float]:
        """Return `dev/ndcg@10`, `dev/mrr@10` and `dev/r@{1,5,10}` of `model`, and `dev/ndcg@10_dim=<d>`.

        `report` is called again and again, after a forward pass: it tells a long evaluation from a hung one.
        """
        with _after_forward_passes(model, report, self._report_seconds):
            queries, corpus = _encode(model, self.queries), _encode(model, self.corpus)
        positive = self.positive.to(queries.device)
        metrics = retrieval_metrics(positive_ranks(queries, corpus, positive))
        for count in self._dimensions:
            ranks = positive_ranks(_leading(queries, count), _leading(corpus, count), positive)
            metrics[f"{SELECTION_METRIC}_dim={count}"] = retrieval_metrics(ranks)[SELECTION_METRIC]
        return metrics


def positive_ranks(queries: torch.Tensor, corpus: torch.Tensor, positive: torch.Tensor) -> torch.Tensor:
    """Return the rank, from 1, of each query's positive; of equal scores the earlier passage ranks higher.

    Args:
        queries: Unit vectors, float32 [n, d].
        corpus: Unit vectors, float32 [m, d].
        positive: Row of each query's positive in `corpus`, int64 [n].
    """
    order = torch.arange(len(corpus), device=corpus.device)
    ranks = []
    for start in range(0, len(queries), _QUERY_BLOCK):
        block = slice(start, start + _QUERY_BLOCK)
        scores = queries[block] @ corpus.T
        own_row = positive[block].unsqueeze(1)
        own = scores.gather(1, own_row)
        ahead = (scores > own) | ((scores == own) & (order < own_row))
        ranks.append(1 + ahead.sum(dim=1))
    return torch.cat(ranks).cpu()


def retrieval_metrics(ranks: torch.Tensor) -> dict[str, float]:
    """Return the metrics of int64 [n] `ranks`, each query having exactly one relevant passage.

    With one relevant passage the ideal DCG is 1, so that nDCG@10 is 1 / log2(1 + rank) within the first ten
    (Järvelin & Kekäläinen 2002).
    """
    exact = ranks.double()
    within_ten = ranks <= 10
    return {
        SELECTION_METRIC: torch.where(within_ten, 1 / torch.log2(1 + exact), 0.0).mean().item(),
        "dev/mrr@10": torch.where(within_ten, 1 / exact, 0.0).mean().item(),
        **{f"dev/r@{k}": (ranks <= k).double().mean().item() for k in (1, 5, 10)},
    }


def _leading(vectors: torch.Tensor, count: int) -> torch.Tensor:
    return normalize(vectors[:, :count], dim=1)


@contextmanager
def _after_forward_passes(model: SentenceTransformer, report: Callable[[], None], seconds: float) -> Iterator[None]:
    reported = time.monotonic()

    def after_forward(*_: object) -> None:
        nonlocal reported
        if time.monotonic() - reported >= seconds:
            report()
            reported = time.monotonic()

    hook = model.register_forward_hook(after_forward)
    try:
        yield
    finally:
        hook.remove()


def _encode(model: SentenceTransformer, texts: Sequence[str]) -> torch.Tensor:
    return model.encode(
        list(texts),
        batch_size=_BATCH_SIZE[model.device.type],
        show_progress_bar=False,
        convert_to_tensor=True,
        normalize_embeddings=True,
    )
