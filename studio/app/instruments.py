"""The instruments on a training, built and wired: microscope, eyes, balance and the lab."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from studio.controllers.balance import BalanceController
from studio.controllers.eyes import EyesController
from studio.controllers.lab import LabController
from studio.controllers.microscope import MicroscopeController
from studio.lab.presets import PRESETS
from studio.views.eyes_view import EyesView
from studio.views.lab_page import LabPage
from studio.views.lesson_strip import LessonStrip
from studio.views.mixture_view import MixtureView

if TYPE_CHECKING:
    from studio.bridge.desk import Desk
    from studio.controllers.exploring import ExploringController
    from studio.controllers.training import TrainingController
    from studio.state.preferences import Preferences
    from studio.state.run_state import RunState
    from studio.state.timeline import Timeline
    from studio.views.train_page import TrainPage


class Instruments(QObject):
    """What looks at the run on the Train page, and the Lab page with its lessons.

    Arguments:
        page: The Train page, which gets its instruments here.
    """

    def __init__(self, page: TrainPage, parent: QObject) -> None:
        super().__init__(parent)
        self.page = page
        self.lab_page, self.lesson = LabPage(), LessonStrip()
        self.eyes_view, self.plane = EyesView(), MixtureView()
        page.add_instrument("Eyes", self.eyes_view)
        page.set_canvas(self.plane)

    def wire(
        self,
        state: RunState,
        timeline: Timeline,
        training: TrainingController,
        desk: Desk,
        exploring: ExploringController,
        preferences: Preferences,
    ) -> None:
        """Joins the instruments to the run; to be called once."""
        tabs = self.page.instruments
        tabs.set_current(str(preferences.get("instrument", tabs.current())))
        tabs.chosen.connect(partial(preferences.put, "instrument"))
        self.microscope = MicroscopeController(state, timeline, self.page, self)
        self.eyes = EyesController(
            self.eyes_view, self.page.grid, self.plane, desk, exploring, state, self
        )
        self.eyes.plane_wanted.connect(self.page.show_plane)
        self.balance = BalanceController(state, timeline, self.page.players, self)
        self.balance.tempo_wanted.connect(training.set_tempo)
        self.lab = LabController(PRESETS, state, self.lab_page, self.lesson, training, self)

    def set_visible(self, visible: bool) -> None:
        """Whether the Train page is on screen: nobody pays for instruments that nobody sees."""
        self.microscope.set_visible(visible)
        self.eyes.set_visible(visible)
