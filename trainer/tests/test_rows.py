"""Rows and step counts are checked before any library is imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import TRAINING, write_rows
from rows import PAIRS
from veille_trainer.failures import InvalidData
from veille_trainer.rows import read_pairs
from veille_trainer.step_plan import StepPlan, plan_steps


def test_prefixes_go_before_the_texts_and_the_limit_counts_rows(tmp_path: Path) -> None:
    pairs = read_pairs(write_rows(tmp_path / "rows", PAIRS), "query: ", "passage: ", limit=2)
    assert pairs.queries == ["query: " + PAIRS[0][0], "query: " + PAIRS[1][0]]
    assert pairs.positives == ["passage: " + PAIRS[0][1], "passage: " + PAIRS[1][1]]


def test_negatives_become_columns_of_passages(tmp_path: Path) -> None:
    pairs = read_pairs(write_rows(tmp_path / "rows", PAIRS[:2], [["a", "b"], ["c", "d"]]), "query: ", "passage: ")
    columns = pairs.columns()
    assert list(columns) == ["query", "positive", "negative_1", "negative_2"]
    assert columns["negative_1"] == ["passage: a", "passage: c"]
    assert columns["negative_2"] == ["passage: b", "passage: d"]


def test_rows_with_different_numbers_of_negatives_are_invalid_data(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "rows", PAIRS[:3], [["a", "b"], ["c", "d"], ["e"]])
    with pytest.raises(InvalidData, match="rows:3: 1 negatives where the first row has 2"):
        read_pairs(path, "", "")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r"rows:2: not JSON"),
        ("[]", r'rows:2: "query" is None'),
        ('{"query": "a"}', r'rows:2: "positive" is None'),
        ('{"query": "", "positive": "b"}', r"rows:2: \"query\" is ''; it must be a text that is not empty"),
        ('{"query": "a", "positive": "b", "negatives": "c"}', r"rows:2: \"negatives\" is 'c'; it must be a list"),
        ('{"query": "a", "positive": "b", "negatives": [""]}', r"rows:2: \"negatives\" is \[''\]; it must be a list"),
    ],
)
def test_bad_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = write_rows(tmp_path / "rows", PAIRS[:1])
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    with pytest.raises(InvalidData, match=message):
        read_pairs(path, "", "")


def test_missing_file_is_invalid_data(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="Can't read the rows"):
        read_pairs(tmp_path / "absent", "", "")


def test_incomplete_last_batch_is_dropped() -> None:
    assert plan_steps(11, TRAINING) == StepPlan(steps_per_epoch=2, total_steps=4, warmup_steps=1)


def test_max_steps_stand_instead_of_epochs() -> None:
    assert plan_steps(11, TRAINING | {"maxSteps": 7}).total_steps == 7


def test_rows_for_less_than_a_batch_are_invalid_data() -> None:
    with pytest.raises(InvalidData, match=r"3 training rows do not fill one batch of 4.*at most 3"):
        plan_steps(3, TRAINING)
