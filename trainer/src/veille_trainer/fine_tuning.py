"""Fine-tunes a sentence-transformers model on rows that are already read and counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from datasets import Dataset

from .checkpoint import read_checkpoint
from .dev_evaluation import DevEvaluation
from .device import choose_device, choose_precision, device_name, make_deterministic
from .encoder_model import load_encoder
from .events import EventStream
from .failures import EXIT_DONE, EXIT_PREEMPTED, OutOfMemory
from .recipe import make_arguments, make_loss, make_trainable
from .rows import Pairs
from .step_control import StepControl
from .step_plan import StepPlan
from .stop import StopSignal
from .training_log import LOG_FILE, TrainingLog
from .training_loop import TrainingLoop
from .training_output import write_adapter, write_model
from .versions import versions_of
from .weights import load_weights


def fine_tune(
    job: dict[str, Any], train: Pairs, dev: Pairs, plan: StepPlan, events: EventStream, stop: StopSignal
) -> int:
    """Train, evaluate, and write the best weights; return the process's exit code.

    Raises:
        OutOfMemory: The GPU does not hold a batch.
        TrainerFailure: Any other failure with a name.
        StopRequested: The process was told to stop before there was anything to save.
    """
    try:
        loop = _build_loop(job, train, dev, plan, events, stop)
        return _run_loop(loop, job, plan, events, stop)
    except torch.OutOfMemoryError as cause:
        raise OutOfMemory(
            f"{cause} — lower training.batchSize or training.maxSeqLength, or use training.loss cached-mnrl"
        ) from cause


def _build_loop(
    job: dict[str, Any], train: Pairs, dev: Pairs, plan: StepPlan, events: EventStream, stop: StopSignal
) -> TrainingLoop:
    training = job["training"]
    make_deterministic()
    device = choose_device()
    precision = choose_precision(training["precision"], device)
    checkpoint = job["resumeFrom"] and read_checkpoint(Path(job["resumeFrom"]))
    events.doing("loading model", 0, plan.total_steps)
    own_length = training["maxSeqLength"]
    length, field = (own_length, "training.maxSeqLength") if own_length else (job["maxSeqLength"], "maxSeqLength")
    model = load_encoder(job["model"], device, length, field)
    make_trainable(model, training)
    log_path = Path(job["output"]) / LOG_FILE
    loop = TrainingLoop(
        log=TrainingLog(log_path, events, plan.total_steps, training["logSteps"], training["batchSize"]),
        dev=DevEvaluation(dev) if dev.queries else None,
        checkpoints=Path(job["checkpoints"]),
        events=events,
        stop=stop,
        total_steps=plan.total_steps,
        model=model,
        args=make_arguments(training, plan, precision, device, job["output"]),
        train_dataset=Dataset.from_dict({"query": train.queries, "positive": train.positives}),
        loss=make_loss(model, training),
        callbacks=[StepControl(training, plan.steps_per_epoch, bool(dev.queries), stop)],
    )
    if checkpoint:
        loop.resume(checkpoint, job["resumeFrom"])
    started = {
        "device": device_name(device),
        "precision": precision,
        "versions": versions_of("torch", "transformers", "sentence-transformers", "peft"),
        "step": checkpoint.step if checkpoint else 0,
        "totalSteps": plan.total_steps,
        "trainRows": len(train.queries),
    }
    events.emit({"type": "started", **started})
    return loop


def _run_loop(loop: TrainingLoop, job: dict[str, Any], plan: StepPlan, events: EventStream, stop: StopSignal) -> int:
    stop.check()
    step = events.step or 0
    if loop.evaluation_pending:
        loop.evaluate_dev(step)
    with stop.deferred():
        if step < plan.total_steps:
            loop.train(resume_from_checkpoint=job["resumeFrom"])
            step = loop.state.global_step
        if stop.requested and (step < plan.total_steps or loop.evaluation_pending):
            events.emit({"type": "preempted", "step": step, "path": str(loop.last_checkpoint)})
            return EXIT_PREEMPTED
        # From here on finishing is as quick as saving would be.
        _write_output(loop, job, plan, events)
    return EXIT_DONE


def _write_output(loop: TrainingLoop, job: dict[str, Any], plan: StepPlan, events: EventStream) -> None:
    events.doing("saving the result", plan.total_steps, plan.total_steps)
    if loop.best.step is not None:
        load_weights(loop.model, loop.best.weights, "memory")
    write = write_model if job["training"]["lora"] is False else write_adapter
    write(loop.model, Path(job["output"]))
    loop.training_log.close_line()
    finished = {"step": plan.total_steps, "bestStep": loop.best.step, "metrics": loop.best.metrics}
    events.emit({"type": "finished", **finished})
