"""A data set that lives on the training device, and the order in which it is dealt.

Digits are small: 60,000 of them are 47 MB as bytes, 128,000 stacks of three 301 MB. Keeping them on
the device as uint8 and gathering a batch there costs no worker processes, no copies from the host
and no waiting.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from studio.data.dataset import Dataset


class ResidentData:
    """Images and labels on a device, dealt in an order that follows from (seed, round) alone.

    Every epoch is a fresh permutation of all N images. Round k takes places
    [k * size, (k + 1) * size) of the endless sequence of epochs, so that a batch may straddle
    two epochs, no image is left out, and round k is the same whether it is reached step by
    step or by a jump (that is what makes a resumed run identical).

    Attributes:
        plane: The plane that the data are points of, or None for images.
    """

    def __init__(self, dataset: Dataset, device: torch.device | str) -> None:
        assert len(dataset) > 0, "a data set without images cannot be dealt"
        images = dataset.images
        images = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
        # A copy, because torch warns about (and must not share) read-only memory.
        self.images = torch.from_numpy(np.array(images, order="C")).to(device)
        self.labels = torch.from_numpy(np.array(dataset.labels)).to(device)
        self.device = self.images.device
        self.plane = dataset.plane
        self._orders: dict[int, Tensor] = {}
        self._seed: int | None = None

    def __len__(self) -> int:
        return len(self.images)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one image."""
        _, channels, height, width = self.images.shape
        return channels, height, width

    def batch(self, size: int, *, seed: int, round: int) -> tuple[Tensor, Tensor]:
        """The batch of one round: float32 (size, C, H, W) in [0, 1] and int64 (size,)."""
        return self.take(self.indices(size, seed=seed, round=round))

    def indices(self, size: int, *, seed: int, round: int) -> Tensor:
        """Which images the round takes: int64 (size,) on the device."""
        assert size > 0
        assert round >= 0
        if seed != self._seed:
            self._orders.clear()
            self._seed = seed
        first = size * round
        pieces = []
        for epoch in range(first // len(self), (first + size - 1) // len(self) + 1):
            start = epoch * len(self)
            pieces.append(self._order(epoch)[max(first - start, 0) : first + size - start])
        return pieces[0] if len(pieces) == 1 else torch.cat(pieces)

    def take(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Chosen images and labels, in the form of `batch`."""
        images = self.images[indices]
        # Points are floats already, in [0, 1].
        if not images.is_floating_point():
            images = images.float().div_(255)
        return images, self.labels[indices]

    def _order(self, epoch: int) -> Tensor:
        if epoch not in self._orders:
            assert self._seed is not None
            # Two epochs are enough for a batch on the border; older ones would only grow.
            for old in [kept for kept in self._orders if abs(kept - epoch) > 1]:
                del self._orders[old]
            self._orders[epoch] = sample_indices(len(self), seed=self._seed, epoch=epoch).to(
                self.device
            )
        return self._orders[epoch]


def sample_indices(count: int, *, seed: int, epoch: int) -> Tensor:
    """The permutation of range(count) for one epoch: int64 (count,), on the CPU.

    Hashing (seed, epoch) keeps neighbouring seeds and epochs unrelated. The permutation is
    drawn on the CPU so that every kind of device sees the same order.
    """
    digest = hashlib.sha256(f"{seed} {epoch}".encode()).digest()
    generator = torch.Generator().manual_seed(int.from_bytes(digest[:8], "little") >> 1)
    return torch.randperm(count, generator=generator)
