"""The balance of the game: how hard each player pulls, who moves in slow motion, and how slow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot

from studio.engine.events import Phase

if TYPE_CHECKING:
    from studio.state.run_state import RunState
    from studio.state.timeline import Timeline


class BalanceView(Protocol):
    """What this controller needs of the players' panel."""

    @property
    def tempo_changed(self) -> SignalInstance: ...
    def set_tempo(self, moves_per_second: float | None) -> None: ...
    def set_pull(self, player: str, gradient: float | None, update: float | None) -> None: ...
    def set_moving(self, player: str) -> None: ...


class BalanceController(QObject):
    """Shows what the scales read at the time cursor, and keeps the tempo from run to run."""

    tempo_wanted = Signal(object)
    """Moves a second for the run that is being played, or None for full speed."""

    def __init__(
        self, state: RunState, timeline: Timeline, view: BalanceView, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._timeline, self._view = state, timeline, view
        self._tempo: float | None = None
        view.tempo_changed.connect(self._on_view_tempo_changed)
        state.moved.connect(self._on_moved)
        state.measured.connect(self._show)
        state.stage_changed.connect(self._on_stage_changed)
        timeline.cursor_changed.connect(self._show)

    @Slot(object)
    def _on_view_tempo_changed(self, tempo: float | None) -> None:
        self._tempo = tempo
        self.tempo_wanted.emit(tempo)

    @Slot(str)
    def _on_moved(self, player: str) -> None:
        self._view.set_moving(player)

    @Slot()
    def _on_stage_changed(self) -> None:
        # A new run knows nothing of the tempo that its user has chosen before it.
        if self._state.phase in (Phase.LOADING, Phase.RUNNING) and self._tempo is not None:
            self.tempo_wanted.emit(self._tempo)
        self._show()

    @Slot()
    def _show(self) -> None:
        data, cursor = self._state.data, self._timeline.cursor
        if data is None or data.stage is None:
            return
        step = data.pace.step if cursor is None else cursor
        for player in data.stage.players:
            read = []
            for name in (f"gradient_{player.name}", f"update_{player.name}"):
                series = data.measures.get(name)
                read.append(None if series is None else series.at(step))
            self._view.set_pull(player.name, *read)
