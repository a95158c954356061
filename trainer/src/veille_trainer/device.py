"""Takes the device and the precision that the job names, or refuses, and asks PyTorch for repeatable results."""

from __future__ import annotations

import os
from typing import Literal

import torch

from .failures import BrokenEnvironment, UnfitDevice

Precision = Literal["fp32", "fp16", "bf16"]


def choose_device(asked: str, processes: int, rank: int) -> torch.device:
    """Return the CPU, or the CUDA GPU of this rank, as the job asks; never one in the place of the other.

    Raises:
        UnfitDevice: The job asks for a GPU, and PyTorch sees none.
        BrokenEnvironment: There are GPUs, but fewer than processes.
    """
    if asked == "cpu":
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise UnfitDevice("This training is computed on a GPU, and PyTorch sees none on this machine: check its driver")
    devices = torch.cuda.device_count()
    if devices < processes:
        raise BrokenEnvironment(f"training.processes: {processes} processes need a GPU each and see only {devices}")
    return torch.device("cuda", rank)


def device_name(device: torch.device) -> str:
    """Return "cpu", or the name of the GPU."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"


def check_precision(precision: Precision, device: torch.device) -> None:
    """Refuse a precision that the device does not compute in.

    Raises:
        UnfitDevice: The device has no such mixed precision.
    """
    on_gpu = device.type == "cuda"
    if precision == "fp16" and not on_gpu:
        raise UnfitDevice("precision: fp16 needs a GPU, and this training is computed on the CPU")
    if precision == "bf16" and on_gpu and not torch.cuda.is_bf16_supported(including_emulation=False):
        raise UnfitDevice(
            f"precision: {device_name(device)} does not compute in bf16, in which this training is computed"
        )


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
