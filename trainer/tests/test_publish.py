"""The real W&B client, offline and against a fake server: a retry adds nothing twice."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import fake_wandb
from conftest import Launch
from trainer_process import TrainerProcess
from wandb_log import history_rows, read_records, summary

RUN_ID = "veille0123456789"
KEY = "k" * 40
ROWS = [
    {"step": 10, "metrics": {"train/loss": 0.5, "train/epoch": 0.25}},
    {"step": 20, "metrics": {"train/loss": 0.25, "dev/ndcg@10": 0.75}},
    {"step": 24, "metrics": {"train/loss": 0.125}},
]
LOGGED = [{"_step": row["step"], **row["metrics"]} for row in ROWS]


def publish_job(folder: Path, mode: str, rows: list[dict[str, Any]] = ROWS) -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    log = folder / "log.jsonl"
    log.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return {
        "kind": "publish",
        "mode": mode,
        "project": "legal-embeddings",
        "group": "demo",
        "runId": RUN_ID,
        "name": "nightly",
        "config": {"training": {"batchSize": 4}},
        "log": str(log),
        "summary": {"retrieval/nDCG@10": 0.875},
        "output": str(folder / "output"),
    }


def run(launch: Launch, job: dict[str, Any], folder: Path, **environment: str) -> TrainerProcess:
    process = launch(job, folder, **environment)
    assert process.wait() == 0, process.log()
    return process


def test_offline_run_holds_each_row_once_after_a_retry(launch: Launch, tmp_path: Path) -> None:
    for _ in range(2):
        run(launch, publish_job(tmp_path, "offline"), tmp_path)
    (path,) = (tmp_path / "output/wandb").glob("offline-run-*/*.wandb")
    records = list(read_records(path))
    assert history_rows(records) == LOGGED
    assert summary(records)["retrieval/nDCG@10"] == 0.875
    (opened,) = (record.run for record in records if record.WhichOneof("record_type") == "run")
    assert (opened.run_id, opened.project, opened.run_group) == (RUN_ID, "legal-embeddings", "demo")
    assert records[-1].exit.exit_code == 0


@pytest.fixture
def server() -> Iterator[fake_wandb.FakeWandb]:
    with fake_wandb.serve() as fake:
        yield fake


def credentials(server: fake_wandb.FakeWandb) -> dict[str, str]:
    return {"WANDB_BASE_URL": server.url, "WANDB_API_KEY": KEY}


def test_server_holds_each_row_once_after_an_outage_and_a_retry(
    launch: Launch, server: fake_wandb.FakeWandb, tmp_path: Path
) -> None:
    server.refusals.update(graphql=1, stream=1)
    process = run(launch, publish_job(tmp_path, "online"), tmp_path, **credentials(server))
    assert server.refused == 2
    assert process.events("finished")[0]["metrics"] == {"rows": 3}
    run(launch, publish_job(tmp_path, "online"), tmp_path, **credentials(server))
    held = server.runs[RUN_ID]
    assert held.rows() == LOGGED
    assert held.summary["retrieval/nDCG@10"] == 0.875
    assert held.upserts[0]["groupName"] == "demo"


def test_retry_adds_the_rows_that_are_missing(launch: Launch, server: fake_wandb.FakeWandb, tmp_path: Path) -> None:
    run(launch, publish_job(tmp_path, "online", ROWS[:2]), tmp_path, **credentials(server))
    assert server.runs[RUN_ID].rows() == LOGGED[:2]
    run(launch, publish_job(tmp_path, "online"), tmp_path, **credentials(server))
    assert server.runs[RUN_ID].rows() == LOGGED


def test_sigterm_ends_the_run_and_a_retry_completes_it(
    launch: Launch, server: fake_wandb.FakeWandb, tmp_path: Path
) -> None:
    rows = [{"step": step, "metrics": {"train/loss": 1 / step}} for step in range(1, 3001)]
    process = launch(publish_job(tmp_path, "online", rows), tmp_path, **credentials(server))
    process.wait_until(lambda: RUN_ID in server.runs)
    process.send(signal.SIGTERM)
    assert process.wait() == 75
    assert process.events("preempted")[0]["path"] is None
    run(launch, publish_job(tmp_path, "online", rows), tmp_path, **credentials(server))
    assert [row["_step"] for row in server.runs[RUN_ID].rows()] == list(range(1, 3001))


def test_events_and_logs_hold_the_address_and_not_the_key(
    launch: Launch, server: fake_wandb.FakeWandb, tmp_path: Path
) -> None:
    process = run(launch, publish_job(tmp_path, "online"), tmp_path, **credentials(server))
    said = [event["doing"] for event in process.events("progress")]
    assert said[-1] == f"published at {server.url}/entity/project/runs/{RUN_ID}"
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(KEY.encode() in path.read_bytes() for path in files)


def test_online_without_a_key_is_a_broken_environment(
    launch: Launch, server: fake_wandb.FakeWandb, tmp_path: Path
) -> None:
    process = launch(publish_job(tmp_path, "online"), tmp_path, WANDB_BASE_URL=server.url, WANDB_API_KEY="")
    assert process.wait() == 1
    (failed,) = process.events("failed")
    assert failed["error"] == "Environment"
    assert "WANDB_API_KEY" in failed["message"]


def test_offline_run_with_a_name_that_is_refused_is_not_told_to_set_a_key(launch: Launch, tmp_path: Path) -> None:
    process = launch(publish_job(tmp_path, "offline") | {"project": "legal/embeddings"}, tmp_path)
    assert process.wait() == 64
    (failed,) = process.events("failed")
    assert failed["error"] == "InvalidJob"
    assert failed["message"].startswith("tracking.project: W&B refused: Invalid project name 'legal/embeddings'")
    assert "WANDB_API_KEY" not in failed["message"]


def test_step_that_comes_twice_is_invalid_data(launch: Launch, tmp_path: Path) -> None:
    process = launch(publish_job(tmp_path, "offline", [ROWS[0], ROWS[0]]), tmp_path)
    assert process.wait() == 1
    (failed,) = process.events("failed")
    assert failed["error"] == "InvalidData"
    assert failed["message"].endswith("log.jsonl:2: step 10 comes after step 10")
