"""A heading in a form that folds what stands below it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from studio.views import theme
from studio.views.icons import icon


class SectionHeading(QWidget):
    """The name of a group of settings, whether it is open, and what it holds.

    Signals:
        toggled(bool): The user has opened or folded it.
    """

    toggled = Signal(bool)

    def __init__(self, title: str, opened: bool) -> None:
        super().__init__()
        self._title, self._changed = title, False
        self._button = QToolButton()
        self._button.setObjectName(f"section_{title}")
        self._button.setAutoRaise(True)
        self._button.setCheckable(True)
        self._button.setChecked(opened)
        self._button.setText(title)
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._button.setFont(theme.sized(self.font(), theme.SMALL, bold=True))
        self._button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._button.clicked.connect(self._on_clicked)
        self._note = QLabel()
        self._note.setObjectName(f"section_{title}_note")
        self._note.setFont(theme.sized(self.font(), theme.SMALL))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.S)
        row.addWidget(self._button)
        row.addStretch(1)
        row.addWidget(self._note)
        self._tint()

    @property
    def opened(self) -> bool:
        """Whether what it heads is shown."""
        return self._button.isChecked()

    def set_counts(self, settings: int, changed: int, wrong: int) -> None:
        """How many settings it heads, how many are not at their defaults, how many are wrong."""
        self._changed = bool(changed or wrong)
        if wrong:
            text = f"{wrong} to correct"
        else:
            text = f"{changed} changed" if changed else f"{settings} settings"
        self._note.setText(text)
        self._button.setAccessibleName(f"{self._title}: {text}")
        self._tint()

    def _on_clicked(self, opened: bool) -> None:
        self._tint()
        self.toggled.emit(opened)

    def _tint(self) -> None:
        tokens = theme.tokens(self)
        # Told apart from a checked button, which this is to Qt: open is nothing special.
        self._button.setStyleSheet(
            f"QToolButton {{ background: transparent; color: {tokens.quiet}; padding: {theme.XS}px"
            f" {theme.XS}px {theme.XS}px 0; border: 1px solid transparent; }}"
            f"QToolButton:hover {{ color: {tokens.text}; }}"
            f"QToolButton:focus {{ border: 1px solid {tokens.accent}; }}"
        )
        name = "chevron" if self.opened else "chevron-right"
        self._button.setIcon(icon(name, self, 16, tokens.quiet))
        self._button.setToolTip("Fold these settings." if self.opened else "Show these settings.")
        self._note.setStyleSheet(f"color: {tokens.accent if self._changed else tokens.quiet};")

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()
        super().changeEvent(event)
