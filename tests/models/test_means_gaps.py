"""What is missing in a drawing, and how likely it is what fills it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import pytest
import torch
from torch import Tensor, nn

from models import ImageShape, ModelCard, ModelConfig, means
from models.base import GenerativeModel, SamplerStep, Stage
from models.means.gaps import INK, missing

SHAPE = ImageShape(1, 16, 16, 3)
CARD = ModelCard("Toy", "Toys", 2000, "A toy.", "none", ("Small.",), ("Toy.",), (("a", "b"),))


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def bar(left: int, *, top: int = 2, bottom: int = 14) -> Tensor:
    """(1, 1, 16, 16): an upright stroke, three pixels wide."""
    image = torch.zeros(1, *SHAPE.chw)
    image[..., top:bottom, left : left + 3] = 1
    return image


def cut(image: Tensor, top: int = 6, bottom: int = 11) -> Tensor:
    image = image.clone()
    image[..., top:bottom, :] = 0
    return image


class Mute(GenerativeModel):
    card: ClassVar[ModelCard] = CARD

    def __init__(self) -> None:
        super().__init__(ModelConfig(), SHAPE)
        self.strokes = nn.Parameter(torch.cat([bar(2), bar(7), bar(12)]).flatten(1))

    def stages(self) -> tuple[Stage, ...]:
        return ()


class Decoder(Mute):
    """Each number of the code is the ink of one of three strokes."""

    def latent_dim(self) -> int:
        return 3

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return (latents @ self.strokes).view(-1, *SHAPE.chw).clamp(0, 1)


class Classes(Decoder):
    """Each class is a stroke; the code is its ink."""

    def latent_dim(self) -> int:
        return 1

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        assert labels is not None
        ink = latents.abs().view(-1, 1, 1, 1)
        return (ink * self.strokes[labels].view(-1, *SHAPE.chw)).clamp(0, 1)

    def class_evidence(self, images: Tensor) -> Tensor:
        return images.flatten(1) @ self.strokes.T


class Autoencoder(Decoder):
    latent_geometry: ClassVar[Literal["gaussian", "free", "sphere"]] = "free"

    def encode(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        return images.flatten(1) @ torch.linalg.pinv(self.strokes)


class Inpainter(Mute):
    """Continues a stroke wherever it sees some of its ink."""

    def inpaint(
        self, images: Tensor, hole: Tensor, *, generator: torch.Generator
    ) -> Iterator[SamplerStep]:
        rows = torch.where(hole, 0.0, images).flatten(1) @ self.strokes.T
        whole = ((rows > 0).float() @ self.strokes).view_as(images)
        yield SamplerStep(0.5, images)
        yield SamplerStep(1.0, torch.where(hole, whole, images))


MODELS = [Decoder, Classes, Autoencoder, Inpainter]


def found(model: GenerativeModel, image: Tensor) -> Tensor:
    *_, last = means.gap(model, image, generator=seeded())
    assert last.fraction == 1
    assert last.hole.shape == (1, 1, 16, 16)
    return last.hole


@pytest.mark.parametrize("cls", MODELS)
def test_a_cut_stroke_is_missing_where_it_is_cut(cls: type[GenerativeModel]) -> None:
    model = cls().requires_grad_(False)  # type: ignore[call-arg]
    image = cut(bar(7))
    hole = found(model, image)
    assert hole[0, 0, 7:10, 7:10].all(), "the middle of the cut"
    assert not hole[0, 0, :, :4].any(), "nothing is missing far away"
    assert not (hole & (image >= INK)).any(), "ink is believed"
    assert can_fill(model, image, hole)


def can_fill(model: GenerativeModel, image: Tensor, hole: Tensor) -> bool:
    if isinstance(model, Autoencoder):
        return True  # by a copy of what is left: half a stroke is all that it can tell
    *_, last = means.inpaint(model, image, hole, 4, generator=seeded())
    return bool((last.images[..., 7:10, 8] > 0.4).any())


@pytest.mark.parametrize("cls", MODELS)
def test_nothing_is_missing_in_a_whole_stroke(cls: type[GenerativeModel]) -> None:
    model = cls().requires_grad_(False)  # type: ignore[call-arg]
    assert not found(model, bar(7)).any()


@pytest.mark.parametrize("cls", MODELS)
def test_the_search_for_a_gap_tells_how_far_it_is(cls: type[GenerativeModel]) -> None:
    with torch.no_grad():
        steps = list(means.gap(cls(), cut(bar(2)), generator=seeded()))  # type: ignore[call-arg]
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert len(set(fractions)) == len(fractions) > 1
    assert not any(step.image.requires_grad for step in steps)


def test_much_blank_paper_does_not_outvote_a_little_ink() -> None:
    """A quarter of a stroke is left: least squares would give it a quarter of its ink."""
    image = cut(bar(7), 4, 13)
    model = Decoder().requires_grad_(False)
    *_, last = means.gap(model, image, generator=seeded())
    assert last.image[..., 8, 8] > 0.9
    assert last.hole[0, 0, 6:11, 7:10].all()
    *_, plain = means.encode(model, image, generator=seeded())
    assert plain.images[..., 8, 8] < 0.4


def test_who_cannot_look_for_a_gap_says_so() -> None:
    assert not means.can(Mute, "gap")
    with pytest.raises(means.Unsupported, match="Toy: it can neither copy a drawing nor"):
        next(means.gap(Mute(), bar(2), generator=seeded()))
    for cls in MODELS:
        assert means.can(cls, "gap")
        assert means.way(cls, "gap").endswith("missing.")


def test_a_pixel_beside_the_ink_is_not_missing() -> None:
    assert not missing(bar(7), bar(7)).any()
    for shift in (5, 6, 8, 9):
        assert not missing(bar(7), bar(shift)).any()
    for shift in (4, 10):
        assert missing(bar(7), bar(shift)).any()
    assert not missing(bar(7), bar(7, top=1, bottom=15)).any()
    dot = bar(7)
    dot[..., 4, 2] = 1
    assert not missing(bar(7), dot).any(), "one pixel is no stroke"


def test_what_is_missing_is_found_with_a_margin_of_two_pixels() -> None:
    block = torch.zeros(1, *SHAPE.chw)
    block[..., 5:7, 8:10] = 1
    hole = missing(torch.zeros_like(block), block)[0, 0]
    assert hole.sum() == 36
    assert hole[3:9, 6:12].all()
    ink = torch.zeros_like(block)
    ink[..., 3, :] = 1
    assert not missing(ink, block)[0, 0, 3].any()


# How likely


class Bound(Decoder):
    def log_likelihood(
        self, images: Tensor, *, generator: torch.Generator, draws: int = 1
    ) -> Tensor:
        return -images.flatten(1).sum(dim=1)


class Judge(Inpainter):
    def score(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        return images.flatten(1).sum(dim=1)


class Denoiser(Inpainter):
    """Knows the middle stroke alone, and takes everything for it."""

    def noised(self, images: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        return images + t.view(-1, 1, 1, 1) * noise

    def denoise(self, x_t: Tensor, t: Tensor) -> Tensor:
        return bar(7).expand_as(x_t)

    def refine(
        self, images: Tensor, strength: float, *, generator: torch.Generator
    ) -> Iterator[SamplerStep]:
        yield SamplerStep(1.0, bar(7).expand_as(images))


class Copyist(Inpainter):
    def reconstruct(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        return bar(7).expand_as(images)


def judged(model: GenerativeModel, images: Tensor) -> tuple[list[int], str]:
    """Indices from the most to the least likely."""
    filled = means.Filled(1.0, images, None, None)
    values, by = means.plausibility(model, filled, generator=seeded())
    assert values.shape == (len(images),)
    return values.argsort(descending=True, stable=True).tolist(), by


@pytest.mark.parametrize(
    ("cls", "order", "word"),
    [
        (Bound, [1, 0, 2], "bound"),
        (Denoiser, [0, 1, 2], "denoiser"),
        (Judge, [2, 0, 1], "discriminator"),
        (Autoencoder, [0, 1, 2], "copies"),
        (Copyist, [0, 1, 2], "copies"),
        (Inpainter, [0, 1, 2], "equal"),
    ],
)
def test_the_best_measure_that_a_model_has_is_taken(
    cls: type[GenerativeModel], order: list[int], word: str
) -> None:
    images = torch.cat([bar(7), bar(7, bottom=6), bar(7) + bar(2) + bar(12)])
    images[1, ..., 12:, 3:5] = 0.5
    images[2, ..., 5:8] = 1
    found_order, by = judged(cls().requires_grad_(False), images)  # type: ignore[call-arg]
    assert found_order == order
    assert word in by
    assert by.endswith(".")


def test_searched_completions_are_weighed_by_their_posterior() -> None:
    """Of a linear decoder all is known: log p(z) + log p(known | z) of the code that was found."""
    model = Decoder().requires_grad_(False)
    image = cut(bar(7))
    hole = torch.zeros(1, 1, 16, 16, dtype=torch.bool)
    hole[..., 6:11, :] = True
    *_, last = means.fill(model, image, hole, 8, generator=seeded())
    values, by = means.plausibility(model, last, generator=seeded())
    assert last.state is not None
    drawn = model.decode(last.state)
    off = (drawn - image).square().masked_fill(hole, 0).flatten(1).sum(dim=1)
    expected = -off / (2 * means.PIXEL_DEVIATION**2) - last.state.square().sum(dim=1) / 2
    torch.testing.assert_close(values, expected)
    assert "code" in by


class Prior(Autoencoder):
    latent_geometry: ClassVar[Literal["gaussian", "free", "sphere"]] = "gaussian"


def test_of_equally_good_copies_the_more_frequent_code_is_likelier() -> None:
    """log p(z) + log p(x | z), but for a constant."""
    model = Prior().requires_grad_(False)
    images = torch.cat([bar(7), 0.5 * bar(7), bar(2) + bar(12), bar(9)])
    values, by = means.plausibility(
        model, means.Filled(1.0, images, None, None), generator=seeded()
    )
    codes = model.encode(images)
    off = (model.decode(codes) - images).square().flatten(1).sum(dim=1)
    torch.testing.assert_close(off[:3], torch.zeros(3), atol=1e-6, rtol=0)
    torch.testing.assert_close(values[:3], torch.tensor([-0.5, -0.125, -1.0]), atol=1e-4, rtol=0)
    expected = -off / (2 * means.PIXEL_DEVIATION**2) - codes.square().sum(dim=1) / 2
    torch.testing.assert_close(values, expected)
    assert "frequent code" in by


def test_a_class_is_told_when_codes_are_conditional() -> None:
    model = Classes().requires_grad_(False)
    hole = found(model, cut(bar(12)))
    assert hole[0, 0, 7:10, 12:15].all()
    assert not hole[0, 0, :, :9].any()


def test_a_stroke_that_is_cut_narrowly_is_missing_something() -> None:
    whole = torch.zeros(1, 1, 28, 28)
    whole[..., 4:24, 12:16] = 1.0
    cut = whole.clone()
    cut[..., 12:15, :] = 0.0
    hole = missing(cut, whole)
    assert hole[..., 12:15, 12:16].all()
    assert not (hole & (cut > 0)).any()
    broad = torch.zeros_like(whole)
    broad[..., 3:25, 10:18] = 1.0
    assert not missing(whole, broad).any(), "a copy of broader strokes is no gap"
