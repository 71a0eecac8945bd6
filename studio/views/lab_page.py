"""The collapse lab: games that fail in a known way, what to look at, and how to cure them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QItemSelectionModel, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from studio.views import theme
from studio.views.number_field import NumberField
from studio.views.scroll import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.state.lessons import LessonCard

NAME = Qt.ItemDataRole.UserRole
READABLE = 720
"""Widest column of text, in pixels."""
ROW_HEIGHT, HEADING_HEIGHT = 32, 36


class LabPage(QWidget):
    """A list of lessons, and the chosen one in full.

    Signals:
        started(str, int): A lesson by name, with this seed.
    """

    started = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pageLab")
        self._lessons: dict[str, LessonCard] = {}
        self._list = QListWidget()
        self._list.setObjectName("lessonList")
        self._list.setAccessibleName("Lessons")
        self._list.setWordWrap(True)
        self._list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setMinimumWidth(260)
        self._list.currentItemChanged.connect(self._on_chosen)
        self._list.itemActivated.connect(self._on_start)
        self._title = _text(theme.DISPLAY, bold=True)
        self._title.setObjectName("lessonTitle")
        self._game = _text(quiet=True)
        self._start = QPushButton("Start this lesson")
        self._start.setObjectName("lessonStart")
        self._start.setProperty("primary", True)
        self._start.clicked.connect(self._on_start)
        self._seed = NumberField(whole=True, low=0, high=2**31 - 1)
        self._seed.setObjectName("lessonSeed")
        self._seed.setAccessibleName("Seed of the lesson")
        self._seed.setToolTip("Another seed is another game: see whether it ends in the same way.")
        self._seed.setFixedWidth(96)
        self._kept = _text()
        self._kept.setObjectName("lessonKept")
        self._kept.setToolTip("Seeds that nobody had seen when the promise was written.")
        self._body = _text(wrap=True)
        self._body.setObjectName("lessonText")
        self._look = _text(wrap=True)
        self._look.setTextFormat(Qt.TextFormat.RichText)
        self._acts = _text(wrap=True)
        self._promise_heading = _heading("What is going to happen")
        self._look_heading = _heading("What to look at")
        self._acts_heading = _heading("What is done")
        self._promise = _text(wrap=True)
        self._build()
        self._tint()
        self.set_lessons(())

    def set_lessons(self, lessons: Sequence[LessonCard]) -> None:
        """Shows these lessons, under their headings."""
        self._lessons = {lesson.name: lesson for lesson in lessons}
        self._list.clear()
        group = ""
        for lesson in lessons:
            if lesson.group != group:
                group = lesson.group
                heading = QListWidgetItem(group)
                heading.setFlags(Qt.ItemFlag.NoItemFlags)
                heading.setFont(theme.sized(self.font(), theme.SMALL, bold=True))
                heading.setSizeHint(QSize(0, HEADING_HEIGHT))
                heading.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
                self._list.addItem(heading)
            item = QListWidgetItem(_below(lesson.group, lesson.title))
            item.setData(NAME, lesson.name)
            item.setToolTip(lesson.promise)
            item.setSizeHint(QSize(0, ROW_HEIGHT))
            self._list.addItem(item)
        if lessons:
            self.choose(lessons[0].name)
        self._panel.setVisible(bool(lessons))

    def choose(self, name: str) -> None:
        """Shows a lesson in full."""
        for row in range(self._list.count()):
            if self._list.item(row).data(NAME) == name:
                self._list.setCurrentRow(row, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def chosen(self) -> str:
        """The name of the lesson that is shown, "" for none."""
        item = self._list.currentItem()
        return str(item.data(NAME) or "") if item is not None else ""

    def set_busy(self, busy: bool) -> None:
        """Whether a training is under way, which has to end first."""
        self._start.setEnabled(not busy)
        self._start.setToolTip(
            "A training is under way: stop it first."
            if busy
            else "Begins a new run with its settings."
        )

    def _tint(self) -> None:
        tokens = theme.tokens(self)
        chosen = theme.blend(tokens.accent, tokens.surface, 0.14)
        self._list.setStyleSheet(
            f"QListWidget::item {{ padding: 0 {theme.S}px; border-radius: {theme.CORNER}px; }}"
            f"QListWidget::item:selected {{ background: {chosen}; color: {tokens.text}; }}"
            f"QListWidget::item:disabled {{ color: {tokens.quiet}; }}"
        )

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()
        super().changeEvent(event)

    def _build(self) -> None:
        begin = QHBoxLayout()
        begin.setSpacing(theme.S)
        begin.addWidget(self._start)
        begin.addSpacing(theme.S)
        caption = QLabel("Seed")
        caption.setBuddy(self._seed)
        begin.addWidget(caption)
        begin.addWidget(self._seed)
        begin.addSpacing(theme.S)
        begin.addWidget(self._kept, 1)
        self._panel = QWidget()
        self._panel.setProperty("panel", True)
        self._panel.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        text = Column(theme.M, self)
        text.column.addWidget(self._title)
        text.column.addWidget(self._game)
        text.column.addLayout(begin)
        for part in (
            self._body,
            self._promise_heading,
            self._promise,
            self._look_heading,
            self._look,
            self._acts_heading,
            self._acts,
        ):
            part.setMaximumWidth(READABLE)
            text.column.addWidget(part)
        text.column.addStretch(1)
        inside = QVBoxLayout(self._panel)
        inside.setContentsMargins(theme.XL, theme.L, theme.XL, theme.L)
        inside.addWidget(text)
        across = QSplitter(Qt.Orientation.Horizontal)
        across.setObjectName("labSplitter")
        across.setChildrenCollapsible(False)
        across.setHandleWidth(theme.S)
        side = QWidget()
        side.setProperty("panel", True)
        side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        beside = QVBoxLayout(side)
        beside.setContentsMargins(theme.S, theme.S, theme.S, theme.S)
        beside.addWidget(self._list)
        across.addWidget(side)
        across.addWidget(self._panel)
        across.setStretchFactor(1, 1)
        across.setSizes([300, 900])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(across)

    def _on_chosen(self) -> None:
        lesson = self._lessons.get(self.chosen())
        if lesson is None:
            return
        self._title.setText(lesson.title)
        self._game.setText(lesson.game)
        self._promise.setText(lesson.promise)
        self._kept.setText(f"Kept its promise in {lesson.kept} of {lesson.seeds} fresh seeds")
        self._body.setText("\n\n".join(lesson.paragraphs))
        self._look.setText(_points(lesson.look_at))
        self._acts.setText(
            "\n\n".join(
                f"Step {act.step:,}: {act.caption.rstrip('.')}. {act.why}" for act in lesson.acts
            )
        )
        for part in (self._acts_heading, self._acts):
            part.setVisible(bool(lesson.acts))
        self._seed.set_value(lesson.seed)

    def _on_start(self) -> None:
        if self.chosen() and self._start.isEnabled():
            self.started.emit(self.chosen(), self._seed.value())


def _text(
    size: int = theme.BODY, *, bold: bool = False, quiet: bool = False, wrap: bool = False
) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setFont(theme.sized(label.font(), size, bold=bold))
    label.setWordWrap(wrap)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if quiet:
        label.setProperty("quiet", True)
    return label


def _below(heading: str, title: str) -> str:
    """A title without the words of the heading that it stands under."""
    first, _, rest = title.partition(": ")
    return rest[0].upper() + rest[1:] if first == heading and rest else title


def _points(texts: Sequence[str]) -> str:
    """A list whose lines stand beside their bullets, as rich text."""
    rows = "".join(f"<tr><td>•&nbsp;&nbsp;</td><td>{escape(text)}</td></tr>" for text in texts)
    return f"<table cellspacing='0' cellpadding='0'>{rows}</table>"


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("heading", True)
    return label
