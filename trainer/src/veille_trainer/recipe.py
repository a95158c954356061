"""Turns the job's `training` section into trainable weights and the training loop's arguments."""

from __future__ import annotations

from typing import Any

from sentence_transformers import SentenceTransformer, SentenceTransformerTrainingArguments
from sentence_transformers.training_args import BatchSamplers
from transformers import set_seed

from .device import Precision
from .lora_targets import add_adapter
from .ranks import Ranks
from .step_plan import StepPlan


def make_trainable(model: SentenceTransformer, training: dict[str, Any]) -> None:
    """Add a LoRA adapter, seeded, or leave every parameter trainable where `lora` is false.

    With `gradientCheckpointing` activations are computed anew in the backward pass, with the same dropout.

    Raises:
        InvalidJob: `targetModules` names a module that the model lacks, or one that no embedding depends on.
    """
    # LoRA's first matrices are random.
    set_seed(training["seed"])
    lora = training["lora"]
    if lora is not False:
        add_adapter(model, lora)
    if training["gradientCheckpointing"]:
        # The reentrant kind gives no gradients to an adapter whose inputs, frozen embeddings, need none.
        model.transformers_model.activation_checkpointing_enable({"use_reentrant": False})


def make_arguments(
    training: dict[str, Any], plan: StepPlan, precision: Precision, ranks: Ranks, output: str
) -> SentenceTransformerTrainingArguments:
    """Return the loop's arguments; when to log, evaluate and save is `StepControl`'s business."""
    no_duplicates = training["noDuplicatesInBatch"]
    on_gpu = ranks.device.type == "cuda"
    return SentenceTransformerTrainingArguments(
        output_dir=output,
        per_device_train_batch_size=training["batchSize"],
        # Each rank takes its share of the one global batch, which so has the rows that it has with one process.
        accelerator_config={"split_batches": ranks.count > 1},
        batch_sampler=BatchSamplers.NO_DUPLICATES if no_duplicates else BatchSamplers.BATCH_SAMPLER,
        dataloader_drop_last=True,
        # Worker processes would draw from generators that no checkpoint holds.
        dataloader_num_workers=0,
        dataloader_pin_memory=on_gpu,
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
        use_cpu=not on_gpu,
        # Buffers are constants here; sent anew at the second forward pass of a step, they would break its backward.
        ddp_broadcast_buffers=False,
        logging_strategy="no",
        # A loss that is not finite is a failure here, not something to smooth over.
        logging_nan_inf_filter=False,
        eval_strategy="no",
        save_strategy="no",
        disable_tqdm=True,
        report_to="none",
    )
