"""The page Map: the plane from edge to edge, with what is needed floating over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.state import tiles
from studio.views import icons, theme
from studio.views.latent_map import WHEEL_STEP, LatentMap
from studio.views.minimap import Minimap
from studio.views.pictures import DigitPicture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PICK_SIDE = 168


class MapPage(QWidget):
    """The map with its strip, minimap, legend and the picked digit.

    Signals:
        points_toggled(bool): the user switched the points on or off.
    """

    points_toggled = Signal(bool)

    pick_closed = Signal()
    """The user has closed the card of the picked digit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pageMap")
        self.map = LatentMap(self)
        self.minimap = Minimap(self)
        self._points = QToolButton()
        self._has_labels = False
        self._available = True
        self._strip = self._build_strip()
        self._legend = _Legend(self)
        self._pick = _Pick(self)
        self._pick.hide()
        self._legend.hide()
        self.map.view_changed.connect(self._on_view_changed)
        self.minimap.moved.connect(self._on_minimap_moved)
        self._pick.closed.connect(self._on_pick_closed)
        self._on_view_changed()

    # Setters

    def set_plane_note(self, text: str) -> None:
        """The sentence that says which plane this is."""
        self._note.setText(text)
        self._arrange()

    def set_pick(self, image: NDArray[np.uint8] | None, x: float, y: float, text: str) -> None:
        """Shows the digit at (x, y) large, uint8 (28, 28); None closes the card."""
        if image is None:
            self._pick.hide()
            self.map.set_mark(None, None)
            return
        self._pick.show_digit(image, x, y, text)
        self.map.set_mark(x, y)
        self._pick.show()
        self._arrange()

    def set_points(self, xy: NDArray[Any] | None, labels: NDArray[Any] | None) -> None:
        """The encoded test digits, on the map and in the minimap."""
        self.map.set_points(xy, labels)
        self.minimap.set_points(xy, labels)
        self._points.setEnabled(xy is not None)
        self._points.setToolTip(
            "Show or hide the encoded test digits"
            if xy is not None
            else "This model cannot say where the test digits lie"
        )
        self._has_labels = xy is not None and labels is not None
        self._show_legend()

    def set_place(self, x: float | None, y: float | None, image: NDArray[np.uint8] | None) -> None:
        """Where the drawn digit lies, on the map and in the minimap."""
        self.map.set_place(x, y, image)
        self.minimap.set_place(x, y)

    def set_unavailable(self, text: str) -> None:
        """A sentence instead of the map; "" brings the map back."""
        self.map.set_unavailable(text)
        for part in (self.minimap, self._strip):
            part.setVisible(not text)
        if text:
            self._pick.hide()
        self._available = not text
        self._show_legend()

    # Building

    def _build_strip(self) -> _Float:
        strip = _Float(self)
        strip.setObjectName("mapStrip")
        self._note = QLabel("Each point of the plane is a code; each code is a digit.", strip)
        self._note.setObjectName("planeNote")
        self._note.setWordWrap(True)
        self._points.setObjectName("pointsSwitch")
        self._points.setText("Test digits")
        self._points.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._points.setProperty("icon_name", "points")
        self._points.setCheckable(True)
        self._points.setChecked(True)
        self._points.setToolTip("Show or hide the encoded test digits")
        self._points.toggled.connect(self._on_points_toggled)
        self._level = QLabel(strip)
        self._level.setObjectName("mapLevel")
        self._level.setProperty("quiet", True)
        self._level.setFont(theme.tabular(self._level.font()))
        widest = self._level.fontMetrics().horizontalAdvance("digits 0.00391 apart")
        self._level.setFixedWidth(widest + theme.S)
        self._level.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._level.setToolTip("The distance between neighbouring digits, in units of the plane")
        minus = self._tool("minus", "zoomOutButton", "Zoom out (−)", strip)
        minus.clicked.connect(self._on_zoom_out)
        plus = self._tool("plus", "zoomInButton", "Zoom in (+)", strip)
        plus.clicked.connect(self._on_zoom_in)
        home = self._tool("home", "homeButton", "Back to the origin (Home)", strip)
        home.clicked.connect(self.map.go_home)
        self._zoom_tools: tuple[QWidget, ...] = (self._level, minus, plus, home)
        layout = QHBoxLayout(strip)
        layout.setContentsMargins(theme.M, theme.XS, theme.S, theme.XS)
        layout.setSpacing(theme.XS)
        layout.addWidget(self._note, 1)
        layout.addSpacing(theme.M)
        layout.addWidget(self._points)
        layout.addSpacing(theme.S)
        for part in self._zoom_tools:
            layout.addWidget(part)
        self._tint_icons()
        return strip

    def _tool(self, icon: str, name: str, tip: str, parent: QWidget) -> QToolButton:
        button = QToolButton(parent)
        button.setObjectName(name)
        button.setProperty("icon_name", icon)
        button.setAccessibleName(tip.partition(" (")[0])
        button.setToolTip(tip)
        button.setFixedSize(32, 32)
        return button

    def _tint_icons(self) -> None:
        for button in self.findChildren(QToolButton):
            name = button.property("icon_name")
            if name:
                button.setIconSize(QSize(20, 20))
                button.setIcon(icons.icon(name, self))

    # What the user does

    def _on_points_toggled(self, on: bool) -> None:
        self.map.set_points_visible(on)
        self._show_legend()
        self.points_toggled.emit(on)

    def _on_zoom_in(self) -> None:
        self.map.zoom(WHEEL_STEP)

    def _on_zoom_out(self) -> None:
        self.map.zoom(1 / WHEEL_STEP)

    def _on_minimap_moved(self, x: float, y: float) -> None:
        self.map.go_to(x, y)

    def _on_pick_closed(self) -> None:
        self.pick_closed.emit()
        self._pick.hide()
        self.map.set_mark(None, None)

    def _on_view_changed(self) -> None:
        self.minimap.set_view(self.map.view_rect())
        self._level.setText(f"digits {tiles.spacing(self.map.level()):.3g} apart")

    # What is shown

    def _show_legend(self) -> None:
        self._legend.setVisible(self._has_labels and self._available and self._points.isChecked())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        self.map.setGeometry(self.rect())
        margin = theme.M
        right, bottom = self.width() - margin, self.height() - margin
        strip = self._strip.heightForWidth(right - margin)
        self._strip.setGeometry(margin, margin, right - margin, strip)
        self.minimap.move(right - self.minimap.width(), bottom - self.minimap.height())
        self._legend.adjustSize()
        self._legend.move(margin, bottom - self._legend.height())
        self._pick.adjustSize()
        self._pick.move(QPoint(right - self._pick.width(), 2 * margin + strip))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint_icons()


class _Float(QWidget):
    """A translucent plate over the map, rounded, without a border."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), theme.CORNER, theme.CORNER)
        face = QColor(theme.tokens(self).ground)
        face.setAlpha(235)
        painter.fillPath(shape, face)


class _Legend(_Float):
    """Which colour is which digit."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Colours of the test digits")
        self.setFixedSize(10 * 28 + theme.S, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.tabular(theme.sized(self.font(), theme.BODY)))
        for digit, colour in enumerate(theme.CLASS_COLOURS):
            left = theme.S + digit * 28
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour))
            painter.drawEllipse(QRectF(left, 10, 8, 8))
            painter.setPen(QColor(theme.tokens(self).text))
            room = QRectF(left + 10, 0, 14, 28)
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, str(digit))


class _Pick(_Float):
    """The picked digit, large, with its coordinates."""

    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("pickedDigit")
        self._picture = DigitPicture("Picked digit", PICK_SIDE, self)
        self._place = QLabel(self)
        self._place.setFont(theme.tabular(theme.sized(self.font(), theme.BODY, bold=True)))
        self._text = QLabel(self)
        self._text.setProperty("quiet", True)
        self._text.setWordWrap(True)
        self._text.setFixedWidth(PICK_SIDE)
        close = QToolButton(self)
        close.setObjectName("closePickButton")
        close.setProperty("icon_name", "close")
        close.setAccessibleName("Close the picked digit")
        close.setToolTip("Close")
        close.setIconSize(QSize(16, 16))
        close.setIcon(icons.icon("close", self))
        close.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.addWidget(self._place, 1)
        head.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.S, theme.XS, theme.S, theme.S)
        layout.setSpacing(theme.XS)
        layout.addLayout(head)
        layout.addWidget(self._picture)
        layout.addWidget(self._text)

    def show_digit(self, image: NDArray[np.uint8], x: float, y: float, text: str) -> None:
        self._picture.set_image(image)
        self._place.setText(f"x {x:+.2f}   y {y:+.2f}".replace("-", "−"))
        self._text.setText(text)
        self._text.setVisible(bool(text))
