"""The frozen copy that answers: arrays in, arrays out, and every answer true to the byte."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import models
from models import ImageShape
from studio.engine.build import build
from studio.engine.explorer import Completions, Explorer, Reading

CPU = torch.device("cpu")


def an_explorer(name: str) -> Explorer:
    settings = models.spec(name).config.from_values({"batch_size": 8})
    return Explorer(build(name, settings, ImageShape(), seed=0, device=CPU))


@pytest.fixture(params=models.available())
def explorer(request: pytest.FixtureRequest) -> Explorer:
    return an_explorer(request.param)


def last(steps: object) -> object:
    *_, result = steps  # type: ignore[misc]
    return result


def test_every_model_reads_a_drawing(explorer: Explorer, digits: np.ndarray) -> None:
    if not explorer.can("encode"):
        assert explorer.way("encode")
        return
    reading = last(explorer.read(digits[0]))
    assert isinstance(reading, Reading)
    assert reading.fraction == 1
    assert reading.reconstruction.shape == (28, 28)
    assert reading.reconstruction.dtype == np.uint8
    assert 0 <= reading.error <= 1
    assert reading.how


def test_every_model_fills_holes_and_leaves_the_rest_alone(
    explorer: Explorer, digits: np.ndarray
) -> None:
    if not explorer.can("inpaint"):
        assert explorer.way("inpaint")
        return
    hole = np.zeros((28, 28), dtype=bool)
    hole[14:22, 8:20] = True
    done = last(explorer.complete(digits[1], hole, 3, seed=1))
    assert isinstance(done, Completions)
    assert done.images.shape == (3, 28, 28)
    assert (done.images[:, ~hole] == digits[1][~hole]).all()
    assert done.how


def test_what_is_under_the_hole_is_never_seen(digits: np.ndarray) -> None:
    explorer = an_explorer("vae")
    hole = np.zeros((28, 28), dtype=bool)
    hole[4:24, 10:18] = True
    other = digits[1].copy()
    other[hole] = 255 - other[hole]
    first = last(explorer.complete(digits[1], hole, 2, seed=5))
    second = last(explorer.complete(other, hole, 2, seed=5))
    assert isinstance(first, Completions)
    assert isinstance(second, Completions)
    assert np.array_equal(first.images, second.images)


@pytest.mark.parametrize("name", ["vae", "dense_ae"])
def test_the_map_shows_the_drawing_where_it_lies(name: str, digits: np.ndarray) -> None:
    explorer = an_explorer(name)
    places = last(explorer.place_digits(digits[:64]))
    assert isinstance(places, np.ndarray)
    assert places.shape == (64, 2)
    first = last(explorer.read(digits[3]))
    assert isinstance(first, Reading)
    assert first.latent is not None
    explorer.lay_through(first.latent)
    again = last(explorer.read(digits[3]))
    assert isinstance(again, Reading)
    assert again.place is not None
    there = explorer.decode(np.array([again.place]))[0]
    assert np.abs(there.astype(int) - again.reconstruction.astype(int)).max() <= 2
    assert "your drawing" in explorer.plane.note  # type: ignore[union-attr]


def test_answers_change_no_global_state(digits: np.ndarray) -> None:
    explorer = an_explorer("gan")
    state = torch.get_rng_state()
    last(explorer.read(digits[0]))
    explorer.sample(4, seed=0)
    assert torch.equal(state, torch.get_rng_state())
    assert torch.is_grad_enabled()


def test_samples_follow_their_seed() -> None:
    explorer = an_explorer("vae")
    assert np.array_equal(explorer.sample(3, seed=1), explorer.sample(3, seed=1))
    assert not np.array_equal(explorer.sample(3, seed=1), explorer.sample(3, seed=2))


def test_a_run_that_was_made_longer_can_be_asked_too() -> None:
    explorer = an_explorer("gan")
    config = models.spec("gan").config.from_values({"batch_size": 8})
    weights = build("gan", config, ImageShape(), seed=1, device=CPU).state_dict()
    explorer.load(weights, {"steps": 9_000, "instance_noise": 0.2})
    assert explorer.sample(2, seed=0).shape == (2, 28, 28)


def test_a_label_is_written_as_told() -> None:
    explorer = an_explorer("cvae")
    one, seven = explorer.sample(4, seed=0, label=1), explorer.sample(4, seed=0, label=7)
    assert not np.array_equal(one, seven)
