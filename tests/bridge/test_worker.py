"""The thread that answers: newest wins, urgent first, nothing late."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from studio.bridge.worker import Answer, Worker


@pytest.fixture
def worker(qtbot: QtBot) -> Iterator[Worker]:
    worker = Worker("test", ("urgent", "later"))
    worker.start()
    yield worker
    worker.close()


@pytest.fixture
def heard(worker: Worker) -> list[Answer]:
    answers: list[Answer] = []
    worker.answered.connect(answers.append)
    return answers


def values(heard: list[Answer], channel: str) -> list[object]:
    return [a.value for a in heard if a.channel == channel and not a.last]


def test_every_step_of_a_job_is_an_answer(
    worker: Worker, heard: list[Answer], qtbot: QtBot
) -> None:
    worker.ask("later", lambda: iter([1, 2, 3]))
    qtbot.waitUntil(lambda: bool(heard) and heard[-1].last)
    assert values(heard, "later") == [1, 2, 3]


def test_the_newest_question_replaces_the_running_one(
    worker: Worker, heard: list[Answer], qtbot: QtBot
) -> None:
    begun, gate = threading.Event(), threading.Event()

    def long() -> Iterator[object]:
        yield "old"
        begun.set()
        gate.wait(5)
        yield "stale"
        raise AssertionError("nobody wanted this step")

    worker.ask("later", long)
    assert begun.wait(5)
    worker.ask("later", lambda: iter(["new"]))
    gate.set()
    qtbot.waitUntil(lambda: "new" in values(heard, "later"))
    qtbot.waitUntil(lambda: heard[-1].last)
    assert "stale" not in values(heard, "later")
    assert all(a.error is None for a in heard)


def test_the_urgent_goes_between_the_steps_of_the_patient(
    worker: Worker, heard: list[Answer], qtbot: QtBot
) -> None:
    begun, gate = threading.Event(), threading.Event()

    def patient() -> Iterator[object]:
        begun.set()
        gate.wait(5)
        yield "first"
        yield "second"

    worker.ask("later", patient)
    assert begun.wait(5)
    worker.ask("urgent", lambda: iter(["now"]))
    gate.set()
    qtbot.waitUntil(lambda: sum(a.last for a in heard) == 2)
    order = [a.value for a in heard if not a.last]
    assert order == ["first", "now", "second"]


def test_a_job_that_fails_says_so_and_the_thread_goes_on(
    worker: Worker, heard: list[Answer], qtbot: QtBot
) -> None:
    def broken() -> Iterator[object]:
        yield from ()
        raise ValueError("no such digit")

    worker.ask("later", broken)
    qtbot.waitUntil(lambda: bool(heard))
    assert str(heard[0].error) == "no such digit"
    worker.ask("later", lambda: iter(["fine"]))
    qtbot.waitUntil(lambda: "fine" in values(heard, "later"))


def test_answers_arrive_on_the_asking_thread(worker: Worker, qtbot: QtBot) -> None:
    where: list[tuple[QThread, object]] = []
    worker.answered.connect(lambda a: where.append((QThread.currentThread(), a.value)))

    def job() -> Iterator[object]:
        yield QThread.currentThread()

    worker.ask("later", job)
    qtbot.waitUntil(lambda: len(where) == 2)
    assert where[0][0] is worker.thread()
    assert where[0][1] is not worker.thread()


def test_forgetting_drops_the_question(worker: Worker, heard: list[Answer], qtbot: QtBot) -> None:
    gate = threading.Event()

    def job() -> Iterator[object]:
        gate.wait(5)
        yield "unwanted"

    worker.ask("later", job)
    worker.forget("later")
    gate.set()
    qtbot.waitUntil(lambda: any(a.last for a in heard))
    assert values(heard, "later") == []


def test_a_job_that_fails_at_once_ends_nobody_elses(
    worker: Worker, heard: list[Answer], qtbot: QtBot
) -> None:
    def broken() -> Iterator[object]:
        raise ValueError("There is nothing to begin with.")

    worker.ask("urgent", broken)
    worker.ask("later", lambda: iter([1]))
    qtbot.waitUntil(lambda: sum(a.last for a in heard) == 2)
    assert [str(a.error) for a in heard if a.channel == "urgent"] == [
        "There is nothing to begin with."
    ]
    assert values(heard, "later") == [1]
