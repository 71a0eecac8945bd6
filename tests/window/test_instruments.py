"""The instruments in the real window, by mouse and keyboard: eyes, plane, slow motion, a lesson."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMainWindow, QTabBar, QToolButton

from studio import data
from studio.app import Studio, instruments
from studio.data import pen
from studio.data.dataset import Dataset
from studio.engine.events import Phase
from studio.instruments import microscope
from studio.instruments.plane_microscope import PlaneMicroscope
from studio.lab.preset import Act, Preset, Promise
from tests.window.hands import child, choose, click, until

SMALL = {"width": 16, "batch_size": 16, "steps": 100_000}
LESSON = Preset(
    name="tiny",
    title="Cause collapse: a tiny ring",
    group="cause",
    model="gan",
    data="ring8",
    settings={"width": 16, "batch_size": 16, "gradient_penalty": 0.0, "moves_d": 2},
    acts=(
        Act(step=30, caption="Turn on R1", why="To flatten.", changes={"gradient_penalty": 1.0}),
        Act(step=10**6, caption="Slow it", why="To see.", changes={"learning_rate_d": 1e-5}),
    ),
    paragraphs=("One.", "Two."),
    look_at=("The first thing.", "The second thing."),
    promise=Promise("It fails.", lambda readings: True),
    reads=(100_000,),
    kept=(1, 1),
    seconds=5.0,
)


@pytest.fixture
def small_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few hundred pen digits, points as they are, and one tiny lesson."""
    digits = {"train": pen.generate(300), "test": pen.generate(300, split="test")}
    load = data.load

    def load_small(name: str, split: str = "train", **more: Any) -> Dataset:
        return digits[split] if name == "pen" else load(name, split, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(data, "load", load_small)
    monkeypatch.setattr(instruments, "PRESETS", (LESSON,))


def show_instrument(window: QMainWindow, title: str) -> None:
    tabs = child(window, "instrumentTabs")
    assert isinstance(tabs, QTabBar)
    index = next(i for i in range(tabs.count()) if tabs.tabText(i) == title)
    QTest.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(index).center())


def text_of(window: QMainWindow, name: str) -> str:
    label = child(window, name)
    assert isinstance(label, QLabel)
    return label.text()


def start(window: QMainWindow, studio: Studio, name: str) -> None:
    choose(studio, "gan", **SMALL)
    studio.run_form.set_values({"data": name})
    click(window, "startButton")
    until(lambda: studio.state.data is not None and studio.state.data.pace.step > 5)


def test_the_eyes_answer_while_a_gan_is_trained(window: QMainWindow, studio: Studio) -> None:
    start(window, studio, "pen")
    show_instrument(window, "Eyes")
    until(lambda: "of all pairs" in text_of(window, "eyesSentence"))
    assert child(window, "eyesSentence").isVisible()

    grid = studio.train.grid
    click(window, "pauseButton")
    until(lambda: studio.state.phase is Phase.PAUSED)
    # The answer for the grid that is on screen now.
    assert studio.state.data is not None
    step = studio.state.data.pace.step
    until(lambda: f"step {step:,}" in text_in(window, "eyesView"))
    before = grid.grab().toImage()
    switch = child(window, "badgesSwitch")
    QTest.mouseClick(switch, Qt.MouseButton.LeftButton, pos=QPoint(8, switch.height() // 2))
    assert grid.grab().toImage() != before

    target = grid.childAt(grid.digit_rect(9).center())
    assert target is not None
    where = target.mapFrom(grid, grid.digit_rect(9).center())
    QTest.mouseMove(target, where - QPoint(3, 3))
    QTest.mouseMove(target, where)
    until(lambda: text_of(window, "eyesDetail").startswith("Sample 10: "))
    assert "% real" in text_of(window, "eyesDetail")


def text_in(window: QMainWindow, name: str) -> str:
    """All the words of a widget."""
    return "\n".join(label.text() for label in child(window, name).findChildren(QLabel))


def test_points_are_seen_on_their_plane(window: QMainWindow, studio: Studio) -> None:
    start(window, studio, "ring8")
    plane = studio.instruments.plane
    until(plane.isVisible)
    assert not studio.train.grid.isVisible()
    until(lambda: "512 samples and 512 real points" in text_of(window, "eyesDetail"))
    show_instrument(window, "Eyes")
    assert "of all pairs" in text_of(window, "eyesSentence")
    assert not child(window, "badgesSwitch").isVisible()
    # Where there are no digits, nothing is promised about them.
    click(window, "pageButtonDraw")
    until(lambda: "points of a plane" in text_in(window, "pageDraw"))
    assert not child(window, "testDigitButton").isEnabled()


def margin(window: QMainWindow, player: str) -> str:
    """The colour behind a player, where nothing is written."""
    row = child(window, f"moves_{player}").parentWidget()
    assert row is not None
    return row.grab().toImage().pixelColor(row.width() // 2, 3).name()


def test_slow_motion_lights_up_who_moves(window: QMainWindow, studio: Studio) -> None:
    start(window, studio, "ring8")
    show_instrument(window, "Players")
    tempo = child(window, "tempoBox")
    players = ("discriminator", "generator")
    dark = {name: margin(window, name) for name in players}
    tempo.setFocus()
    for _ in range(4):
        QTest.keyClick(tempo, Qt.Key.Key_Down)
    glowing: set[str] = set()

    def both_have() -> bool:
        glowing.update(name for name in players if margin(window, name) != dark[name])
        return len(glowing) == 2

    until(both_have)
    assert studio.state.data is not None
    step = studio.state.data.pace.step
    freeze = child(window, "freeze_discriminator")
    click(window, "freeze_discriminator")
    until(lambda: "discriminator" in studio.state.data.frozen)  # type: ignore[union-attr]
    assert isinstance(freeze, QToolButton)
    assert freeze.isChecked()
    assert studio.state.data.pace.step - step < 100
    click(window, "stopButton")
    until(lambda: not studio.state.active)
    # A run that has ended has nothing to change.
    assert not freeze.isEnabled()
    assert not child(window, "rate_generator").isEnabled()


class _Scripted:
    """The real microscope on a ring that is covered in the first two readings, and then is not."""

    def __init__(self, dataset: Dataset, count: int) -> None:
        assert dataset.plane is not None
        self._real = PlaneMicroscope(dataset.plane, seed=0, count=count)
        self._plane, self.count = dataset.plane, count
        self._readings = 0

    def ceilings(self) -> dict[str, float]:
        return self._real.ceilings()

    def look(self, points: np.ndarray) -> dict[str, float]:
        self._readings += 1
        centres = self._plane.centres if self._readings <= 2 else self._plane.centres[:1]
        placed = np.resize(centres, points.shape)
        rng = np.random.default_rng(0)
        return self._real.look(placed + rng.normal(0, self._plane.sigma, points.shape))


def test_a_lesson_from_the_click_to_the_alarm(
    window: QMainWindow, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        microscope, "open_microscope", lambda dataset, *, count=1_000: _Scripted(dataset, count)
    )
    click(window, "pageButtonLab")
    assert text_of(window, "lessonTitle") == LESSON.title
    click(window, "lessonStart")
    strip = child(window, "lessonStrip")
    until(strip.isVisible)
    assert child(window, "pageTrain").isVisible()
    assert not child(window, "lessonStart").isEnabled()

    # The first act happens by itself, and the second is offered.
    until(lambda: "2 of 2" in text_in(window, "lessonStrip"))
    run = studio.state.data
    assert run is not None
    until(lambda: any(mark.target == "gradient_penalty" for mark in run.marks))
    assert text_of(window, "lessonLine") == "The second thing."

    until(lambda: any(alarm.rule == "collapse" and alarm.begins for alarm in run.alarms))
    assert studio.state.active
    said = child(window, "verdictLine").accessibleDescription()
    assert said.startswith("Mode collapse: Since step ")
    assert "one of the 8 spots" in said

    click(window, "lessonAct")
    until(lambda: run.live.get("learning_rate_d") == 1e-5)
    click(window, "lessonClose")
    assert not strip.isVisible()
    assert studio.state.active
