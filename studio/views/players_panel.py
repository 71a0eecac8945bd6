"""One row per player: its learning rate, whether it stands still, and one move by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from studio.views import theme
from studio.views.badge import RoleDot
from studio.views.icons import icon
from studio.views.number_field import NumberField

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.state.cards import PlayerRow

HIGHEST_RATE = 10.0


class PlayersPanel(QWidget):
    """Who plays. Everything here may be changed while the training runs."""

    learning_rate_changed = Signal(str, float)
    freeze_toggled = Signal(str, bool)
    move_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("playersPanel")
        self._rows: dict[str, _Row] = {}
        self._moves_allowed = True
        self._heading = QLabel("Players")
        self._heading.setProperty("heading", True)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.S)
        self._column.addWidget(self._heading)

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
                row.freeze_toggled.connect(self.freeze_toggled)
                row.move_requested.connect(self.move_requested)
                self._rows[player.name] = row
                self._column.addWidget(row)
        for player in players:
            self._rows[player.name].show_player(player)
        self._heading.setText("Player" if len(players) == 1 else "Players")
        self._heading.setVisible(bool(players))
        self.set_moves_allowed(self._moves_allowed)

    def set_moves_allowed(self, allowed: bool) -> None:
        """Whether a single move can be played now: while the training is paused."""
        self._moves_allowed = allowed
        for row in self._rows.values():
            row.set_moves_allowed(allowed)


def _key(player: PlayerRow) -> tuple[str, str, str]:
    return player.name, player.title, player.role


class _Row(QWidget):
    rate_changed = Signal(str, float)
    freeze_toggled = Signal(str, bool)
    move_requested = Signal(str)

    def __init__(self, player: PlayerRow) -> None:
        super().__init__()
        self.player_key = _key(player)
        self._role = player.role
        self._title = QLabel(player.title)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setWordWrap(True)
        self._moves = QLabel()
        self._moves.setProperty("quiet", True)
        self._moves.setFont(theme.sized(self.font(), theme.SMALL))
        self._rate = NumberField(low=0.0, high=HIGHEST_RATE, log=True)
        self._rate.setObjectName(f"rate_{player.name}")
        self._rate.setAccessibleName(f"Learning rate of {player.title}")
        self._rate.setToolTip(
            f"Learning rate of the {player.title.lower()}; it changes at once. "
            "Arrow keys step by 1, 2, 5."
        )
        self._rate.setFixedWidth(76)
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
            button.setFixedSize(28, 28)
        head = QHBoxLayout()
        head.setSpacing(theme.S)
        head.addWidget(RoleDot(player.role))
        head.addWidget(self._title, 1)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.XS)
        grid.setVerticalSpacing(0)
        grid.addLayout(head, 0, 0)
        grid.addWidget(self._moves, 1, 0)
        self._moves.setContentsMargins(theme.L, 0, 0, 0)
        for column, widget in enumerate((self._rate, self._freeze, self._move), start=1):
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
        moves = player.moves_per_round
        state = "Frozen" if player.frozen else f"{moves} move{'s' * (moves != 1)} a round"
        self._moves.setText(state)
        verb = "Let it move again" if player.frozen else "Freeze: it stops learning"
        self._freeze.setToolTip(f"{verb} ({player.title})")
        self._freeze.setAccessibleName(f"Freeze {player.title}")

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
