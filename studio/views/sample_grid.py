"""Digits side by side, as they are: no smoothing, square pixels, a hairline between them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QMenu, QSizePolicy, QVBoxLayout, QWidget

from studio.views import theme
from studio.views.wishes import ADD, TAKE, poles, wish_picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PySide6.QtGui import (
        QContextMenuEvent,
        QHideEvent,
        QKeyEvent,
        QMouseEvent,
        QPaintEvent,
        QResizeEvent,
    )

FADE = 120
"""Milliseconds in which a new grid replaces the old one."""
LENS, WISH_LENS = 96, 168
"""The digit under the pointer is shown at least so large: as it is, and with wishes over it."""
BADGE_ROOM = 40
"""Badges are written on digits that are at least so wide; on smaller ones they would hide them."""


def to_image(pixels: np.ndarray) -> QImage:
    """A QImage that owns its pixels.

    Arguments:
        pixels: uint8, (H, W) for grey or (H, W, 3) for colour.
    """
    assert pixels.dtype == np.uint8
    pixels = np.ascontiguousarray(pixels)
    kind = QImage.Format.Format_Grayscale8 if pixels.ndim == 2 else QImage.Format.Format_RGB888
    height, width = pixels.shape[:2]
    # Without the copy the QImage would look into an array that Python may free.
    return QImage(pixels.data, width, height, pixels.strides[0], kind).copy()


class SampleGrid(QWidget):
    """A caption above a grid of digits, or what will appear here.

    Signals:
        digit_clicked(int): its number, from 0.
        digit_pointed(int): which digit is under the pointer or chosen by the keys; -1 for none.
    """

    digit_clicked = Signal(int)
    digit_pointed = Signal(int)

    def __init__(self, object_name: str = "sampleGrid", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(object_name)
        self._sheet = _Sheet(self)
        self._sheet.setObjectName(f"{object_name}Sheet")
        self._sheet.clicked.connect(self.digit_clicked)
        self._sheet.pointed.connect(self.digit_pointed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.S)
        layout.addWidget(self._sheet, 1)

    def set_images(self, images: np.ndarray, columns: int | None = None) -> None:
        """Shows these digits.

        Arguments:
            images: uint8, (N, H, W) or (N, H, W, 3); they are copied.
            columns: Digits per row; the nearest to a square if None.
        """
        assert images.dtype == np.uint8
        assert images.ndim == 3 or images.shape[-1] == 3
        self._sheet.set_images(images.copy(), columns)

    def images(self) -> np.ndarray:
        """The digits that are shown, as they were given; (0, 28, 28) before any were."""
        return self._sheet.images

    def set_empty_text(self, title: str, hint: str) -> None:
        """What stands here as long as there are no digits."""
        self._sheet.set_empty_text(title, hint)

    def set_paper(self, on: bool) -> None:
        """Dark ink on white paper, instead of bright ink on black as MNIST stores it."""
        self._sheet.set_paper(on)

    def set_badges(self, texts: Sequence[str]) -> None:
        """Writes what the discriminator thinks of each digit on it; nothing if there are none.

        Badges stay when other digits come, until the next are given.
        """
        self._sheet.set_badges(tuple(texts))

    def set_wishes(self, shares: NDArray[Any] | None) -> None:
        """What would make each digit more real, shown over the one that is pointed at.

        Arguments:
            shares: (N, H, W) in [-1, 1]: 1 where ink is wanted most, -1 where it is to go.
        """
        self._sheet.set_wishes(shares)

    def digit_rect(self, index: int) -> QRect:
        """Where a digit lies, in this widget's coordinates."""
        inside = self._sheet.tile(index).toAlignedRect()
        return inside.translated(self._sheet.pos())


class _Sheet(QWidget):
    """Paints the digits and reads the pointer."""

    clicked = Signal(int)
    pointed = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._badges: tuple[str, ...] = ()
        self._wishes: NDArray[Any] | None = None
        self.images: np.ndarray = np.zeros((0, 28, 28), dtype=np.uint8)
        self._columns = 1
        self._paper = False
        self._hovered: int | None = None
        self._pictures: list[QImage] = []
        self._sheet = QImage()
        self._before = QImage()
        self._title, self._hint = "", ""
        self._fade = QVariantAnimation(self)
        self._fade.setDuration(FADE)
        self._fade.setStartValue(0.0)
        self._fade.setEndValue(1.0)
        self._fade.valueChanged.connect(self.update)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Digits")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 120)

    def sizeHint(self) -> QSize:
        return QSize(300, 300)

    def set_images(self, images: np.ndarray, columns: int | None) -> None:
        self._before = self._sheet if images.shape == self.images.shape else QImage()
        self.images = images
        self._columns = max(1, columns or math.ceil(math.sqrt(len(images))))
        if self._hovered is not None and self._hovered >= len(images):
            self._point_at(None)
        self._redraw()
        self._fade.stop()
        if self.isVisible() and not self._before.isNull():
            self._fade.start()

    def set_empty_text(self, title: str, hint: str) -> None:
        self._title, self._hint = title, hint
        self.update()

    def set_paper(self, on: bool) -> None:
        if on != self._paper:
            self._paper = on
            self._redraw()

    def set_badges(self, texts: tuple[str, ...]) -> None:
        if texts != self._badges:
            self._badges = texts
            self.update()

    def set_wishes(self, shares: NDArray[Any] | None) -> None:
        self._wishes = shares
        if self._hovered is not None:
            self.update()

    def _wish(self, index: int) -> NDArray[Any] | None:
        """The wishes for a digit, if there are any that fit it."""
        if self._wishes is None or index >= len(self._wishes):
            return None
        wish: NDArray[Any] = self._wishes[index]
        return wish if wish.shape == self.images.shape[1:3] else None

    def tile(self, index: int) -> QRectF:
        """Where a digit lies, in device-independent pixels."""
        origin, pitch, size = self._layout()
        row, column = divmod(index, self._columns)
        ratio = self.devicePixelRatioF()
        left, top = origin.x() + column * pitch[0], origin.y() + row * pitch[1]
        return QRectF(left / ratio, top / ratio, size[0] / ratio, size[1] / ratio)

    def _layout(self) -> tuple[QPoint, tuple[int, int], tuple[int, int]]:
        """Origin, distance between digits, and size of a digit, in device pixels (x, y)."""
        ratio = self.devicePixelRatioF()
        width, height = int(self.width() * ratio), int(self.height() * ratio)
        rows = -(-len(self.images) // self._columns)
        tall, wide = self.images.shape[1:3]
        gap = max(1, round(ratio))
        factor = min(
            (width + gap) / self._columns / wide - gap / wide,
            (height + gap) / max(rows, 1) / tall - gap / tall,
        )
        # Whole factors keep all pixels equally large; below 1 there is no choice.
        factor = math.floor(factor) if factor >= 1 else max(factor, 1 / max(tall, wide))
        size = (max(1, int(wide * factor)), max(1, int(tall * factor)))
        pitch = (size[0] + gap, size[1] + gap)
        return QPoint(0, 0), pitch, size

    def _redraw(self) -> None:
        """Composes the digits once into one picture at the screen's resolution."""
        ink = 255 - self.images if self._paper else self.images
        self._pictures = [to_image(digit) for digit in ink]
        ratio = self.devicePixelRatioF()
        sheet = QImage(self.size() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
        sheet.fill(Qt.GlobalColor.transparent)
        painter = QPainter(sheet)
        origin, pitch, size = self._layout()
        for index, picture in enumerate(self._pictures):
            row, column = divmod(index, self._columns)
            corner = origin + QPoint(column * pitch[0], row * pitch[1])
            painter.drawImage(QRect(corner, QSize(*size)), picture)
        painter.end()
        sheet.setDevicePixelRatio(ratio)
        self._sheet = sheet
        self.update()

    def _index_at(self, point: QPoint) -> int | None:
        origin, pitch, _ = self._layout()
        ratio = self.devicePixelRatioF()
        column = int((point.x() * ratio - origin.x()) // pitch[0])
        index = int((point.y() * ratio - origin.y()) // pitch[1]) * self._columns + column
        inside = 0 <= column < self._columns and 0 <= index < len(self.images)
        return index if inside else None

    def _point_at(self, index: int | None) -> None:
        if index != self._hovered:
            self._hovered = index
            self.setToolTip("" if index is None else f"Digit {index + 1} of {len(self.images)}")
            self.update()
            self.pointed.emit(-1 if index is None else index)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.tokens(self)
        painter = QPainter(self)
        if len(self.images) == 0:
            self._paint_empty(painter, tokens)
        else:
            fading = self._fade.state() == QVariantAnimation.State.Running
            if fading and not self._before.isNull():
                painter.drawImage(0, 0, self._before)
                painter.setOpacity(float(self._fade.currentValue()))
            painter.drawImage(0, 0, self._sheet)
            painter.setOpacity(1)
            self._paint_badges(painter, tokens)
            if self._hovered is not None:
                self._paint_lens(painter, tokens, self._hovered)
        painter.end()

    def _paint_empty(self, painter: QPainter, tokens: theme.Tokens) -> None:
        middle = self.rect().adjusted(theme.L, 0, -theme.L, 0)
        wrap = Qt.TextFlag.TextWordWrap
        painter.setPen(QColor(tokens.text))
        painter.setFont(theme.sized(self.font(), theme.TITLE, bold=True))
        above = middle.adjusted(0, 0, 0, -middle.height() // 2 - theme.XS)
        painter.drawText(
            above, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom | wrap, self._title
        )
        painter.setPen(QColor(tokens.quiet))
        painter.setFont(theme.sized(self.font(), theme.BODY))
        below = middle.adjusted(0, middle.height() // 2 + theme.XS, 0, 0)
        painter.drawText(
            below, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | wrap, self._hint
        )

    def _paint_badges(self, painter: QPainter, tokens: theme.Tokens) -> None:
        count = min(len(self._badges), len(self.images))
        if not count or self.tile(0).width() < BADGE_ROOM:
            return
        painter.setFont(theme.tabular(theme.sized(self.font(), theme.SMALL)))
        metrics = painter.fontMetrics()
        plate = QColor(tokens.ground)
        plate.setAlphaF(0.8)
        for index, text in enumerate(self._badges[:count]):
            room = QRectF(0, 0, metrics.horizontalAdvance(text) + theme.XS, metrics.ascent() + 2)
            room.moveBottomRight(self.tile(index).bottomRight())
            painter.fillRect(room, plate)
            painter.setPen(QColor(tokens.discriminator))
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_lens(self, painter: QPainter, tokens: theme.Tokens, index: int) -> None:
        tile, picture, wish = self.tile(index), self._pictures[index], self._wish(index)
        least = LENS
        if wish is not None:
            picture = wish_picture(self.images[index], wish, paper=self._paper)
            least = WISH_LENS
        factor = max(1, math.ceil(least / picture.height()))
        lens = QRectF(0, 0, picture.width() * factor, picture.height() * factor)
        if lens.width() <= tile.width():
            lens = tile
        key = painter.fontMetrics().height() + theme.XS if wish is not None else 0
        lens.moveCenter(tile.center())
        seen = QRectF(self.visibleRegion().boundingRect()).adjusted(1, 1, -1, -1)
        lens.moveLeft(min(max(lens.left(), seen.left()), seen.right() - lens.width()))
        lens.moveTop(min(max(lens.top(), seen.top()), seen.bottom() - lens.height() - key))
        painter.drawImage(lens, picture)
        if wish is not None:
            self._paint_key(painter, tokens, QRectF(lens.left(), lens.bottom(), lens.width(), key))
        painter.setPen(QColor(tokens.accent))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(lens.adjusted(-0.5, -0.5, 0.5, key + 0.5))

    def _paint_key(self, painter: QPainter, tokens: theme.Tokens, room: QRectF) -> None:
        """The two colours of the wishes, in words."""
        painter.fillRect(room, QColor(tokens.raised))
        painter.setFont(theme.sized(self.font(), theme.SMALL))
        inside = room.adjusted(theme.XS, 0, -theme.XS, 0)
        less, more = poles(tokens)
        painter.setPen(QColor(less))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inside, middle | Qt.AlignmentFlag.AlignLeft, TAKE)
        painter.setPen(QColor(more))
        painter.drawText(inside, middle | Qt.AlignmentFlag.AlignRight, ADD)

    def copy_digit(self, index: int) -> None:
        """Puts a digit on the clipboard, one pixel per pixel."""
        QGuiApplication.clipboard().setImage(self._pictures[index])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self._index_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index is not None:
            self.clicked.emit(index)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self._index_at(event.pos())
        if index is not None:
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addAction("Copy this digit", lambda: self.copy_digit(index))
            menu.popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self._columns,
            Qt.Key.Key_Down: self._columns,
        }
        key = Qt.Key(event.key())
        if key in steps and len(self.images):
            start = -1 if self._hovered is None else self._hovered
            target = start + steps[key] if self._hovered is not None else 0
            if 0 <= target < len(self.images):
                self._point_at(target)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._hovered is not None:
            self.clicked.emit(self._hovered)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._before = QImage()
        self._fade.stop()
        self._redraw()

    def hideEvent(self, event: QHideEvent) -> None:
        self._fade.stop()
        super().hideEvent(event)
