"""sentence-transformers' `mine_hard_negatives` on given embeddings, and the random places that numpy draws a row."""

from __future__ import annotations

import numpy as np
import torch
from datasets import Dataset
from sentence_transformers.util import cos_sim, mine_hard_negatives, pairwise_cos_sim

from vectors.encoding import float32_base64
from vectors.similarity import unit_rows

PASSAGES = 64
DIMENSIONS = 12
# Every eighth row asks what the row before asked.
QUERY_OF_ROW = [row - (row % 8 == 7) for row in range(80)]
POSITIVE_OF_ROW = [row % PASSAGES for row in range(80)]


class FixedEmbeddings:
    """A model that knows the embeddings of its texts, with as much of SentenceTransformer as mining calls."""

    device = torch.device("cpu")
    similarity = staticmethod(cos_sim)
    similarity_pairwise = staticmethod(pairwise_cos_sim)

    def __init__(self, queries: dict[str, np.ndarray], passages: dict[str, np.ndarray]) -> None:
        self.queries = queries
        self.passages = passages

    def encode_query(self, texts: list[str], **_: object) -> np.ndarray:
        """Float32 [texts, dimensions]."""
        return np.stack([self.queries[text] for text in texts])

    def encode_document(self, texts: list[str], **_: object) -> np.ndarray:
        """Float32 [texts, dimensions]."""
        return np.stack([self.passages[text] for text in texts])


def peer_negatives(
    queries: np.ndarray, passages: np.ndarray, options: dict[str, float]
) -> dict[tuple[int, int], list[int]]:
    """Passages that the peer takes for each query and positive, nearest first; none for those it leaves out."""
    rows = {
        "query": [str(query) for query in QUERY_OF_ROW],
        "positive": [str(positive) for positive in POSITIVE_OF_ROW],
    }
    model = FixedEmbeddings(*({str(i): row for i, row in enumerate(matrix)} for matrix in (queries, passages)))
    mined = mine_hard_negatives(
        Dataset.from_dict(rows),
        model,
        range_min=options["rangeMin"],
        range_max=options["rangeMax"],
        relative_margin=options["relativeMargin"],
        num_negatives=options["numNegatives"],
        output_format="labeled-list",
        verbose=False,
    )
    return {
        (int(row["query"]), int(row["positive"][0])): [int(passage) for passage in row["positive"][1:]] for row in mined
    }


def is_comparable(row: int, cosines: np.ndarray, options: dict[str, float]) -> bool:
    """Whether both definitions say the same for a row with these cosines to all passages.

    The peer has one threshold a query, by its least similar positive, where ours has one a row; and it counts ranks
    after it has taken out what is too near, where ours counts them before.
    """
    answers = {POSITIVE_OF_ROW[other] for other, query in enumerate(QUERY_OF_ROW) if query == QUERY_OF_ROW[row]}
    positive = cosines[POSITIVE_OF_ROW[row]]
    if positive > min(cosines[list(answers)]):
        return False
    others = np.delete(cosines, list(answers))
    return options["rangeMin"] == 0 or bool(others.max() < positive - abs(positive) * options["relativeMargin"])


def case(noise: float, **options: float) -> dict[str, object]:
    """One part and what the peer mines in it; None for a row that is not comparable."""
    rng = np.random.default_rng(11)
    passages = unit_rows(rng.standard_normal((PASSAGES, DIMENSIONS)))
    queries = unit_rows(passages[POSITIVE_OF_ROW] + noise * rng.standard_normal((len(QUERY_OF_ROW), DIMENSIONS)))
    mined = peer_negatives(queries, passages, options)
    negatives = [
        mined.get((query, positive), []) if is_comparable(row, passages @ queries[query], options) else None
        for row, (query, positive) in enumerate(zip(QUERY_OF_ROW, POSITIVE_OF_ROW, strict=True))
    ]
    return {
        "options": options,
        "dimensions": DIMENSIONS,
        "queries": float32_base64(queries),
        "passages": float32_base64(passages),
        "queryOfRow": QUERY_OF_ROW,
        "positiveOfRow": POSITIVE_OF_ROW,
        "negatives": negatives,
    }


def draw(seed: int, row: int) -> dict[str, object]:
    """Five distinct places out of 40."""
    places = np.random.default_rng([seed, row]).choice(40, 5, replace=False)
    return {"seed": seed, "row": row, "places": places.tolist()}


def hard_negatives() -> dict[str, object]:
    """Cases of the settings that both have; the last one has ranks left out, and little noise for it."""
    return {
        "cases": [
            case(0.5, numNegatives=3, rangeMin=0, rangeMax=20, relativeMargin=0.05),
            case(1.5, numNegatives=2, rangeMin=0, rangeMax=60, relativeMargin=0.2),
            case(1.5, numNegatives=1, rangeMin=0, rangeMax=60, relativeMargin=0),
            case(0.1, numNegatives=4, rangeMin=7, rangeMax=30, relativeMargin=0.05),
        ],
        "draws": [draw(42, 0), draw(42, 1), draw(0, 0), draw(0, 37_000), draw(2**32 - 1, 2**31)],
    }
