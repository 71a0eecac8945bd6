"""Reverse samplers of diffusion models, as generators of frozen steps.

They know no network and no progress bar: a denoiser goes in, steps come out. Inside, images are
in [-1, 1]; in the steps that come out, `images` is the prediction of the result in [0, 1] and
`state` is x_t. N = any number of images, C, H, W = channels, height, width.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from models.base import SamplerStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.schedules import Schedule

Denoiser = Callable[[Tensor, Tensor], Tensor]
"""x_t (N, C, H, W) at times t (N,) to the predicted clean images (N, C, H, W) in [-1, 1]."""


def to_unit(images: Tensor) -> Tensor:
    """[-1, 1] to [0, 1]; what lies outside is cut off."""
    return ((images + 1) / 2).clamp(0, 1)


def time_grid(steps: int, first: float, last: float, device: torch.device) -> Tensor:
    """The steps + 1 times at which a path of `steps` steps stands, both ends included."""
    assert steps >= 1, steps
    return torch.linspace(first, last, steps + 1, device=device)


def ddim(
    denoise: Denoiser,
    x_1: Tensor,
    schedule: Schedule,
    steps: int,
    *,
    start: float = 1.0,
    eta: float = 0.0,
    generator: torch.Generator | None = None,
) -> Iterator[SamplerStep]:
    """From noise to images (Song et al., 2020, arXiv:2010.02502).

    Arguments:
        x_1: The noise to start from (N, C, H, W).
        start: The time of x_1; below 1 if there is something left of images in it.
        eta: Noise added on the way: 0 is DDIM, a deterministic and invertible map; 1 is the
            ancestral sampler of DDPM.
        generator: Draws that noise; needed only if eta is not 0.
    """
    x = x_1
    times = time_grid(steps, start, 0.0, x.device)
    for i in range(steps):
        x, clean = _reverse_step(denoise, x, times[i], times[i + 1], schedule, eta, generator)
        yield SamplerStep((i + 1) / steps, to_unit(clean), x)


def ddim_invert(
    denoise: Denoiser,
    x_start: Tensor,
    schedule: Schedule,
    steps: int,
    *,
    start: float = 0.0,
    corrections: int = 1,
) -> Iterator[SamplerStep]:
    """From images to the noise that `ddim` turns into them: its steps, solved backwards.

    On the circle alpha = cos, sigma = sin a step of `ddim` from t to s < t, d apart, is
    x_s = cos(d) x_t - sin(d) v(x_t), with v = alpha_t * noise - sigma_t * clean. Here x_s is known
    and x_t is not: x_t = (x_s + sin(d) v(x_t)) / cos(d) is solved by fixed-point iteration,
    which in this form does not divide by sigma_s, that is 0 or nearly so where the path begins.

    Arguments:
        x_start: Images in [-1, 1] (N, C, H, W), at the time `start`.
        start: Time of the images; above 0 if a little noise has been added to them.
        corrections: Further evaluations of the denoiser per step; each brings the result of
            `ddim` closer to the images.
    """
    x = x_start
    times = time_grid(steps, start, 1.0, x.device)
    for i in range(steps):
        s, t = times[i], times[i + 1]
        alpha_s, sigma_s = schedule(s)
        alpha_t, sigma_t = schedule(t)
        at_t = t.expand(len(x))
        cosine = alpha_s * alpha_t + sigma_s * sigma_t
        sine = alpha_s * sigma_t - sigma_s * alpha_t
        guess = x
        for _ in range(corrections + 1):
            clean = denoise(guess, at_t)
            guess = (x + sine * (alpha_t * guess - clean) / sigma_t) / cosine
        x = guess
        yield SamplerStep((i + 1) / steps, to_unit(clean), x)


def repaint(
    denoise: Denoiser,
    images: Tensor,
    hole: Tensor,
    schedule: Schedule,
    steps: int,
    *,
    generator: torch.Generator,
    jump: int = 5,
    visits: int = 4,
) -> Iterator[SamplerStep]:
    """Fills a hole so that it goes with what surrounds it (Lugmayr et al., 2022, arXiv:2201.09865).

    Each reverse step takes the hole from the sampler and the rest from the known image, noised to
    the same level. As the two do not know of each other, the path goes up again by `jump` steps
    (noise is added) and down again, `visits` times over each stretch: so they are harmonised.

    Arguments:
        images: (N, C, H, W) in [0, 1]; what lies under the hole is never read.
        hole: (N, 1, H, W) bool, True where unknown.
        jump: Steps of a stretch.
        visits: How often each stretch is walked down; 1 means no resampling.

    Yields:
        One step per evaluation of the denoiser; outside the hole its images are the given ones
        to the bit.
    """
    known = torch.where(hole, 0, images) * 2 - 1
    times = time_grid(steps, 1.0, 0.0, images.device)
    path = _resampling_path(steps, jump, visits)
    x = _noise_like(images, generator)
    downs = sum(there > here for here, there in itertools.pairwise(path))
    done = 0
    for here, there in itertools.pairwise(path):
        s, t = times[there], times[here]
        alpha_s, sigma_s = schedule(s)
        if there < here:
            alpha_t, _sigma_t = schedule(t)
            ratio = alpha_s / alpha_t
            x = ratio * x + (1 - ratio**2).sqrt() * _noise_like(x, generator)
            continue
        x, clean = _reverse_step(denoise, x, t, s, schedule, 1.0, generator)
        x = torch.where(hole, x, alpha_s * known + sigma_s * _noise_like(x, generator))
        done += 1
        yield SamplerStep(done / downs, torch.where(hole, to_unit(clean), images), x)


def _reverse_step(
    denoise: Denoiser,
    x: Tensor,
    t: Tensor,
    s: Tensor,
    schedule: Schedule,
    eta: float,
    generator: torch.Generator | None,
) -> tuple[Tensor, Tensor]:
    """x_s and the predicted clean images, from x_t with s < t."""
    alpha_t, sigma_t = schedule(t)
    alpha_s, sigma_s = schedule(s)
    clean = denoise(x, t.expand(len(x)))
    noise = (x - alpha_t * clean) / sigma_t
    if eta == 0:
        return alpha_s * clean + sigma_s * noise, clean
    assert generator is not None, "noise on the way needs a generator"
    # Equation 16 of DDIM; with eta = 1 it is the standard deviation of DDPM's posterior.
    fresh = eta * (sigma_s / sigma_t) * (1 - (alpha_t / alpha_s) ** 2).clamp_min(0).sqrt()
    kept = (sigma_s**2 - fresh**2).clamp_min(0).sqrt()
    x_s = alpha_s * clean + kept * noise + fresh * _noise_like(x, generator)
    return x_s, clean


def _resampling_path(steps: int, jump: int, visits: int) -> list[int]:
    """Indices into the time grid: 0 is pure noise, `steps` is the image; going back adds noise.

    The last stretch is walked down once: noise added there would have no time to be removed.
    """
    assert jump >= 1, jump
    assert visits >= 1, visits
    path = [0]
    for start in range(0, steps, jump):
        end = min(start + jump, steps)
        for visit in range(visits if end < steps else 1):
            if visit:
                path.extend(range(end - 1, start - 1, -1))
            path.extend(range(start + 1, end + 1))
    return path


def _noise_like(images: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(images.shape, generator=generator, device=images.device, dtype=images.dtype)
