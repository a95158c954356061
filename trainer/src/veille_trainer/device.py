"""Chooses the device and the arithmetic precision, and asks PyTorch for repeatable results."""

from __future__ import annotations

from typing import Literal

import torch

from .failures import BrokenEnvironment

Precision = Literal["fp32", "fp16", "bf16"]


def choose_device() -> torch.device:
    """Return the first CUDA GPU, else the CPU."""
    return torch.device("cuda", 0) if torch.cuda.is_available() else torch.device("cpu")


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


def make_deterministic() -> None:
    """Use deterministic kernels where there are any; elsewhere PyTorch warns and goes on."""
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = False
