"""Takes the memory of the first GPU away, but for some MiB, until it is ended."""

from __future__ import annotations

from calls import serve

_held: list[object] = []


def hold(leaveMib: int) -> dict[str, float]:
    """Leave `leaveMib` MiB free and return the MiB that are held."""
    import torch

    free, _total = torch.cuda.mem_get_info()
    take = max(0, free - leaveMib * 2**20)
    _held.append(torch.empty(take, dtype=torch.uint8, device="cuda"))
    return {"heldMib": take / 2**20}


if __name__ == "__main__":
    serve({"hold": hold})
