"""Our own icons: 20 px drawings with a 1.5 px stroke, tinted with the colours of the theme.

They are shipped because no theme icon exists on a bare X server, and drawn at the size and pixel
ratio at which they are shown, so that they stay sharp.
"""

from __future__ import annotations

import functools

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QWidget

from studio.views import theme

FOLDER = theme.RESOURCES / "icons"


def names() -> tuple[str, ...]:
    """The names of all tinted icons."""
    tinted = (p.stem for p in FOLDER.glob("*.svg") if "currentColor" in p.read_text("utf-8"))
    return tuple(sorted(tinted))


def icon(
    name: str, where: QWidget | theme.Tokens, size: int = 20, colour: str | None = None
) -> QIcon:
    """The icon `name` in the theme of `where`, with its disabled and checked tints.

    Arguments:
        name: A file in `resources/icons`, without `.svg`.
        where: The widget that will show it, or the theme itself.
        size: Height and width in device-independent pixels.
        colour: Another tint than the text's: a player's colour, or the text on the accent.
    """
    tokens = where if isinstance(where, theme.Tokens) else theme.tokens(where)
    return QIcon(
        _Drawing(
            _source(name), size, colour or tokens.text, theme.faint(tokens), colour or tokens.accent
        )
    )


@functools.cache
def _source(name: str) -> str:
    """The text of an icon. Read once: a form asks for the same one in every row, and each reading
    lets go of Python's lock, which while PyTorch loads takes a while to come back."""
    return (FOLDER / f"{name}.svg").read_text("utf-8")


def pixmap(
    name: str, where: QWidget | theme.Tokens, size: int = 20, colour: str | None = None
) -> QPixmap:
    """The icon as a picture for a label, at the pixel ratio of `where` (1 for a bare theme)."""
    ratio = where.devicePixelRatioF() if isinstance(where, QWidget) else 1.0
    return icon(name, where, size, colour).pixmap(QSize(size, size), ratio)


def window_icon() -> QIcon:
    """The application's own picture."""
    return QIcon(str(FOLDER / "modescope.svg"))


class _Drawing(QIconEngine):
    """Renders one SVG text in the tint that the button's state asks for."""

    def __init__(self, source: str, size: int, normal: str, disabled: str, checked: str) -> None:
        super().__init__()
        self._source = source
        self._size = size
        self._tints = (normal, disabled, checked)
        self._pictures: dict[tuple[str, int, int, float], QPixmap] = {}

    def clone(self) -> QIconEngine:
        return _Drawing(self._source, self._size, *self._tints)

    def actualSize(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QSize:
        return size.boundedTo(QSize(self._size, self._size))

    def paint(self, painter: QPainter, rect: object, mode: QIcon.Mode, state: QIcon.State) -> None:
        self._render(painter, QRectF(rect), mode, state)  # type: ignore[call-overload]

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(
        self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float
    ) -> QPixmap:
        # Drawn once: over the map every button is painted anew whenever the map moves.
        drawn_as = self._tint(mode, state), size.width(), size.height(), scale
        if drawn_as not in self._pictures:
            image = QImage(size * scale, QImage.Format.Format_ARGB32_Premultiplied)
            image.fill(Qt.GlobalColor.transparent)
            painter = QPainter(image)
            self._render(painter, QRectF(image.rect()), mode, state)
            painter.end()
            image.setDevicePixelRatio(scale)
            self._pictures[drawn_as] = QPixmap.fromImage(image)
        return self._pictures[drawn_as]

    def _tint(self, mode: QIcon.Mode, state: QIcon.State) -> str:
        normal, disabled, checked = self._tints
        if mode == QIcon.Mode.Disabled:
            return disabled
        return checked if state == QIcon.State.On else normal

    def _render(
        self, painter: QPainter, rect: QRectF, mode: QIcon.Mode, state: QIcon.State
    ) -> None:
        tint = self._tint(mode, state)
        side = min(rect.width(), rect.height())
        square = QRectF(0, 0, side, side)
        square.moveCenter(rect.center())
        drawn = self._source.replace("currentColor", tint).encode()
        QSvgRenderer(QByteArray(drawn)).render(painter, square)
