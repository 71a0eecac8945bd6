"""What must not be lost is not lost: in order, one at a time, even while closing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from studio.bridge.errands import Errand, Errands


@pytest.fixture
def errands(qtbot: QtBot) -> Iterator[Errands]:
    errands = Errands("test")
    yield errands
    errands.close()


def saying(value: object) -> Callable[..., object]:
    return lambda tell, cancelled: value


def test_every_errand_is_done_in_order(errands: Errands, qtbot: QtBot) -> None:
    came: list[object] = []
    with qtbot.waitSignal(errands.idle):
        for number in range(20):
            errands.ask(Errand("counting", saying(number), came.append))
    assert came == list(range(20))


def test_deeds_are_done_elsewhere_and_told_here(errands: Errands, qtbot: QtBot) -> None:
    where: list[object] = []

    def deed(tell: object, cancelled: object) -> object:
        where.append(QThread.currentThread())
        return None

    def then(value: object) -> None:
        where.append(QThread.currentThread())

    with qtbot.waitSignal(errands.idle):
        errands.ask(Errand("", deed, then))
    assert where[0] is not where[1]
    assert where[1] is errands.thread()


def test_a_failure_is_told_and_the_next_errand_is_done(errands: Errands, qtbot: QtBot) -> None:
    came: list[object] = []
    errands.failed.connect(lambda errand, error: came.append((errand.what, str(error))))

    def broken(tell: object, cancelled: object) -> object:
        raise ValueError("no such run")

    with qtbot.waitSignal(errands.idle):
        errands.ask(Errand("reading", broken, came.append))
        errands.ask(Errand("writing", saying("fine"), came.append))
    assert came == [("reading", "no such run"), "fine"]


class Noting:
    """A deed that leaves a trace."""

    def __init__(self, book: list[object], word: object) -> None:
        self._book, self._word = book, word

    def __call__(self, tell: object, cancelled: object) -> object:
        self._book.append(self._word)
        return None


class Long:
    """A deed that goes on until it is called off."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.released = threading.Event()

    def __call__(self, tell: Callable[[float], None], cancelled: Callable[[], bool]) -> object:
        tell(0.5)
        self.begun.set()
        while not cancelled():
            if self.released.wait(0.01):
                return "done"
        raise RuntimeError("called off")


def test_progress_is_told_from_the_beginning(errands: Errands, qtbot: QtBot) -> None:
    shares: list[float] = []
    errands.progressed.connect(lambda errand, share: shares.append(share))
    long = Long()
    errands.ask(Errand("long", long, subject="/runs/a"))
    assert errands.subjects() == {"/runs/a"}
    qtbot.waitUntil(lambda: shares == [0.0, 0.5])
    with qtbot.waitSignal(errands.idle):
        long.released.set()
    assert errands.subjects() == set()


def test_cancelling_leaves_the_vital_alone(errands: Errands, qtbot: QtBot) -> None:
    came: list[object] = []
    errands.cancelled.connect(lambda errand: came.append(errand.what))
    long = Long()
    errands.ask(Errand("long", long))
    errands.ask(Errand("dropped", saying("dropped"), came.append))
    errands.ask(Errand("vital", saying("vital"), came.append, vital=True))
    assert errands.waiting() == 2
    assert long.begun.wait(5)
    with qtbot.waitSignal(errands.idle):
        errands.cancel()
    assert came == ["long", "vital"]


def test_closing_does_what_is_vital_and_nothing_else(qtbot: QtBot) -> None:
    errands, long, done = Errands("test"), Long(), list[object]()

    def broken(tell: object, cancelled: object) -> object:
        raise OSError("no space")

    errands.ask(Errand("long", long))
    assert long.begun.wait(5)
    errands.ask(Errand("", Noting(done, "idle")))
    errands.ask(Errand("", broken, vital=True))
    errands.ask(Errand("", Noting(done, "a name"), vital=True))
    errands.close()
    errands.close()
    assert done == ["a name"]


def test_a_vital_errand_is_done_once_however_soon_the_end_comes(qtbot: QtBot) -> None:
    for _ in range(50):
        errands, done = Errands("test"), list[object]()
        for number in range(3):
            errands.ask(Errand("", Noting(done, number), vital=True))
        errands.close()
        assert done == [0, 1, 2]
