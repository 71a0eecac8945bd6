"""Choosing a model: cards by family, a search field, and all about the one you ask for."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.views import theme
from studio.views.icons import icon
from studio.views.scroll import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QKeyEvent, QPaintEvent

    from studio.state.cards import Card

ABOUT_WIDTH = 400


class ModelPicker(QWidget):
    """Cards under headings. Arrow keys walk over what the search leaves."""

    model_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("modelPicker")
        self._cards: dict[str, _CardButton] = {}
        self._headings: dict[str, QLabel] = {}
        self._chosen = ""
        self._about: AboutCard | None = None
        self._search = QLineEdit()
        self._search.setObjectName("modelSearch")
        self._search.setAccessibleName("Search models")
        self._search.setPlaceholderText("Search models")
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._on_search_changed)
        self._lens = self._search.addAction(
            icon("search", self, 16), QLineEdit.ActionPosition.LeadingPosition
        )
        self._nothing = QLabel("No model matches. Try a shorter word.")
        self._nothing.setProperty("quiet", True)
        self._nothing.setWordWrap(True)
        self._nothing.hide()
        self._scroll = Column(theme.XS)
        self._column = self._scroll.column
        self._scroll.verticalScrollBar().rangeChanged.connect(self._on_range_changed)
        top = QVBoxLayout()
        top.setContentsMargins(theme.M, theme.S, theme.M, theme.XS)
        top.addWidget(self._search)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self._scroll, 1)

    def set_cards(self, cards: Sequence[Card]) -> None:
        """Shows these models, families in the order of their first card."""
        self._close_about()
        while self._column.count():
            item = self._column.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None and widget is not self._nothing:
                widget.hide()
                widget.deleteLater()
        self._cards, self._headings = {}, {}
        for family in dict.fromkeys(card.family for card in cards):
            heading = QLabel(family)
            heading.setProperty("heading", True)
            heading.setContentsMargins(0, theme.S, 0, 0)
            self._headings[family] = heading
            self._column.addWidget(heading)
            for card in cards:
                if card.family == family:
                    self._add(card)
        self._column.addWidget(self._nothing)
        self._column.addStretch(1)
        if self._chosen not in self._cards:
            self._chosen = ""
        self._show_chosen()
        self._on_search_changed(self._search.text())

    def choose(self, name: str) -> None:
        """Marks a model as chosen, without a signal; an unknown name marks none."""
        self._chosen = name if name in self._cards else ""
        self._show_chosen()

    def chosen(self) -> str:
        """The name of the chosen model, or an empty text."""
        return self._chosen

    def visible_names(self) -> list[str]:
        """The models that the search leaves, from top to bottom."""
        return [name for name, card in self._cards.items() if not card.isHidden()]

    def show_about(self, name: str) -> None:
        """Opens the page about a model, next to its card."""
        self._close_about()
        button = self._cards[name]
        self._about = AboutCard(button.card, self)
        corner = self.mapToGlobal(QPoint(self.width() + theme.XS, 0))
        corner.setY(button.mapToGlobal(QPoint(0, 0)).y())
        self._about.open_at(corner)

    def _add(self, card: Card) -> None:
        button = _CardButton(card)
        button.clicked.connect(lambda: self._on_card_clicked(card.name))
        button.about.clicked.connect(lambda: self.show_about(card.name))
        self._cards[card.name] = button
        self._column.addWidget(button)

    def _close_about(self) -> None:
        if self._about is not None:
            self._about.close()
            self._about.deleteLater()
            self._about = None

    def _on_card_clicked(self, name: str) -> None:
        # A click on the chosen card would uncheck it.
        changed = name != self._chosen
        self._chosen = name
        self._show_chosen()
        if changed:
            self.model_chosen.emit(name)

    def _show_chosen(self) -> None:
        for name, card in self._cards.items():
            card.setChecked(name == self._chosen)
        if self._chosen:
            self._scroll.ensureWidgetVisible(self._cards[self._chosen], 0, theme.L)

    def _on_range_changed(self) -> None:
        """The cards have just been laid out: only now is it known where the chosen one lies."""
        if self._chosen:
            self._scroll.ensureWidgetVisible(self._cards[self._chosen], 0, theme.L)

    def _on_search_changed(self, text: str) -> None:
        words = text.lower().split()
        for button in self._cards.values():
            button.setVisible(_matches(button.card, words))
        alive = {b.card.family for b in self._cards.values() if not b.isHidden()}
        for family, heading in self._headings.items():
            heading.setVisible(family in alive)
        self._nothing.setVisible(bool(self._cards) and not alive)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: -1}
        names = self.visible_names()
        key = Qt.Key(event.key())
        if not names or key not in moves | ends:
            super().keyPressEvent(event)
            return
        focused = next((n for n in names if self._cards[n].hasFocus()), None)
        if key in ends:
            target = names[ends[key]]
        elif focused is not None:
            at = names.index(focused) + moves[key]
            target = names[min(max(at, 0), len(names) - 1)]
        else:  # from the search field into the list
            target = self._chosen if self._chosen in names else names[0]
        self._cards[target].setFocus(Qt.FocusReason.OtherFocusReason)
        self._scroll.ensureWidgetVisible(self._cards[target], 0, theme.L)
        self._on_card_clicked(target)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._lens.setIcon(icon("search", self, 16))
        super().changeEvent(event)


class _CardButton(QAbstractButton):
    """Title, year and one sentence; the chosen one has an edge in the accent."""

    def __init__(self, card: Card) -> None:
        super().__init__()
        self.card = card
        self.setObjectName(f"card_{card.name}")
        self.setCheckable(True)
        self.setAccessibleName(card.title)
        self.setAccessibleDescription(card.sentence)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        # A button's own policy is a fixed height, which would cut off a title of two lines.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        title = _label(card.title)
        title.setFont(theme.sized(self.font(), theme.BODY, bold=True))
        title.setWordWrap(True)
        year = _label(str(card.year))
        year.setProperty("quiet", True)
        year.setFont(theme.tabular(theme.sized(self.font(), theme.SMALL)))
        self.about = QToolButton()
        self.about.setObjectName(f"about_{card.name}")
        self.about.setAccessibleName(f"About {card.title}")
        self.about.setToolTip(f"About {card.title}: formula, strengths, papers")
        self.about.setFixedSize(24, 24)
        sentence = _label(card.sentence)
        sentence.setProperty("quiet", True)
        sentence.setWordWrap(True)
        sentence.setFont(theme.sized(self.font(), theme.SMALL))
        head = QHBoxLayout()
        head.setSpacing(theme.XS)
        head.addWidget(title, 1)
        head.addWidget(year)
        head.addWidget(self.about)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(theme.M, theme.XS, theme.XS, theme.S)
        self._layout.setSpacing(0)
        self._layout.addLayout(head)
        self._layout.addWidget(sentence)
        self._tint()

    def sizeHint(self) -> QSize:
        return self._layout.sizeHint()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._layout.heightForWidth(width)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.tokens(self)
        face = tokens.surface
        if self.isChecked():
            face = theme.blend(tokens.accent, tokens.surface, 0.12)
        elif self.underMouse():
            face = tokens.raised
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        shape.addRoundedRect(self.rect().toRectF(), theme.CORNER, theme.CORNER)
        painter.fillPath(shape, QColor(face))
        if self.isChecked():
            painter.setClipPath(shape)
            painter.fillRect(0, 0, 3, self.height(), QColor(tokens.accent))
        if self.hasFocus():
            painter.setPen(QColor(tokens.accent))
            ring = self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRoundedRect(ring, theme.CORNER, theme.CORNER)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # A button would take the arrow keys to move the focus by itself.
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _tint(self) -> None:
        self.about.setIcon(icon("info", self, 16, theme.tokens(self).quiet))
        self.about.setIconSize(QSize(16, 16))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()
        super().changeEvent(event)


class AboutCard(QFrame):
    """All that a card knows, in a popup that a click elsewhere or Escape closes."""

    def __init__(self, card: Card, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("aboutModel")
        self.setAccessibleName(f"About {card.title}")
        self.setFixedWidth(ABOUT_WIDTH)
        tokens = theme.tokens(parent)
        self.setStyleSheet(
            f"#aboutModel {{ background: {tokens.surface}; border: 1px solid {tokens.line}; }}"
        )
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(theme.L, theme.M, theme.L, theme.L)
        column.setSpacing(theme.S)
        title = _label(f"{card.title} ({card.year})")
        title.setProperty("title", True)
        column.addWidget(title)
        column.addWidget(_wrapped(card.sentence))
        formula = _wrapped(card.formula)
        formula.setStyleSheet(
            f"background: {tokens.raised}; border-radius: {theme.CORNER}px; padding: {theme.S}px;"
            "font-family: monospace;"
        )
        formula.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(formula)
        for name, sign, items in (
            ("Strengths", "+", card.strengths),
            ("Weaknesses", "−", card.weaknesses),
        ):
            if items:
                column.addWidget(_heading(name))
                for item in items:
                    column.addWidget(_wrapped(f"{sign}  {item}"))
        if card.abilities:
            column.addWidget(_heading("What it can do"))
            column.addWidget(_wrapped(", ".join(card.abilities)))
        if card.references:
            column.addWidget(_heading("References"))
            for text, url in card.references:
                link = QLabel(f'<a href="{escape(url, quote=True)}">{escape(text)}</a>')
                link.setTextFormat(Qt.TextFormat.RichText)
                link.setWordWrap(True)
                link.setOpenExternalLinks(True)
                link.setToolTip(url)
                column.addWidget(link)

    def open_at(self, corner: QPoint) -> None:
        """Shows the popup with its upper left corner there, moved inside the screen."""
        self.setFixedHeight(self._column.totalHeightForWidth(ABOUT_WIDTH))
        free = self.screen().availableGeometry()
        x = min(corner.x(), free.right() - self.width())
        y = min(corner.y(), free.bottom() - self.height())
        self.move(max(x, free.left()), max(y, free.top()))
        self.show()


def _matches(card: Card, words: Sequence[str]) -> bool:
    """Whether every one of the lower-case words occurs in what the card says."""
    said = " ".join((card.title, card.name, card.family, card.sentence, *card.abilities))
    return all(word in said.lower() for word in words)


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def _wrapped(text: str) -> QLabel:
    label = _label(text)
    label.setWordWrap(True)
    return label


def _heading(text: str) -> QLabel:
    label = _label(text)
    label.setProperty("heading", True)
    label.setContentsMargins(0, theme.S, 0, 0)
    return label
