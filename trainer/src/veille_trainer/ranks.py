"""The processes that share a training, one a device, and what they tell each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
import torch.distributed as dist

from .environment import own_rank

# While the first rank evaluates or saves, the others wait. That is no hang, and a hang is for the parent to notice.
_LONGEST_WAIT = timedelta(days=1)

Value = TypeVar("Value")


@dataclass(frozen=True)
class Ranks:
    """This process's place among those that share the training; alone, every exchange is with itself."""

    index: int
    count: int
    device: torch.device

    @property
    def is_first(self) -> bool:
        """Whether it is this process that evaluates, writes and reports."""
        return self.index == 0

    def agree(self, *flags: bool) -> list[bool]:
        """Return for each flag whether any rank has set it."""
        if self.count == 1:
            return list(flags)
        votes = torch.tensor(flags, dtype=torch.int32, device=self.device)
        dist.all_reduce(votes, op=dist.ReduceOp.MAX)
        return [vote > 0 for vote in votes.tolist()]

    def from_first(self, value: Value) -> Value:
        """Return the first rank's `value`."""
        box = [value]
        if self.count > 1:
            dist.broadcast_object_list(box, src=0)
        return box[0]

    def gather(self, value: Value) -> list[Value]:
        """Return every rank's `value`, in their order."""
        values = [value] * self.count
        if self.count > 1:
            dist.all_gather_object(values, value)
        return values

    def wait(self) -> None:
        """Return when all ranks have come here."""
        self.agree(False)


def join_ranks(count: int, device: torch.device) -> Ranks:
    """Meet the other processes that torchrun has started, if there are any."""
    if count > 1:
        on_gpu = device.type == "cuda"
        if on_gpu:
            torch.cuda.set_device(device)
        dist.init_process_group("nccl" if on_gpu else "gloo", timeout=_LONGEST_WAIT)
    return Ranks(own_rank() or 0, count, device)
