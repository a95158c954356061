"""Chooses the device and the arithmetic precision, and asks PyTorch for repeatable results."""

from __future__ import annotations

import os
from typing import Literal

import torch

from .failures import BrokenEnvironment

Precision = Literal["fp32", "fp16", "bf16"]


def choose_device(processes: int, rank: int) -> torch.device:
    """Return the CUDA GPU of this rank, or the CPU where there is no GPU at all.

    Raises:
        BrokenEnvironment: There are GPUs, but fewer than processes.
    """
    if not torch.cuda.is_available():
        return torch.device("cpu")
    devices = torch.cuda.device_count()
    if devices < processes:
        raise BrokenEnvironment(f"training.processes: {processes} processes need a GPU each and see only {devices}")
    return torch.device("cuda", rank)


def device_name(device: torch.device) -> str:
    """Return "cpu", or the name of the GPU."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"


def choose_precision(asked: str, device: torch.device) -> Precision:
    """Resolve "auto": bf16 on a GPU that has it in hardware, fp16 on another GPU, fp32 on a CPU.

    Raises:
        BrokenEnvironment: The device has no such mixed precision.
    """
    on_gpu = device.type == "cuda"
    native_bf16 = on_gpu and torch.cuda.is_bf16_supported(including_emulation=False)
    if asked == "auto":
        return ("bf16" if native_bf16 else "fp16") if on_gpu else "fp32"
    if asked == "fp16" and not on_gpu:
        raise BrokenEnvironment("training.precision: fp16 needs a GPU and this worker has none; use auto, fp32 or bf16")
    if asked == "bf16" and on_gpu and not native_bf16:
        raise BrokenEnvironment(
            f"training.precision: {device_name(device)} does not compute in bf16; use auto, fp32 or fp16"
        )
    return asked


def set_tf32(allowed: bool, device: torch.device) -> None:
    """On a GPU, let products in float32 be computed in TensorFloat-32, or not; on a CPU, change nothing."""
    if device.type == "cuda":
        # For matrices, this is what torch.backends.cuda.matmul.allow_tf32 sets too.
        torch.set_float32_matmul_precision("high" if allowed else "highest")
        torch.backends.cudnn.allow_tf32 = allowed


def make_deterministic() -> None:
    """Use deterministic kernels where there are any; elsewhere PyTorch warns and goes on."""
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = False


def determinism_flags() -> dict[str, str | bool]:
    """Return what PyTorch is set to that makes a result repeatable, as it is and not as it was asked for."""
    return {
        "torch.use_deterministic_algorithms": torch.are_deterministic_algorithms_enabled(),
        "torch.backends.cudnn.benchmark": torch.backends.cudnn.benchmark,
        "torch.float32_matmul_precision": torch.get_float32_matmul_precision(),
        "torch.num_threads": str(torch.get_num_threads()),
        "CUBLAS_WORKSPACE_CONFIG": os.environ.get("CUBLAS_WORKSPACE_CONFIG", ""),
    }
