"""Joins what shows the discriminator's view of things and the model at the time cursor."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal, SignalInstance, Slot

from studio.controllers.judgement import beliefs, shares_of, shown_scores, standing, verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.bridge.desk import Adopted, Desk
    from studio.controllers.exploring import ExploringController
    from studio.engine.sight import Opinions, Ranking
    from studio.state.run_data import Grid
    from studio.state.run_state import RunState

CHANNELS = ("opinions", "plane")
GAP, SHARE, MOST = 0.6, 9.0, 4.0
"""While it trains, which shares the machine: the least seconds between two questions, how many
times longer than the answer took, and the most (the first answer waits for the test images)."""


class EyesWidget(Protocol):
    """The histogram with its words."""

    badges_toggled: SignalInstance

    def set_scores(self, real: np.ndarray, fake: np.ndarray, *, percent: bool) -> None: ...
    def set_state(self, text: str) -> None: ...
    def set_sentence(self, text: str) -> None: ...
    def set_detail(self, text: str, score: float | None = None) -> None: ...
    def set_pictures(self, on: bool) -> None: ...
    def set_empty(self, text: str) -> None: ...
    def badges(self) -> bool: ...


class GridWidget(Protocol):
    """The grid of samples."""

    digit_pointed: SignalInstance

    def set_badges(self, texts: Sequence[str]) -> None: ...
    def set_wishes(self, shares: np.ndarray | None) -> None: ...


class PlaneWidget(Protocol):
    """The plane of a mixture."""

    def set_scene(
        self,
        extent: float,
        real: np.ndarray,
        samples: np.ndarray,
        field: np.ndarray | None,
        arrows: np.ndarray,
        ends: tuple[str, str],
    ) -> None: ...
    def set_sentence(self, text: str) -> None: ...


class EyesController(QObject):
    """Asks what the discriminator thinks of the samples on screen, whenever they or its weights
    change; one question at a time, the newest state wins, and only while somebody looks.

    For a game on the plane the plane itself takes the place of the grid.
    """

    plane_wanted = Signal(bool)
    """Whether the run is a game on the plane."""
    answered = Signal()

    def __init__(
        self,
        view: EyesWidget,
        grid: GridWidget,
        plane: PlaneWidget,
        desk: Desk,
        exploring: ExploringController,
        state: RunState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._grid_view, self._plane_view = view, grid, plane
        self._desk, self._exploring, self._state = desk, exploring, state
        self._visible, self._wanted = False, False
        self._asked_at: float | None = None
        self._adopted: Adopted | None = None
        self._grid: Grid | None = None
        self._step = 0
        self._opinions: Opinions | None = None
        self._reach = 0.0
        self._pointed = -1
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setTimerType(Qt.TimerType.CoarseTimer)
        self._rest.timeout.connect(self._ask)
        view.badges_toggled.connect(self._show_badges)
        grid.digit_pointed.connect(self._on_view_digit_pointed)
        exploring.adopted.connect(self._on_adopted)
        state.begun.connect(self._on_begun)
        desk.opinions.connect(self._on_opinions)
        desk.plane_seen.connect(self._on_plane_seen)
        desk.finished.connect(self._on_finished)
        desk.refused.connect(self._on_refused)

    def set_visible(self, visible: bool) -> None:
        """Whether the Train page is on screen."""
        self._visible = visible
        self._ask()

    def close(self) -> None:
        """Asks nothing any more."""
        self._visible = False
        self._rest.stop()

    @Slot(object)
    def on_grid_shown(self, grid: Grid) -> None:
        """Other samples have come on screen."""
        self._grid = grid
        self._want()

    # -- when to ask ----------------------------------------------------------------------------

    @Slot()
    def _on_begun(self) -> None:
        """Another run: nothing that is known holds for it."""
        self._adopted = self._grid = None
        self._wanted = False
        self._forget("")
        self.plane_wanted.emit(False)

    @Slot(object)
    def _on_adopted(self, adopted: Adopted) -> None:
        data = self._state.data
        if data is None or (adopted.model, adopted.data) != (data.config.model, data.config.data):
            return  # the shipped model, or one of the run before
        first = self._adopted is None
        self._adopted = adopted
        on_plane = adopted.pictures == "points"
        if first:
            self.plane_wanted.emit(on_plane)
            self._view.set_pictures(not on_plane)
        if adopted.judges or on_plane:
            self._want()
        if first and not adopted.judges:
            self._forget(f"{adopted.title} has no discriminator: nobody judges what it draws.")

    def _want(self) -> None:
        self._wanted = True
        self._ask()

    @Slot()
    def _ask(self) -> None:
        adopted, grid = self._adopted, self._grid
        resting = self._rest.isActive() and self._exploring.training
        idle = self._asked_at is None and not resting
        if not (self._visible and self._wanted and idle) or adopted is None:
            return
        if adopted.pictures == "points":
            ask = self._desk.ask_plane
        elif adopted.judges and grid is not None:
            images = grid.images

            def ask() -> None:
                self._desk.ask_opinions(images)
        else:
            return
        self._rest.stop()
        self._wanted, self._step = False, adopted.step
        self._asked_at = time.monotonic()
        ask()

    @Slot(str)
    def _on_finished(self, channel: str) -> None:
        if channel not in CHANNELS or self._asked_at is None:
            return
        cost, self._asked_at = time.monotonic() - self._asked_at, None
        if self._exploring.training:
            self._rest.start(round(1000 * min(max(GAP, SHARE * cost), MOST)))
        else:
            self._ask()

    @Slot(str, str)
    def _on_refused(self, channel: str, message: str) -> None:
        if channel in CHANNELS:
            self._asked_at = None
            self._forget(message)

    # -- what is shown --------------------------------------------------------------------------

    @Slot(object)
    def _on_opinions(self, opinions: object) -> None:
        from studio.engine.sight import Opinions

        assert isinstance(opinions, Opinions)
        if self._adopted is None:
            return
        self._opinions = opinions
        self._show_ranking(opinions, "samples")
        shares, self._reach = shares_of(opinions.wishes)
        self._grid_view.set_wishes(shares)
        self._show_badges()
        self._show_detail()
        self.answered.emit()

    @Slot(object)
    def _on_plane_seen(self, sight: object) -> None:
        from studio.engine.sight import PlaneSight

        assert isinstance(sight, PlaneSight)
        if self._adopted is None:
            return
        field, ends = beliefs(sight)
        self._plane_view.set_scene(
            sight.extent, sight.real, sight.samples, field, sight.arrows, ends
        )
        words = f"{len(sight.samples):,} samples and {len(sight.real):,} real points"
        if sight.ranking is not None:
            self._show_ranking(sight.ranking, "samples")
            steepest = float(np.hypot(*sight.arrows.T).max()) if len(sight.arrows) else 0.0
            words += f"; along the steepest arrow the score grows by {steepest:.3g} per unit"
        self._view.set_detail(f"{words}.")
        self._plane_view.set_sentence(f"{words}, at step {self._step:,}.")
        self.answered.emit()

    def _show_ranking(self, ranking: Ranking, what: str) -> None:
        percent = ranking.scale == "logit"
        real, fake = shown_scores(ranking)
        self._view.set_scores(real, fake, percent=percent)
        crowd = ", as crowds" if ranking.crowd else ""
        self._view.set_state(
            f"{len(real):,} real, {len(fake):,} {what}{crowd}, step {self._step:,}"
        )
        self._view.set_sentence(verdict(ranking))

    @Slot()
    def _show_badges(self) -> None:
        opinions = self._opinions
        if opinions is None or not self._view.badges():
            self._grid_view.set_badges(())
            return
        percent, scores = opinions.scale == "logit", shown_scores(opinions)[1]
        texts = [f"{100 * s:.0f}%" if percent else f"{s:+.3g}" for s in scores.tolist()]
        self._grid_view.set_badges(texts)

    @Slot(int)
    def _on_view_digit_pointed(self, index: int) -> None:
        self._pointed = index
        self._show_detail()

    def _show_detail(self) -> None:
        opinions, index = self._opinions, self._pointed
        if opinions is None or not 0 <= index < len(opinions.fake):
            self._view.set_detail("")
            return
        whose = "its crowd's score" if opinions.crowd else "its score"
        self._view.set_detail(
            f"Sample {index + 1}: {standing(opinions, index)}. "
            f"A pixel in full colour changes {whose} by {self._reach:.2g}.",
            float(shown_scores(opinions)[1][index]),
        )

    def _forget(self, why: str) -> None:
        self._opinions = None
        self._view.set_empty(why)
        self._view.set_detail("")
        self._grid_view.set_badges(())
        self._grid_view.set_wishes(None)
