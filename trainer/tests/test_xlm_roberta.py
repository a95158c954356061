"""BGE-M3's shape through the trainer: XLM-RoBERTa, CLS pooling, 8,192 positions, 250,002 pieces, pickled weights."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from tokenizers import Tokenizer

from built_models import built_model
from conftest import Launch, digests, export_job, latest_checkpoint, train_job
from rows import PAIRS
from test_export import embed
from trainer_process import TrainerProcess, in_trainer

TEXTS = [text for pair in PAIRS[:10] for text in pair]


@pytest.fixture(scope="session")
def narrow_model() -> Path:
    return in_trainer(built_model, "bge-m3-narrow")


@pytest.fixture(scope="session")
def exported(narrow_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported-xlm-roberta")
    process = TrainerProcess(export_job(narrow_model, folder), folder)
    assert process.wait() == 0, process.log()
    return folder / "output"


def _reference(model: Path, adapter: Path | None) -> np.ndarray:
    from sentence_transformers import SentenceTransformer

    encoder = SentenceTransformer(str(model), device="cpu", local_files_only=True)
    if adapter is not None:
        encoder.load_adapter(str(adapter))
    encoder.max_seq_length = 384
    return encoder.encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)


def test_embeddings_are_those_of_sentence_transformers(exported: Path, narrow_model: Path) -> None:
    embeddings = embed(exported, TEXTS)
    # The texts are told apart: else any two embeddings would be equal enough.
    assert (embeddings @ embeddings.T)[~np.eye(len(TEXTS), dtype=bool)].mean() < 0.95
    assert np.abs(embeddings - in_trainer(_reference, narrow_model, None)).max() < 1e-5
    assert json.loads((exported / "encoder.json").read_text())["pooling"] == "cls"


def test_weights_lie_beside_the_graph_without_the_pooler_that_nobody_asks(exported: Path) -> None:
    assert sorted(digests(exported)) == ["encoder.json", "model.onnx", "model.onnx.data", "tokenizer.json"]
    assert (exported / "model.onnx").stat().st_size < 100_000
    graph = onnx.load(exported / "model.onnx").graph
    assert max(np.prod(weights.dims) for weights in graph.initializer) == 250_002 * 64
    assert not any("pooler" in weights.name for weights in graph.initializer)


def test_tokenizer_has_all_pieces(exported: Path) -> None:
    tokenizer = Tokenizer.from_file(str(exported / "tokenizer.json"))
    assert tokenizer.get_vocab_size() == 250_002
    assert tokenizer.encode("Bail").ids[0] == tokenizer.token_to_id("<s>") == 0


def test_all_8192_positions_can_be_used_and_no_more(launch: Launch, narrow_model: Path, tmp_path: Path) -> None:
    fitting = launch(export_job(narrow_model, tmp_path / "8192", length=8192), tmp_path / "8192")
    too_long = launch(export_job(narrow_model, tmp_path / "8193", length=8193), tmp_path / "8193")
    assert fitting.wait() == 0, fitting.log()
    assert too_long.wait() == 64
    assert "8193 tokens are more than the 8192 positions" in too_long.events("failed")[0]["message"]


class _Command:
    """Runs a command when a pickle of it is read."""

    def __init__(self, line: str) -> None:
        self._line = line

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (self._line,)


def _write_pickle(path: Path, line: str) -> None:
    import torch

    torch.save({"embeddings.word_embeddings.weight": _Command(line)}, path)


def test_pickle_that_would_run_code_is_refused_and_runs_nothing(
    launch: Launch, narrow_model: Path, tmp_path: Path
) -> None:
    model, trace = tmp_path / "model", tmp_path / "ran"
    line = f"touch {trace}"
    pickle.loads(pickle.dumps(_Command(line)))
    assert trace.exists(), "that is what it would do"
    trace.unlink()
    shutil.copytree(narrow_model, model, ignore=shutil.ignore_patterns("*.bin"))
    in_trainer(_write_pickle, model / "pytorch_model.bin", line)
    for job in (export_job(model, tmp_path / "export"), train_job(model, tmp_path / "train")):
        process = launch(job, Path(job["output"]).parent)
        assert process.wait() == 1
        (failed,) = process.events("failed")
        assert failed["error"] == "InvalidData"
        assert "its pickled weights (pytorch_model.bin)" in failed["message"]
    assert not trace.exists()


def test_training_on_it_resumes_exactly_and_its_adapter_is_exported(
    launch: Launch, narrow_model: Path, tmp_path: Path
) -> None:
    training = {"maxSteps": 4, "evalSteps": 100, "checkpointSteps": 2, "gradientCheckpointing": True}
    whole = launch(train_job(narrow_model, tmp_path / "whole", **training), tmp_path / "whole")
    assert whole.wait() == 0, whole.log()
    checkpoint = tmp_path / "whole/checkpoints/step-00000002"
    resumed = launch(train_job(narrow_model, tmp_path / "resumed", checkpoint, **training), tmp_path / "resumed")
    assert resumed.wait() == 0, resumed.log()
    adapter = tmp_path / "resumed/output/adapter"
    assert digests(adapter) == digests(tmp_path / "whole/output/adapter")
    # Weights are LoRA's alone: none of the 250,002 pieces' vectors.
    assert sum(path.stat().st_size for path in latest_checkpoint(tmp_path / "whole").iterdir()) < 2_000_000
    targets = json.loads((adapter / "adapter_config.json").read_text())["target_modules"]
    assert [name.removeprefix("encoder.layer.1.") for name in targets if name.startswith("encoder.layer.1.")] == [
        "attention.output.dense",
        "attention.self.key",
        "attention.self.query",
        "attention.self.value",
        "intermediate.dense",
        "output.dense",
    ]
    export = launch(export_job(narrow_model, tmp_path / "export", adapter), tmp_path / "export")
    assert export.wait() == 0, export.log()
    tuned = embed(tmp_path / "export/output", TEXTS)
    assert np.abs(tuned - in_trainer(_reference, narrow_model, adapter)).max() < 1e-5
    assert np.abs(tuned - in_trainer(_reference, narrow_model, None)).max() > 1e-4
