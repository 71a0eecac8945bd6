"""Which device a run uses."""

from __future__ import annotations

import torch

DEVICES = ("auto", "cpu", "cuda", "mps")


def resolve(name: str) -> torch.device:
    """The device called `name`; `auto` takes the fastest that is there.

    Raises:
        ValueError: no such word, or a device that this computer (or this PyTorch) does not have.
    """
    if name not in DEVICES:
        raise ValueError(f"there is no device {name!r}; known: {', '.join(DEVICES)}")
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if name == "auto":
        name = "cuda" if cuda else "mps" if mps else "cpu"
    if name == "cuda" and not cuda:
        raise ValueError("PyTorch sees no CUDA GPU here; use --device cpu or auto")
    if name == "mps" and not mps:
        raise ValueError("PyTorch sees no Apple GPU here; use --device cpu or auto")
    return torch.device(name)
