"""The user's own words about a run: name, tags and notes, saved by themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from studio.state.shelf import MAX_NAME, MAX_NOTES, MAX_TAG, MAX_TAGS, RunCard, tags_from
from studio.views import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent

REST = 1000
"""Milliseconds without a key after which what has been typed is handed over."""
NOTES_HEIGHT = 76
FACE = """
QPlainTextEdit { background: palette(alternate-base); border: 1px solid transparent; }
QPlainTextEdit:focus { border: 1px solid palette(highlight); }
"""
"""A field of several lines looks like the others, although it scrolls."""


class LabelFields(QWidget):
    """Three fields without a Save button.

    What was typed is handed over when the typing rests, when the field is left, and before
    another run is shown. Escape in the name or the tags brings the old ones back.

    Signals:
        changed(str, str, object, str): folder, name, tags as a tuple of str, notes.
        left(): Enter or Escape in a field of one line: the keyboard may go back to the shelf.
    """

    changed = Signal(str, str, object, str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._card: RunCard | None = None
        self.name, self.tags, self.notes = _Line(self), _Line(self), _Notes(self)
        self.name.setObjectName("runName")
        self.name.setAccessibleName("Name of the run")
        self.name.setToolTip("Give it a name of your own (F2)")
        self.name.setMaxLength(MAX_NAME)
        self.name.setFont(theme.sized(self.font(), theme.TITLE, bold=True))
        self.tags.setObjectName("runTags")
        self.tags.setAccessibleName("Tags")
        self.tags.setPlaceholderText("Tags, with commas between them")
        self.tags.setToolTip("Found by typing tag: and the word into the search")
        self.tags.setMaxLength((MAX_TAG + 2) * MAX_TAGS)
        self.notes.setObjectName("runNotes")
        self.notes.setAccessibleName("Notes")
        self.notes.setPlaceholderText("Notes: what you tried, what you saw. They save themselves.")
        self.notes.setTabChangesFocus(True)
        self.notes.setFixedHeight(NOTES_HEIGHT)
        self.notes.setStyleSheet(FACE)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST)
        self._rest.timeout.connect(self.hand_over)
        for line in (self.name, self.tags):
            line.textEdited.connect(self._on_typed)
            line.editingFinished.connect(self.hand_over)
            line.returnPressed.connect(self.left)
            line.given_up.connect(self._on_given_up)
        self.notes.textChanged.connect(self._on_notes_changed)
        self.notes.focus_left.connect(self.hand_over)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.S)
        column.addWidget(self.tags)
        column.addWidget(self.notes)

    def show_card(self, card: RunCard) -> None:
        """Shows a run's words. Of the run that is shown already, what is being typed stays."""
        typing = self._rest.isActive()
        if self._card is None or self._card.id != card.id:
            self.hand_over()
            typing = False
        self._card = card
        if typing:
            return
        self.name.setPlaceholderText(card.kind)
        for line, text in ((self.name, card.title), (self.tags, ", ".join(card.tags))):
            # Setting a text moves the cursor, even the same text.
            if line.text() != text:
                line.setText(text)
                line.setCursorPosition(0)
        if self.notes.toPlainText() != card.notes:
            self.notes.blockSignals(True)
            self.notes.setPlainText(card.notes)
            self.notes.blockSignals(False)

    def hand_over(self) -> None:
        """Says what has been typed since the last time, if anything."""
        self._rest.stop()
        card = self._card
        if card is None:
            return
        name = " ".join(self.name.text().split())
        if name == card.title:
            name = card.name
        elif name == card.kind:
            name = ""
        tags, notes = tags_from(self.tags.text()), self.notes.toPlainText()
        if (name, tags, notes) != (card.name, card.tags, card.notes):
            self._card = replace(card, name=name, title=name or card.kind, tags=tags, notes=notes)
            self.changed.emit(card.folder, name, tags, notes)

    def _on_typed(self) -> None:
        self._rest.start()

    def _on_notes_changed(self) -> None:
        self._rest.start()
        text = self.notes.toPlainText()
        if len(text) > MAX_NOTES:
            self.notes.blockSignals(True)
            self.notes.setPlainText(text[:MAX_NOTES])
            self.notes.moveCursor(QTextCursor.MoveOperation.End)
            self.notes.blockSignals(False)

    def _on_given_up(self) -> None:
        if self._card is not None:
            self.name.setText(self._card.title)
            self.tags.setText(", ".join(self._card.tags))
        self.left.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        self.hand_over()
        super().hideEvent(event)


class _Line(QLineEdit):
    """A field of one line that Escape gives up."""

    given_up = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        # A file that is dropped here is meant for the page.
        self.setAcceptDrops(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        else:
            super().keyPressEvent(event)


class _Notes(QPlainTextEdit):
    """A field of several lines that says when the keyboard goes elsewhere."""

    focus_left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_left.emit()
