"""A bare sentence-transformers script as the trainer's peer: the recipe, and nothing beside it.

Usage: python train_adapter.py MODEL_FOLDER THREADS, then one call on standard input.
"""

import json
import sys
import time
from pathlib import Path

import torch
from calls import Figures, serve
from datasets import Dataset
from peft import LoraConfig, TaskType
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from sentence_transformers.losses import MultipleNegativesRankingLoss
from sentence_transformers.training_args import BatchSamplers
from transformers import TrainerCallback, set_seed

MODEL_FOLDER, THREADS = sys.argv[1], int(sys.argv[2])

torch.set_num_threads(THREADS)


class StepClock(TrainerCallback):
    """Notes when each step has ended."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def on_step_end(self, *_: object, **__: object) -> None:
        """Note the time."""
        self.ends.append(time.perf_counter())


def train(rows: str, output: str, training: dict, max_seq_length: int) -> Figures:
    """Trains a LoRA adapter.

    Args:
        rows: JSON Lines of {query, positive}.
        output: Folder for adapter_model.safetensors.
        training: The `training` section of a run's input.
        max_seq_length: Tokens that a text is truncated to.

    Returns:
        Mean seconds from a step's end to the next one's, and the process's peak resident memory in MiB.
    """
    pairs = [json.loads(line) for line in Path(rows).read_text().splitlines()]
    model = SentenceTransformer(MODEL_FOLDER, device="cpu")
    model.max_seq_length = max_seq_length
    set_seed(training["seed"])
    lora = training["lora"]
    model.add_adapter(
        LoraConfig(
            task_type=TaskType.FEATURE_EXTRACTION,
            r=lora["r"],
            lora_alpha=lora["alpha"],
            lora_dropout=lora["dropout"],
            target_modules=lora["targetModules"],
        )
    )
    clock = StepClock()
    trainer = SentenceTransformerTrainer(
        model=model,
        args=SentenceTransformerTrainingArguments(
            output_dir=output,
            per_device_train_batch_size=training["batchSize"],
            batch_sampler=BatchSamplers.NO_DUPLICATES,
            dataloader_drop_last=True,
            max_steps=training["maxSteps"],
            learning_rate=training["learningRate"],
            lr_scheduler_type=training["scheduler"],
            warmup_steps=training["warmupRatio"],
            weight_decay=training["weightDecay"],
            max_grad_norm=training["maxGradNorm"],
            seed=training["seed"],
            data_seed=training["seed"],
            use_cpu=True,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
        ),
        train_dataset=Dataset.from_dict({name: [pair[name] for pair in pairs] for name in ("query", "positive")}),
        loss=MultipleNegativesRankingLoss(model, scale=training["scale"]),
        callbacks=[clock],
    )
    trainer.train()
    model.transformers_model.save_pretrained(output)
    steps = len(clock.ends) - 1
    return {"secondsPerStep": (clock.ends[-1] - clock.ends[0]) / steps, "peakMiB": _peak_mib()}


def _peak_mib() -> float:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


serve({"train": train})
