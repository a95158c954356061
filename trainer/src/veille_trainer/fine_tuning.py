"""Fine-tunes a sentence-transformers model on rows that are already read and counted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from sentence_transformers import SentenceTransformer
from transformers import set_seed

from .checkpoint import Checkpoint, read_checkpoint
from .dev_evaluation import DevEvaluation
from .device import check_precision, choose_device, determinism_flags, device_name, make_deterministic, set_tf32
from .early_stopping import EarlyStopping
from .encoder_model import load_encoder
from .environment import own_rank
from .events import EventStream
from .failures import EXIT_DONE, EXIT_PREEMPTED, InvalidData, OutOfMemory, UnfitDevice
from .loss import make_loss, micro_batch_size
from .memory import is_out_of_memory
from .ranks import join_ranks
from .recipe import make_arguments, make_trainable
from .rows import Pairs
from .step_control import StepControl
from .step_plan import StepPlan
from .stop import StopSignal
from .training_log import LOG_FILE, TrainingLog
from .training_loop import TrainingLoop
from .training_output import write_adapter, write_model
from .versions import cuda_versions, versions_of
from .weights import load_weights, weights_digest


def fine_tune(
    job: dict[str, Any], train: Pairs, dev: Pairs, plan: StepPlan, events: EventStream, stop: StopSignal
) -> int:
    """Train, evaluate, and write the best weights; return the process's exit code.

    Raises:
        OutOfMemory: The GPU, or on a CPU the machine, does not hold a batch.
        TrainerFailure: Any other failure with a name.
        StopRequested: The process was told to stop before there was anything to save.
    """
    try:
        loop = _build_loop(job, train, dev, plan, events, stop)
        return _run_loop(loop, job, events, stop)
    except Exception as cause:
        if not is_out_of_memory(cause):
            raise
        raise OutOfMemory(f"{_tried(job)}: {cause}") from cause


def _build_loop(
    job: dict[str, Any], train: Pairs, dev: Pairs, plan: StepPlan, events: EventStream, stop: StopSignal
) -> TrainingLoop:
    training, processes = job["training"], job["training"]["processes"]
    make_deterministic()
    device = choose_device(job["device"], processes, own_rank() or 0)
    set_tf32(training["tf32"], device)
    arithmetic = {name: job[name] for name in ("device", "precision")}
    check_precision(job["precision"], device)
    checkpoint = job["resumeFrom"] and _read_checkpoint(Path(job["resumeFrom"]), processes, arithmetic)
    events.doing("loading model", 0, plan.total_steps)
    model = _load_model(job, device)
    loss = make_loss(model, job)
    ranks = join_ranks(processes, device)
    log_path = Path(job["output"]) / LOG_FILE if ranks.is_first else Path(os.devnull)
    loop = TrainingLoop(
        log=TrainingLog(log_path, events, plan.total_steps, training["logSteps"], training["batchSize"]),
        dev=DevEvaluation(dev, training["matryoshkaDimensions"] or ()) if dev.queries else None,
        early_stopping=EarlyStopping(training["earlyStopping"]),
        checkpoints=Path(job["checkpoints"]),
        events=events,
        stop=stop,
        ranks=ranks,
        total_steps=plan.total_steps,
        arithmetic=arithmetic,
        model=model,
        args=make_arguments(training, plan, job["precision"], ranks, job["output"]),
        train_dataset=Dataset.from_dict(train.columns()),
        loss=loss,
        callbacks=[StepControl(training, plan.steps_per_epoch, bool(dev.queries), stop, ranks)],
    )
    if ranks.is_first:
        loop.initial_weights = weights_digest(model)
    else:
        # Else all ranks would draw the same dropout.
        set_seed(training["seed"] + ranks.index)
    if checkpoint:
        loop.resume(checkpoint, job["resumeFrom"])
    started = {
        "device": device_name(device),
        "precision": job["precision"],
        "versions": versions_of("torch", "transformers", "sentence-transformers", "peft") | cuda_versions(),
        "determinism": determinism_flags(),
        "step": loop.state.global_step,
        "totalSteps": plan.total_steps,
        "trainRows": len(train.queries),
    }
    events.emit({"type": "started", **started})
    return loop


def _load_model(job: dict[str, Any], device: torch.device) -> SentenceTransformer:
    own_length = job["training"]["maxSeqLength"]
    length, field = (own_length, "training.maxSeqLength") if own_length else (job["maxSeqLength"], "maxSeqLength")
    model = load_encoder(job["model"], device, length, field)
    make_trainable(model, job["training"])
    return model


def _read_checkpoint(folder: Path, processes: int, arithmetic: dict[str, str]) -> Checkpoint:
    checkpoint = read_checkpoint(folder)
    if checkpoint.plain["arithmetic"] != arithmetic:
        raise UnfitDevice(f"resumeFrom: {folder} was computed in {checkpoint.plain['arithmetic']}, not in {arithmetic}")
    if len(checkpoint.rng) != processes:
        raise InvalidData(
            f"resumeFrom: {len(checkpoint.rng)} processes wrote {folder}; {processes} can't go on from it exactly"
        )
    return checkpoint


def _run_loop(loop: TrainingLoop, job: dict[str, Any], events: EventStream, stop: StopSignal) -> int:
    stop.check()
    with stop.deferred():
        if loop.evaluation_pending:
            loop.evaluate_dev()
        if loop.has_steps_left:
            loop.train(resume_from_checkpoint=job["resumeFrom"])
        if loop.has_steps_left or loop.evaluation_pending:
            step = loop.state.global_step
            events.emit({"type": "preempted", "step": step, "path": str(loop.last_checkpoint)})
            return EXIT_PREEMPTED
        # From here on finishing is as quick as saving would be.
        if loop.ranks.is_first:
            _write_output(loop, job, events)
    return EXIT_DONE


def _write_output(loop: TrainingLoop, job: dict[str, Any], events: EventStream) -> None:
    step = loop.state.global_step
    events.doing("saving the result", step, loop.total_steps)
    if loop.best.step is not None:
        load_weights(loop.model, loop.best.weights, "memory")
    write = write_model if job["training"]["lora"] is False else write_adapter
    write(loop.model, Path(job["output"]))
    loop.training_log.close_line()
    finished = {
        "bestStep": loop.best.step,
        "stoppedEarly": step < loop.total_steps,
        "weightsChanged": weights_digest(loop.model) != loop.initial_weights,
        "metrics": loop.best.metrics,
    }
    events.emit({"type": "finished", "step": step, **finished})


def _tried(job: dict[str, Any]) -> str:
    batch, micro_batch = job["training"]["batchSize"], micro_batch_size(job)
    how = "at once" if micro_batch is None else f"with {micro_batch} texts a forward pass"
    return f"No memory for a batch of {batch} pairs {how}"
