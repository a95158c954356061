"""Models as they are found: what is wrong with one is named, by a failure that no retry follows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import LORA, Launch, export_job, train_job
from trainer_process import TrainerProcess, in_trainer


def _without_tokenizer(folder: Path) -> None:
    for name in ("tokenizer.json", "vocab.txt"):
        (folder / name).unlink(missing_ok=True)


def _with_few_words(folder: Path) -> None:
    _change(folder / "tokenizer.json", _keep_special_tokens)
    (folder / "vocab.txt").unlink(missing_ok=True)


def _keep_special_tokens(tokenizer: dict[str, Any]) -> None:
    vocabulary = tokenizer["model"]["vocab"]
    numbered = [word for word in vocabulary if word.startswith("[")] + [f"[pad {number}]" for number in range(25_000)]
    # As many words as the weights have rows for, and none of a text.
    tokenizer["model"]["vocab"] = {word: number for number, word in enumerate(dict.fromkeys(numbered))}
    for token in tokenizer["added_tokens"]:
        token["id"] = tokenizer["model"]["vocab"][token["content"]]


def _with_too_many_words(folder: Path) -> None:
    _change(folder / "tokenizer.json", lambda tokenizer: tokenizer["model"]["vocab"].update(quux=40_000))
    (folder / "vocab.txt").unlink(missing_ok=True)


def _truncating_on_the_left(folder: Path) -> None:
    _change(folder / "tokenizer_config.json", lambda settings: settings.update(truncation_side="left"))


def _without_pooling(folder: Path) -> None:
    shutil.rmtree(folder / "1_Pooling")


def _of_another_shape(folder: Path) -> None:
    _change(folder / "config.json", lambda config: config.update(vocab_size=30_000))


def _change(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


FAULTS = {
    _without_tokenizer: "is not of this model: it has 5 tokens, and the weights have 30522 rows",
    _with_few_words: "tokens in texts that are probed",
    _with_too_many_words: "its token 'quux' has the number 40000, and the weights have 30522 rows",
    _truncating_on_the_left: 'cuts long texts at their beginning: set truncation_side to "right"',
    _without_pooling: "as a sentence-transformers folder: ",
    _of_another_shape: "as a sentence-transformers folder: ",
}


def _load_each(folders: list[Path]) -> list[str]:
    import torch

    from veille_trainer.encoder_model import load_encoder
    from veille_trainer.failures import InvalidData

    messages = []
    for folder in folders:
        with pytest.raises(InvalidData) as refused:
            load_encoder(str(folder), torch.device("cpu"), 32, "maxSeqLength")
        messages.append(str(refused.value))
    return messages


def test_folder_that_is_not_whole_is_refused_by_name(shallow_model: Path, tmp_path: Path) -> None:
    folders = [tmp_path / fault.__name__ for fault in FAULTS]
    for fault, folder in zip(FAULTS, folders, strict=True):
        shutil.copytree(shallow_model, folder)
        fault(folder)
    for message, words in zip(in_trainer(_load_each, folders), FAULTS.values(), strict=True):
        assert words in message


def _make_each_trainable(folder: Path, targets: list[Any]) -> list[str | None]:
    import torch

    from veille_trainer.encoder_model import load_encoder
    from veille_trainer.failures import InvalidJob
    from veille_trainer.recipe import make_trainable
    from veille_trainer.weights import weights_digest

    messages: list[str | None] = []
    for target in targets:
        model = load_encoder(str(folder), torch.device("cpu"), 32, "maxSeqLength")
        training = {"seed": 1, "lora": LORA | {"targetModules": target}, "gradientCheckpointing": False}
        try:
            make_trainable(model, training)
        except InvalidJob as error:
            messages.append(str(error))
            continue
        assert all(parameter.grad is None for parameter in model.parameters())
        assert len(weights_digest(model)) == 64
        messages.append(None)
    return messages


def test_adapter_on_modules_that_would_learn_nothing_is_an_invalid_job(shallow_model: Path) -> None:
    targets = [["no_such"], ["query", "no_such"], ["pooler.dense"], ["query", "pooler.dense"], ["LayerNorm"], ["query"]]
    unknown, one_unknown, unreached, one_unreached, no_form, good = in_trainer(
        _make_each_trainable, shallow_model, targets
    )
    for message in (unknown, one_unknown):
        assert message == (
            "training.lora.targetModules: the model has no module 'no_such'; it has dense, key, query, value"
        )
    for message in (unreached, one_unreached):
        assert "'pooler.dense' would learn nothing: no embedding depends on it" in message
    assert no_form.startswith("training.lora.targetModules: ")
    assert good is None


def test_such_a_name_ends_a_training_before_its_first_step(launch: Launch, shallow_model: Path, tmp_path: Path) -> None:
    process = launch(train_job(shallow_model, tmp_path, lora=LORA | {"targetModules": ["no_such"]}), tmp_path)
    assert process.wait() == 64
    (failed,) = process.events("failed")
    assert failed["error"] == "InvalidJob"
    assert process.events("metrics") == []


def _parity_failures() -> list[tuple[str, str]]:
    from veille_trainer.parity import Parity, failure_of

    far = Parity(0.5, 0.2, 0.3)
    return [
        (type(error).__name__, str(error)) for error in (failure_of(far, kind) for kind in ("fp32", "fp16", "int8"))
    ]


def test_advice_after_a_failed_comparison_fits_the_precision() -> None:
    (whole, half, eighth) = in_trainer(_parity_failures)
    assert whole[0] == "InvalidData"
    assert "fp32 encoder differs" in whole[1]
    assert "needs fp32" not in whole[1]
    for kind, message in (half, eighth):
        assert kind == "InvalidJob"
        assert message.startswith("embedding.precision: ")
        assert message.endswith("this model needs fp32")


def test_export_of_a_model_whose_tokenizer_is_another_ends_for_good(
    launch: Launch, shallow_model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(shallow_model, folder)
    _without_tokenizer(folder)
    process = launch(export_job(folder, tmp_path), tmp_path)
    assert process.wait() == 1
    (failed,) = process.events("failed")
    assert failed["error"] == "InvalidData"


def _finish(process: TrainerProcess) -> dict[str, Any]:
    assert process.wait() == 0, process.log()
    (finished,) = process.events("finished")
    return finished


def test_training_that_changes_no_weight_says_so(
    launch: Launch, shallow_model: Path, undisturbed: Path, tmp_path: Path
) -> None:
    still = {"learningRate": 1e-300, "maxSteps": 2, "evalSteps": 2, "checkpointSteps": 1}
    finished = _finish(launch(train_job(shallow_model, tmp_path / "one", **still), tmp_path / "one"))
    assert finished["weightsChanged"] is False
    # From the last checkpoint on, nothing is left to change; the training as a whole counts.
    events = [json.loads(line) for line in (undisturbed / "events.jsonl").read_text().splitlines()]
    assert events[-1]["weightsChanged"] is True
    job = train_job(shallow_model, tmp_path / "two", undisturbed / "checkpoints/step-00000016")
    assert _finish(launch(job, tmp_path / "two"))["weightsChanged"] is True


def test_digest_of_weights_tells_a_single_bit() -> None:
    assert in_trainer(_digests_differ) == (True, True)


def _digests_differ() -> tuple[bool, bool]:
    import torch
    from torch import nn

    from veille_trainer.weights import weights_digest

    layer = nn.Linear(3, 2)
    before = weights_digest(layer)
    with torch.no_grad():
        layer.weight[0, 0] = torch.nextafter(layer.weight[0, 0], torch.tensor(np.inf))
    changed = weights_digest(layer)
    layer.bias.requires_grad_(False)
    return before != changed, changed != weights_digest(layer)
