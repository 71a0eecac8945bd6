"""From a dropped file to the canvas: through the page, the thread and the preview."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QPushButton, QSlider, QWidget

from studio.controllers.importing import NO_PICTURE, ImportController
from studio.data import importing
from studio.data.pen import generate
from studio.views.draw_page import DrawPage
from studio.views.import_preview import StagePicture

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LEFT, CONTROL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier
DIGIT = generate(3, seed=21).images[2]


class Desk:
    """The page with its controller, and what the controller refused."""

    def __init__(self, page: DrawPage) -> None:
        self.page = page
        self.chosen: Sequence[str] = ()
        self.refused: list[str] = []
        self.controller = ImportController(page, lambda title, pattern: self.chosen)
        self.controller.refused.connect(self.refused.append)

    def previewing(self) -> bool:
        return self.page.preview.isVisible()

    def child(self, kind: type, name: str) -> QWidget:
        found = self.page.findChild(kind, name)
        assert isinstance(found, QWidget)
        return found

    def words(self) -> str:
        labels = self.page.preview.findChildren(QLabel)
        return "\n".join(label.text().replace("\u00a0", " ") for label in labels)


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    page = DrawPage()
    qtbot.addWidget(page)
    page.resize(1200, 640)
    page.show()
    desk = Desk(page)
    yield desk
    desk.controller.close()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Dark ink on light paper, 300 x 200, in a JPEG file."""
    sheet = np.full((200, 300, 3), 225, np.uint8)
    large = np.asarray(Image.fromarray(DIGIT).resize((168, 168), Image.Resampling.BILINEAR))
    sheet[16:184, 66:234] -= (large[..., None] * 0.8).astype(np.uint8)
    path = tmp_path / "note.jpg"
    Image.fromarray(sheet).save(path, quality=95)
    return path


def dropped(page: DrawPage, *urls: str) -> bool:
    data = QMimeData()
    data.setUrls([QUrl(url) for url in urls])
    return drop(page, data)


def drop(page: DrawPage, data: QMimeData) -> bool:
    action, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), action, data, LEFT, none)
    enter.ignore()
    QApplication.sendEvent(page, enter)
    taken = enter.isAccepted()
    cover = page.findChild(QWidget, "dropCover")
    assert cover.isVisible() == taken
    QApplication.sendEvent(page, QDropEvent(QPointF(300, 300), action, data, LEFT, none))
    assert cover.isHidden()
    return taken


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one.ravel().astype(float), other.ravel())[0, 1])


def test_a_dropped_picture_is_previewed_and_taken_as_one_step(
    desk: Desk, photo: Path, qtbot: QtBot
) -> None:
    canvas = desk.page.canvas
    canvas.set_image(np.full((28, 28), 90, np.uint8))
    assert dropped(desk.page, photo.as_uri())
    qtbot.waitUntil(desk.previewing)
    assert not desk.refused
    pictures = desk.page.preview.findChildren(StagePicture)
    assert {picture.width() for picture in pictures} == {140}, "as large as there is room"
    for words in ("note.jpg", "300 × 200 pixels", "darker than the paper", "by Otsu", "by mass"):
        assert words in desk.words()
    assert (canvas.image() == 90).all(), "only shown"
    QTest.mouseMove(canvas, QPoint(2, 2))
    cell = canvas.sheet().width() / 28
    place = QPoint(round(14.5 * cell), round(0.5 * cell))
    assert canvas.grab().toImage().pixelColor(place).lightness() == 0, "on the sheet, too"
    count = canvas.undo_stack.count()
    QTest.mouseClick(desk.child(QPushButton, "useButton"), LEFT)
    assert not desk.previewing()
    assert likeness(canvas.image(), DIGIT) > 0.95
    assert canvas.undo_stack.count() == count + 1
    assert canvas.undo_stack.undoText() == "import picture"
    canvas.undo()
    assert (canvas.image() == 90).all()


def test_settings_change_what_comes_out(desk: Desk, photo: Path, qtbot: QtBot) -> None:
    desk.controller.take(str(photo))
    qtbot.waitUntil(desk.previewing)
    slider = desk.child(QSlider, "thresholdSlider")
    automatic = desk.child(QPushButton, "automaticThreshold")
    found = slider.value()
    assert not automatic.isEnabled()
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: not desk.controller.busy)
    assert f"Ink above {found + 1} % by hand" in desk.words()
    slider.setValue(90)
    qtbot.waitUntil(lambda: not desk.controller.busy)
    assert "Ink above 90 % by hand" in desk.words()
    QTest.mouseClick(automatic, LEFT)
    qtbot.waitUntil(lambda: slider.value() == found)
    desk.child(QCheckBox, "cleanSwitch").click()
    QTest.mouseClick(desk.child(QWidget, "polaritybright"), LEFT)
    qtbot.waitUntil(lambda: not desk.controller.busy)
    refusal = desk.child(QLabel, "importRefusal")
    assert "No ink was found" in refusal.text() or "brighter" in desk.words()
    QTest.mouseClick(desk.child(QWidget, "polarityauto"), LEFT)
    qtbot.waitUntil(lambda: desk.child(QPushButton, "useButton").isEnabled())
    assert not refusal.isVisible()


def test_a_setting_without_ink_says_so_and_offers_nothing(desk: Desk, qtbot: QtBot) -> None:
    ring = np.zeros((90, 90), np.uint8)
    ring[30:60, 30:60] = 255
    desk.controller.take(QImage(ring.data, 90, 90, 90, QImage.Format.Format_Grayscale8).copy())
    qtbot.waitUntil(desk.previewing)
    assert "Pasted picture" in desk.words()
    QTest.mouseClick(desk.child(QWidget, "polaritydark"), LEFT)
    qtbot.waitUntil(lambda: desk.child(QLabel, "importRefusal").isVisible())
    assert not desk.child(QPushButton, "useButton").isEnabled()
    QTest.keyClick(desk.page.preview, Qt.Key.Key_Return)
    assert desk.previewing()
    assert not desk.refused


def test_cancelling_leaves_the_drawing(desk: Desk, photo: Path, qtbot: QtBot) -> None:
    for end in (
        lambda: QTest.mouseClick(desk.child(QPushButton, "cancelButton"), LEFT),
        lambda: QTest.keyClick(desk.child(QPushButton, "useButton"), Qt.Key.Key_Escape),
    ):
        desk.controller.take(str(photo))
        qtbot.waitUntil(desk.previewing)
        end()
        assert not desk.previewing()
        assert not desk.page.canvas.image().any()
        assert desk.page.canvas.undo_stack.count() == 0


def test_enter_takes_it(desk: Desk, photo: Path, qtbot: QtBot) -> None:
    desk.controller.take(str(photo))
    qtbot.waitUntil(desk.previewing)
    QTest.keyClick(desk.page.preview, Qt.Key.Key_Return)
    assert desk.page.canvas.image().any()


def test_pasting_a_picture_a_file_and_nothing(desk: Desk, photo: Path, qtbot: QtBot) -> None:
    clipboard = QGuiApplication.clipboard()
    colours = np.full((56, 56, 4), 255, np.uint8)
    colours[..., :3] = 255 - np.repeat(np.repeat(DIGIT, 2, 0), 2, 1)[..., None]
    clipboard.setImage(QImage(colours.data, 56, 56, 224, QImage.Format.Format_RGBA8888).copy())
    desk.page.canvas.setFocus()
    QTest.keyClick(desk.page.canvas, Qt.Key.Key_V, CONTROL)
    qtbot.waitUntil(desk.previewing)
    QTest.keyClick(desk.page.preview, Qt.Key.Key_Return)
    assert likeness(desk.page.canvas.image(), DIGIT) > 0.95

    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(photo))])
    clipboard.setMimeData(data)
    QTest.keyClick(desk.page.canvas, Qt.Key.Key_V, CONTROL)
    qtbot.waitUntil(desk.previewing)
    assert "note.jpg" in desk.words()
    QTest.keyClick(desk.page.preview, Qt.Key.Key_Escape)

    clipboard.setText("a seven")
    QTest.keyClick(desk.page.canvas, Qt.Key.Key_V, CONTROL)
    assert desk.refused == [NO_PICTURE]
    clipboard.clear()


def test_the_button_asks_for_a_file(desk: Desk, photo: Path, qtbot: QtBot) -> None:
    button = desk.child(QWidget, "pictureButton")
    QTest.mouseClick(button, LEFT)
    assert not desk.controller.busy, "the user gave up"
    desk.chosen = [str(photo)]
    QTest.mouseClick(button, LEFT)
    qtbot.waitUntil(desk.previewing)


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("file:///home/a.modescope", False),
        ("file:///home/a.txt", False),
        ("https://example.org/a.png", False),
        ("file://server/share/a.png", False),
        ("file:///home/a.PNG", True),
    ],
)
def test_only_pictures_on_this_computer_are_taken(desk: Desk, url: str, taken: bool) -> None:
    heard: list[object] = []
    desk.page.image_dropped.disconnect()
    desk.page.image_dropped.connect(heard.append)
    assert dropped(desk.page, url) == taken
    assert heard == (["/home/a.PNG"] if taken else [])


def test_a_picture_dragged_from_another_program(desk: Desk, qtbot: QtBot) -> None:
    image = QImage(DIGIT.data, 28, 28, 28, QImage.Format.Format_Grayscale8).copy()
    data = QMimeData()
    data.setImageData(image)
    assert drop(desk.page, data)
    qtbot.waitUntil(desk.previewing)
    QTest.keyClick(desk.page.preview, Qt.Key.Key_Return)
    assert np.array_equal(desk.page.canvas.image(), DIGIT), "a digit comes to the bit"


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("text.png", b"no picture", "text.png is not a picture that can be read"),
        ("gone.png", None, "gone.png is not there any more"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_sentence(
    desk: Desk, tmp_path: Path, qtbot: QtBot, name: str, data: bytes | None, sentence: str
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    desk.controller.take(str(tmp_path / name))
    qtbot.waitUntil(lambda: bool(desk.refused))
    assert desk.refused[0].startswith(sentence), "the name of a file is left as it is"
    assert not desk.previewing()
    assert not desk.controller.busy


def test_an_empty_picture_is_told_and_the_preview_before_stays(
    desk: Desk, photo: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    desk.controller.take(str(photo))
    qtbot.waitUntil(desk.previewing)
    Image.new("RGB", (80, 80), "white").save(tmp_path / "white.png")
    desk.controller.take(str(tmp_path / "white.png"))
    qtbot.waitUntil(lambda: bool(desk.refused))
    assert "No ink was found" in desk.refused[0]
    QTest.keyClick(desk.page.preview, Qt.Key.Key_Return)
    assert likeness(desk.page.canvas.image(), DIGIT) > 0.95


def test_the_window_lives_while_a_picture_is_read_and_the_newest_wins(
    desk: Desk, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, go_on, where = importing.read_picture, threading.Event(), []

    def slowly(source: Path) -> importing.Picture:
        where.append(threading.current_thread())
        assert go_on.wait(20)
        return read(source)

    monkeypatch.setattr(importing, "read_picture", slowly)
    ticks: list[None] = []
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(None))
    timer.start(1)
    other = photo.with_name("other.png")
    Image.fromarray(DIGIT).save(other)
    desk.controller.take(str(photo))
    qtbot.waitUntil(lambda: bool(where))
    desk.controller.take(str(photo))
    desk.controller.take(str(other))
    qtbot.waitUntil(lambda: len(ticks) > 20)
    assert desk.controller.busy
    assert not desk.previewing()
    go_on.set()
    qtbot.waitUntil(desk.previewing)
    qtbot.waitUntil(lambda: not desk.controller.busy)
    timer.stop()
    assert "other.png" in desk.words()
    assert where[0] is not threading.main_thread()


def test_a_second_picture_begins_with_automatic_settings(
    desk: Desk, photo: Path, qtbot: QtBot
) -> None:
    desk.controller.take(str(photo))
    qtbot.waitUntil(desk.previewing)
    desk.child(QCheckBox, "cleanSwitch").click()
    slider = desk.child(QSlider, "thresholdSlider")
    slider.setValue(77)
    qtbot.waitUntil(lambda: not desk.controller.busy)
    desk.controller.take(str(photo))
    qtbot.waitUntil(lambda: not desk.controller.busy)
    assert slider.value() != 77
    assert desk.child(QCheckBox, "cleanSwitch").isChecked()
    assert not desk.child(QPushButton, "automaticThreshold").isEnabled()
