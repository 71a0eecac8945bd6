"""One seed, many independent streams."""

from __future__ import annotations

import hashlib

import torch


def mix(seed: int, *parts: int | str) -> int:
    """A 63-bit seed made of a run's seed and the place where it is used.

    Neighbouring seeds and rounds give unrelated streams, on every machine the same ones.
    """
    text = "/".join(str(p) for p in (seed, *parts))
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def generator(device: torch.device, seed: int, *parts: int | str) -> torch.Generator:
    """A generator of its own, so that nothing else can disturb its stream."""
    # MPS has generators of its own kind, too; `torch.Generator` takes any device.
    return torch.Generator(device).manual_seed(mix(seed, *parts))
