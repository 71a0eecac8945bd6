"""What the discriminator thinks of the drawing, and the switch that colours what it wants."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.views import theme
from studio.views.badge import RoleDot
from studio.views.wishes import WishLegend


class OpinionLine(QWidget):
    """A sentence in words and a switch; hidden as long as nobody judges.

    Signals:
        wishes_toggled(bool): whether the pixels that would make the drawing more real are wanted.
    """

    wishes_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = QLabel(self)
        self._text.setObjectName("opinionText")
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._switch = QCheckBox("Show what would make it more real", self)
        self._switch.setObjectName("wishesSwitch")
        self._switch.setToolTip(
            "Colours the pixels whose ink the discriminator wants more of, or less"
        )
        self._switch.toggled.connect(self._on_toggled)
        self._legend = WishLegend(sheet=True, parent=self)
        self._legend.hide()
        said = QHBoxLayout()
        said.setSpacing(theme.S)
        said.addWidget(RoleDot("discriminator", self), 0, Qt.AlignmentFlag.AlignTop)
        said.addWidget(self._text, 1)
        asked = QHBoxLayout()
        asked.setSpacing(theme.M)
        asked.addWidget(self._switch)
        asked.addWidget(self._legend)
        asked.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.XS)
        column.addLayout(said)
        column.addLayout(asked)
        self.hide()

    def set_text(self, text: str) -> None:
        """What it thinks; "" where nobody judges."""
        self._text.setText(text)
        self.setVisible(bool(text))

    def wishes(self) -> bool:
        """Whether colours are wanted."""
        return self._switch.isChecked()

    def _on_toggled(self, on: bool) -> None:
        self._legend.setVisible(on)
        self.wishes_toggled.emit(on)
