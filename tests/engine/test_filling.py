"""Holes, given or not: several ways to fill them, and nothing else touched."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

import models
from models import means
from studio.engine.explorer import Explorer
from studio.engine.filling import _GAP_SHARE, Filling, fill
from studio.instruments.choosing import choose
from tests.engine.subjects import pen_digits, shipped, small

HOLE = np.zeros((28, 28), dtype=bool)
HOLE[12:19, 6:20] = True


def last(steps: Iterator[Filling]) -> Filling:
    *_, end = steps
    assert end.fraction == 1
    return end


def gap_of(steps: Iterator[Filling]) -> np.ndarray:
    """What is found to be missing, before anything is filled in."""
    return next(step.hole for step in steps if step.fraction >= _GAP_SHARE)


def kinds(images: np.ndarray) -> int:
    return len(np.unique(images.reshape(len(images), -1), axis=0))


@pytest.fixture(scope="module", params=models.available())
def explorer(request: pytest.FixtureRequest) -> Explorer:
    return Explorer(small(request.param))


@pytest.fixture(autouse=True)
def hasty(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What holds for every model, trained or not, holds wherever a search ends."""
    if "explorer" in request.fixturenames:
        monkeypatch.setattr("models.means.searching.ITERATIONS", 12)


@pytest.fixture(scope="module")
def vae() -> Explorer:
    return Explorer(shipped())


def test_every_model_fills_and_touches_nothing_else(explorer: Explorer) -> None:
    drawing = pen_digits().images[0]
    before = drawing.copy()
    steps = list(fill(explorer, drawing, HOLE, candidates=3, seed=1))
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    for step in steps:
        assert step.images.dtype == np.uint8
        assert step.images.shape == (3, 28, 28)
        assert (step.images[:, ~HOLE] == drawing[~HOLE]).all(), "known pixels change"
        assert np.array_equal(step.hole, HOLE)
    end = steps[-1]
    assert end.plausibility.shape == (3,)
    assert end.plausibility.dtype == np.float32
    assert np.isfinite(end.plausibility).all()
    # Some untrained networks write the same whatever they are told.
    if kinds(explorer.sample(3, seed=0)) == 3:
        assert kinds(end.images) == 3, "several ways, not one"
    assert end.by.endswith(".")
    assert end.how.endswith(".")
    assert np.array_equal(drawing, before)


def test_no_model_looks_under_the_hole(explorer: Explorer) -> None:
    drawing = pen_digits().images[1]
    other = drawing.copy()
    other[HOLE] = 255 - other[HOLE]
    first = last(fill(explorer, drawing, HOLE, candidates=2, seed=3))
    second = last(fill(explorer, other, HOLE, candidates=2, seed=3))
    assert np.array_equal(first.images, second.images)
    assert np.array_equal(first.plausibility, second.plausibility)


def test_every_model_looks_for_a_gap_and_believes_ink(explorer: Explorer) -> None:
    drawing = pen_digits().images[2].copy()
    drawing[13:17] = 0
    steps = list(fill(explorer, drawing, None, candidates=2, seed=0))
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    end = steps[-1]
    assert end.fraction == 1
    assert not end.hole[drawing >= 64].any(), "ink is believed"
    assert (end.images[:, ~end.hole] == drawing[~end.hole]).all()
    assert end.by
    if not end.hole.any():
        assert np.array_equal(end.images, drawing[None])


def test_the_seed_decides_and_nothing_else(vae: Explorer) -> None:
    drawing = pen_digits().images[3]
    state = torch.get_rng_state()
    first, again, other = (last(fill(vae, drawing, HOLE, seed=s)) for s in (1, 1, 2))
    assert np.array_equal(first.images, again.images)
    assert np.array_equal(first.plausibility, again.plausibility)
    assert not np.array_equal(first.images, other.images)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.is_grad_enabled()


def test_how_often_it_is_shown_changes_nothing(
    vae: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing = pen_digits().images[3].copy()
    drawing[13:18] = 0
    ends, counts = [], []
    for pause in (0.0, 1e9):
        monkeypatch.setattr("studio.engine.stepping.PAUSE", pause)
        steps = list(fill(vae, drawing, HOLE, seed=4))
        ends.append(steps[-1])
        counts.append(len(steps))
    assert counts[0] > counts[1] == 2
    assert np.array_equal(ends[0].images, ends[1].images)
    assert np.array_equal(ends[0].plausibility, ends[1].plausibility)


def test_the_shipped_model_completes_digits(vae: Explorer) -> None:
    """Half of a digit is enough to come nearer to the whole than blank paper does."""
    lower = np.zeros((28, 28), dtype=bool)
    lower[16:] = True
    digits, better = pen_digits().images[:12], 0
    for drawing in digits:
        end = last(fill(vae, drawing, lower, candidates=8))
        best = end.images[choose(end.images, end.plausibility, 0.0, 1)[0]]
        truth = drawing.astype(float)
        better += ((best - truth) ** 2).sum() < (truth[lower] ** 2).sum()
    assert better >= 9


def test_what_is_more_plausible_looks_more_like_a_digit(vae: Explorer) -> None:
    """The likelihood is that of the pictures, not of how they were made."""
    end = last(fill(vae, pen_digits().images[4], HOLE, candidates=12))
    noise = torch.Generator().manual_seed(9)
    images = torch.from_numpy(end.images).float()[:, None] / 255
    bound = vae.model.log_likelihood(images, generator=noise, draws=200).numpy()  # type: ignore[operator]
    assert np.corrcoef(bound, end.plausibility)[0, 1] > 0.8


# An unknown gap


def cut(drawing: np.ndarray, rng: np.random.Generator, size: int = 7) -> np.ndarray | None:
    """A square across a stroke: its rim meets ink in at least two places. None if there is none."""
    rows, columns = np.nonzero(drawing > 128)
    for i in rng.permutation(len(rows)):
        top, left = rows[i] - size // 2, columns[i] - size // 2
        if min(top, left) < 2 or max(top, left) + size > 26:
            continue
        block = drawing[top - 1 : top + size + 1, left - 1 : left + size + 1] > 100
        rim = np.concatenate([block[0], block[1:, -1], block[-1, -2::-1], block[-2:0:-1, 0]])
        square = np.zeros((28, 28), dtype=bool)
        square[top : top + size, left : left + size] = True
        if (rim & ~np.roll(rim, 1)).sum() >= 2 and (drawing[square] > 128).sum() >= 10:
            return square
    return None


def test_the_shipped_model_finds_most_cuts_and_few_where_there_are_none(vae: Explorer) -> None:
    rng = np.random.default_rng(0)
    alarms, found, recall, tried = 0, 0, 0.0, 0
    for drawing in pen_digits().images[:12]:
        alarms += int(gap_of(fill(vae, drawing, None, candidates=1)).sum() > 20)
        square = cut(drawing, rng)
        if square is None:
            continue
        torn = np.where(square, 0, drawing).astype(np.uint8)
        hole = gap_of(fill(vae, torn, None, candidates=1))
        gone = square & (drawing > 128)
        share = (hole & gone).sum() / gone.sum()
        tried, recall, found = tried + 1, recall + share, found + int(share > 0.5)
    assert tried >= 9
    assert alarms <= 2
    assert found / tried >= 0.75
    assert recall / tried >= 0.7


def test_where_nothing_is_missing_the_drawing_comes_back(vae: Explorer) -> None:
    for drawing in pen_digits().images[:20]:
        end = last(fill(vae, drawing, None))
        if not end.hole.any():
            assert np.array_equal(end.images, drawing[None])
            assert "nothing missing" in end.by
            return
    pytest.fail("it finds something missing in every digit")


def test_what_cannot_be_filled_is_refused_in_a_sentence(vae: Explorer) -> None:
    empty = np.zeros((28, 28), dtype=bool)
    with pytest.raises(ValueError, match="mark a part of the drawing first"):
        next(fill(vae, pen_digits().images[0], empty))
    with pytest.raises(ValueError, match="draw a digit first"):
        next(fill(vae, np.zeros((28, 28), dtype=np.uint8), None))
    everything = last(fill(vae, np.zeros((28, 28), dtype=np.uint8), ~empty, candidates=2))
    assert everything.images.max() > 128, "a hole may be all there is"


def test_a_model_without_means_says_so() -> None:
    model = small("vae")
    mute = type("Mute", (models.GenerativeModel,), {"card": model.card, "stages": lambda _: ()})
    silent = mute(model.config, model.shape)
    with pytest.raises(means.Unsupported, match="neither a way of its own"):
        next(fill(Explorer(silent), pen_digits().images[0], HOLE))
