"""The balance of the game: who moves how often and how far, and every way to intervene."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.views import theme
from studio.views.badge import RoleDot
from studio.views.elided import ElidedLabel
from studio.views.icons import icon
from studio.views.number_field import NumberField

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent, QResizeEvent

    from studio.state.cards import PlayerRow

HIGHEST_RATE = 10.0
MOST_MOVES = 100
TEMPI = (None, 1.0, 2.0, 4.0, 8.0, 16.0)
MOVES_WIDTH, RATE_WIDTH, BUTTON = 44, 76, 28
ROOMY = 360
"""From this width on there is room for captions beside the tempo."""
GLOW_MS = 400
"""How long a player glows after its move; in faster motion the next one takes over."""


class PlayersPanel(QWidget):
    """Who plays. Everything here may be changed while the training runs."""

    learning_rate_changed = Signal(str, float)
    moves_changed = Signal(str, int)
    tempo_changed = Signal(object)
    """Moves a second in slow motion, or None for as fast as it goes."""
    freeze_toggled = Signal(str, bool)
    move_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("playersPanel")
        self._rows: dict[str, _Row] = {}
        self._moves_allowed = self._playing = True
        self._empty = QLabel(
            "Press Start: who plays, and every way to tip the balance, appears here."
        )
        self._empty.setObjectName("playersEmpty")
        self._empty.setProperty("quiet", True)
        self._empty.setWordWrap(True)
        self._tempo_caption = QLabel("Tempo")
        self._tempo_caption.setProperty("quiet", True)
        self._tempo = QComboBox()
        self._tempo_caption.setBuddy(self._tempo)
        self._tempo.setObjectName("tempoBox")
        self._tempo.setAccessibleName("Slow motion")
        self._tempo.setToolTip("Slow motion: plays so many moves a second and shows who moves.")
        for tempo in TEMPI:
            text = "Full speed" if tempo is None else f"{tempo:.0f} move{'s' * (tempo > 1)}/s"
            self._tempo.addItem(text, tempo)
        self._tempo.activated.connect(lambda at: self.tempo_changed.emit(TEMPI[at]))
        self._glow = QTimer(self)
        self._glow.setSingleShot(True)
        self._glow.setInterval(GLOW_MS)
        self._glow.timeout.connect(lambda: self._show_moving(""))
        head = QHBoxLayout()
        head.setSpacing(theme.S)
        head.addWidget(self._tempo_caption)
        head.addWidget(self._tempo)
        head.addStretch(1)
        self._captions = [_caption("Moves", MOVES_WIDTH), _caption("Rate", RATE_WIDTH)]
        over = QHBoxLayout()
        over.setSpacing(theme.XS)
        for caption in self._captions:
            over.addWidget(caption)
        # The buttons of a player stand for themselves.
        over.addSpacing(2 * BUTTON + theme.XS)
        head.addLayout(over)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.S)
        self._column.addWidget(self._empty)
        self._column.addLayout(head)
        # What it asks for with its captions, which it can do without.
        self.setMinimumWidth(1)

    def set_players(self, players: Sequence[PlayerRow]) -> None:
        """Shows these players; the same ones again only get new values."""
        if [row.player_key for row in self._rows.values()] != [_key(p) for p in players]:
            for row in self._rows.values():
                self._column.removeWidget(row)
                row.hide()
                row.deleteLater()
            self._rows = {}
            for player in players:
                row = _Row(player)
                row.rate_changed.connect(self.learning_rate_changed)
                row.moves_changed.connect(self.moves_changed)
                row.freeze_toggled.connect(self.freeze_toggled)
                row.move_requested.connect(self.move_requested)
                self._rows[player.name] = row
                self._column.addWidget(row)
        for player in players:
            self._rows[player.name].show_player(player)
        self._empty.setVisible(not players)
        for part in (self._tempo_caption, self._tempo):
            part.setVisible(bool(players))
        self._show_captions()
        self.set_playing(self._playing)
        self.set_moves_allowed(self._moves_allowed)

    def _show_captions(self) -> None:
        roomy = self.width() >= ROOMY
        for caption in self._captions:
            caption.setVisible(bool(self._rows) and roomy)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_captions()

    def set_playing(self, playing: bool) -> None:
        """Whether there is a game in which something can be changed."""
        self._playing = playing
        for row in self._rows.values():
            row.set_playing(playing)

    def set_tempo(self, moves_per_second: float | None) -> None:
        """Shows one of `TEMPI`."""
        self._tempo.setCurrentIndex(TEMPI.index(moves_per_second))

    def set_pull(self, player: str, gradient: float | None, update: float | None) -> None:
        """How hard a player pulls and how far it goes; None for what has not been weighed.

        Arguments:
            gradient: Norm of its gradient.
            update: Norm of a step, as a share of its weights.
        """
        if player in self._rows:
            self._rows[player].set_pull(gradient, update)

    def set_moving(self, player: str) -> None:
        """Lets a player glow for a moment: it has just moved."""
        self._show_moving(player)
        self._glow.start()

    def _show_moving(self, player: str) -> None:
        for name, row in self._rows.items():
            row.set_moving(name == player)

    def set_moves_allowed(self, allowed: bool) -> None:
        """Whether a single move can be played now: while the training is paused."""
        self._moves_allowed = allowed
        for row in self._rows.values():
            row.set_moves_allowed(allowed)


def _key(player: PlayerRow) -> tuple[str, str, str]:
    return player.name, player.title, player.role


def _caption(text: str, width: int) -> QLabel:
    label = QLabel(text)
    label.setProperty("quiet", True)
    label.setFont(theme.sized(label.font(), theme.SMALL))
    label.setFixedWidth(width)
    # Above the numbers, which stand inside of their fields.
    label.setContentsMargins(theme.S, 0, 0, 0)
    label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
    return label


class _Row(QWidget):
    rate_changed = Signal(str, float)
    moves_changed = Signal(str, int)
    freeze_toggled = Signal(str, bool)
    move_requested = Signal(str)

    def __init__(self, player: PlayerRow) -> None:
        super().__init__()
        self.player_key = _key(player)
        self._role, self._moving = player.role, False
        # In a narrow panel the name gives way, and not what can be pressed.
        self._title = ElidedLabel(Qt.AlignmentFlag.AlignLeft)
        self._title.setText(player.title)
        self._title.setToolTip(player.title)
        self._state = ElidedLabel(Qt.AlignmentFlag.AlignLeft)
        self._state.setObjectName(f"pull_{player.name}")
        self._state.setProperty("quiet", True)
        self._state.setFont(theme.tabular(theme.sized(self.font(), theme.SMALL)))
        self._frozen, self._pull, self._playing = False, "", True
        self._moves = NumberField(whole=True, low=1, high=MOST_MOVES)
        self._moves.setObjectName(f"moves_{player.name}")
        self._moves.setAccessibleName(f"Moves per round of {player.title}")
        self._moves.setFixedWidth(MOVES_WIDTH)
        self._moves.committed.connect(lambda moves: self.moves_changed.emit(player.name, moves))
        self._rate = NumberField(low=0.0, high=HIGHEST_RATE, log=True)
        self._rate.setObjectName(f"rate_{player.name}")
        self._rate.setAccessibleName(f"Learning rate of {player.title}")
        self._rate.setToolTip(
            f"Learning rate of the {player.title.lower()}; it changes at once. "
            "Arrow keys step by 1, 2, 5."
        )
        self._rate.setFixedWidth(RATE_WIDTH)
        self._rate.committed.connect(lambda rate: self.rate_changed.emit(player.name, rate))
        self._freeze = QToolButton()
        self._freeze.setObjectName(f"freeze_{player.name}")
        self._freeze.setCheckable(True)
        self._freeze.clicked.connect(lambda on: self.freeze_toggled.emit(player.name, on))
        self._move = QToolButton()
        self._move.setObjectName(f"move_{player.name}")
        self._move.setAccessibleName(f"One move of {player.title}")
        self._move.clicked.connect(lambda: self.move_requested.emit(player.name))
        self._key = {"discriminator": " (D)", "generator": " (G)"}.get(player.role, "")
        for button in (self._freeze, self._move):
            button.setIconSize(QSize(18, 18))
            button.setFixedSize(BUTTON, BUTTON)
        head = QHBoxLayout()
        head.setSpacing(theme.S)
        head.addWidget(RoleDot(player.role))
        head.addWidget(self._title, 1)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.XS)
        grid.setVerticalSpacing(0)
        grid.addLayout(head, 0, 0)
        grid.addWidget(self._state, 1, 0)
        self._state.setContentsMargins(theme.L, 0, 0, 0)
        parts = (self._moves, self._rate, self._freeze, self._move)
        for column, widget in enumerate(parts, start=1):
            grid.addWidget(widget, 0, column, 2, 1)
        grid.setColumnStretch(0, 1)
        self.show_player(player)
        self.set_moves_allowed(False)
        self._tint()

    def show_player(self, player: PlayerRow) -> None:
        # Whoever is typing a new rate must not have it taken from under the fingers.
        if not self._rate.hasFocus():
            self._rate.set_value(player.learning_rate)
        self._freeze.setChecked(player.frozen)
        self._frozen = player.frozen
        if not self._moves.hasFocus():
            self._moves.set_value(player.moves_per_round)
        self._movable = bool(player.moves_field)
        self._moves.setEnabled(self._movable and self._playing)
        changeable = "it changes at once." if player.moves_field else "this model has them fixed."
        self._moves.setToolTip(f"Moves per round of the {player.title.lower()}; {changeable}")
        self._show_state()
        verb = "Let it move again" if player.frozen else "Freeze: it stops learning"
        self._freeze.setToolTip(f"{verb} ({player.title})")
        self._freeze.setAccessibleName(f"Freeze {player.title}")

    def set_playing(self, playing: bool) -> None:
        self._playing = playing
        self._moves.setEnabled(self._movable and playing)
        self._rate.setEnabled(playing)
        self._freeze.setEnabled(playing)

    def set_pull(self, gradient: float | None, update: float | None) -> None:
        parts = []
        if gradient is not None:
            parts.append(f"gradient {gradient:.2g}")
        if update is not None:
            parts.append(f"step {update:.2g} of weights")
        self._pull = " · ".join(parts)
        self._show_state()

    def _show_state(self) -> None:
        self._state.setText("Frozen" if self._frozen else self._pull)
        self._state.setToolTip(
            f"{self._pull}\n".lstrip()
            + "Norm of its gradient, and of one step as a share of its weights: about a thousandth "
            "is healthy; a gradient near zero means that it learns nothing."
        )

    def set_moving(self, moving: bool) -> None:
        if moving != self._moving:
            self._moving = moving
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._moving:
            colour = QColor(theme.role_colour(theme.tokens(self), self._role))
            colour.setAlpha(48)
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawRoundedRect(self.rect(), theme.CORNER, theme.CORNER)
        super().paintEvent(event)

    def set_moves_allowed(self, allowed: bool) -> None:
        self._move.setEnabled(allowed)
        self._move.setToolTip(
            f"Play one move of this player alone{self._key}"
            if allowed
            else "Pause the training to move one player alone."
        )

    def _tint(self) -> None:
        colour = theme.role_colour(theme.tokens(self), self._role)
        self._title.setStyleSheet(f"color: {colour}; font-weight: 600;")
        self._freeze.setIcon(icon("snowflake", self, 18))
        self._move.setIcon(icon("step", self, 18, colour))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()
        super().changeEvent(event)
