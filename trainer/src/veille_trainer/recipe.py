"""Turns the job's `training` section into the library's model, loss and arguments."""

from __future__ import annotations

from typing import Any

import torch
from peft import LoraConfig, TaskType
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainingArguments
from sentence_transformers.losses import CachedMultipleNegativesRankingLoss, MultipleNegativesRankingLoss
from sentence_transformers.training_args import BatchSamplers
from torch import nn
from transformers import set_seed

from .device import Precision
from .step_plan import StepPlan

_DEFAULT_MICRO_BATCH = 32


def make_trainable(model: SentenceTransformer, training: dict[str, Any]) -> None:
    """Add a LoRA adapter, seeded, or leave every parameter trainable where `lora` is false.

    Raises:
        ValueError: `targetModules` names no module of the model.
    """
    # LoRA's first matrices are random.
    set_seed(training["seed"])
    lora = training["lora"]
    if lora is not False:
        model.add_adapter(
            LoraConfig(
                task_type=TaskType.FEATURE_EXTRACTION,
                r=lora["r"],
                lora_alpha=lora["alpha"],
                lora_dropout=lora["dropout"],
                target_modules=lora["targetModules"],
            )
        )


def make_loss(model: SentenceTransformer, training: dict[str, Any]) -> nn.Module:
    """Return the in-batch negatives loss, plain or gradient-cached."""
    if training["loss"] == "mnrl":
        return MultipleNegativesRankingLoss(model, scale=training["scale"])
    micro_batch = training["microBatchSize"] or _DEFAULT_MICRO_BATCH
    return CachedMultipleNegativesRankingLoss(model, scale=training["scale"], mini_batch_size=micro_batch)


def make_arguments(
    training: dict[str, Any], plan: StepPlan, precision: Precision, device: torch.device, output: str
) -> SentenceTransformerTrainingArguments:
    """Return the loop's arguments; when to log, evaluate and save is `StepControl`'s business."""
    no_duplicates = training["noDuplicatesInBatch"]
    return SentenceTransformerTrainingArguments(
        output_dir=output,
        per_device_train_batch_size=training["batchSize"],
        batch_sampler=BatchSamplers.NO_DUPLICATES if no_duplicates else BatchSamplers.BATCH_SAMPLER,
        dataloader_drop_last=True,
        # Worker processes would draw from generators that no checkpoint holds.
        dataloader_num_workers=0,
        dataloader_pin_memory=device.type == "cuda",
        max_steps=plan.total_steps,
        learning_rate=training["learningRate"],
        lr_scheduler_type=training["scheduler"],
        warmup_steps=plan.warmup_steps,
        weight_decay=training["weightDecay"],
        max_grad_norm=training["maxGradNorm"],
        seed=training["seed"],
        data_seed=training["seed"],
        fp16=precision == "fp16",
        bf16=precision == "bf16",
        use_cpu=device.type == "cpu",
        logging_strategy="no",
        # A loss that is not finite is a failure here, not something to smooth over.
        logging_nan_inf_filter=False,
        eval_strategy="no",
        save_strategy="no",
        disable_tqdm=True,
        report_to="none",
    )
