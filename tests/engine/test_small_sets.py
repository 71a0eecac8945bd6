"""As few drawings as My digits allows are enough for every model, whatever its batch size."""

from __future__ import annotations

import numpy as np
import pytest

import models
from studio.data import pen
from studio.data.mine import LEAST, MyDigits
from studio.engine.config import TrainConfig
from studio.engine.controls import Controls
from studio.engine.events import Failed, Finished, Measured
from studio.engine.session import play
from studio.instruments.microscope import open_microscope

QUICK: dict[str, dict[str, object]] = {"ddpm": {"channels": 8, "depth": 1, "sampling_steps": 2}}


@pytest.fixture
def mine(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> MyDigits:
    """Ten drawings, some of them for testing."""
    monkeypatch.setenv("MODESCOPE_HOME", str(tmp_path_factory.mktemp("home")))
    written = pen.generate(120, 0)
    threes = np.flatnonzero(written.labels == 3)[:5]
    others = np.flatnonzero(written.labels < 2)[: LEAST - 5]
    chosen = np.concatenate([threes, others])
    kept = MyDigits()
    kept.add(written.images[chosen], written.labels[chosen])
    return kept


@pytest.mark.parametrize("name", models.available())
def test_every_model_trains_on_a_handful(mine: MyDigits, name: str) -> None:
    config = TrainConfig(
        model=name,
        settings=models.spec(name).config.from_values({"steps": 2, **QUICK.get(name, {})}),
        data="mine",
        device="cpu",
        threads=1,
    )
    assert config.settings.batch_size > LEAST
    events = list(play(config, Controls()))
    assert not [event for event in events if isinstance(event, Failed)]
    assert any(isinstance(event, Finished) and event.step == 2 for event in events)


def test_the_microscope_looks_at_a_handful(mine: MyDigits) -> None:
    config = TrainConfig(
        model="gan",
        settings=models.spec("gan").config.from_values({"steps": 2}),
        data="mine",
        device="cpu",
        threads=1,
    )
    events = play(
        config, Controls(), microscope=lambda data, count: open_microscope(data, count=count)
    )
    seen = [event for event in events if isinstance(event, Measured)]
    assert seen
    assert all(np.isfinite(value) for event in seen for value in event.values.values())
