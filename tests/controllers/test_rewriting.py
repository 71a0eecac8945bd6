"""When a drawing is written again, by whom, and what becomes of the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from studio.bridge.desk import Adopted
from studio.bridge.errands import Errands
from studio.controllers.drawing import Sheet
from studio.controllers.rewrite_question import Found, Reason, Wish, Written, question
from studio.controllers.rewriting import RewriteController
from studio.data.kept import Kept
from studio.engine.rewriting import Strip, Unsupported
from studio.state.panel import Panel, member
from studio.state.rewrite_parts import PARTS
from studio.views.rewrite_tab import RewriteTab

OTHER = member(Path("/runs/gan"), "GAN", "pen", step=700)
SAMPLES = ("sample", "encode", "decode", "reconstruct", "inpaint")


class FakeDrawing(QObject):
    seen_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.sheet = Sheet(None, np.zeros((28, 28), bool), None)

    def draw(self, grey: int, hole: bool = False) -> None:
        seen = np.full((28, 28), grey, np.uint8) if grey else None
        self.sheet = Sheet(seen, np.full((28, 28), hole), None)
        self.seen_changed.emit(self.sheet)


class FakeJury(QObject):
    said = Signal(str, str, object, bool)
    refused = Signal(str, str, str)
    finished = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.questions: list[Callable[[Any], Iterator[object]]] = []
        self.forgotten = 0

    def ask(self, name: str, question: Any, *, whom: str = "all") -> None:
        assert name == "rewrite"
        self.asked.append(whom)
        self.questions.append(question)

    def forget(self, name: str) -> None:
        self.forgotten += 1

    def say(self, value: object, key: str = "") -> None:
        self.said.emit("rewrite", key, value, False)

    def wish(self) -> Wish:
        """What the newest question wants."""
        wish: Wish = self.questions[-1].keywords["wish"]  # type: ignore[attr-defined]
        return wish

    def parts(self) -> tuple[str, ...]:
        parts: tuple[str, ...] = self.questions[-1].keywords["parts"]  # type: ignore[attr-defined]
        return parts


class FakeExploring(QObject):
    adopted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.current: Adopted | None = None
        self.held: set[str] = set()

    def hold(self, who: str, busy: bool) -> None:
        (self.held.add if busy else self.held.discard)(who)

    def adopt(self, **other: Any) -> None:
        known: dict[str, Any] = {
            "title": "VAE",
            "abilities": dict.fromkeys(SAMPLES, True),
            "ways": dict.fromkeys(SAMPLES, "By its encoder."),
            "same_model": False,
        }
        self.current = Adopted(
            version=1, model="vae", data="pen", step=40, encodes_fast=True, **(known | other)
        )
        self.adopted.emit(self.current)


class Stage:
    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.tab = RewriteTab()
        qtbot.addWidget(self.tab)
        self.reasons: dict[str, str] = {}
        set_reason = self.tab.set_reason

        def reason(part: Any, sentence: str) -> None:
            self.reasons[part] = sentence
            set_reason(part, sentence)

        self.tab.set_reason = reason  # type: ignore[method-assign]
        self.drawing, self.jury = FakeDrawing(), FakeJury()
        self.exploring, self.panel = FakeExploring(), Panel()
        self.errands = Errands("films")
        self.chosen = str(folder / "morph.gif")
        parts: tuple[Any, ...] = (self.tab, self.drawing, self.jury, self.exploring, self.panel)
        self.rewriting = RewriteController(*parts, self.errands, lambda *args: self.chosen)

    def keep(self, *greys: int) -> None:
        """These are the user's own digits."""
        images = np.stack([np.full((28, 28), grey, np.uint8) for grey in greys])
        self.rewriting.set_mine(Kept(1, images, np.zeros(len(images), np.int64)))

    def turn_into_mine(self) -> int:
        """Presses the button; which digit it is to be."""
        QTest.mouseClick(self.tab.findChild(QPushButton, "morphMine"), Qt.MouseButton.LeftButton)
        target = self.jury.wish().target
        return -1 if target is None else int(target[0, 0])

    def settle(self) -> None:
        """As if nothing had changed for a while."""
        assert self.rewriting._settle.isActive()
        self.rewriting._settle.stop()
        self.rewriting._settle.timeout.emit()

    def finish(self) -> None:
        self.jury.finished.emit("rewrite")


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(qtbot, tmp_path)
    yield stage
    stage.rewriting._settle.stop()
    stage.errands.close()


@pytest.fixture
def ready(stage: Stage) -> Stage:
    stage.tab.show()
    stage.exploring.adopt()
    stage.panel.set_members([OTHER])
    stage.drawing.draw(100)
    stage.settle()
    return stage


def strip(count: int = 5, fraction: float = 1.0) -> Strip:
    images = np.stack([np.full((28, 28), 10 * k, np.uint8) for k in range(count)])
    return Strip(fraction, images, tuple(map(str, range(count))), "In its own way.")


def test_a_drawing_is_written_again_when_it_has_settled(ready: Stage) -> None:
    assert ready.jury.asked == ["subject"]
    assert ready.jury.parts() == ("correct", "convert"), "nobody knows yet what to turn into"
    assert ready.exploring.held == {"rewriting"}, "newer weights wait"
    for grey in (101, 102, 103):
        ready.drawing.draw(grey)
    assert len(ready.jury.asked) == 1, "the hand still moves"
    ready.settle()
    assert ready.jury.wish().seen[0, 0] == 103
    ready.drawing.draw(103, hole=True)
    assert not ready.rewriting._settle.isActive(), "the mask alone changes nothing"
    ready.jury.say(Written("correct", strip()))
    ready.jury.say(Written("convert", strip(10)))
    assert not ready.rewriting.completed
    ready.finish()
    assert ready.rewriting.completed
    assert ready.exploring.held == set()


def test_nothing_is_asked_while_nobody_looks(stage: Stage) -> None:
    stage.exploring.adopt()
    stage.drawing.draw(100)
    stage.exploring.adopt(same_model=True)
    assert not stage.rewriting._settle.isActive()
    assert stage.jury.asked == []
    stage.tab.show()
    assert stage.jury.asked == ["subject"]
    stage.finish()
    stage.tab.hide()
    stage.tab.show()
    assert stage.jury.asked == ["subject"], "nothing has changed since"
    stage.drawing.draw(101)
    stage.tab.hide()
    assert not stage.rewriting._settle.isActive()
    stage.tab.show()
    assert len(stage.jury.asked) == 2


def test_an_empty_sheet_empties_the_sections(ready: Stage) -> None:
    ready.jury.say(Written("correct", strip()))
    ready.drawing.draw(0)
    ready.settle()
    assert ready.jury.forgotten
    assert len(ready.jury.asked) == 1
    assert ready.reasons == dict.fromkeys(PARTS, "")
    assert ready.exploring.held == set()


def test_the_chosen_model_alone_is_asked(ready: Stage) -> None:
    ready.tab._models.setCurrentIndex(1)
    ready.tab.model_chosen.emit(OTHER.key)
    assert ready.jury.asked == ["subject", OTHER.key]
    assert ready.exploring.held == set(), "the weights in the window are not at work"
    ready.jury.say(Written("correct", strip(7)), key="")  # an answer that was on its way
    assert len(ready.tab.correct._strip.frames()) == 0
    ready.jury.say(Written("correct", strip(7)), key=OTHER.key)
    assert len(ready.tab.correct._strip.frames()) == 7
    ready.exploring.adopt(same_model=True)
    assert len(ready.jury.asked) == 2, "other weights in the window do not concern it"
    ready.panel.set_members([])
    assert ready.jury.asked[-1] == "subject"


def test_the_model_in_the_window_writes_unless_another_is_chosen(stage: Stage) -> None:
    stage.panel.set_members([OTHER])
    stage.tab.show()
    stage.drawing.draw(100)
    stage.settle()
    assert stage.jury.asked == []
    assert "A model is needed" in stage.reasons["correct"]
    stage.exploring.adopt()
    assert stage.jury.asked == ["subject"]
    assert stage.tab._models.currentText() == "VAE"


def test_newer_weights_write_again(ready: Stage) -> None:
    ready.finish()
    ready.exploring.adopt(same_model=True)
    assert ready.jury.asked == ["subject"] * 2
    ready.jury.say(Written("correct", strip()))
    ready.finish()
    ready.exploring.adopt(title="Colour", pictures="colour")
    assert len(ready.jury.asked) == 2
    assert ready.reasons["correct"] == "By its encoder.", "why it cannot"
    assert len(ready.tab.correct._strip.frames()) == 0


def test_a_kept_drawing_is_the_first_of_the_morph(ready: Stage) -> None:
    ready.finish()
    ready.tab.target_requested.emit("keep")
    assert "now change this drawing" in ready.reasons["morph"]
    assert len(ready.jury.asked) == 1, "from a drawing to itself there is no way"
    ready.drawing.draw(200)
    ready.settle()
    assert ready.jury.parts() == PARTS
    wish = ready.jury.wish()
    assert wish.first is not None
    assert (wish.first[0, 0], wish.seen[0, 0], wish.target) == (100, 200, None)
    ready.finish()
    ready.tab.path_changed.emit("spherical")
    assert ready.jury.parts() == ("morph",), "only what the path changes is asked again"


def test_a_new_question_repeats_what_is_unanswered(ready: Stage) -> None:
    ready.jury.say(Written("correct", strip()))
    ready.keep(9)
    assert ready.turn_into_mine() == 9
    assert ready.jury.parts() == ("convert", "morph")


def test_one_of_mine_needs_one(ready: Stage) -> None:
    ready.finish()
    assert ready.turn_into_mine() == -1
    ready.keep(1, 2)
    assert [ready.turn_into_mine() for _ in range(3)] == [1, 2, 1]


def test_a_test_digit_stays_the_same_when_the_drawing_changes(ready: Stage) -> None:
    ready.finish()
    ready.tab.target_requested.emit("test")
    first = ready.jury.wish().test
    assert first is not None
    ready.jury.say(Found(np.full((28, 28), 77, np.uint8)))
    ready.drawing.draw(50)
    ready.settle()
    wish = ready.jury.wish()
    assert wish.test is None
    assert wish.target is not None
    assert wish.target[0, 0] == 77
    ready.tab.target_requested.emit("test")
    assert ready.jury.wish().test not in (None, first), "another press, another digit"


def test_what_one_part_cannot_do_is_said_there(ready: Stage) -> None:
    ready.jury.say(Reason("convert", "PixelCNN: it has no code."))
    ready.jury.say(Written("correct", strip()))
    assert ready.reasons["convert"] == "PixelCNN: it has no code."
    assert "correct" not in ready.reasons or ready.reasons["correct"] == ""
    ready.drawing.draw(1)
    ready.settle()
    ready.jury.refused.emit("rewrite", "", "The run is gone.")
    assert ready.reasons["correct"] == ready.reasons["convert"] == "The run is gone."
    ready.finish()
    assert ready.exploring.held == set()


def test_the_parts_are_played_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    import studio.engine.rewriting

    ends: list[tuple[int, int, str]] = []

    def no_code(witness: Any, drawing: Any) -> Iterator[Strip]:
        raise Unsupported("It has no code.")
        yield

    def morph(witness: Any, first: Any, second: Any, *, path: str, steps: int) -> Iterator[Strip]:
        ends.append((int(first[0, 0]), int(second[0, 0]), path))
        yield strip(steps)

    monkeypatch.setattr(studio.engine.rewriting, "correct", lambda *a, steps: iter([strip(steps)]))
    monkeypatch.setattr(studio.engine.rewriting, "convert", no_code)
    monkeypatch.setattr(studio.engine.rewriting, "morph", morph)

    class Data:
        images = np.stack([np.full((28, 28), grey, np.uint8) for grey in (5, 6)])

    class Witness:
        def test(self) -> Data:
            return Data()

    seen, other = np.full((28, 28), 100, np.uint8), np.full((28, 28), 50, np.uint8)
    said = list(question(Wish(seen, None, None, 3, "linear"), PARTS)(Witness()))  # type: ignore[arg-type]
    assert [type(value).__name__ for value in said] == ["Written", "Reason", "Found", "Written"]
    assert isinstance(said[1], Reason)
    assert said[1].sentence == "It has no code."
    list(question(Wish(seen, other, None, None, "spherical"), ("morph",))(Witness()))  # type: ignore[arg-type]
    list(question(Wish(seen, None, other, None, "linear"), ("morph",))(Witness()))  # type: ignore[arg-type]
    assert ends == [(100, 6, "linear"), (50, 100, "spherical"), (100, 50, "linear")]
    Data.images = np.zeros((2, 32, 32, 3), np.uint8)
    (reason,) = question(Wish(seen, None, None, 3, "linear"), ("morph",))(Witness())  # type: ignore[arg-type]
    assert isinstance(reason, Reason)
    assert "no digits" in reason.sentence


def test_the_morph_is_written_as_a_film(ready: Stage, qtbot: QtBot, tmp_path: Path) -> None:
    ready.tab.export_requested.emit()
    assert not list(tmp_path.iterdir()), "there is no morph yet"
    ready.jury.say(Written("morph", strip(4)))
    with qtbot.waitSignal(ready.rewriting.exported) as heard:
        ready.tab.export_requested.emit()
    assert heard.args == [ready.chosen]
    with Image.open(ready.chosen) as film:
        assert film.format == "GIF"
    ready.chosen = str(tmp_path / "morph.gif" / "film")
    with qtbot.waitSignal(ready.rewriting.refused) as heard:
        ready.tab.export_requested.emit()
    assert heard.args is not None
    assert heard.args[0].startswith("The export failed: ")
    ready.chosen = ""
    ready.tab.export_requested.emit()
    assert ready.errands.subjects() == set()
