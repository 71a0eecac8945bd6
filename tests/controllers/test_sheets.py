"""Contact sheets from the map to the file: the real dialog and writer, a map that is made up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from studio.bridge.desk import Adopted
from studio.bridge.map_answers import SheetPart
from studio.controllers.sheets import SheetController
from studio.engine.ground import PlaneSpec
from studio.state.tiles import PlaneRect
from studio.views.sheet_dialog import SheetDialog

LEFT = Qt.MouseButton.LeftButton
SPEC = PlaneSpec(anchors=(bytes(784),) * 3, through=(0.5, 1.0))
ADOPTED = Adopted(4, "vae", "VAE", "pen", 1200, {}, {}, True, True, run="runs/a")


def ground(**more: object) -> SimpleNamespace:
    note = "The plane of the two largest components. More words."
    told = {"spec": SPEC, "note": note, "bounds": None, "axis_names": ("one", "two"), **more}
    return SimpleNamespace(**told)


class FakeCartographer(QObject):
    """Answers when the test says so: a digit is as bright as its place is far right."""

    sheet = Signal(object)
    finished = Signal(str)
    refused = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[np.ndarray] = []
        self.forgotten: list[str] = []

    def ask_sheet(self, places: np.ndarray) -> None:
        self.asked.append(places)

    def forget(self, what: str) -> None:
        self.forgotten.append(what)

    def answer(self, share: float = 1.0) -> None:
        places = self.asked[-1].reshape(-1, 2)
        count = round(share * len(places))
        for first in range(0, count, 64):
            some = places[first : min(first + 64, count)]
            grey = np.clip(100 + 20 * some[:, 0], 0, 255).astype(np.uint8)
            digits = np.repeat(grey, 784).reshape(-1, 28, 28)
            self.sheet.emit(SheetPart(4, SPEC, first, len(places), digits))
        if count == len(places):
            self.finished.emit("sheet")


class FakePlane(QObject):
    laid = Signal()
    cleared = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.ground: SimpleNamespace | None = ground()
        self.adopted: Adopted | None = ADOPTED


class World:
    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot, self.folder = qtbot, folder
        self.map, self.plane = FakeCartographer(), FakePlane()
        self.held: set[str] = set()
        self.dialog = SheetDialog()
        qtbot.addWidget(self.dialog)
        self.chosen = str(folder / "sheet.png")
        self.asked: list[tuple[str, ...]] = []
        self.lasso: np.ndarray | None = None
        self.exported: list[str] = []
        self.refused: list[str] = []
        self.controller = SheetController(
            lambda: self.dialog,
            self._ask_path,
            self.map,  # type: ignore[arg-type]
            self,  # type: ignore[arg-type]
            self.plane,  # type: ignore[arg-type]
            lambda: PlaneRect(-3.0, -2.0, 3.0, 2.0),
            lambda: self.lasso,
        )
        self.controller.exported.connect(self.exported.append)
        self.controller.refused.connect(self.refused.append)

    def hold(self, who: str, busy: bool) -> None:
        (self.held.add if busy else self.held.discard)(who)

    def _ask_path(self, *words: str) -> str:
        assert self.held == {"sheet"}
        self.asked.append(words)
        return self.chosen

    def press(self, name: str) -> None:
        found = self.dialog.findChild(QWidget, name)
        assert found is not None
        QTest.mouseClick(found, LEFT)

    def said(self) -> str:
        label = self.dialog.findChild(QLabel, "sheetSize")
        assert label is not None
        return label.text()

    def written(self, count: int = 1) -> Path:
        self.qtbot.waitUntil(lambda: len(self.exported) == count, timeout=5_000)
        return Path(self.exported[-1])


@pytest.fixture
def world(qtbot: QtBot, tmp_path: Path) -> Iterator[World]:
    made = World(qtbot, tmp_path)
    yield made
    made.controller.close()


def test_a_sheet_of_what_is_in_view(world: World) -> None:
    world.controller.open()
    assert world.dialog.isVisible()
    assert world.map.asked[0].shape == (8, 12, 2)  # the preview
    world.map.answer()
    assert "about" in world.said()
    world.press("sheetExport")
    assert world.asked == [
        ("Export a sheet of digits", "vae-step-1200-map.png", "PNG picture (*.png)")
    ]
    places = world.map.asked[1]
    assert places.shape == (16, 24, 2)
    assert places[0, 0] == pytest.approx([-2.875, 1.875])
    world.map.answer(0.5)
    assert world.said() == "Decoding 384 digits"
    assert world.held == {"sheet"}
    world.map.answer()
    with Image.open(world.written()) as picture:
        pixels = np.asarray(picture)
        about = json.loads(picture.text["modescope"])  # type: ignore[attr-defined]
        words = picture.text["Description"]  # type: ignore[attr-defined]
    assert words == "VAE · step 1,200 · data pen · The plane of the two largest components"
    assert about["run"] == "runs/a"
    assert about["plane"]["kind"] == "principal"
    assert about["plane"]["through"] == [0.5, 1.0]
    assert about["sheet"]["region"] == [-3, -2, 3, 2]
    assert about["sheet"]["axes"] == ["one", "two"]
    top, left = about["sheet"]["top"], about["sheet"]["left"]
    shown = pixels[top + 14 :: 29, left + 14 :: 29, 0][:16, :24]
    assert (shown == np.clip(100 + 20 * places[..., 0], 0, 255).astype(np.uint8)).all()
    world.qtbot.waitUntil(lambda: "384 digits  ·" in world.said())
    assert world.held == set()


def test_outside_the_lasso_nothing_stands(world: World) -> None:
    world.lasso = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]])
    world.chosen = str(world.folder / "sheet")
    world.controller.open_lasso()
    world.press("sheetKindsvg")
    world.press("sheetExport")
    plan = world.dialog.plan()
    assert plan is not None
    assert len(plan.lasso) == 3
    world.map.answer()
    path = world.written()
    assert path.name == "sheet.svg"
    assert "<svg" in path.read_text()
    assert not plan.inside().all()


def test_giving_up_on_the_name_lets_the_weights_go(world: World) -> None:
    world.chosen = ""
    world.controller.open()
    world.press("sheetExport")
    assert world.asked
    assert len(world.map.asked) == 1
    assert world.held == set()


def test_stopping_half_way(world: World) -> None:
    world.controller.open()
    world.press("sheetExport")
    world.map.answer(0.5)
    world.press("sheetCancel")
    assert world.map.forgotten == ["sheet"]
    assert world.held == set()
    world.map.answer()  # too late
    assert list(world.folder.iterdir()) == []
    assert not world.refused
    world.press("sheetExport")
    world.map.answer()
    world.written()


def test_other_weights_half_way(world: World) -> None:
    world.controller.open()
    world.press("sheetExport")
    world.map.answer(0.5)
    world.map.finished.emit("sheet")
    assert "Another model answers now" in world.refused[0]
    assert world.held == set()
    assert list(world.folder.iterdir()) == []


def test_a_model_that_cannot(world: World) -> None:
    world.plane.ground = None
    world.controller.open()
    assert not world.dialog.isVisible()
    assert "There is no map to export yet" in world.refused[0]
    world.plane.ground = ground()
    world.controller.open()
    world.press("sheetExport")
    world.map.refused.emit("sheet", "It cannot decode.")
    assert world.refused[1] == "It cannot decode."
    assert world.held == set()


def test_a_file_that_cannot_be_written(world: World) -> None:
    (world.folder / "file").write_text("")
    world.chosen = str(world.folder / "file" / "sheet.png")
    world.controller.open()
    world.press("sheetExport")
    world.map.answer()
    world.qtbot.waitUntil(lambda: len(world.refused) == 1, timeout=5_000)
    assert world.refused[0].startswith("Cannot write")
    world.qtbot.waitUntil(lambda: "384 digits  ·" in world.said())


def test_the_preview_follows_the_plane(world: World) -> None:
    world.controller.open()
    world.map.answer()
    count = len(world.map.asked)
    world.plane.laid.emit()
    assert len(world.map.asked) == count + 1
    world.dialog.close()
    world.plane.laid.emit()
    assert len(world.map.asked) == count + 1


def test_without_a_lasso_the_view_is_shown(world: World) -> None:
    world.controller.open_lasso()
    plan = world.dialog.plan()
    assert plan is not None
    assert plan.left == -3
