"""What a discriminator thinks, against slow and simple oracles; asking it changes nothing."""

from __future__ import annotations

import copy
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import models
from models import ImageShape
from models.capabilities import Scores
from studio.data.mixtures import plane as mixture_plane
from studio.engine import sight
from studio.engine.build import build
from studio.engine.explorer import Explorer

CPU = torch.device("cpu")
JUDGES = [name for name in models.available() if issubclass(models.spec(name).cls, Scores)]


class Judge(nn.Module):
    """A smooth judge; with `pack` > 0 an image's score depends on so many of its followers."""

    def __init__(self, pixels: int, pack: int = 0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(pixels, 6) / pixels**0.5)
        self.pack = pack

    @property
    def device(self) -> torch.device:
        return self.weight.device

    def stages(self) -> tuple[()]:
        return ()

    def score(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        return cast("Tensor", judged(images.flatten(1), self.weight, self.pack))

    def sample(self, count: int, *, generator: torch.Generator, labels: object = None) -> Tensor:
        return torch.rand(count, 2, 1, 1, generator=generator)


def judged(rows: Any, weight: Any, pack: int) -> Any:
    """The same formula for float32 tensors and for float64 arrays."""
    tensor = isinstance(rows, Tensor)
    hidden = torch.tanh(rows @ weight) if tensor else np.tanh(rows @ weight)
    scores = hidden.sum(-1)
    for turn in range(1, pack + 1):
        followers = torch.roll(hidden, -turn, 0) if tensor else np.roll(hidden, -turn, 0)
        scores = scores - 0.5 * (hidden * followers).sum(-1)
    return scores


def slope_by_differences(judge: Judge, images: np.ndarray, own: bool = False) -> np.ndarray:
    """d(sum of scores) / d(pixel), or of the first score alone, in float64."""
    weight = judge.weight.detach().double().numpy()
    rows = images.reshape(len(images), -1).astype(np.float64) / 255
    slopes = np.zeros_like(rows)
    for row, column in np.ndindex(*rows.shape):
        values = []
        for step in (1e-5, -1e-5):
            moved = rows.copy()
            moved[row, column] += step
            scores = judged(moved, weight, judge.pack)
            values.append(scores[0] if own else scores.sum())
        slopes[row, column] = (values[0] - values[1]) / 2e-5
    return slopes


def pictures(count: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, *shape)).astype(np.uint8)


@pytest.mark.parametrize("pack", [0, 2])
def test_gradients_are_those_of_finite_differences(pack: int) -> None:
    judge, images = Judge(36, pack), pictures(5, 6, 6)
    seen = sight.see_samples(cast("Any", judge), images, pictures(4, 6, 6))
    expected = slope_by_differences(judge, images).reshape(images.shape)
    np.testing.assert_allclose(seen.gradients, expected, rtol=1e-3, atol=1e-5)
    assert seen.crowd == (pack > 0)


def test_a_drawing_is_judged_for_itself_among_real_ones() -> None:
    judge, images = Judge(36, 2), pictures(8, 6, 6)
    seen = sight.see_drawing(cast("Any", judge), images[0], images[1:])
    expected = slope_by_differences(judge, images, own=True)[0].reshape(6, 6)
    np.testing.assert_allclose(seen.gradients[0], expected, rtol=1e-3, atol=1e-5)
    together = judge.score(torch.from_numpy(images / 255).float()).detach().numpy()
    np.testing.assert_allclose(seen.fake, together[:1], rtol=1e-5)
    np.testing.assert_allclose(seen.real, together[1:], rtol=1e-5)


@pytest.mark.parametrize("pack", [0, 2])
def test_samples_that_are_all_the_same_are_a_crowd_too(pack: int) -> None:
    """The microscope's own case: the company counts although nobody in it is missed."""
    same = np.repeat(pictures(1, 6, 6), 8, axis=0)
    seen = sight.see_samples(cast("Any", Judge(36, pack)), same, pictures(9, 6, 6))
    assert seen.crowd == bool(pack)


def test_colours_are_summed() -> None:
    judge, images = Judge(48), pictures(3, 4, 4, 3)
    seen = sight.see_samples(cast("Any", judge), images, images)
    channels_first = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    expected = slope_by_differences(judge, channels_first).reshape(3, 3, 4, 4).sum(axis=1)
    np.testing.assert_allclose(seen.gradients, expected, rtol=1e-3, atol=1e-5)


def test_only_what_can_change_is_wished_for() -> None:
    judge, images = Judge(36), pictures(6, 6, 6)
    images[:, :3], images[:, 3:] = 0, 255
    seen = sight.see_samples(cast("Any", judge), images, images)
    assert (seen.wishes[:, :3] >= 0).all(), "an empty pixel has no ink to lose"
    assert (seen.wishes[:, 3:] <= 0).all(), "a full pixel can take no more"
    free = np.where(images == 0, seen.gradients > 0, seen.gradients < 0)
    np.testing.assert_allclose(seen.wishes[free], seen.gradients[free], rtol=1e-6)


def test_told_apart_is_the_share_of_pairs_that_are_ranked_right() -> None:
    judge, fake, real = Judge(36), pictures(7, 6, 6), pictures(9, 6, 6) // 2
    seen = sight.see_samples(cast("Any", judge), fake, real)
    pairs = [(r > f) + 0.5 * (r == f) for r in seen.real for f in seen.fake]
    assert seen.told_apart == pytest.approx(np.mean(pairs))
    same = sight.see_samples(cast("Any", judge), fake, fake)
    assert same.told_apart == pytest.approx(0.5)
    assert len(seen.fake) == 7
    assert len(seen.real) == 9


@pytest.mark.parametrize("pack", [0, 2])
def test_the_plane_is_seen_the_right_way_up(pack: int) -> None:
    plane = mixture_plane("ring8")
    real = plane.to_unit(plane.centres)
    judge = Judge(2, pack)
    seen = sight.see_plane(
        cast("Any", judge),
        plane,
        real,
        count=20,
        arrows=6,
        resolution=8,
        noise=torch.Generator().manual_seed(0),
    )
    assert seen.field is not None
    assert seen.field.shape == (8, 8)
    np.testing.assert_allclose(seen.real, plane.centres, atol=1e-5)
    weight = judge.weight.detach().double().numpy()
    reals = real.reshape(-1, 2).astype(np.float64)
    for row, column in ((0, 0), (0, 7), (6, 2)):
        # The first row is the top: y falls from row to row, x grows from column to column.
        place = np.array([[(column + 0.5) / 8, 1 - (row + 0.5) / 8]])
        first = (row * 8 + column) * sight.COMPANY
        company = reals[(first + np.arange(sight.COMPANY)) % len(reals)]
        expected = judged(np.concatenate([place, company]), weight, pack)[0]
        assert seen.field[row, column] == pytest.approx(expected, rel=1e-4)
    # An arrow is a slope per unit of the plane.
    points = (seen.samples / (2 * plane.extent) + 0.5) * 255
    slopes = slope_by_differences(judge, points) / (2 * plane.extent)
    np.testing.assert_allclose(seen.arrows, slopes[:6], rtol=1e-3, atol=1e-5)


def test_without_a_discriminator_the_plane_has_points_alone() -> None:
    class Painter(nn.Module):
        device = CPU

        def sample(self, count: int, **_: object) -> Tensor:
            return torch.full((count, 2, 1, 1), 0.5)

    plane = mixture_plane("grid25")
    seen = sight.see_plane(
        cast("Any", Painter()),
        plane,
        plane.to_unit(plane.centres),
        count=3,
        arrows=2,
        resolution=4,
        noise=torch.Generator(),
    )
    assert seen.field is None
    assert seen.ranking is None
    np.testing.assert_allclose(seen.samples, 0, atol=1e-6)


def an_explorer(name: str) -> tuple[Explorer, torch.nn.Module]:
    settings = models.spec(name).config.from_values({})
    model = build(name, settings, ImageShape(), seed=0, device=CPU)
    return Explorer(model), model


@pytest.mark.parametrize("name", JUDGES)
def test_asking_changes_nothing(name: str, digits: np.ndarray) -> None:
    explorer, model = an_explorer(name)
    assert explorer.judges
    before, state = copy.deepcopy(model.state_dict()), torch.get_rng_state()
    first = explorer.opinions(digits[:16], digits[16:32])
    explorer.opinion(digits[0], digits[1:9])
    again = explorer.opinions(digits[:16], digits[16:32])
    assert all(torch.equal(before[key], tensor) for key, tensor in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert torch.equal(state, torch.get_rng_state())
    assert np.array_equal(first.fake, again.fake)
    assert np.array_equal(first.gradients, again.gradients)
    assert not model.training


@pytest.mark.parametrize("name", JUDGES)
def test_a_critic_without_a_zero_gives_values(name: str) -> None:
    _, model = an_explorer(name)
    assert sight.scale_of(cast("Any", model)) == ("value" if "wgan" in name else "logit")


def test_who_does_not_judge_says_so() -> None:
    assert not an_explorer("vae")[0].judges
