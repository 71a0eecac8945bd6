"""PacGAN's game of stacked digits in VEEGAN's setting, one seed after the other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn.functional import softplus

from studio.lab.published.stack_nets import NOISE, Discriminator, Generator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from studio.instruments.classifier import DigitClassifier

STACKS, BATCH, SAMPLES, CLASSES = 128_000, 64, 26_000, 1_000
RATE, BETAS = 2e-4, (0.5, 0.999)
CHANNELS = 512
GENERATOR_MOVES = 2
_CHUNK = 500


class StackGame:
    """Plays the game for one seed after the other.

    Arguments:
        digits: uint8 (N, 28, 28), all digits there are.
        classifier: Reads the samples' channels.
        packing: Stacks that the discriminator sees at once; 1 is the plain DCGAN.
        seeds: One game for each.
        steps: Rounds of each.
        channels: Of the widest map; 512 as published.
        stacks, samples: Sizes of the data and of what is measured.
    """

    def __init__(
        self,
        digits: NDArray[np.uint8],
        classifier: DigitClassifier,
        *,
        packing: int,
        seeds: Sequence[int],
        steps: int,
        device: torch.device | str = "cpu",
        channels: int = CHANNELS,
        stacks: int = STACKS,
        samples: int = SAMPLES,
    ) -> None:
        assert stacks >= BATCH
        self.steps, self.step = steps, 0
        self._digits = torch.from_numpy(np.array(digits)).to(device)
        self._classifier, self._packing, self._seeds = classifier, packing, list(seeds)
        self._channels, self._stacks, self._samples = channels, stacks, samples
        self._device = torch.device(device)
        self._finished: list[dict[str, float]] = []
        self._game: _Game | None = None

    def play(self) -> Iterator[float]:
        """Plays to the end; yields the share of all seeds' rounds that is done."""
        for place, seed in enumerate(self._seeds):
            self._game = _Game(
                self._digits, seed, self._packing, self._channels, self._stacks, self._device
            )
            self.step = 0
            while self.step < self.steps:
                self._game.round(self.step)
                self.step += 1
                yield (place + self.step / self.steps) / len(self._seeds)
            self._finished.append(self._game.measure(self._classifier, self._samples))
            self._game = None

    def measure(self) -> list[dict[str, float]]:
        """For each seed that has begun the modes, the KL and the share of no digits, as of now."""
        if self._game is None or not self.step:
            return list(self._finished)
        return [*self._finished, self._game.measure(self._classifier, self._samples)]


class _Game:
    """One seed: its data, which is never shuffled, and its two players."""

    def __init__(
        self,
        digits: Tensor,
        seed: int,
        packing: int,
        channels: int,
        stacks: int,
        device: torch.device,
    ) -> None:
        first = torch.Generator().manual_seed(seed)
        rng = np.random.default_rng(seed)
        self._digits, self._packing, self._device = digits, packing, device
        # Packs of stacks that are themselves drawn from the 128,000: (stacks, M, 3) digits.
        made = rng.integers(len(digits), size=(stacks, 3))
        packs = made[rng.integers(stacks, size=(stacks, packing))]
        self._packs = torch.from_numpy(packs).to(device)
        self._noise = torch.Generator(device).manual_seed(seed)
        self._generator = Generator(channels, first).to(device)
        self._discriminator = Discriminator(packing, channels, first).to(device)
        self._optimizers = [
            torch.optim.Adam(player.parameters(), RATE, BETAS)
            for player in (self._discriminator, self._generator)
        ]

    def round(self, step: int) -> None:
        """One move of the discriminator and two of the generator, all on the same noise."""
        place = step % (len(self._packs) // BATCH) * BATCH
        chosen = self._packs[place : place + BATCH].flatten(1)
        real = self._digits[chosen].float() / 255
        noise = self._uniform(self._packing * BATCH).view(self._packing, BATCH, NOISE)
        for_discriminator, for_generator = self._optimizers
        with torch.no_grad():
            fake = self._packed(noise)
        # Two calls: batch norm sees real and fake stacks apart.
        loss = (
            softplus(-self._discriminator(real)).mean() + softplus(self._discriminator(fake)).mean()
        )
        for_discriminator.zero_grad()
        torch.autograd.backward(loss)
        for_discriminator.step()
        for _ in range(GENERATOR_MOVES):
            loss = softplus(-self._discriminator(self._packed(noise))).mean()
            for_generator.zero_grad()
            torch.autograd.backward(loss, inputs=list(self._generator.parameters()))
            for_generator.step()

    def measure(self, classifier: DigitClassifier, samples: int) -> dict[str, float]:
        """Modes of 1,000 that are met at all, and KL(shares || uniform) in nats.

        Beside them, which the paper did not ask, the share of samples, as seen on a screen, of
        which a channel is no digit.
        """
        self._generator.eval()
        labels, nones = [], 0
        with torch.no_grad():
            for first in range(0, samples, _CHUNK):
                noise = self._uniform(min(_CHUNK, samples - first))
                images = self._generator(noise).cpu()
                # As published: the raw output, and a digit at any price.
                labels.append(classifier.judge(images).digits)
                nones += int((classifier.judge(images.clamp(0, 1)).labels == CLASSES).sum())
        self._generator.train()
        counts = np.bincount(np.concatenate(labels), minlength=CLASSES)
        shares = counts[counts > 0] / samples
        return {
            "modes": float((counts > 0).sum()),
            "kl": math.log(CLASSES) + float((shares * np.log(shares)).sum()),
            "share_none": nones / samples,
        }

    def _packed(self, noise: Tensor) -> Tensor:
        """(M, N, 100) to packs (N, 3 M, 28, 28); each of the M crowds has its own batch norm."""
        return torch.cat([self._generator(crowd) for crowd in noise], 1)

    def _uniform(self, count: int) -> Tensor:
        drawn = torch.rand((count, NOISE), generator=self._noise, device=self._device)
        return 2 * drawn - 1
