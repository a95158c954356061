"""A job that is wrong is refused by the name of its field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import MODEL, train_job
from veille_trainer.failures import InvalidJob
from veille_trainer.job import load_job


def load(job: Any, folder: Path) -> dict[str, Any]:
    path = folder / "job.json"
    path.write_text(json.dumps(job), encoding="utf-8")
    return load_job(path)


def test_valid_job_is_returned_as_it_is(tmp_path: Path) -> None:
    job = train_job(MODEL, tmp_path)
    assert load(job, tmp_path) == job


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "test"}, r"kind: 'test' is not one of \['train', 'export', 'publish', 'sign'\]"),
        ({"model": ""}, r"model: '' should be non-empty"),
        ({"resumeFrom": 3}, r"resumeFrom: 3 is not of type 'string' and 3 is not of type 'null'"),
        ({"surprise": 1}, r"job: .*'surprise' was unexpected"),
    ],
)
def test_wrong_value_is_refused(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidJob, match=message):
        load(train_job(MODEL, tmp_path) | change, tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batchSize": 1}, r"training.batchSize: 1 is less than the minimum of 2"),
        ({"loss": "triplet"}, r"training.loss: 'triplet' is not one of \['mnrl', 'cached-mnrl'\]"),
        ({"lora": {"r": 0, "alpha": 1, "dropout": 0, "targetModules": "all-linear"}}, r"training.lora.r: 0 is less"),
    ],
)
def test_wrong_value_below_the_top_is_refused_by_its_path(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidJob, match=message):
        load(train_job(MODEL, tmp_path, **change), tmp_path)


def test_missing_field_is_refused(tmp_path: Path) -> None:
    job = train_job(MODEL, tmp_path)
    del job["training"]["scale"]
    with pytest.raises(InvalidJob, match="training: 'scale' is a required property"):
        load(job, tmp_path)


@pytest.mark.parametrize("text", ["", "[1]", "{"])
def test_file_that_holds_no_object_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "job.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidJob, match=r"job\.json"):
        load_job(path)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidJob, match="Can't read the job file"):
        load_job(tmp_path / "absent.json")
