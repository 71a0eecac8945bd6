"""My digits in the window: the real tab, the real store and files, a real classifier."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from studio.bridge.desk import Desk
from studio.controllers.drawing import Sheet
from studio.controllers.mine import MineController
from studio.data import pen
from studio.data.disk import Disk
from studio.data.mine import MyDigits, is_test
from studio.library.digit_files import read_labelled
from studio.views.mine_grid import MineGrid
from studio.views.mine_tab import MineTab
from tests.data.disks import Failing

LEFT = Qt.MouseButton.LeftButton


class FakeDrawing(QObject):
    """What lies on the canvas."""

    seen_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.sheet = Sheet(None, np.zeros((28, 28), bool), None)
        self.images: list[np.ndarray] = []

    def draw(self, image: np.ndarray | None) -> None:
        self.sheet = Sheet(image, np.zeros((28, 28), bool), None)
        self.seen_changed.emit(self.sheet)

    def set_image(self, image: np.ndarray) -> None:
        self.images.append(image)


class FakeDesk(QObject):
    """Takes questions and answers none."""

    answered = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def run(self, channel: str, job: Callable[[Any], Iterator[object]]) -> None:
        self.asked.append(channel)

    def forget(self, channel: str) -> None:
        pass


@dataclass
class Dialogs:
    """Answers with what has been put down."""

    saved: str = ""
    chosen_folder: str = ""
    chosen_files: list[str] = field(default_factory=list)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def save(self, title: str, name: str, pattern: str) -> str:
        self.asked.append((title, name, pattern))
        return self.saved

    def folder(self, title: str) -> str:
        self.asked.append((title,))
        return self.chosen_folder

    def files(self, title: str, pattern: str) -> list[str]:
        self.asked.append((title, pattern))
        return self.chosen_files


class World:
    """A tab, what it is joined with, and what was said."""

    def __init__(self, qtbot: QtBot, folder: Path, *, desk: Any = None, disk: Disk | None = None):
        self.qtbot = qtbot
        self.tab, self.drawing, self.dialogs = MineTab(), FakeDrawing(), Dialogs()
        self.desk = desk or FakeDesk()
        qtbot.addWidget(self.tab)
        self.store = MyDigits(folder)
        self.made = MyDigits(folder, disk) if disk else self.store
        self.controller = MineController(
            self.tab, self.drawing, self.drawing, self.desk, self.dialogs, self.made
        )
        self.refused: list[str] = []
        self.exported: list[str] = []
        self.changes: list[int] = []
        self.trainings = 0
        self.controller.refused.connect(self.refused.append)
        self.controller.exported.connect(self.exported.append)
        self.controller.changed.connect(lambda kept: self.changes.append(len(kept)))
        self.controller.train_requested.connect(self._on_train)
        self.tab.resize(700, 440)
        self.tab.show()
        self.until(lambda: self.changes)

    def _on_train(self) -> None:
        self.trainings += 1

    def until(self, holds: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(holds()), timeout=5_000)

    def note(self) -> str:
        found = self.tab.findChild(QLabel, "mineNote")
        assert found is not None
        return found.text()

    @property
    def grid(self) -> MineGrid:
        found = self.tab.findChild(MineGrid)
        assert found is not None
        return found

    def press(self, name: str) -> None:
        found = self.tab.findChild(QWidget, name)
        assert found is not None
        QTest.mouseClick(found, LEFT)

    def menu(self, name: str, number: int) -> None:
        found = self.tab.findChild(QToolButton, name)
        assert found is not None
        found.menu().actions()[number].trigger()

    def keep(self, image: np.ndarray, digit: int) -> None:
        count = len(self.changes)
        self.drawing.draw(image)
        self.press(f"keepButton{digit}")
        self.until(lambda: len(self.changes) > count)

    def labels(self) -> list[int]:
        return self.store.read().labels.tolist()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "my-digits"


@pytest.fixture
def world(qtbot: QtBot, folder: Path) -> Iterator[World]:
    made = World(qtbot, folder)
    yield made
    made.controller.close()


@pytest.fixture(scope="module")
def written() -> tuple[np.ndarray, np.ndarray]:
    made = pen.generate(40, 5)
    return made.images, made.labels


def test_a_drawing_is_kept_as_the_models_see_it(world: World, written: Any) -> None:
    images, labels = written
    world.press("keepButton3")  # there is nothing yet
    for image, label in zip(images[:3], labels[:3].tolist(), strict=True):
        world.keep(image, label)
    kept = world.store.read()
    assert (kept.images == images[:3]).all()
    assert kept.labels.tolist() == labels[:3].tolist()
    assert "(3 in all)" in world.note()
    # What has just been kept is chosen.
    assert world.tab.chosen() == (2,)
    world.press(f"keepButton{labels[2]}")
    world.until(lambda: "kept already" in world.note())
    assert len(world.store.read()) == 3
    assert not world.refused


def test_undo_and_redo_and_what_lies_between(world: World, written: Any) -> None:
    for number in range(4):
        world.keep(written[0][number], number)
    grid = world.grid
    grid.setFocus()
    QTest.mouseClick(
        grid.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, grid.rect_of(1).center()
    )
    QTest.keyClick(grid, Qt.Key.Key_Delete)
    world.until(lambda: world.note() == "Deleted 1 drawing")
    assert world.labels() == [0, 2, 3]
    QTest.mouseClick(
        grid.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, grid.rect_of(0).center()
    )
    QTest.keyClick(grid, Qt.Key.Key_7)
    world.until(lambda: world.note() == "1 drawing: 7")
    assert world.labels() == [7, 2, 3]
    QTest.keyClick(grid, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(grid, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    world.until(lambda: world.labels() == [0, 1, 2, 3])
    world.until(lambda: world.note() == "Undone: delete 1 drawing")
    world.press("mineRedoButton")
    world.until(lambda: world.note() == "Redone: delete 1 drawing")
    assert world.labels() == [0, 2, 3]
    world.keep(written[0][9], 9)
    redo = world.tab.findChild(QToolButton, "mineRedoButton")
    assert redo is not None
    assert not redo.isEnabled()
    for _ in range(10):
        world.press("mineUndoButton")
    world.until(lambda: world.labels() == [])
    undo = world.tab.findChild(QToolButton, "mineUndoButton")
    world.until(lambda: undo is not None and not undo.isEnabled())


def test_a_double_click_puts_it_on_the_canvas(world: World, written: Any) -> None:
    world.keep(written[0][0], 4)
    QTest.mouseDClick(
        world.grid.viewport(),
        LEFT,
        Qt.KeyboardModifier.NoModifier,
        world.grid.rect_of(0).center(),
    )
    assert (world.drawing.images[0] == written[0][0]).all()


def test_two_windows(world: World, qtbot: QtBot, folder: Path, written: Any) -> None:
    other = World(qtbot, folder)
    try:
        world.keep(written[0][0], 0)
        other.keep(written[0][1], 1)
        assert other.labels() == [0, 1]
        world.tab.hide()
        world.tab.show()
        world.until(lambda: world.changes[-1] == 2)
        world.press("mineUndoButton")  # takes back its own deed, not the other's
        world.until(lambda: world.labels() == [1])
        other.keep(written[0][2], 2)
        assert other.changes[-1] == 2
    finally:
        other.controller.close()


def test_looking_again_changes_nothing(world: World, written: Any) -> None:
    world.keep(written[0][0], 0)
    assert world.tab.chosen() == (0,)
    count = len(world.changes)
    world.controller.refresh()
    world.keep(written[0][1], 1)
    assert len(world.changes) == count + 1


@pytest.mark.parametrize(("number", "ends"), [(0, "ubyte"), (1, "ubyte.gz"), (2, "my-digits")])
def test_out_and_in_again(
    world: World, tmp_path: Path, written: Any, number: int, ends: str
) -> None:
    world.store.add(*written)
    world.controller.refresh()
    world.until(lambda: world.changes[-1] == 40)
    out = tmp_path / "out"
    out.mkdir()
    world.menu("mineExportButton", number)  # the user gives up
    world.dialogs.chosen_folder = str(out)
    world.dialogs.saved = str(out / "x-images-idx3-ubyte")
    world.menu("mineExportButton", number)
    world.until(lambda: world.exported)
    path = Path(world.exported[0])
    assert path.name.endswith(ends)
    images, _ = read_labelled([path])
    assert sorted(map(bytes, images)) == sorted(map(bytes, written[0]))
    world.until(lambda: "Exported 40 drawings" in world.note())
    kept = world.store.read()
    world.store.remove(range(30), kept)
    world.dialogs.chosen_files = [str(path)]
    world.dialogs.chosen_folder = str(path)
    world.menu("mineImportButton", 1 if number == 2 else 0)
    world.until(lambda: world.note() == "Imported 30 drawings, 10 known already")
    assert world.store.read().counts().tolist() == kept.counts().tolist()
    assert not world.refused


def test_pictures_never_lie_over_others(world: World, tmp_path: Path, written: Any) -> None:
    world.keep(written[0][0], 0)
    world.dialogs.chosen_folder = str(tmp_path)
    for count in (1, 2):
        world.menu("mineExportButton", 2)
        world.until(lambda count=count: len(world.exported) == count)
    # The drawings themselves lie in `my-digits` here.
    assert [Path(path).name for path in world.exported] == ["my-digits-2", "my-digits-3"]


def test_what_is_no_digit_is_one_sentence(world: World, tmp_path: Path) -> None:
    (tmp_path / "words-images-idx3-ubyte").write_text("words")
    world.dialogs.chosen_files = [str(tmp_path / "words-images-idx3-ubyte")]
    world.menu("mineFirstImportButton", 0)
    world.until(lambda: world.refused)
    assert "is not a file of digits" in world.refused[0]


def test_damage_is_put_aside_and_told(qtbot: QtBot, folder: Path, written: Any) -> None:
    store = MyDigits(folder)
    store.add(written[0][:5], written[1][:5])
    store.add(written[0][5], 3)
    (folder / "000002-images-idx3-ubyte").write_bytes(b"torn")
    world = World(qtbot, folder)
    try:
        assert world.changes == [5]
        assert "what was damaged lies in" in world.refused[0]
        (folder / "000001-labels-idx1-ubyte").write_bytes(b"torn, too")
        world.drawing.draw(written[0][9])
        world.press("keepButton9")
        world.until(lambda: world.changes[-1] == 1)
        assert "a new set begins" in world.refused[1]
        assert len(list((folder / "aside").iterdir())) == 4
    finally:
        world.controller.close()


def test_a_full_disk_takes_nothing_from_the_undo(qtbot: QtBot, folder: Path, written: Any) -> None:
    disk = Failing(10_000)
    world = World(qtbot, folder, disk=disk)
    try:
        world.keep(written[0][0], 1)
        disk.at = len(disk.calls)
        disk.times = float("inf")
        world.press("mineUndoButton")
        world.until(lambda: world.refused)
        assert "My digits cannot be saved" in world.refused[0]
        disk.times = 0
        undo = world.tab.findChild(QToolButton, "mineUndoButton")
        assert undo is not None
        assert undo.isEnabled()
        world.press("mineUndoButton")
        world.until(lambda: world.labels() == [])
    finally:
        world.controller.close()


def test_training_needs_enough(world: World, written: Any) -> None:
    train = world.tab.findChild(QWidget, "mineTrainButton")
    assert train is not None
    for number in range(9):
        world.keep(written[0][number], 3)
    assert "Keep 1 more" in train.toolTip()
    world.press("mineTrainButton")
    world.keep(written[0][9], 3)
    test = int(is_test(written[0][:10]).sum())
    assert f"{10 - test} to learn from, {test} for testing" in train.toolTip()
    world.press("mineTrainButton")
    assert world.trainings == 1


def test_closing_keeps_what_was_to_be_kept(qtbot: QtBot, folder: Path, written: Any) -> None:
    world = World(qtbot, folder)
    for number in range(5):
        world.drawing.draw(written[0][number])
        world.press(f"keepButton{number}")
    world.controller.close()
    assert world.labels() == [0, 1, 2, 3, 4]


def test_nobody_guesses_while_nobody_looks(world: World, written: Any) -> None:
    world.drawing.draw(written[0][0])
    assert world.desk.asked == ["guess"]
    world.tab.hide()
    world.drawing.draw(written[0][1])
    assert world.desk.asked == ["guess"]
    world.tab.show()
    assert world.desk.asked == ["guess", "guess"]


def test_the_classifier_guesses(qtbot: QtBot, folder: Path, written: Any) -> None:
    desk = Desk()
    try:
        world = World(qtbot, folder, desk=desk)
        label = world.tab.findChild(QLabel, "keepGuess")
        assert label is not None
        right = 0
        for image, digit in zip(written[0][:4], written[1].tolist(), strict=False):
            world.drawing.draw(None)
            assert label.text() == ""
            world.drawing.draw(image)
            world.until(lambda: label.text())
            right += f" {digit}" in label.text()
        assert right >= 3
        world.controller.close()
    finally:
        desk.close()
