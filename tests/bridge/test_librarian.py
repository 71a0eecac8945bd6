"""The librarian and real runs on a real disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from studio.bridge.librarian import Librarian, sentence
from studio.library.lock import RunLock
from studio.library.run_folder import HEAD, LOG, RUN, read_label
from studio.state.shelf import RunCard
from tests.bridge.made_runs import a_run

FIXTURE = Path(__file__).parents[1] / "library" / "fixtures" / "run-v1"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    a_run(tmp_path / "runs" / "20261121-100000-vae-aaaaaa")
    return tmp_path / "runs"


@pytest.fixture
def run(root: Path) -> Path:
    return next(root.iterdir())


@pytest.fixture
def librarian(root: Path, qtbot: QtBot) -> Iterator[Librarian]:
    librarian = Librarian(root)
    librarian.refusals = []  # type: ignore[attr-defined]
    librarian.refused.connect(librarian.refusals.append)  # type: ignore[attr-defined]
    yield librarian
    librarian.close()


def listed(librarian: Librarian, qtbot: QtBot) -> tuple[RunCard, ...]:
    with qtbot.waitSignal(librarian.listed, timeout=20_000) as heard:
        librarian.list()
    return tuple(heard.args[0])


def test_a_card_says_what_the_run_says(librarian: Librarian, run: Path, qtbot: QtBot) -> None:
    (card,) = listed(librarian, qtbot)
    assert (card.id, card.folder) == (run.name, str(run))
    assert card.title == "Variational autoencoder on pen"
    assert (card.model, card.data, card.seed, card.device, card.threads) == (
        *("vae", "pen", 3),
        *("cpu", 1),
    )
    assert (card.step, card.total, card.seconds, card.state) == (9, 9, 4.5, "finished")
    assert card.openable
    assert card.resumable
    assert not card.unfinished
    assert ("Encoder and decoder total", "0.25") in card.measurements
    assert ("Variety of the grid", "75 %") in card.measurements
    assert ("Strangeness", "1.5") in card.measurements
    changed = dict(card.changes)
    assert any(text.startswith("2, not ") for text in changed.values())
    assert "learning_rate" not in changed
    assert card.settings["latent_dim"] == 2
    assert card.bytes > 10_000
    assert card.thumbnail is not None
    assert card.thumbnail.shape == (16, 28, 28)


def test_digits_are_read_once(librarian: Librarian, qtbot: QtBot) -> None:
    (first,), (second,) = listed(librarian, qtbot), listed(librarian, qtbot)
    assert first.thumbnail is second.thumbnail


def test_states_of_runs(librarian: Librarian, root: Path, qtbot: QtBot) -> None:
    a_run(root / "suspended", suspended=True)
    shutil.copytree(FIXTURE, root / "old")
    broken = a_run(root / "20261120-090807-vae-bbbbbb")
    (broken / RUN).write_text("{}")
    headless = a_run(root / "headless")
    (headless / HEAD).unlink()
    cards = {card.id: card for card in listed(librarian, qtbot)}
    assert len(cards) == 5
    suspended = cards["suspended"]
    assert (suspended.state, suspended.unfinished, suspended.resumable) == (
        *("suspended", True),
        True,
    )
    assert (suspended.step, suspended.total) == (4, 9)
    assert cards["old"].step > 0
    assert (cards["old"].openable, cards["old"].resumable) == (True, False)
    damaged = cards[broken.name]
    assert (damaged.state, damaged.openable, damaged.resumable) == ("damaged", False, False)
    assert "run.json" in damaged.problem
    assert damaged.title == damaged.id
    assert damaged.created == "2026-11-20T09:08:07+00:00"
    assert cards["headless"].state == "damaged"
    assert cards["headless"].openable
    assert cards["headless"].resumable
    assert cards["headless"].title == "Variational autoencoder on pen"


def test_who_is_being_written_is_told_from_who_was_cut_off(
    librarian: Librarian, run: Path, qtbot: QtBot
) -> None:
    from dataclasses import replace

    from studio.library.run_folder import read_head, write_head

    write_head(run, replace(read_head(run), state="running", step=4))
    (card,) = listed(librarian, qtbot)
    assert (card.state, card.unfinished, card.resumable) == ("cut off", True, True)
    with RunLock(run):
        (card,) = listed(librarian, qtbot)
    assert (card.state, card.unfinished, card.resumable) == ("running", False, False)


def test_many_runs_come_in_words_first(librarian: Librarian, root: Path, qtbot: QtBot) -> None:
    first = next(root.iterdir())
    for number in range(30):
        shutil.copytree(first, root / f"copy-{number:02}")
    heard: list[tuple[RunCard, ...]] = []
    librarian.listed.connect(heard.append)
    librarian.list()
    qtbot.waitUntil(lambda: len(heard) == 2, timeout=20_000)
    assert [len(cards) for cards in heard] == [31, 31]
    assert all(card.thumbnail is None for card in heard[0])
    assert all(card.thumbnail is not None for card in heard[1])


def test_a_run_is_opened_and_its_grid_is_read(
    librarian: Librarian, run: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(librarian.opened, timeout=20_000) as heard:
        librarian.open(str(run))
    assert heard.args[0].data.folder == str(run)
    with qtbot.waitSignal(librarian.grid_read, timeout=20_000) as heard:
        librarian.read_grid(str(run))
    assert heard.args[0] == run.name
    assert heard.args[1].shape == (32, 28, 28)
    assert heard.args[1].dtype == np.uint8


def test_what_is_not_there_is_refused(librarian: Librarian, root: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(librarian.refused, timeout=20_000) as heard:
        librarian.open(str(root / "nobody"))
    assert "no run at" in heard.args[0]
    assert heard.args[0].endswith(".")


def test_names_given_in_quick_succession_are_all_written(
    librarian: Librarian, root: Path, qtbot: QtBot
) -> None:
    folders = [next(root.iterdir()), a_run(root / "other")]
    said: list[str] = []
    librarian.labelled.connect(said.append)
    for number in range(5):
        for folder in folders:
            librarian.label(str(folder), f"Name {number}", ("a", "b"), "Two\nlines")
    qtbot.waitUntil(lambda: len(said) == 10, timeout=20_000)
    for folder in folders:
        label = read_label(folder)
        assert (label.name, label.tags, label.notes) == ("Name 4", ("a", "b"), "Two\nlines")


def test_a_name_is_written_although_the_window_closes(root: Path, qtbot: QtBot) -> None:
    librarian, run = Librarian(root), next(root.iterdir())
    librarian.verify(str(run), "it")
    librarian.label(str(run), "Last words", (), "")
    librarian.close()
    assert read_label(run).name == "Last words"


def test_to_the_trash_and_back(librarian: Librarian, run: Path, root: Path, qtbot: QtBot) -> None:
    other = a_run(root / "other")
    with qtbot.waitSignal(librarian.trashed, timeout=20_000) as heard:
        librarian.trash((str(run), str(other)))
    moved = heard.args[0]
    assert [folder for folder, _ in moved] == [str(run), str(other)]
    assert not run.exists()
    with qtbot.waitSignal(librarian.trash_counted, timeout=20_000) as heard:
        librarian.count_trash()
    assert heard.args == [str(root / ".trash"), 2]
    with qtbot.waitSignal(librarian.restored, timeout=20_000) as heard:
        librarian.restore([moved[0][1]])
    assert heard.args[0] == (str(run),)
    assert run.exists()
    with qtbot.waitSignal(librarian.done, timeout=20_000) as heard:
        librarian.empty_trash()
    assert heard.args[0] == "1 run is gone for good."
    with qtbot.waitSignal(librarian.refused, timeout=20_000) as heard:
        librarian.restore([moved[1][1]])
    assert "no longer in the trash" in heard.args[0]


def test_a_run_that_is_being_written_stays_and_the_others_go(
    librarian: Librarian, run: Path, root: Path, qtbot: QtBot
) -> None:
    other = a_run(root / "other")
    with (
        RunLock(run),
        qtbot.waitSignals([librarian.trashed, librarian.refused], timeout=20_000) as heard,
    ):
        librarian.trash((str(other), str(run)))
    assert not other.exists()
    assert run.exists()
    assert "being written" in librarian.refusals[0]  # type: ignore[attr-defined]
    assert heard.signal_triggered


def test_verifying_tells_sound_from_damaged(librarian: Librarian, run: Path, qtbot: QtBot) -> None:
    shares: list[float] = []
    librarian.progressed.connect(lambda what, share: shares.append(share))
    with qtbot.waitSignal(librarian.done, timeout=20_000) as heard:
        librarian.verify(str(run), "My run")
    assert heard.args[0].startswith("My run is sound: all ")
    assert shares[0] == 0.0
    content = bytearray((run / LOG).read_bytes())
    content[len(content) // 2] ^= 1
    (run / LOG).write_bytes(content)
    with qtbot.waitSignal(librarian.refused, timeout=20_000) as heard:
        librarian.verify(str(run), "My run")
    assert heard.args[0].startswith("My run is damaged: ")
    assert "Still good: " in heard.args[0]


def test_a_run_goes_into_a_file_and_comes_back(
    librarian: Librarian, run: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "out" / "mine.modescope"
    with qtbot.waitSignal(librarian.done, timeout=20_000) as heard:
        librarian.export(str(run), str(path), "My run")
    assert heard.args[0].startswith(f"Written: {path} (")
    with qtbot.waitSignal(librarian.imported, timeout=20_000) as heard:
        librarian.import_(str(path))
    assert Path(heard.args[0]).parent == run.parent
    assert heard.args[0] != str(run)
    assert len(listed(librarian, qtbot)) == 2
    path.write_bytes(b"nothing of the kind")
    with qtbot.waitSignal(librarian.refused, timeout=20_000):
        librarian.import_(str(path))
    assert len(listed(librarian, qtbot)) == 2


def test_what_is_being_exported_is_not_thrown_away(
    librarian: Librarian, run: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(librarian.idle, timeout=20_000):
        librarian.export(str(run), str(tmp_path / "a.modescope"), "My run")
        librarian.trash((str(run),))
    assert "is being read" in librarian.refusals[0]  # type: ignore[attr-defined]
    assert run.exists()


def test_sentences() -> None:
    assert sentence(ValueError("no  such\nrun")) == "No such run."
    assert sentence(OSError(28, "No space left on device", "/a")) == (
        "The disk refused /a: no space left on device."
    )
    assert sentence(KeyError("x")).startswith("Something unexpected went wrong (KeyError")
