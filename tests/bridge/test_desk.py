"""Answers belong to the model that was asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import pytest
import torch
from pytestqt.qtbot import QtBot

import models
from models import ImageShape
from studio import data
from studio.bridge.desk import Adopted, Desk, Snapshot
from studio.data import mixtures
from studio.data.dataset import Dataset
from studio.engine.build import build
from studio.engine.sight import Opinions, PlaneSight


class FakeExplorer:
    """Stands for a model; nobody asks it anything here."""


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.close()


def test_a_long_answer_of_the_weights_before_is_dropped(desk: Desk, qtbot: QtBot) -> None:
    heard: list[tuple[str, object]] = []
    ended: list[str] = []
    desk.answered.connect(lambda channel, value: heard.append((channel, value)))
    desk.finished.connect(ended.append)
    desk._witness = cast("Any", FakeExplorer())
    went_on: list[bool] = []

    def others() -> Iterator[object]:
        desk._witness = cast("Any", FakeExplorer())
        yield None

    def long(witness: object) -> Iterator[object]:
        # More urgent: it is served before this goes on.
        desk.run("opinion", lambda references: others())
        yield "asked of these weights"
        went_on.append(True)
        yield "computed by the old ones, after the new ones were adopted"

    desk.ask("answer", cast("Any", long))
    qtbot.waitUntil(lambda: "answer" in ended)
    assert heard == [("answer", "asked of these weights")]
    assert not went_on, "a step was worked out with other weights"


def test_weights_that_do_not_fit_leave_nobody_half_loaded(
    desk: Desk, qtbot: QtBot, small_data: None
) -> None:
    steps: list[tuple[int, bool]] = []
    refused: list[tuple[str, str]] = []
    asked: list[object] = []
    desk.adopted.connect(lambda adopted: steps.append((adopted.version, adopted.same_model)))
    desk.refused.connect(lambda channel, text: refused.append((channel, text)))
    desk.sampled.connect(asked.append)
    good, other = (a_snapshot(name, ImageShape(), "pen") for name in ("vae", "gan"))

    def adopt(snapshot: Snapshot) -> None:
        count = len(steps) + len(refused)
        desk.adopt(snapshot)
        qtbot.waitUntil(lambda: len(steps) + len(refused) == count + 1)

    adopt(good)
    # Another model that cannot be loaded: the one before still answers.
    adopt(dataclasses.replace(other, weights=good.weights))
    desk.ask_samples(2, seed=0)
    qtbot.waitUntil(lambda: len(asked) == 1)
    # Weights of the same model of which only some fit: from now on nobody answers.
    bad = {name: torch.zeros(1) if i else w for i, (name, w) in enumerate(good.weights.items())}
    adopt(dataclasses.replace(good, weights=bad))
    ended: list[str] = []
    desk.finished.connect(ended.append)
    desk.ask_samples(2, seed=0)
    qtbot.waitUntil(lambda: "sample" in ended)
    adopt(good)
    desk.ask_samples(2, seed=0)
    qtbot.waitUntil(lambda: len(asked) == 2)
    assert steps == [(1, False), (2, False)]
    assert [channel for channel, _ in refused] == ["adopt", "adopt"]
    # Nothing was being trained here.
    assert not any("training" in text for _, text in refused)
    assert np.array_equal(cast("Any", asked[0]), cast("Any", asked[1]))


def test_nobody_answers_before_there_is_a_model(desk: Desk, qtbot: QtBot) -> None:
    heard: list[object] = []
    ended: list[str] = []
    desk.sampled.connect(heard.append)
    desk.finished.connect(ended.append)
    desk.ask_samples(4, seed=0)
    qtbot.waitUntil(lambda: ended == ["sample"])
    assert heard == []


def a_snapshot(name: str, shape: ImageShape, data: str) -> Snapshot:
    settings = models.spec(name).config.from_values({"width": 16} if name == "gan" else {})
    model = build(name, settings, shape, seed=0, device=torch.device("cpu"))
    return Snapshot(name, settings, shape, data, 7, model.state_dict(), {})


def few_of(name: str) -> Dataset:
    if name == "ring8":
        plane = mixtures.plane(name)
        return Dataset(name, "test", plane.to_unit(plane.centres), np.arange(8), plane=plane)
    size = (70, 28, 28, 3) if name == "stacked-pen" else (70, 28, 28)
    images = np.random.default_rng(0).integers(0, 256, size).astype(np.uint8)
    return Dataset(name, "test", images, np.arange(70) % 10)


@pytest.fixture
def small_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "load", lambda name, split="train", **_: few_of(name))


def test_a_discriminator_is_asked_about_samples_and_drawings(
    desk: Desk, qtbot: QtBot, small_data: None
) -> None:
    adopted: list[Adopted] = []
    many: list[Opinions] = []
    one: list[Opinions] = []
    desk.adopted.connect(adopted.append)
    desk.opinions.connect(many.append)
    desk.opinion.connect(one.append)
    desk.adopt(a_snapshot("gan", ImageShape(), "pen"))
    desk.ask_opinions(np.zeros((5, 28, 28), np.uint8))
    drawing = np.zeros((28, 28), np.uint8)
    desk.ask("opinion", lambda witness: iter([witness.opinion(drawing)]))
    qtbot.waitUntil(lambda: bool(many and one))
    assert adopted[0].judges
    assert adopted[0].pictures == "digits"
    assert adopted[0].abilities["encode"]
    assert many[0].fake.shape == (5,)
    assert many[0].real.shape == (64,)
    assert many[0].gradients.shape == (5, 28, 28)
    assert one[0].fake.shape == (1,)
    assert one[0].real.shape == (63,)


def test_without_a_discriminator_nothing_comes_back(
    desk: Desk, qtbot: QtBot, small_data: None
) -> None:
    heard: list[object] = []
    ended: list[str] = []
    for signal in (desk.opinions, desk.plane_seen):
        signal.connect(heard.append)
    desk.finished.connect(ended.append)
    desk.adopt(a_snapshot("vae", ImageShape(), "pen"))
    desk.ask_opinions(np.zeros((5, 28, 28), np.uint8))
    desk.ask_plane()
    qtbot.waitUntil(lambda: {"opinions", "plane"} <= set(ended))
    assert heard == []


def test_points_have_a_plane_and_no_sheet_nor_map(
    desk: Desk, qtbot: QtBot, small_data: None
) -> None:
    adopted: list[Adopted] = []
    seen: list[PlaneSight] = []
    refused: list[tuple[str, str]] = []
    desk.adopted.connect(adopted.append)
    desk.plane_seen.connect(seen.append)
    desk.refused.connect(lambda channel, text: refused.append((channel, text)))
    desk.adopt(a_snapshot("gan", ImageShape(2, 1, 1, 8), "ring8"))
    desk.ask_plane()
    desk.ask_test_digit(3)
    qtbot.waitUntil(lambda: bool(seen and refused))
    assert adopted[0].pictures == "points"
    can = adopted[0].abilities
    assert not any(can[verb] for verb in ("encode", "decode", "reconstruct", "inpaint"))
    assert "points of a plane" in adopted[0].ways["encode"]
    assert len(seen[0].real) == 8
    assert len(seen[0].samples) > 100
    assert seen[0].field is not None
    assert seen[0].extent == 1.5
    assert refused == [("digit", "The data of this model hold no digits to put on the sheet.")]


def test_colours_are_judged_but_not_drawn(desk: Desk, qtbot: QtBot, small_data: None) -> None:
    adopted: list[Adopted] = []
    many: list[Opinions] = []
    desk.adopted.connect(adopted.append)
    desk.opinions.connect(many.append)
    desk.adopt(a_snapshot("gan", ImageShape(3, 28, 28, 1000), "stacked-pen"))
    desk.ask_opinions(np.zeros((5, 28, 28, 3), np.uint8))
    qtbot.waitUntil(lambda: bool(many))
    assert adopted[0].pictures == "colour"
    assert adopted[0].abilities["sample"]
    assert not adopted[0].abilities["decode"]
    assert "grey digits" in adopted[0].ways["decode"]
    assert many[0].gradients.shape == (5, 28, 28)


def test_what_was_changed_live_tells_the_same_weights_apart(
    desk: Desk, qtbot: QtBot, small_data: None
) -> None:
    """A diffusion that decodes in more steps draws other digits with the same weights."""
    told: list[Adopted] = []
    desk.adopted.connect(told.append)
    as_begun = a_snapshot("ddpm", ImageShape(), "pen")
    changed = dataclasses.replace(as_begun, live={"sampling_steps": 5, "decoding_steps": 2})
    for number, snapshot in enumerate((as_begun, changed, as_begun), 1):
        desk.adopt(snapshot)
        qtbot.waitUntil(lambda number=number: len(told) == number)
    assert [adopted.live for adopted in told] == [
        "",
        "decoding_steps = 2, sampling_steps = 5",
        "",
    ]
