"""What a model lacks is supplied: searched codes, filled holes, honest sentences."""

from __future__ import annotations

from typing import ClassVar, Literal

import pytest
import torch
from torch import Tensor, nn

from models import ImageShape, ModelCard, ModelConfig, means
from models.base import GenerativeModel, SamplerStep, Stage

SHAPE = ImageShape(1, 4, 4, 3)
HOLE = torch.zeros(1, 1, 4, 4, dtype=torch.bool)
HOLE[..., 2:, :] = True
CARD = ModelCard("Toy", "Toys", 2000, "A toy.", "none", ("Small.",), ("Toy.",), (("a", "b"),))


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


class Mute(GenerativeModel):
    """Can do nothing."""

    card: ClassVar[ModelCard] = CARD

    def __init__(self) -> None:
        super().__init__(ModelConfig(), SHAPE)
        weights = torch.randn(3, SHAPE.pixels, generator=seeded(1)) / 4
        self.weights = nn.Parameter(weights)

    def stages(self) -> tuple[Stage, ...]:
        return ()


class Decoder(Mute):
    """x = 0.5 + z W: linear, so that all answers are known."""

    def latent_dim(self) -> int:
        return 3

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return (0.5 + latents @ self.weights).view(-1, *SHAPE.chw)


class Sampler(Mute):
    ways: ClassVar[dict[str, str]] = {"sample": "Thinks up noise."}

    def sample(
        self, count: int, *, generator: torch.Generator, labels: Tensor | None = None
    ) -> Tensor:
        return torch.rand(count, *SHAPE.chw, generator=generator)


class Autoencoder(Decoder):
    latent_geometry: ClassVar[Literal["gaussian", "free", "sphere"]] = "free"

    def encode(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        return (images.flatten(1) - 0.5) @ torch.linalg.pinv(self.weights)


class SamplingAutoencoder(Autoencoder):
    def sample(
        self, count: int, *, generator: torch.Generator, labels: Tensor | None = None
    ) -> Tensor:
        return self.decode(2 + torch.randn(count, 3, generator=generator))


class Classes(Decoder):
    """Three classes, each with its own brightness."""

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        assert labels is not None
        return super().decode(latents) + labels.view(-1, 1, 1, 1)

    def class_evidence(self, images: Tensor) -> Tensor:
        brightness = images.flatten(1).mean(dim=1, keepdim=True)
        return -(brightness - 0.5 - torch.arange(3)).abs()


class Inpainter(Mute):
    def inpaint(
        self, images: Tensor, hole: Tensor, *, generator: torch.Generator
    ) -> list[SamplerStep]:
        # A sloppy one: changes known pixels and looks at the hole.
        return [SamplerStep(1.0, images + 0.1)]


def picture(z: Tensor) -> Tensor:
    with torch.no_grad():
        return Decoder().decode(z)


def last(steps: object) -> SamplerStep:
    *_, end = steps  # type: ignore[misc]
    assert isinstance(end, SamplerStep)
    assert end.fraction == 1
    return end


def test_inversion_finds_the_code_of_a_linear_decoder() -> None:
    z = torch.tensor([[0.5, -1.0, 1.5], [1.0, 0.3, -0.2]])
    model = Decoder()
    found = last(means.encode(model, picture(z), generator=seeded())).state
    # The prior pulls a little: the exact answer is that of ridge regression.
    w, s2 = model.weights.detach(), means.PIXEL_DEVIATION**2
    ridge = torch.linalg.solve(w @ w.T + s2 * torch.eye(3), w @ (picture(z) - 0.5).flatten(1).T).T
    assert found is not None
    torch.testing.assert_close(found, ridge, rtol=0, atol=0.01)
    torch.testing.assert_close(found, z, rtol=0, atol=0.3)


def test_inversion_works_without_gradients_and_leaves_none() -> None:
    target = picture(torch.ones(1, 3))
    for model in (Decoder(), Decoder().requires_grad_(False)):
        with torch.no_grad():
            for step in means.reconstruct(model, target, generator=seeded()):
                assert not torch.is_grad_enabled(), "the search leaks its mode to the caller"
                assert not step.images.requires_grad
        torch.testing.assert_close(step.images, target, rtol=0, atol=0.1)
        assert model.weights.grad is None


def test_inversion_reports_its_progress() -> None:
    steps = list(means.encode(Decoder(), picture(torch.ones(1, 3)), generator=seeded()))
    fractions = [step.fraction for step in steps]
    assert len(fractions) >= 10
    assert fractions == sorted(fractions)


def test_an_encoder_answers_in_one_step() -> None:
    z = torch.randn(4, 3, generator=seeded())
    model = Autoencoder().requires_grad_(False)
    (step,) = means.encode(model, picture(z), generator=seeded())
    assert step.state is not None
    torch.testing.assert_close(step.state, z, rtol=0, atol=1e-4)
    torch.testing.assert_close(step.images, picture(z), rtol=0, atol=1e-4)


def test_labels_are_inferred_once_for_a_conditional_model() -> None:
    z = 0.2 * torch.randn(3, 3, generator=seeded())
    target = picture(z) + torch.arange(3).view(-1, 1, 1, 1)
    copies = last(means.reconstruct(Classes(), target, generator=seeded())).images
    torch.testing.assert_close(copies, target, rtol=0, atol=0.15)


@pytest.mark.parametrize("cls", [Decoder, Autoencoder, SamplingAutoencoder, Classes, Inpainter])
def test_known_pixels_stay_and_the_hole_is_never_read(cls: type[GenerativeModel]) -> None:
    image = picture(torch.tensor([[0.4, -0.8, 0.6]]))
    model = cls()  # type: ignore[call-arg]
    spoilt = torch.where(HOLE, torch.nan, image)
    first = last(means.inpaint(model, image, HOLE, 4, generator=seeded())).images
    second = last(means.inpaint(model, spoilt, HOLE, 4, generator=seeded())).images
    assert first.shape == (4, 1, 4, 4)
    assert torch.equal(first, second)
    known = (~HOLE).expand_as(first)
    assert torch.equal(first[known], image.expand_as(first)[known])
    assert torch.isfinite(first).all()


def test_filling_a_linear_decoders_hole_draws_from_the_posterior() -> None:
    model = Decoder().requires_grad_(False)
    image = picture(torch.tensor([[0.5, -1.0, 0.5]]))
    known = (~HOLE).flatten()
    w, s2 = model.weights[:, known], means.PIXEL_DEVIATION**2
    covariance = torch.linalg.inv(torch.eye(3) + w @ w.T / s2)
    mean = covariance @ w @ (image.flatten()[known] - 0.5) / s2
    z = last(means.inpaint(model, image, HOLE, 3_000, generator=seeded())).state
    assert z is not None
    torch.testing.assert_close(z.mean(dim=0), mean, rtol=0, atol=0.05)
    torch.testing.assert_close(torch.cov(z.T), covariance, rtol=0.1, atol=0.02)


def test_spread_draws_later_ones_from_a_wider_posterior() -> None:
    model = Decoder().requires_grad_(False)
    image = picture(torch.tensor([[0.5, -1.0, 0.5]]))
    known = (~HOLE).flatten()
    steps = means.fill(model, image, HOLE, 4_000, generator=seeded(), spread=4.0)
    *_, end = steps
    assert end.state is not None
    w = model.weights[:, known]
    for rows, share in ((slice(0, 400), 0.05), (slice(3_600, 4_000), 0.95)):
        s2 = (means.PIXEL_DEVIATION * 4.0**share) ** 2
        covariance = torch.linalg.inv(torch.eye(3) + w @ w.T / s2)
        found = torch.cov(end.state[rows].T)
        torch.testing.assert_close(found.trace(), covariance.trace(), rtol=0.15, atol=0)


def test_an_autoencoders_holes_are_filled_near_the_codes_of_its_samples() -> None:
    model = SamplingAutoencoder().requires_grad_(False)
    everything = torch.ones_like(HOLE)
    z = last(means.inpaint(model, torch.zeros(1, *SHAPE.chw), everything, 500, generator=seeded()))
    assert z.state is not None
    torch.testing.assert_close(z.state.mean(dim=0), torch.full((3,), 2.0), rtol=0, atol=0.25)


def test_without_samples_the_copy_is_copied_again() -> None:
    model = Autoencoder().requires_grad_(False)
    image = picture(torch.tensor([[0.5, -1.0, 0.5]]))
    small = torch.zeros_like(HOLE)
    small[..., 1, 1] = True
    filled = last(means.inpaint(model, image, small, 2, generator=seeded())).images
    torch.testing.assert_close(filled, image.expand(2, -1, -1, -1), rtol=0, atol=0.02)


def test_a_known_density_is_enough_to_sample() -> None:
    drawn = means.sample(Decoder().requires_grad_(False), 5, generator=seeded())
    assert drawn.shape == (5, 1, 4, 4)
    again = means.sample(Decoder().requires_grad_(False), 5, generator=seeded())
    assert torch.equal(drawn, again)


@pytest.mark.parametrize(
    ("cls", "able"),
    [
        (Mute, set()),
        (Sampler, {"sample"}),
        (Decoder, {"sample", "encode", "decode", "reconstruct", "inpaint"}),
        (Autoencoder, {"encode", "decode", "reconstruct", "inpaint"}),
        (Inpainter, {"inpaint"}),
    ],
)
def test_what_a_model_can_do_follows_from_its_capabilities(
    cls: type[GenerativeModel], able: set[str]
) -> None:
    everything: tuple[means.What, ...] = ("sample", "encode", "decode", "reconstruct", "inpaint")
    model = cls()  # type: ignore[call-arg]
    for what in everything:
        assert means.can(cls, what) == means.can(model, what) == (what in able)
        assert means.way(cls, what).endswith(".")


def test_the_models_own_sentence_is_preferred() -> None:
    assert means.way(Sampler, "sample") == "Thinks up noise."
    assert "search" in means.way(Decoder, "encode")


def test_what_cannot_be_done_is_refused_in_a_sentence() -> None:
    image = torch.zeros(1, *SHAPE.chw)
    with pytest.raises(means.Unsupported, match=r"Toy: it has neither an encoder nor"):
        next(means.encode(Sampler(), image, generator=seeded()))
    with pytest.raises(means.Unsupported, match="Toy: there is no density"):
        means.sample(Autoencoder(), 1, generator=seeded())
    with pytest.raises(means.Unsupported, match="Toy: it has neither a way of its own"):
        next(means.inpaint(Sampler(), image, HOLE, 1, generator=seeded()))
