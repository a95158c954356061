"""The weights that a training changes: LoRA matrices, or every parameter of the model."""

from __future__ import annotations

import hashlib

import torch
from torch import nn

from .failures import InvalidData


def trainable_weights(model: nn.Module) -> dict[str, torch.Tensor]:
    """Return CPU copies of the parameters that require a gradient, by their names in `model`."""
    return {name: parameter.detach().to("cpu", copy=True).contiguous() for name, parameter in _trainable(model).items()}


@torch.no_grad()
def load_weights(model: nn.Module, weights: dict[str, torch.Tensor], source: str) -> None:
    """Copy `weights` into the parameters of the same names.

    Raises:
        InvalidData: `weights`, which came from `source`, belong to another model or another LoRA configuration.
    """
    parameters = _trainable(model)
    shapes = {name: tuple(parameter.shape) for name, parameter in parameters.items()}
    if shapes != {name: tuple(tensor.shape) for name, tensor in weights.items()}:
        raise InvalidData(
            f"The weights in {source} are not of this model and LoRA configuration: names or shapes differ"
        )
    for name, parameter in parameters.items():
        parameter.copy_(weights[name])


def weights_digest(model: nn.Module) -> str:
    """Return a SHA-256 over the bits of the parameters that require a gradient, one of which is copied at a time."""
    digest = hashlib.sha256()
    for name, parameter in sorted(_trainable(model).items()):
        digest.update(f"{name} {tuple(parameter.shape)} {parameter.dtype}\n".encode())
        digest.update(parameter.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def _trainable(model: nn.Module) -> dict[str, nn.Parameter]:
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
