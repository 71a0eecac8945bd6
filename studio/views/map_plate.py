"""What floats over the map: translucent plates and the cards made of them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from studio.views import icons, theme

FACE = 235
"""How opaque a plate is, of 255: the digits below are guessed, the words above are read."""


class Plate(QWidget):
    """A translucent plate over the map, rounded, without a border."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # What is pressed here is not meant for the map below.
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), theme.CORNER, theme.CORNER)
        face = QColor(theme.tokens(self).ground)
        face.setAlpha(FACE)
        painter.fillPath(shape, face)

    def tint_icons(self) -> None:
        """Draws all icons in the colours of the theme."""
        for button in self.findChildren(QToolButton):
            name = button.property("icon_name")
            if name:
                size = button.property("icon_size") or 20
                button.setIconSize(QSize(size, size))
                button.setIcon(icons.icon(name, self, size))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.tint_icons()


class Card(Plate):
    """A plate with a heading that can be closed.

    Signals:
        closed(): the user has closed the card; it hides itself.
    """

    closed = Signal()

    def __init__(self, name: str, title: str, close: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.heading = QLabel(title, self)
        self.heading.setFont(theme.tabular(theme.sized(self.font(), theme.BODY, bold=True)))
        self.head = QHBoxLayout()
        self.head.setSpacing(theme.XS)
        self.head.addWidget(self.heading, 1)
        self.close_button = tool("close", close, "Close (Esc)", self, side=24, icon=16)
        self.close_button.clicked.connect(self._on_close_clicked)
        self.head.addWidget(self.close_button)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(theme.S, theme.XS, theme.S, theme.S)
        self.body.setSpacing(theme.XS)
        self.body.addLayout(self.head)

    def setVisible(self, visible: bool) -> None:
        """Shows or hides the card; a focus that was in it goes to its host, not to the next button
        of the window."""
        focus = self.focusWidget()
        held = not visible and focus is not None and focus.hasFocus()
        super().setVisible(visible)
        host = self.parentWidget()
        if held and host is not None:
            host.setFocus(Qt.FocusReason.OtherFocusReason)

    def fit(self, height: int) -> None:
        """Makes do with a height, where the card can."""

    def _on_close_clicked(self) -> None:
        self.hide()
        self.closed.emit()


def tool(
    picture: str,
    name: str,
    tip: str,
    parent: QWidget,
    *,
    side: int = 32,
    icon: int = 20,
    checkable: bool = False,
) -> QToolButton:
    """A square button with an icon only; its name for a screen reader is the tip without keys."""
    button = QToolButton(parent)
    button.setObjectName(name)
    button.setProperty("icon_name", picture)
    button.setProperty("icon_size", icon)
    button.setAccessibleName(tip.partition(" (")[0])
    button.setToolTip(tip)
    button.setCheckable(checkable)
    button.setFixedSize(side, side)
    button.setIconSize(QSize(icon, icon))
    button.setIcon(icons.icon(picture, parent, icon))
    return button


def words(
    picture: str, text: str, name: str, tip: str, parent: QWidget, *, checkable: bool = False
) -> QToolButton:
    """A button with an icon and a word or two."""
    button = QToolButton(parent)
    button.setObjectName(name)
    button.setText(text)
    button.setAccessibleName(text)
    button.setToolTip(tip)
    button.setCheckable(checkable)
    button.setFixedHeight(32)
    if picture:
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setProperty("icon_name", picture)
        button.setIconSize(QSize(20, 20))
        button.setIcon(icons.icon(picture, parent))
    return button


def quiet(parent: QWidget, *, wrap: bool = False, small: bool = True) -> QLabel:
    """A label for what is said by the way."""
    label = QLabel(parent)
    label.setProperty("quiet", True)
    label.setWordWrap(wrap)
    if small:
        label.setFont(theme.tabular(theme.sized(label.font(), theme.SMALL)))
    return label
