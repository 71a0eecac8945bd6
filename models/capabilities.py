"""What a model can do, as protocols. Panels appear because of them, never because of a name.

Shapes: N = any number of images, C, H, W = channels, height, width, D = latent size, K = number of
classes. Images are float32 in [0, 1].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import torch
    from torch import Tensor

    from models.base import SamplerStep


@runtime_checkable
class Samples(Protocol):
    """Draws new digits."""

    def sample(
        self, count: int, *, generator: torch.Generator, labels: Tensor | None = None
    ) -> Tensor:
        """(count, C, H, W). The same generator state gives the same noise at any training step."""
        ...


@runtime_checkable
class Encodes(Protocol):
    """Has an encoder."""

    def encode(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """(N, C, H, W) to latents (N, D). A conditional model infers labels that are not given."""
        ...


@runtime_checkable
class Decodes(Protocol):
    """Makes an image from a vector: the map walks over these."""

    def latent_dim(self) -> int:
        """D."""
        ...

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """(N, D) to (N, C, H, W), deterministic and differentiable where the model is."""
        ...


@runtime_checkable
class Reconstructs(Protocol):
    """Has its own way from an image to its best copy (otherwise: decode what was encoded)."""

    def reconstruct(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """(N, C, H, W) to (N, C, H, W)."""
        ...


@runtime_checkable
class Inpaints(Protocol):
    """Fills a hole by its own means."""

    def inpaint(
        self, images: Tensor, hole: Tensor, *, generator: torch.Generator
    ) -> Iterator[SamplerStep]:
        """Fills `hole` ((N, 1, H, W) bool, True where unknown) in (N, C, H, W).

        The pixels under the hole are never read; the known ones come back unchanged to the bit.
        Several different completions come from repeating an image along N.
        """
        ...


@runtime_checkable
class Denoises(Protocol):
    """Predicts a clean image from a noisy one."""

    def denoise(self, x_t: Tensor, t: Tensor) -> Tensor:
        """x_t (N, C, H, W) at times t (N,) in [0, 1] to the predicted clean image in [0, 1]."""
        ...


@runtime_checkable
class Diffuses(Protocol):
    """Turns images into noise step by step, and back: a diffusion or one of its kin."""

    def noised(self, images: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        """Images in [0, 1] with noise ~ N(0, I), both (N, C, H, W), to x_t at times t (N,).

        At t = 0 the images, scaled to [-1, 1]; at t = 1 the noise.
        """
        ...

    def denoise(self, x_t: Tensor, t: Tensor) -> Tensor:
        """As `Denoises`."""
        ...

    def refine(
        self, images: Tensor, strength: float, *, generator: torch.Generator
    ) -> Iterator[SamplerStep]:
        """Adds noise up to the time `strength` in (0, 1] and removes it: (N, C, H, W) to the same.

        A small strength changes details alone, at 1 nothing is left of the images.
        """
        ...


@runtime_checkable
class Scores(Protocol):
    """Has an opinion of how real an image is: a discriminator or critic."""

    def score(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """(N, C, H, W) to logits or critic values (N,); greater is more real."""
        ...


@runtime_checkable
class HasLikelihood(Protocol):
    """Knows log p(x) or a bound on it."""

    def log_likelihood(
        self, images: Tensor, *, generator: torch.Generator, draws: int = 1
    ) -> Tensor:
        """Lower bound (or value) of log p(x) in nats, (N,); tighter with more draws."""
        ...


@runtime_checkable
class Conditional(Protocol):
    """Draws the class that it is told: `labels` are honoured everywhere."""

    def class_evidence(self, images: Tensor) -> Tensor:
        """(N, C, H, W) to (N, K): how well each class explains the image; greater is better."""
        ...


@runtime_checkable
class HasTrajectory(Protocol):
    """Samples by a path that can be watched (diffusion, flows)."""

    def trajectory(
        self, count: int, *, generator: torch.Generator, steps: int | None = None
    ) -> Iterator[SamplerStep]:
        """From noise to (count, C, H, W), step by step."""
        ...


@runtime_checkable
class HasCodebook(Protocol):
    """Describes an image by discrete codes."""

    def codebook_size(self) -> int:
        """Number of codewords."""
        ...

    def codes(self, images: Tensor) -> Tensor:
        """(N, C, H, W) to int64 (N, h, w) in [0, codebook size)."""
        ...

    def decode_codes(self, codes: Tensor) -> Tensor:
        """int64 (N, h, w) to (N, C, H, W)."""
        ...


CAPABILITIES: Mapping[str, type] = {
    "samples": Samples,
    "encodes": Encodes,
    "decodes": Decodes,
    "reconstructs": Reconstructs,
    "inpaints": Inpaints,
    "denoises": Denoises,
    "diffuses": Diffuses,
    "scores": Scores,
    "has_likelihood": HasLikelihood,
    "conditional": Conditional,
    "has_trajectory": HasTrajectory,
    "has_codebook": HasCodebook,
}
