"""The frozen copy that answers: arrays in, arrays out, and every answer true to the byte."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import models
from models import ImageShape
from studio.engine.build import build
from studio.engine.explorer import Explorer, Reading

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
