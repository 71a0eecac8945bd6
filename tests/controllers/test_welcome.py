"""What the start says of the last session."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from studio.controllers.notices import Notices
from studio.controllers.welcome import WelcomeController
from studio.state.shelf import RunCard
from tests.controllers.test_notices import Strip

CARD = RunCard(
    id="a", folder="/runs/a", title="GAN on pen", step=1_234, state="cut off", unfinished=True
)


class Shelf(QObject):
    listed = Signal(object)

    def list(self) -> None:
        self.listed.emit((CARD,))


def test_who_has_read_the_report_can_still_resume() -> None:
    strip = Strip()
    notices, shelf = Notices(strip), Shelf()
    welcome = WelcomeController(shelf, notices)
    said: list[str] = []
    welcome.report_requested.connect(lambda: said.append("report"))
    welcome.resume_requested.connect(said.append)
    welcome.begin(crashed=True, busy=bool)
    text = strip.shown[0]
    assert "round 1,234" in text
    assert strip.shown[1:] == ("Resume", "Show the report")
    strip.second_triggered.emit()
    assert said == ["report"]
    assert strip.shown == (text, "Resume", "Show in the library")
    strip.action_triggered.emit()
    assert said == ["report", "/runs/a"]


def test_a_run_that_was_cut_off_is_offered_once() -> None:
    strip = Strip()
    notices, shelf = Notices(strip), Shelf()
    welcome = WelcomeController(shelf, notices)
    welcome.begin(crashed=False, busy=bool)
    assert strip.shown[0].startswith("GAN on pen was cut off")
    strip.closed.emit()
    shelf.list()
    assert strip.shown == ()
