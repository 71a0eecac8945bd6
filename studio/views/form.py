"""The settings of a model as a form, made from a list of fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.views import theme
from studio.views.form_section import SectionHeading
from studio.views.icons import icon
from studio.views.number_field import NumberField, as_text
from studio.views.scroll import Column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QShowEvent, QWheelEvent

    from studio.state.cards import Field

EDITOR_WIDTH = 104
WIDEST_EDITOR = 144
RESET_WIDTH = 18


class ConfigForm(QWidget):
    """One row per setting and, once one is at hand, what it means below.

    Settings of a group stand under its heading; the first group is open, the others are folded
    until the user opens them, and each stays as it is while other models are looked at.

    `value_changed` follows the user only; `set_values` is silent. While a training runs, only live
    fields can be changed.
    """

    value_changed = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("configForm")
        self._rows: dict[str, _Row] = {}
        self._sections: dict[str, SectionHeading] = {}
        self._opened: dict[str, bool] = {}
        self._running = False
        self._scroll = Column(theme.XS)
        self._scroll.setObjectName("configFormScroll")
        self._column = self._scroll.column
        self._help = QLabel()
        self._help.setObjectName("configFormHelp")
        self._help.setTextFormat(Qt.TextFormat.PlainText)
        self._help.setWordWrap(True)
        self._help.setProperty("quiet", True)
        self._help.setFont(theme.sized(self.font(), theme.SMALL))
        self._help.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._help.setContentsMargins(theme.M, theme.S, theme.M, theme.S)
        self._help.setMinimumHeight(3 * self._help.fontMetrics().lineSpacing() + 2 * theme.S)
        self._help.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._help.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self._help)

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        if not self._sections:
            # A few settings are shown whole where there is room.
            rows = self._column.sizeHint().height()
            told = 0 if self._help.isHidden() else self._help.sizeHint().height()
            hint.setHeight(rows + told)
        return hint

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # Only now the style sheet has its say on how tall the rows are.
        self.updateGeometry()

    def set_fields(self, fields: Sequence[Field]) -> None:
        """Shows these settings, at their defaults; those of a group follow each other."""
        for old in (*self._rows.values(), *self._sections.values()):
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        while self._column.count():
            self._column.takeAt(0)
        self._rows, self._sections = {}, {}
        for field in fields:
            row = _Row(field)
            row.changed.connect(self.value_changed)
            row.focused.connect(self._on_row_focused)
            row.altered.connect(self._count)
            row.set_locked(self._running and not field.live)
            self._rows[field.name] = row
            if field.group and field.group not in self._sections:
                self._add_section(field.group)
            self._column.addWidget(row)
            row.setVisible(self._is_open(field.group))
        self._column.addStretch(1)
        self._help.hide()
        self._count()

    def _add_section(self, group: str) -> None:
        opened = self._opened.setdefault(group, not self._sections)
        section = SectionHeading(group, opened)
        section.toggled.connect(lambda on: self._on_section_toggled(group, on))
        self._sections[group] = section
        self._column.addWidget(section)

    def _is_open(self, group: str) -> bool:
        return not group or self._sections[group].opened

    def _on_section_toggled(self, group: str, opened: bool) -> None:
        self._opened[group] = opened
        mine = [row for row in self._rows.values() if row.field.group == group]
        for row in mine:
            row.setVisible(opened)
        self._help.hide()
        if opened:
            # The rows have their places only once the column is laid out anew.
            QTimer.singleShot(0, self._sections[group], lambda: self._uncover(group, mine[-1]))

    def _uncover(self, group: str, last: QWidget) -> None:
        """Scrolls no further than shows all of a section, or as much of it as there is room for."""
        self._scroll.ensureWidgetVisible(last, 0, theme.S)
        bar, top = self._scroll.verticalScrollBar(), self._sections[group].y()
        bar.setValue(min(bar.value(), top))

    def _count(self) -> None:
        for group, section in self._sections.items():
            rows = [row for row in self._rows.values() if row.field.group == group]
            changed = sum(row.value() != row.field.default for row in rows)
            section.set_counts(len(rows), changed, sum(bool(row.error()) for row in rows))

    def set_values(self, values: Mapping[str, object]) -> None:
        """Shows these values without a signal; names that have no field are passed over."""
        for name, value in values.items():
            if name in self._rows:
                self._rows[name].set_value(value)

    def name_choice(self, field: str, choice: str, text: str) -> None:
        """Shows a choice of a field under other words; its value stays what it is."""
        self._rows[field].name_choice(choice, text)

    def values(self) -> dict[str, object]:
        """All settings as they stand; a field that is wrong gives its last valid value."""
        return {name: row.value() for name, row in self._rows.items()}

    def errors(self) -> dict[str, str]:
        """Per field that is wrong, the sentence that says why."""
        return {name: row.error() for name, row in self._rows.items() if row.error()}

    def set_running(self, running: bool) -> None:
        """Locks what cannot change while a training runs."""
        self._running = running
        for row in self._rows.values():
            row.set_locked(running and not row.field.live)

    def _on_row_focused(self, row: _Row) -> None:
        self._help.setText(f"{row.field.label}. {row.explanation()}")
        self._help.show()
        self._scroll.ensureWidgetVisible(row, 0, theme.L)


class _Row(QWidget):
    """Label, mark of a live field, editor, way back to the default, and what is wrong."""

    changed = Signal(str, object)
    focused = Signal(object)
    altered = Signal()
    """It shows something else than before, whoever did it."""

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field = field
        self._label = QLabel(field.label)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        # With its parent from the first: shown without one, it would be a window for a moment.
        self._live = QLabel("live", self)
        self._live.setVisible(field.live)
        self._live.setFont(theme.sized(self.font(), theme.SMALL))
        self._live.setToolTip("Can be changed while the training runs.")
        self._editor = self._make_editor()
        self._editor.setObjectName(f"field_{field.name}")
        self._editor.setAccessibleName(field.label)
        self._editor.setAccessibleDescription(field.help)
        self._editor.installEventFilter(self)
        self._label.setBuddy(self._editor)
        self._reset = QToolButton()
        self._reset.setObjectName(f"reset_{field.name}")
        self._reset.setAutoRaise(True)
        self._reset.setAccessibleName(f"Reset {field.label}")
        self._reset.setToolTip(f"Back to {self._shown_default()}.")
        self._reset.setFixedSize(RESET_WIDTH, 20)
        self._reset.clicked.connect(self._on_reset_clicked)
        size = self._reset.sizePolicy()
        size.setRetainSizeWhenHidden(True)
        self._reset.setSizePolicy(size)
        self._wrong = QLabel()
        self._wrong.setObjectName(f"error_{field.name}")
        self._wrong.setProperty("wrong", True)
        self._wrong.setTextFormat(Qt.TextFormat.PlainText)
        self._wrong.setWordWrap(True)
        self._wrong.setFont(theme.sized(self.font(), theme.SMALL))
        self._wrong.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.XS)
        grid.setVerticalSpacing(0)
        grid.addWidget(self._label, 0, 0)
        grid.addWidget(self._live, 0, 1)
        grid.addWidget(self._reset, 0, 2)
        grid.addWidget(self._editor, 0, 3)
        grid.addWidget(self._wrong, 1, 0, 1, 4)
        grid.setColumnStretch(0, 1)
        self._tint()
        self.set_value(field.default)
        self.set_locked(False)

    def set_value(self, value: object) -> None:
        if isinstance(self._editor, NumberField):
            assert isinstance(value, int | float)
            self._editor.set_value(value)
        elif isinstance(self._editor, QComboBox):
            index = self._editor.findData(str(value))
            assert index >= 0, f"{value!r} is no choice of {self.field.name}"
            self._editor.setCurrentIndex(index)
        else:
            self._editor.blockSignals(True)
            self._editor.setChecked(bool(value))
            self._editor.blockSignals(False)
        self._update_reset()

    def value(self) -> object:
        if isinstance(self._editor, NumberField):
            return self._editor.value()
        if isinstance(self._editor, QComboBox):
            return self._editor.currentData()
        return self._editor.isChecked()

    def error(self) -> str:
        return self._editor.error() if isinstance(self._editor, NumberField) else ""

    def name_choice(self, choice: str, text: str) -> None:
        assert isinstance(self._editor, QComboBox)
        self._editor.setItemText(self._editor.findData(choice), text)

    def set_locked(self, locked: bool) -> None:
        self._editor.setEnabled(not locked)
        self._label.setEnabled(not locked)
        self._reset.setEnabled(not locked)
        why = f"{self.field.label} is fixed while the training runs; stop it to change this."
        for widget in (self._editor, self._label):
            widget.setToolTip(why if locked else self.explanation())

    def _make_editor(self) -> NumberField | QComboBox | QCheckBox:
        field = self.field
        if field.kind == "bool":
            box = QCheckBox()
            box.toggled.connect(self._on_edited)
            box.setFixedSize(EDITOR_WIDTH, 28)
            return box
        if field.kind == "choice":
            combo = _CalmComboBox()
            for choice in field.choices:
                combo.addItem(choice, choice)
            combo.setFixedWidth(max(EDITOR_WIDTH, min(combo.sizeHint().width(), WIDEST_EDITOR)))
            combo.activated.connect(lambda _: self._on_edited(combo.currentData()))
            return combo
        number = NumberField(
            whole=field.kind == "int",
            low=field.low,
            high=field.high,
            unit=field.unit,
            log=field.log,
        )
        number.setFixedWidth(EDITOR_WIDTH)
        number.committed.connect(self._on_edited)
        number.checked.connect(self._on_checked)
        return number

    def _on_edited(self, value: object) -> None:
        self._update_reset()
        self.changed.emit(self.field.name, value)

    def _on_checked(self, sentence: str) -> None:
        self._wrong.setText(sentence)
        self._wrong.setVisible(bool(sentence))
        self.altered.emit()

    def _on_reset_clicked(self) -> None:
        self.set_value(self.field.default)
        self.changed.emit(self.field.name, self.field.default)

    def _update_reset(self) -> None:
        self._reset.setVisible(self.value() != self.field.default)
        self.altered.emit()

    def _shown_default(self) -> str:
        default = self.field.default
        if isinstance(default, bool):
            return "on" if default else "off"
        return default if isinstance(default, str) else as_text(default)

    def explanation(self) -> str:
        """Help, range and default, for the tooltip and for the text below the form."""
        field = self.field
        kind = int if field.kind == "int" else float
        low, high = (None if b is None else as_text(kind(b)) for b in (field.low, field.high))
        if low is not None and high is not None:
            bounds = f"From {low} to {high}. "
        elif low is not None:
            bounds = f"At least {low}. "
        else:
            bounds = "" if high is None else f"At most {high}. "
        return f"{field.help} {bounds}Default: {self._shown_default()}.".strip()

    def _tint(self) -> None:
        self._live.setStyleSheet(f"color: {theme.tokens(self).accent};")
        self._reset.setIcon(icon("reset", self, 14, theme.tokens(self).quiet))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._editor and event.type() == QEvent.Type.FocusIn:
            self.focused.emit(self)
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()
        super().changeEvent(event)


class _CalmComboBox(QComboBox):
    """Leaves the wheel to the scroll area: scrolling a form must not change it."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
