"""The page where a training is watched: the players' curves, and what they draw meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QSlider,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.views import theme
from studio.views.classes_view import ClassesView
from studio.views.elided import ElidedLabel
from studio.views.grid_room import GridRoom
from studio.views.instrument_tabs import InstrumentTabs
from studio.views.loss_plot import LossPlot
from studio.views.measures_view import MeasuresView
from studio.views.players_panel import PlayersPanel
from studio.views.sample_grid import SampleGrid
from studio.views.verdict_line import VerdictLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.state.cards import PlayerRow
    from studio.state.microscope import VerdictRow

SMOOTHING_START = 58


def weight_at(position: int) -> float:
    """The smoothing weight at a position of the slider, 0 to 100: over 1 to 1,000 rounds."""
    return 1 - 10 ** (-3 * position / 100)


class TrainPage(QWidget):
    """Two curves that share their rounds, the sample grid, and the instruments below it.

    Attributes:
        upper: The discriminator of a game of two, the total loss of a lonely learner; `lower` is
            the generator, or the terms of the learner.
        grid: The digits drawn from fixed noise.
        instruments: The tabs below the grid.
        players: Learning rates, freezing, single moves.
        classes: Which modes of the data are still made.
        measures: Every measurement over the run.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pageTrain")
        self.upper = LossPlot("discriminator", "discriminatorLossPlot")
        self._lower = LossPlot("generator", "generatorLossPlot")
        self.upper.link_x(self._lower)
        self.grid = SampleGrid("sampleGrid")
        self.grid.set_empty_text(
            "No digits yet", "Press Start: what the model writes from fixed noise appears here."
        )
        self.players, self.classes, self.measures = PlayersPanel(), ClassesView(), MeasuresView()
        self._room, self._plane_slot = GridRoom(self.grid), QWidget()
        self._canvas = QStackedWidget()
        self._canvas.addWidget(self._room)
        self._canvas.addWidget(self._plane_slot)
        slot = QVBoxLayout(self._plane_slot)
        slot.setContentsMargins(0, 0, 0, 0)
        self._verdict = VerdictLine()
        self.instruments = InstrumentTabs()
        for title, widget in (
            ("Players", self.players),
            ("Classes", self.classes),
            ("Measures", self.measures),
        ):
            self.instruments.add(title, widget)
        self._names: tuple[str, ...] = ()
        self._grid_title = QLabel("Samples (fixed noise)")
        self._grid_state = ElidedLabel()
        self._grid_state.setObjectName("gridState")
        self._grid_state.setProperty("quiet", True)
        self._grid_state.setFont(theme.tabular(theme.sized(self.font(), theme.SMALL)))
        self._grid_state.setToolTip(
            "Variety: how far the digits lie apart, as a share of how far real ones do."
        )
        self._grid_title.setFont(theme.sized(self.font(), theme.BODY, bold=True))
        plots = QSplitter(Qt.Orientation.Vertical)
        plots.setObjectName("trainPlotSplitter")
        plots.setChildrenCollapsible(False)
        plots.setHandleWidth(theme.S)
        plots.addWidget(self.upper)
        plots.addWidget(self._lower)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.S)
        column.addLayout(self._make_controls())
        column.addWidget(plots, 1)
        side = self._make_side()
        across = QSplitter(Qt.Orientation.Horizontal)
        across.setObjectName("trainSplitter")
        across.setChildrenCollapsible(False)
        across.setHandleWidth(theme.S)
        across.addWidget(centre)
        across.addWidget(side)
        # At 1280 pixels room for digits twice their size, at 1920 for three times.
        across.setStretchFactor(0, 1)
        across.setStretchFactor(1, 1)
        across.setSizes([460, 508])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(across)
        self.set_players(())
        self._on_smoothing_moved(SMOOTHING_START)

    @property
    def lower(self) -> LossPlot:  # type: ignore[override]
        """The second plot. Hides `QWidget.lower`, which restacks siblings and serves no page."""
        return self._lower

    def set_players(self, players: Sequence[PlayerRow]) -> None:
        """Gives the plots and the panel the names and colours of who plays."""
        self._names = tuple(p.name for p in players)
        self.players.set_players(players)
        if len(players) == 1:
            only = players[0]
            dressed = ((self.upper, only.title, only.role), (self.lower, "Its terms", only.role))
        elif len(players) >= 2:
            ordered = sorted(players, key=lambda p: p.role != "discriminator")[:2]
            self._names = tuple(p.name for p in ordered)
            dressed = (
                (self.upper, ordered[0].title, ordered[0].role),
                (self.lower, ordered[1].title, ordered[1].role),
            )
        else:
            dressed = (
                (self.upper, "Discriminator", "discriminator"),
                (self.lower, "Generator", "generator"),
            )
        for plot, title, role in dressed:
            plot.set_title(title)
            plot.set_role(role)

    def plot_of(self, player: str) -> LossPlot:
        """The plot that shows a player's loss."""
        return self.lower if self._names.index(player) == 1 else self.upper

    def set_grid_title(self, text: str) -> None:
        """What the digits are: samples or reconstructions."""
        self._grid_title.setText(text)

    def set_grid_state(self, text: str) -> None:
        """At which round the digits were drawn, and what the instruments read off them."""
        self._grid_state.setText(text)

    def set_grid_note(self, text: str) -> None:
        """How the digits were drawn; it comes after them."""
        self._verdict.set_note(text)
        self._grid_title.setToolTip(text)
        self.grid.setAccessibleDescription(text)
        self._room.refit()

    def set_verdict(self, verdict: VerdictRow | None) -> None:
        """What the microscope says of the samples; None as long as it says nothing."""
        self._verdict.set_verdict(verdict)

    def set_reading(self, text: str) -> None:
        """Which reading the instruments show."""
        self.instruments.set_note(text, ("Classes", "Measures"))

    def add_instrument(self, title: str, widget: QWidget) -> None:
        """Adds a tab at the right of the others."""
        self.instruments.add(title, widget)

    @property
    def plane_slot(self) -> QWidget:
        """Where the picture of a plane stands instead of the grid."""
        return self._plane_slot

    def set_canvas(self, widget: QWidget) -> None:
        """Gives the picture that stands in `plane_slot`."""
        layout = self._plane_slot.layout()
        assert layout is not None
        layout.addWidget(widget)

    def show_plane(self, on: bool) -> None:
        """Whether the plane is shown instead of the grid."""
        self._canvas.setCurrentWidget(self._plane_slot if on else self._room)

    def clear(self) -> None:
        """Forgets the curves of a run; the digits stay until there are new ones."""
        self.upper.clear()
        self.lower.clear()

    def _make_side(self) -> QWidget:
        side = QWidget()
        side.setProperty("panel", True)
        side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        side.setMinimumWidth(300)
        samples = QWidget()
        above = QVBoxLayout(samples)
        above.setContentsMargins(0, 0, 0, 0)
        above.setSpacing(theme.XS)
        heading = QHBoxLayout()
        heading.setSpacing(theme.S)
        heading.addWidget(self._grid_title)
        heading.addWidget(self._grid_state, 1)
        above.addLayout(heading)
        above.addWidget(self._verdict)
        above.addWidget(self._canvas, 1)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.setObjectName("trainInstrumentSplitter")
        parts.setChildrenCollapsible(False)
        parts.setHandleWidth(theme.XS)
        parts.addWidget(samples)
        parts.addWidget(self.instruments)
        # A taller window gives its room to the digits.
        parts.setStretchFactor(0, 1)
        parts.setStretchFactor(1, 0)
        column = QVBoxLayout(side)
        column.setContentsMargins(theme.M, theme.S, theme.M, theme.S)
        column.addWidget(parts)
        return side

    def _make_controls(self) -> QHBoxLayout:
        self._smoothing = QSlider(Qt.Orientation.Horizontal)
        self._smoothing.setObjectName("smoothingSlider")
        self._smoothing.setAccessibleName("Smoothing of the curves")
        self._smoothing.setRange(0, 100)
        self._smoothing.setValue(SMOOTHING_START)
        self._smoothing.setFixedWidth(88)
        self._smoothing.valueChanged.connect(self._on_smoothing_moved)
        self._rounds = QLabel()
        self._rounds.setProperty("quiet", True)
        self._rounds.setFont(theme.tabular(theme.sized(self.font(), theme.SMALL)))
        self._rounds.setMinimumWidth(self._rounds.fontMetrics().horizontalAdvance("1,000 rounds"))
        self._log = QCheckBox("Log scale")
        self._log.setObjectName("logSwitch")
        self._log.setToolTip("Logarithmic values; a curve that goes below zero stays linear.")
        self._terms = QCheckBox("Terms")
        self._terms.setObjectName("termsSwitch")
        self._terms.setToolTip("Show what each loss is made of, as thin lines.")
        self._terms.setChecked(True)
        for plot in (self.upper, self.lower):
            self._log.toggled.connect(plot.set_log)
            self._terms.toggled.connect(plot.set_terms_shown)
        row = QHBoxLayout()
        row.setContentsMargins(theme.L, 0, theme.L, 0)
        row.setSpacing(theme.S)
        caption = QLabel("Smoothing")
        caption.setBuddy(self._smoothing)
        row.addWidget(caption)
        row.addWidget(self._smoothing)
        row.addWidget(self._rounds)
        row.addStretch(1)
        row.addWidget(self._terms)
        row.addSpacing(theme.S)
        row.addWidget(self._log)
        return row

    def _on_smoothing_moved(self, position: int) -> None:
        weight = weight_at(position)
        rounds = round(1 / (1 - weight))
        self._rounds.setText("off" if rounds == 1 else f"{rounds:,} rounds")
        self._smoothing.setToolTip("The bold line averages over about so many rounds.")
        for plot in (self.upper, self.lower):
            plot.set_smoothing(weight)
