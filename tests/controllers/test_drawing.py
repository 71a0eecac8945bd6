"""The discriminator's opinion of the drawing: when it is asked for, and where its wishes lie."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from studio.bridge.desk import Adopted
from studio.controllers.drawing import DrawingController, Sheet
from studio.data.framing import framing
from studio.engine.explorer import Reading
from studio.engine.sight import Opinions


class FakeDesk(QObject):
    opinion = Signal(object)
    test_digit = Signal(object)
    refused = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def ask(self, channel: str, question: Any) -> None:
        self.asked.append(channel)

    def forget(self, channel: str) -> None:
        self.asked.append(f"forget {channel}")


class FakeExploring(QObject):
    adopted = Signal(object)
    line_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.current: Adopted | None = None

    def line(self) -> str:
        return ""

    def adopt(self, **other: Any) -> None:
        verbs = ("sample", "encode", "decode", "reconstruct", "inpaint")
        known: dict[str, Any] = {
            "abilities": dict.fromkeys(verbs, True),
            "judges": True,
            "same_model": False,
        }
        self.current = Adopted(
            version=1,
            model="gan",
            title="GAN",
            data="pen",
            step=1,
            ways=dict.fromkeys(verbs, ""),
            encodes_fast=True,
            **(known | other),
        )
        self.adopted.emit(self.current)


class FakeSheet:
    def __init__(self) -> None:
        self.ink = np.zeros((28, 28), np.uint8)

        self.hole = np.zeros((28, 28), bool)

    def image(self) -> np.ndarray:
        return self.ink.copy()

    def mask(self) -> np.ndarray:
        return self.hole.copy()


class FakePage(QObject):
    drawing_changed = Signal()
    centring_changed = Signal(bool)
    test_digit_requested = Signal()
    wishes_toggled = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.canvas = FakeSheet()
        self.opinion = ""
        self.shown: tuple[np.ndarray | None, np.ndarray | None] = (None, None)
        self.on = True

    def wishes(self) -> bool:
        return self.on

    def set_opinion(self, text: str) -> None:
        self.opinion = text

    def set_wishes(self, seen: np.ndarray | None, drawn: np.ndarray | None) -> None:
        self.shown = (seen, drawn)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("set_"):
            return lambda *args: None
        raise AttributeError(name)


class Stage:
    def __init__(self) -> None:
        self.page, self.desk, self.exploring = FakePage(), FakeDesk(), FakeExploring()
        parts: tuple[Any, ...] = (self.page, self.desk, self.exploring)
        self.drawing = DrawingController(*parts)

    def draw(self) -> None:
        self.page.canvas.ink[2:12, 3:8] = 255
        self.page.drawing_changed.emit()


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    return Stage()


def an_opinion() -> Opinions:
    wishes = np.zeros((1, 28, 28))
    wishes[0, 14, 14] = 2.0
    return Opinions(
        fake=np.array([0.0]),
        real=np.array([-1.0, 1.0, 2.0]),
        scale="logit",
        told_apart=0.7,
        crowd=False,
        gradients=wishes,
        wishes=wishes,
    )


def test_a_drawing_is_judged_as_soon_as_it_changes(stage: Stage) -> None:
    stage.exploring.adopt()
    stage.draw()
    assert stage.desk.asked == ["opinion"]
    stage.desk.opinion.emit(an_opinion())
    assert stage.page.opinion == "Its discriminator: 50 % real; 2 of 3 real digits score higher."


def test_wishes_lie_on_the_drawing_where_its_ink_came_from(stage: Stage) -> None:
    stage.exploring.adopt()
    stage.draw()
    stage.desk.opinion.emit(an_opinion())
    seen, drawn = stage.page.shown
    assert seen is not None
    assert drawn is not None
    assert seen[14, 14] == 1
    assert np.argwhere(seen).tolist() == [[14, 14]]
    # Moved as the ink was moved, the wish on the sheet covers the wish in the field.
    place = framing(stage.page.canvas.ink)
    assert place.apply_mask(drawn > 0)[14, 14]
    rows, columns = np.nonzero(drawn)
    assert (rows >= 2).all()
    assert (rows < 12).all()
    assert (columns >= 3).all()
    assert (columns < 8).all()
    # The ink was made twice as large, so the wish covers a quarter of one pixel of the sheet.
    assert drawn.sum() == pytest.approx(0.25, abs=0.05)
    stage.page.on = False
    stage.page.wishes_toggled.emit(False)
    assert stage.page.shown == (None, None)


def test_as_drawn_the_wishes_are_the_same_on_the_sheet(stage: Stage) -> None:
    stage.exploring.adopt()
    stage.page.centring_changed.emit(False)
    stage.draw()
    stage.desk.opinion.emit(an_opinion())
    seen, drawn = stage.page.shown
    assert np.array_equal(seen, drawn)  # type: ignore[arg-type]


def test_nothing_is_left_of_an_opinion_when_the_sheet_is_empty(stage: Stage) -> None:
    stage.exploring.adopt()
    stage.draw()
    stage.desk.opinion.emit(an_opinion())
    stage.page.canvas.ink[...] = 0
    stage.page.drawing_changed.emit()
    assert stage.page.opinion == ""
    assert stage.page.shown == (None, None)
    stage.desk.opinion.emit(an_opinion())  # it was on its way
    assert stage.page.opinion == ""


def test_who_has_no_discriminator_is_not_asked(stage: Stage) -> None:
    stage.exploring.adopt(judges=False)
    stage.draw()
    assert stage.desk.asked == []
    stage.exploring.adopt(pictures="colour", abilities=dict.fromkeys(("encode", "inpaint"), False))
    assert stage.desk.asked == []


def test_an_opinion_of_another_model_does_not_stay(stage: Stage) -> None:
    stage.exploring.adopt()
    stage.draw()
    stage.desk.opinion.emit(an_opinion())
    stage.exploring.adopt(same_model=True)
    assert stage.page.opinion, "newer weights of the same model will answer soon"
    stage.exploring.adopt(judges=False)
    assert stage.page.opinion == ""


def test_nothing_is_asked_for_a_drawing_that_nobody_sees(stage: Stage) -> None:
    stage.drawing.set_watched(False)
    stage.draw()
    stage.exploring.adopt()
    stage.exploring.adopt()
    assert stage.desk.asked == []
    stage.drawing.set_watched(True)
    assert stage.desk.asked == ["opinion"]
    stage.drawing.set_watched(True)
    assert stage.desk.asked == ["opinion"]


def test_what_is_told_elsewhere_is_not_told_twice(stage: Stage) -> None:
    heard: list[str] = []
    stage.drawing.refused.connect(heard.append)
    stage.desk.refused.emit("opinions", "Cannot read the data.")
    stage.desk.refused.emit("digit", "No digits.")
    assert heard == ["No digits."]


def test_the_sheet_is_what_models_are_shown(stage: Stage) -> None:
    heard: list[Sheet] = []
    stage.drawing.seen_changed.connect(heard.append)
    stage.page.canvas.hole[2:7, 3:8] = True
    stage.draw()
    sheet = stage.drawing.sheet
    assert heard == [sheet]
    place = framing(stage.page.canvas.ink)
    assert sheet.framing == place
    assert sheet.seen is not None
    assert np.array_equal(sheet.seen, place.apply(stage.page.canvas.ink))
    # The mask moves as the drawing does: it still covers the upper half of the ink.
    assert np.array_equal(sheet.hole, place.apply_mask(stage.page.canvas.hole))
    assert sheet.seen[sheet.hole].any()
    assert sheet.seen[~sheet.hole].any()
    stage.page.centring_changed.emit(False)
    assert np.array_equal(stage.drawing.sheet.seen, stage.page.canvas.ink)  # type: ignore[arg-type]
    assert stage.drawing.sheet.framing is None
    stage.page.canvas.ink[...] = 0
    stage.page.drawing_changed.emit()
    assert stage.drawing.sheet.seen is None
    assert stage.drawing.sheet.hole.any()
    assert len(heard) == 3


def test_a_mask_alone_changes_the_sheet_and_asks_nothing_again(stage: Stage) -> None:
    stage.exploring.adopt()
    stage.draw()
    stage.desk.opinion.emit(an_opinion())
    stage.drawing.answered = True
    asked = list(stage.desk.asked)
    heard: list[Sheet] = []
    stage.drawing.seen_changed.connect(heard.append)
    stage.page.canvas.hole[2:7, 3:8] = True
    stage.page.drawing_changed.emit()
    assert heard[0].hole.any()
    assert stage.desk.asked == asked
    assert stage.drawing.answered
    assert stage.page.shown[0] is not None, "the wishes are still the drawing's"


def test_readings_that_others_ask_for_tell_where_the_drawing_lies(stage: Stage) -> None:
    stage.exploring.adopt()
    stage.draw()
    assert stage.desk.asked == ["opinion"]
    heard: list[Any] = []
    stage.drawing.coded.connect(lambda *coded: heard.append(coded))
    known = {"place": None} if "place" in Reading.__slots__ else {}
    reading = Reading(
        fraction=1.0,
        reconstruction=np.zeros((28, 28), np.uint8),
        error=0.1,
        latent=np.ones(3, np.float32),
        codes=None,
        codebook_size=0,
        label=4,
        how="",
        **known,  # type: ignore[arg-type]
    )
    assert not stage.drawing.answered
    stage.drawing.take_reading(reading)
    assert stage.drawing.answered
    seen, latent, label = heard[-1]
    assert seen is stage.drawing.sheet.seen
    assert latent.tolist() == [1, 1, 1]
    assert label == 4
    stage.page.canvas.ink[...] = 0
    stage.page.drawing_changed.emit()
    assert heard[-1] == (None, None, None)
    assert not stage.drawing.answered
