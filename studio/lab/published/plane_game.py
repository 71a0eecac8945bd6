"""PacGAN's game of points: the ring and the grid, several seeds at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import torch
from torch.nn.functional import softplus

from studio.lab.published.plane_nets import Discriminators, Generators

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    Floats = NDArray[np.float64]

Net = TypeVar("Net", bound=torch.nn.Module)

POINTS, BATCH, SAMPLES = 100_000, 100, 2_500
RATE, BETAS = 1e-4, (0.8, 0.999)
GENERATOR_UNITS, DISCRIMINATOR_UNITS = 400, 200
GOOD = 3.0
"""Standard deviations from the nearest centre within which a sample is of high quality."""


def ring() -> tuple[Floats, float]:
    """The eight centres on the unit circle (8, 2), and the standard deviation."""
    angles = 2 * np.pi * np.arange(8) / 8
    return np.stack((np.cos(angles), np.sin(angles)), 1), 0.01


def grid() -> tuple[Floats, float]:
    """The 25 centres (25, 2), and the standard deviation."""
    places = np.arange(-4.0, 5.0, 2.0)
    return np.stack(np.meshgrid(places, places, indexing="ij"), -1).reshape(-1, 2), 0.05


class PlaneGame:
    """Plays the same game with several seeds at once.

    Arguments:
        centres, sigma: The mixture.
        packing: Points that the discriminator sees at once; 1 is the plain GAN.
        seeds: One game for each; a game does not depend on the others beyond rounding.
        steps: Rounds to play.
        units: Widths of generator and discriminator, for tests.
        points: Size of the data, for tests.
    """

    def __init__(
        self,
        centres: Floats,
        sigma: float,
        *,
        packing: int,
        seeds: Sequence[int],
        steps: int,
        device: torch.device | str = "cpu",
        units: tuple[int, int] = (GENERATOR_UNITS, DISCRIMINATOR_UNITS),
        points: int = POINTS,
    ) -> None:
        assert packing >= 1
        assert points >= BATCH
        self.steps, self.step = steps, 0
        self._centres, self._sigma, self._packing = centres, sigma, packing
        self._device = torch.device(device)
        self._noise = [torch.Generator(self._device).manual_seed(seed) for seed in seeds]
        rngs = [np.random.default_rng(seed) for seed in seeds]
        self._data = self._tensor([self._packs(rng, points) for rng in rngs])
        self._order = self._deal()
        first = [torch.Generator().manual_seed(seed) for seed in seeds]
        self._generators = _joined([Generators(1, units[0], one) for one in first])
        self._discriminators = _joined([Discriminators(1, packing, units[1], one) for one in first])
        self._generators.to(self._device)
        self._discriminators.to(self._device)
        self._players = [
            (player, list(player.parameters()), torch.optim.Adam(player.parameters(), RATE, BETAS))
            for player in (self._discriminators, self._generators)
        ]

    def play(self) -> Iterator[float]:
        """Plays to the end; yields the share that is done after each round."""
        while self.step < self.steps:
            self._round()
            self.step += 1
            yield self.step / self.steps

    def measure(self) -> list[dict[str, float]]:
        """For each seed the modes, the share of high quality and the reverse KL, as of now."""
        self._generators.eval()
        with torch.no_grad():
            points = self._generators(self._normal(1, SAMPLES))[:, 0].double().cpu().numpy()
        self._generators.train()
        return [coverage(each, self._centres, self._sigma) for each in points]

    def _round(self) -> None:
        """Both players move at once, by the gradients of the same batch."""
        place = self.step % (self._data.shape[1] // BATCH)
        if place == 0 and self.step:
            self._order = self._deal()
        chosen = self._order[:, place * BATCH : (place + 1) * BATCH]
        real = self._data.gather(1, chosen[..., None].expand(-1, -1, self._data.shape[2]))
        fake = self._generators(self._normal(self._packing, BATCH))
        packs = fake.transpose(1, 2).reshape(len(fake), BATCH, -1)
        logits = self._discriminators(torch.cat((real, packs), 1))
        on_real, on_fake = logits[:, :BATCH], logits[:, BATCH:]
        # Summed over seeds: no weight sees the loss of another seed.
        losses = (
            (softplus(-on_real) + softplus(on_fake)).mean(1).sum(),
            softplus(-on_fake).mean(1).sum(),
        )
        gradients = [
            torch.autograd.grad(loss, weights, retain_graph=turn == 0)
            for turn, (loss, (_, weights, _)) in enumerate(zip(losses, self._players, strict=True))
        ]
        for (_, weights, optimizer), slopes in zip(self._players, gradients, strict=True):
            for weight, slope in zip(weights, slopes, strict=True):
                weight.grad = slope
            optimizer.step()

    def _packs(self, rng: np.random.Generator, points: int) -> NDArray[np.float32]:
        """The data of one seed, (points, 2 M): each pack holds M points drawn from the same set."""
        spots = self._centres[rng.integers(len(self._centres), size=points)]
        drawn = spots + rng.normal(scale=self._sigma, size=(points, 2))
        chosen = rng.integers(points, size=(self._packing, points))
        return np.concatenate([drawn[one] for one in chosen], 1).astype(np.float32)

    def _deal(self) -> Tensor:
        """A new order of the packs for each seed, (S, points)."""
        return torch.stack(
            [
                torch.randperm(self._data.shape[1], generator=one, device=self._device)
                for one in self._noise
            ]
        )

    def _normal(self, packed: int, count: int) -> Tensor:
        return torch.stack(
            [
                torch.randn((packed, count, 2), generator=one, device=self._device)
                for one in self._noise
            ]
        )

    def _tensor(self, arrays: list[NDArray[np.float32]]) -> Tensor:
        return torch.from_numpy(np.stack(arrays)).to(self._device)


def coverage(points: Floats, centres: Floats, sigma: float) -> dict[str, float]:
    """PacGAN's measures of points (N, 2).

    A point is of high quality within three standard deviations of the nearest centre; modes are
    centres with at least one; kl is KL(shares of the high-quality points || uniform) in nats, and
    log K where there are none.
    """
    distances = np.linalg.norm(points[:, None] - centres[None], axis=2) / sigma
    nearest = distances.argmin(1)
    good = distances.min(1) < GOOD
    counts = np.bincount(nearest[good], minlength=len(centres))
    shares = counts[counts > 0] / max(1, counts.sum())
    return {
        "modes": float((counts > 0).sum()),
        "quality": float(good.mean()),
        "kl": math.log(len(centres)) + float((shares * np.log(shares)).sum()),
    }


def _joined(nets: list[Net]) -> Net:
    """One network of all the seeds: a game begins the same in whatever company."""
    joined = nets[0]
    for name, weight in [*joined.named_parameters(), *joined.named_buffers()]:
        parts = [net.state_dict()[name] for net in nets]
        weight.data = torch.cat(parts)
    return joined
