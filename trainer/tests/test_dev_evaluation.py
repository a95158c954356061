"""The dev metrics agree with sentence-transformers' own evaluator."""

from __future__ import annotations

import math

import pytest

from conftest import MODEL
from rows import PAIRS
from trainer_process import in_trainer

# Questions that share an answer, and more passages than ranks are counted.
ROWS = [*PAIRS[:30], (PAIRS[0][0] + " Et au prorata ?", PAIRS[1][1]), ("Et pour un chien ?", PAIRS[7][1])]


def _measure_both() -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    import torch
    from sentence_transformers.evaluation import InformationRetrievalEvaluator

    from veille_trainer.dev_evaluation import DevEvaluation
    from veille_trainer.encoder_model import load_encoder
    from veille_trainer.rows import Pairs

    model = load_encoder(str(MODEL), torch.device("cpu"), 32, "maxSeqLength")
    pairs = Pairs([query for query, _ in ROWS], [positive for _, positive in ROWS])
    corpus = {text: str(index) for index, text in enumerate(dict.fromkeys(pairs.positives))}
    judged = {
        "queries": {str(index): query for index, query in enumerate(pairs.queries)},
        "corpus": {name: text for text, name in corpus.items()},
        "relevant_docs": {str(index): {corpus[text]} for index, text in enumerate(pairs.positives)},
    }
    theirs = InformationRetrievalEvaluator(**judged)(model)
    theirs_on_16 = InformationRetrievalEvaluator(**judged, truncate_dim=16)(model)
    return DevEvaluation(pairs, dimensions=[16]).measure(model, lambda: None), theirs, theirs_on_16


def test_metrics_equal_the_information_retrieval_evaluator() -> None:
    ours, theirs, theirs_on_16 = in_trainer(_measure_both)
    expected = {
        "dev/ndcg@10": theirs["cosine_ndcg@10"],
        "dev/mrr@10": theirs["cosine_mrr@10"],
        "dev/r@1": theirs["cosine_recall@1"],
        "dev/r@5": theirs["cosine_recall@5"],
        "dev/r@10": theirs["cosine_recall@10"],
        "dev/ndcg@10_dim=16": theirs_on_16["cosine_ndcg@10"],
    }
    assert ours == pytest.approx(expected, abs=1e-12)
    assert ours["dev/r@1"] < 1
    assert ours["dev/ndcg@10_dim=16"] < ours["dev/ndcg@10"]


def _corpus_of(positives: list[str]) -> tuple[list[str], list[int]]:
    from veille_trainer.dev_evaluation import DevEvaluation
    from veille_trainer.rows import Pairs

    evaluation = DevEvaluation(Pairs([f"question {row}" for row in range(len(positives))], positives))
    return evaluation.corpus, evaluation.positive.tolist()


def test_passages_that_differ_in_white_space_alone_are_one() -> None:
    corpus, positive = in_trainer(_corpus_of, ["réponse  a", "b", " réponse\na", "réponse a b"])
    assert corpus == ["réponse  a", "b", "réponse a b"]
    assert positive == [0, 1, 0, 2]


def _count_reports() -> int:
    import torch

    from veille_trainer.dev_evaluation import DevEvaluation
    from veille_trainer.encoder_model import load_encoder
    from veille_trainer.rows import Pairs

    model = load_encoder(str(MODEL), torch.device("cpu"), 32, "maxSeqLength")
    reports: list[None] = []
    pairs = Pairs([f"question {number}" for number in range(70)], ["réponse"] * 70)
    evaluation = DevEvaluation(pairs, report_seconds=0)
    evaluation.measure(model, lambda: reports.append(None))
    model.encode(["un texte hors de l'évaluation"])
    return len(reports)


def test_each_batch_of_an_evaluation_is_a_sign_of_life() -> None:
    # Three batches of up to 32 queries and one passage.
    assert in_trainer(_count_reports) == 4


def _rank_ties() -> tuple[list[int], dict[str, float]]:
    import torch

    from veille_trainer.dev_evaluation import positive_ranks, retrieval_metrics

    corpus = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    queries = torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    ranks = positive_ranks(queries, corpus, torch.tensor([0, 1, 2]))
    return ranks.tolist(), retrieval_metrics(torch.tensor([1, 11]))


def test_of_equal_scores_the_earlier_passage_ranks_higher_and_rank_eleven_counts_nothing() -> None:
    ranks, metrics = in_trainer(_rank_ties)
    assert ranks == [1, 2, 3]
    assert metrics["dev/ndcg@10"] == metrics["dev/mrr@10"] == metrics["dev/r@10"] == 0.5
    assert math.isfinite(metrics["dev/r@1"])
