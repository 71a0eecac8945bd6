"""Network blocks and running statistics that two or more models share."""

from __future__ import annotations

import copy
import itertools
import math
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def mlp(sizes: Sequence[int]) -> nn.Sequential:
    """Dense layers of the given sizes with ReLU between them and none at the end.

    Weights are drawn as He et al. 2015 (arXiv:1502.01852) do for ReLU, the last layer's smaller
    (LeCun), so that outputs of unit size come out of inputs of unit size. Biases start at zero.
    """
    layers: list[nn.Module] = []
    for i, (fan_in, fan_out) in enumerate(itertools.pairwise(sizes)):
        last = i == len(sizes) - 2
        linear = nn.Linear(fan_in, fan_out)
        nn.init.kaiming_normal_(linear.weight, nonlinearity="linear" if last else "relu")
        nn.init.zeros_(linear.bias)
        layers += [linear] if last else [linear, nn.ReLU()]
    return nn.Sequential(*layers)


def cosine_decay(progress: float) -> float:
    """A learning rate's factor: 1 at the start of a stage, falling along a cosine to 0.05."""
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * min(max(progress, 0.0), 1.0)))


def bernoulli_nll(logits: Tensor, images: Tensor, hole: Tensor | None = None) -> Tensor:
    """-log p(x | logits) in nats, summed over the pixels: (N, C, H, W) twice to (N,).

    Grey levels in [0, 1] are taken as the means of Bernoulli variables. Then even a perfect copy
    costs the entropy of the grey levels: 45.5 nats on MNIST. Pixels in the `hole` do not count.
    """
    losses = F.binary_cross_entropy_with_logits(logits, images, reduction="none")
    if hole is not None:
        losses = losses.masked_fill(hole, 0.0)
    return losses.flatten(1).sum(dim=1)


def kl_to_standard_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) || N(0, I)) in nats: (N, D) twice to (N,)."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1)


def draw_normal(mean: Tensor, log_variance: Tensor, *, generator: torch.Generator) -> Tensor:
    """A draw from N(mean, variance) that gradients flow through (reparameterisation), (N, D)."""
    noise = torch.randn(mean.shape, generator=generator, device=mean.device)
    return mean + noise * (0.5 * log_variance).exp()


def log_normal(x: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """log N(x; mean, variance) in nats: (N, D) three times to (N,)."""
    squares = (x - mean).square() * (-log_variance).exp()
    return -0.5 * (squares + log_variance + math.log(2 * math.pi)).sum(dim=1)


def best_of(count: int, draw: Callable[[], Tensor], loss: Callable[[Tensor], Tensor]) -> Tensor:
    """Row by row the best of `count` draws (N, D), where `loss` gives (N,)."""
    best = draw()
    lowest = loss(best)
    for _ in range(count - 1):
        other = draw()
        found = loss(other)
        best = torch.where((found < lowest)[:, None], other, best)
        lowest = torch.minimum(found, lowest)
    return best


class EMA(nn.Module):
    """The exponential moving average of a module's weights (Polyak averaging).

    The average is a copy whose weights are buffers: it is saved with the model, moves to the
    device with it, belongs to no player and never gets a gradient; it is always in eval mode.
    Calling the EMA calls the average.

    The decay warms up as (1 + n) / (10 + n), so that the start is soon forgotten.

    Arguments:
        module: The live module; afterwards `update()` follows it.
        decay: Share of the old average that is kept per update, in [0, 1).
    """

    updates: Tensor

    def __init__(self, module: nn.Module, decay: float = 0.999) -> None:
        super().__init__()
        assert 0 <= decay < 1, decay
        self.decay = decay
        self.average = _frozen_copy(module)
        # In a tuple, so that the live module is not registered (and saved) a second time.
        self._live = (module,)
        self.register_buffer("updates", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def update(self) -> None:
        """Moves the average towards the live weights; call it after the optimizer's step."""
        # Stays on the device: an .item() here would make an accelerator wait in each round.
        count = self.updates.add_(1).to(torch.float32)
        step = 1 - torch.clamp((1 + count) / (10 + count), max=self.decay)
        live = self._live[0]
        averages = dict(self.average.named_buffers())
        for name, parameter in live.named_parameters():
            averages[name].lerp_(parameter, step.to(parameter.dtype))
        for name, buffer in live.named_buffers():
            # Statistics of activations are averaged like the weights that make them: those of the
            # live weights would not be those of the averaged ones.
            if buffer.is_floating_point():
                averages[name].lerp_(buffer, step.to(buffer.dtype))
            else:
                averages[name].copy_(buffer)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the averaged module makes of the arguments."""
        return self.average(*args, **kwargs)

    def train(self, mode: bool = True) -> EMA:
        """Sets the mode of this module alone: the average stays in eval mode."""
        super().train(mode)
        self.average.eval()
        return self


def _frozen_copy(module: nn.Module) -> nn.Module:
    frozen = copy.deepcopy(module).eval()
    for part in frozen.modules():
        for name, value in list(part.named_parameters(recurse=False)):
            delattr(part, name)
            part.register_buffer(name, value.detach().clone())
    return frozen


class CodeGaussian(nn.Module):
    """A Gaussian that follows an autoencoder's codes, so that one can sample from it.

    Ex-post density estimation: an autoencoder without a prior becomes a generator when a density
    is fitted to its codes (Ghosh et al., 2020, arXiv:1903.12436). Mean and covariance (D, D) are
    exponential averages over the batches, because the encoder keeps moving.

    Arguments:
        dim: Size D of a code.
        decay: Share of the old statistics that is kept per batch, in [0, 1).
    """

    mean: Tensor
    covariance: Tensor
    updates: Tensor

    def __init__(self, dim: int, decay: float = 0.98) -> None:
        super().__init__()
        assert 0 <= decay < 1, decay
        self.decay = decay
        self.register_buffer("mean", torch.zeros(dim))
        self.register_buffer("covariance", torch.eye(dim))
        self.register_buffer("updates", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def update(self, codes: Tensor) -> None:
        """Learns from a batch of codes (B, D); the first one replaces the initial N(0, I)."""
        count = self.updates.add_(1).to(torch.float32)
        # 1, 1/2, 1/3, ... at first (the plain average), then the exponential one.
        step = torch.clamp(1 / count, min=1 - self.decay).to(codes.dtype)
        batch_mean = codes.mean(dim=0)
        centred = codes - batch_mean
        batch_covariance = centred.T @ centred / len(codes)
        shift = batch_mean - self.mean
        # The covariance of a mixture: within the parts, and between their means.
        between = (1 - step) * step * torch.outer(shift, shift)
        self.covariance.mul_(1 - step).add_(step * batch_covariance).add_(between)
        self.mean.add_(step * shift)

    def sample(self, count: int, *, generator: torch.Generator) -> Tensor:
        """Draws codes (count, D)."""
        noise = torch.randn(count, len(self.mean), generator=generator, device=self.mean.device)
        # By eigenvectors, since Cholesky refuses the singular covariance of a dead code unit.
        values, vectors = torch.linalg.eigh(self.covariance)
        spread = vectors * values.clamp_min(0).sqrt()
        return torch.addmm(self.mean, noise, spread.T)
