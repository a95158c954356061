"""An exported encoder has the same bytes everywhere and computes what sentence-transformers does."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

from conftest import MODEL, Launch, digests, export_job
from test_command_line import ENVIRONMENT, command
from trainer_process import TrainerProcess, in_trainer

TEXTS = ["Quel est le délai de rétractation ?", "Un bail meublé dure un an, sauf celui d'un étudiant.", "TVA"]


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of the whole model's export."""
    folder = tmp_path_factory.mktemp("exported")
    process = TrainerProcess(export_job(MODEL, folder), folder)
    assert process.wait() == 0, process.log()
    assert process.events("finished")[0]["metrics"]["maxDifference"] <= 1e-6
    return folder / "output"


def embed(folder: Path, texts: list[str]) -> np.ndarray:
    """Embed `texts` by the exported files alone."""
    info = json.loads((folder / "encoder.json").read_text())
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(info["maxSeqLength"])
    tokenizer.enable_padding(pad_id=info["padTokenId"])
    encodings = tokenizer.encode_batch(texts)
    values = {
        "input_ids": np.array([encoding.ids for encoding in encodings]),
        "attention_mask": np.array([encoding.attention_mask for encoding in encodings]),
    }
    session = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
    return session.run([info["output"]], {name: values[name] for name in info["inputs"]})[0]


def _reference(model: Path, adapter: Path | None, length: int) -> np.ndarray:
    from sentence_transformers import SentenceTransformer

    encoder = SentenceTransformer(str(model), device="cpu", local_files_only=True)
    if adapter is not None:
        encoder.load_adapter(str(adapter))
    encoder.max_seq_length = length
    return encoder.encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)


def test_embeddings_are_those_of_sentence_transformers(exported: Path) -> None:
    embeddings = embed(exported, TEXTS)
    assert embeddings.dtype == np.float32
    assert np.abs(embeddings - in_trainer(_reference, MODEL, None, 384)).max() < 1e-6


def test_description_says_how_to_use_it(exported: Path) -> None:
    assert json.loads((exported / "encoder.json").read_text()) == {
        "dimensions": 384,
        "maxSeqLength": 384,
        "pooling": "mean",
        "normalized": True,
        "inputs": ["input_ids", "attention_mask"],
        "output": "sentence_embedding",
        "padTokenId": 0,
        "precision": "fp32",
        "maxDifference": 1e-6,
        "minCosine": 1.0,
        "meanCosine": 1.0,
    }


def test_tokenizer_has_none_of_the_model_folder_s_truncation_and_padding(exported: Path) -> None:
    assert json.loads((MODEL / "tokenizer.json").read_text())["truncation"] is not None
    tokenizer = json.loads((exported / "tokenizer.json").read_text())
    assert tokenizer["truncation"] is None
    assert tokenizer["padding"] is None


def test_graph_tells_nothing_of_where_it_was_made(exported: Path) -> None:
    model = onnx.load(exported / "model.onnx")
    assert model.producer_name == ""
    assert not any(node.metadata_props or node.doc_string for node in model.graph.node)
    assert b"site-packages" not in (exported / "model.onnx").read_bytes()


def test_adapter_is_merged_to_the_same_bytes_in_another_process_and_folder(
    launch: Launch, shallow_model: Path, undisturbed: Path, tmp_path: Path
) -> None:
    adapter = undisturbed / "output/adapter"
    process = launch(export_job(shallow_model, tmp_path / "one", adapter), tmp_path / "one")
    other = tmp_path / "two and another"
    # A process of its own has another hash seed, and so another order of sets, than the fork server's children.
    arguments = command(export_job(shallow_model, other, adapter), other)
    result = subprocess.run(arguments, env=ENVIRONMENT, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert process.wait() == 0, process.log()
    assert digests(tmp_path / "one/output") == digests(other / "output")
    tuned = embed(other / "output", TEXTS)
    assert np.abs(tuned - in_trainer(_reference, shallow_model, adapter, 384)).max() < 1e-6
    assert np.abs(tuned - in_trainer(_reference, shallow_model, None, 384)).max() > 1e-2


@pytest.mark.parametrize(
    ("precision", "products", "least", "most"),
    [("fp16", "MatMul", 0.9999, 1.0), ("int8", "MatMulInteger", 0.95, 0.9995)],
)
def test_smaller_precision_is_deterministic_and_tells_its_loss(
    launch: Launch, shallow_model: Path, tmp_path: Path, precision: str, products: str, least: float, most: float
) -> None:
    folders = [tmp_path / name for name in ("one", "two and another")]
    processes = [launch(export_job(shallow_model, folder, precision=precision), folder) for folder in folders]
    for process in processes:
        assert process.wait() == 0, process.log()
    one, other = (folder / "output" for folder in folders)
    assert digests(one) == digests(other)
    info = json.loads((one / "encoder.json").read_text())
    assert info["precision"] == precision
    assert least <= info["minCosine"] <= info["meanCosine"] <= most
    assert products in {node.op_type for node in onnx.load(one / "model.onnx").graph.node}
    # Half of what the products' weights take in float32, or a quarter: the rest is the vocabulary.
    whole = (shallow_model / "model.safetensors").stat().st_size
    assert (one / "model.onnx.data").stat().st_size < 0.99 * whole
    # One text at a time, as the encoder does it with int8; the dtype is the same for every precision.
    embeddings = np.concatenate([embed(one, [text]) for text in TEXTS])
    assert embeddings.dtype == np.float32
    assert np.allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-6)
    cosines = (embeddings * in_trainer(_reference, shallow_model, None, 384)).sum(axis=1)
    assert cosines.min() >= least


def change_module(source: Path, folder: Path, kind: str, config: dict[str, object]) -> Path:
    """Copy a model, its last module replaced by one of another `kind`."""
    shutil.copytree(source, folder)
    modules = json.loads((folder / "modules.json").read_text())
    modules[-1] = {"idx": 2, "name": "2", "path": "2_Other", "type": f"sentence_transformers.models.{kind}"}
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "2_Other").mkdir()
    (folder / "2_Other/config.json").write_text(json.dumps(config))
    return folder


def _build_xlm_roberta(folder: Path) -> None:
    """BGE-M3's architecture with small random weights: XLM-RoBERTa, CLS pooling, no module that normalises."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import AutoTokenizer, XLMRobertaConfig, XLMRobertaModel

    torch.manual_seed(0)
    config = XLMRobertaConfig(
        vocab_size=30522,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        max_position_embeddings=66,
        pad_token_id=0,
        type_vocab_size=1,
    )
    XLMRobertaModel(config).save_pretrained(folder / "transformer")
    AutoTokenizer.from_pretrained(MODEL).save_pretrained(folder / "transformer")
    modules = [Transformer(str(folder / "transformer")), Pooling(64, "cls")]
    SentenceTransformer(modules=modules, device="cpu").save(str(folder / "model"))


def test_xlm_roberta_with_cls_pooling_gives_unit_vectors_up_to_its_last_position(
    launch: Launch, tmp_path: Path
) -> None:
    in_trainer(_build_xlm_roberta, tmp_path)
    model, job = tmp_path / "model", tmp_path / "job"
    process = launch(export_job(model, job, length=65), job)
    too_long = launch(export_job(model, tmp_path / "too-long", length=66), tmp_path / "too-long")
    assert process.wait() == 0, process.log()
    assert json.loads((job / "output/encoder.json").read_text())["pooling"] == "cls"
    embeddings = embed(job / "output", TEXTS)
    assert np.allclose(np.linalg.norm(embeddings, axis=1), 1)
    assert np.abs(embeddings - in_trainer(_reference, model, None, 65)).max() < 1e-6
    assert too_long.wait() == 64
    assert "66 tokens are more than the 65 positions" in too_long.events("failed")[0]["message"]


def test_module_that_has_no_place_in_the_graph_is_refused(launch: Launch, shallow_model: Path, tmp_path: Path) -> None:
    model = change_module(shallow_model, tmp_path / "model", "Dropout", {"dropout": 0.1})
    process = launch(export_job(model, tmp_path / "job"), tmp_path / "job")
    assert process.wait() == 1
    (failed,) = process.events("failed")
    assert failed["error"] == "InvalidData"
    assert failed["message"].startswith("Module 2 of the model is a Dropout")


def test_more_tokens_than_positions_is_an_invalid_job(launch: Launch, shallow_model: Path, tmp_path: Path) -> None:
    process = launch(export_job(shallow_model, tmp_path, length=1024), tmp_path)
    assert process.wait() == 64
    assert process.events("failed")[0]["message"].startswith("maxSeqLength: 1024 tokens are more than the 512")


def test_adapter_of_another_model_is_refused(
    launch: Launch, shallow_model: Path, undisturbed: Path, tmp_path: Path
) -> None:
    adapter = tmp_path / "adapter"
    shutil.copytree(undisturbed / "output/adapter", adapter)
    weights = load_file(adapter / "adapter_model.safetensors")
    stray = {name.replace("layer.1.", "layer.7."): tensor for name, tensor in weights.items()}
    save_file(stray, adapter / "adapter_model.safetensors", metadata={"format": "pt"})
    process = launch(export_job(shallow_model, tmp_path, adapter), tmp_path)
    assert process.wait() == 1
    (failed,) = process.events("failed")
    assert failed["error"] == "InvalidData"
    assert "is of another model" in failed["message"]
