"""Digits as they are: square pixels, nothing smoothed, a hairline between them."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest

from studio.views.sample_grid import SampleGrid, to_image


@pytest.fixture
def grid(qtbot):
    widget = SampleGrid()
    qtbot.addWidget(widget)
    widget.resize(200, 200)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def plain(count: int, side: int = 8) -> np.ndarray:
    """Digit i is one flat grey of 10 i."""
    return np.stack([np.full((side, side), 10 * i, dtype=np.uint8) for i in range(count)])


def colour_at(grid: SampleGrid, point: QPoint) -> str:
    image = grid.grab().toImage()
    ratio = image.devicePixelRatio()
    return image.pixelColor(round(point.x() * ratio), round(point.y() * ratio)).name()


def test_each_digit_lies_in_its_place(grid):
    grid.set_images(plain(9))
    for index in range(9):
        grey = 10 * index
        assert colour_at(grid, grid.digit_rect(index).center()) == QColor(grey, grey, grey).name()
    assert grid.digit_rect(3).left() == grid.digit_rect(0).left()
    assert grid.digit_rect(1).top() == grid.digit_rect(0).top()


def test_pixels_are_facts(grid):
    checks = np.indices((8, 8)).sum(axis=0).astype(np.uint8) % 2 * 255
    grid.set_images(checks[None])
    image = grid.grab().copy(grid.digit_rect(0)).toImage()
    colours = {
        image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())
    }
    assert colours == {"#000000", "#ffffff"}
    assert image.width() == image.height() == 200


def test_digits_are_enlarged_by_whole_factors_with_a_gap_of_one_pixel(grid):
    grid.set_images(plain(4, side=28))
    one, two = grid.digit_rect(0), grid.digit_rect(1)
    assert one.width() == one.height() == 3 * 28
    assert two.left() - one.right() - 1 == 1


def test_too_many_digits_are_made_smaller_and_stay_inside(grid):
    grid.set_images(np.zeros((625, 28, 28), dtype=np.uint8))
    last = grid.digit_rect(624)
    assert grid.rect().contains(last)
    assert last.width() == last.height()


def test_columns_can_be_chosen(grid):
    grid.set_images(plain(6), columns=3)
    assert grid.digit_rect(3).left() == grid.digit_rect(0).left()
    assert grid.digit_rect(2).top() == grid.digit_rect(0).top()


def test_colour_images_keep_their_channels(grid):
    red = np.zeros((1, 8, 8, 3), dtype=np.uint8)
    red[..., 0] = 200
    grid.set_images(red)
    assert colour_at(grid, grid.digit_rect(0).center()) == "#c80000"


def test_on_paper_the_ink_is_dark(grid):
    grid.set_images(np.full((1, 8, 8), 255, dtype=np.uint8))
    grid.set_paper(True)
    assert colour_at(grid, grid.digit_rect(0).center()) == "#000000"
    assert grid.images().max() == 255


def test_the_grid_keeps_its_own_copy(grid):
    images = plain(1)
    grid.set_images(images)
    images[:] = 99
    assert grid.images().max() == 0


def test_a_picture_outlives_the_array_it_came_from():
    pixels = np.full((3, 5), 77, dtype=np.uint8)
    image = to_image(pixels)
    pixels[:] = 0
    del pixels
    assert image.pixelColor(4, 2).red() == 77


def test_slices_that_are_not_contiguous_are_read_right():
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8)[::2, ::2]
    image = to_image(pixels)
    assert [image.pixelColor(x, 1).red() for x in range(4)] == [16, 18, 20, 22]


def test_a_click_tells_which_digit(grid, qtbot):
    grid.set_images(plain(9))
    said: list[int] = []
    grid.digit_clicked.connect(said.append)
    for index in (0, 4, 8):
        at = grid.digit_rect(index).center()
        QTest.mouseClick(
            grid.childAt(at), Qt.MouseButton.LeftButton, pos=grid.childAt(at).mapFrom(grid, at)
        )
    assert said == [0, 4, 8]


def test_keys_walk_over_the_digits(grid):
    grid.set_images(plain(9))
    said: list[int] = []
    grid.digit_clicked.connect(said.append)
    sheet = grid.childAt(grid.digit_rect(0).center())
    keys = (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Up)
    for key in keys:
        QTest.keyClick(sheet, key)
        QTest.keyClick(sheet, Qt.Key.Key_Return)
    assert said == [0, 1, 4, 3, 0]
    assert sheet.toolTip() == "Digit 1 of 9"


def test_a_digit_is_copied_as_it_is(grid):
    grid.set_images(plain(2))
    sheet = grid.childAt(grid.digit_rect(1).center())
    sheet.copy_digit(1)
    copied = QGuiApplication.clipboard().image()
    assert copied.size().toTuple() == (8, 8)
    assert copied.pixelColor(0, 0).red() == 10


def test_an_empty_grid_says_what_will_come(grid):
    before = grid.grab().toImage()
    grid.set_empty_text("No digits yet", "Press Start.")
    assert grid.grab().toImage() != before
    grid.set_images(plain(4))
    assert len(grid.images()) == 4
    grid.set_images(np.zeros((0, 28, 28), dtype=np.uint8))
    assert len(grid.images()) == 0


def test_a_new_grid_fades_in_and_comes_to_rest(grid, qtbot):
    grid.set_images(plain(4))
    grid.set_images(plain(4) + np.uint8(100))
    at = grid.digit_rect(0).center()
    qtbot.waitUntil(lambda: colour_at(grid, at) == "#646464", timeout=2_000)


def test_hiding_ends_the_fade(grid):
    grid.set_images(plain(4))
    grid.set_images(plain(4) + np.uint8(100))
    grid.hide()
    assert colour_at(grid, grid.digit_rect(0).center()) == "#646464"
