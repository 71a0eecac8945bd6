"""The Library page and the librarian, joined; against plain fakes of both."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from studio.controllers.library import LibraryController
from studio.controllers.library_view import Dialogs
from studio.state.shelf import RunCard


class FakePage(QObject):
    """Remembers what it was told to show."""

    selection_changed = Signal(object)
    open_requested = Signal(str)
    resume_requested = Signal(str)
    settings_requested = Signal(str)
    export_requested = Signal(object)
    verify_requested = Signal(str)
    reveal_requested = Signal(str)
    delete_requested = Signal(object)
    label_changed = Signal(str, str, object, str)
    restore_requested = Signal()
    import_requested = Signal(object)
    trash_requested = Signal()
    empty_trash_requested = Signal()
    refresh_requested = Signal()
    cancel_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.cards: tuple[RunCard, ...] = ()
        self.updated: list[RunCard] = []
        self.grids: list[str] = []
        self.busy: tuple[str | None, float | None, bool] = (None, None, False)
        self.undo: str | None = None
        self.chosen: tuple[str, ...] = ()
        self.committed = 0

    def set_cards(self, cards: tuple[RunCard, ...]) -> None:
        self.cards = tuple(cards)
        folders = [card.folder for card in cards]
        if self.chosen not in [(folder,) for folder in folders]:
            self.chosen = tuple(folders[:1])

    def update_card(self, card: RunCard) -> None:
        self.updated.append(card)

    def set_grid(self, id: str, images: np.ndarray) -> None:
        self.grids.append(id)

    def set_busy(self, text: str | None, fraction: float | None, cancellable: bool) -> None:
        self.busy = (text, fraction, cancellable)

    def set_undo(self, text: str | None) -> None:
        self.undo = text

    def select(self, id: str) -> None:
        self.chosen = (f"/runs/{id}",)

    def selected(self) -> tuple[str, ...]:
        return self.chosen

    def commit(self) -> None:
        self.committed += 1


class FakeLibrarian(QObject):
    """Remembers what it was asked; answers when the test says so."""

    listed = Signal(object)
    opened = Signal(object)
    grid_read = Signal(str, object)
    progressed = Signal(str, float)
    idle = Signal()
    done = Signal(str)
    refused = Signal(str)
    trashed = Signal(object)
    restored = Signal(object)
    imported = Signal(str)
    trash_counted = Signal(str, int)
    labelled = Signal(str)
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[object, ...]] = []

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)

        def ask(*values: object) -> None:
            self.asked.append((name, *values))

        return ask


class FakeDialogs:
    """Answers as the test has set it."""

    def __init__(self) -> None:
        self.answers: dict[str, object] = {}
        self.asked: list[tuple[object, ...]] = []
        self.dialogs = Dialogs(
            *(self._ask(name) for name in ("save", "folder", "files", "confirm", "reveal"))  # type: ignore[arg-type]
        )

    def _ask(self, name: str) -> object:
        def ask(*values: object) -> object:
            self.asked.append((name, *values))
            return self.answers.get(name, "")

        return ask


class Scene:
    """A controller between its fakes."""

    def __init__(self) -> None:
        self.page, self.librarian, self.user = FakePage(), FakeLibrarian(), FakeDialogs()
        self.controller = LibraryController(
            self.page,  # type: ignore[arg-type]
            self.librarian,  # type: ignore[arg-type]
            self.user.dialogs,
        )
        self.heard: list[tuple[object, ...]] = []
        for name in ("opened", "resume_requested", "settings_requested", "message", "refused"):
            getattr(self.controller, name).connect(
                lambda *values, name=name: self.heard.append((name, *values))
            )

    def asked(self) -> list[tuple[object, ...]]:
        asked, self.librarian.asked = self.librarian.asked, []
        return asked


def card(id: str, **more: object) -> RunCard:
    said: dict[str, object] = {"folder": f"/runs/{id}", "title": f"Run {id}", "model": "gan"}
    return RunCard(id=id, **(said | more))  # type: ignore[arg-type]


CARDS = (card("a", step=5), card("b", step=7))


@pytest.fixture
def scene(qtbot: QtBot) -> Scene:
    scene = Scene()
    scene.controller.set_visible(True)
    scene.librarian.listed.emit(CARDS)
    scene.asked()
    yield scene  # type: ignore[misc]
    scene.controller.close()


def test_the_shelf_is_read_when_it_is_looked_at(qtbot: QtBot) -> None:
    scene = Scene()
    scene.controller.refresh()
    assert scene.asked() == []
    scene.controller.set_visible(True)
    assert scene.asked() == [("list",)]
    assert scene.page.busy[0] == "Reading the runs"
    scene.librarian.listed.emit(CARDS)
    assert scene.page.cards == CARDS
    assert scene.page.busy[0] is None
    assert scene.asked() == [("read_grid", "/runs/a")]
    scene.controller.set_visible(False)
    scene.controller.set_visible(True)
    assert scene.asked() == []
    scene.controller.close()
    assert scene.asked() == [("close",)]
    assert scene.page.committed == 1


def test_a_training_does_not_make_it_read_all_the_time(scene: Scene, qtbot: QtBot) -> None:
    for _ in range(50):
        scene.controller.refresh()
    assert scene.asked() == []
    qtbot.waitUntil(lambda: bool(scene.librarian.asked), timeout=5000)
    assert scene.asked() == [("list",)]


def test_a_refresh_out_of_sight_is_kept_for_later(scene: Scene) -> None:
    scene.controller.set_visible(False)
    scene.controller.refresh()
    scene.librarian.changed.emit()
    assert scene.asked() == []
    scene.controller.set_visible(True)
    assert scene.asked() == [("list",)]


def test_the_grid_is_read_once_per_run_and_step(scene: Scene) -> None:
    scene.librarian.listed.emit(CARDS)
    assert scene.asked() == []
    scene.librarian.listed.emit((replace(CARDS[0], step=6), CARDS[1]))
    assert scene.asked() == [("read_grid", "/runs/a")]
    scene.page.chosen = ("/runs/b",)
    scene.page.selection_changed.emit(("/runs/b",))
    assert scene.asked() == [("read_grid", "/runs/b")]
    scene.page.chosen = ("/runs/a", "/runs/b")
    scene.page.selection_changed.emit(scene.page.chosen)
    assert scene.asked() == []
    scene.librarian.grid_read.emit("b", np.zeros((1, 28, 28), np.uint8))
    assert scene.page.grids == ["b"]


def test_a_run_is_shown_now_or_once_it_is_listed(scene: Scene) -> None:
    scene.controller.show("/runs/b")
    assert scene.page.chosen == ("/runs/b",)
    assert scene.asked() == [("read_grid", "/runs/b")]
    scene.controller.show("/runs/new")
    assert scene.page.chosen == ("/runs/b",)
    scene.librarian.listed.emit((*CARDS, card("new")))
    assert scene.page.chosen == ("/runs/new",)


def test_opening_and_resuming(scene: Scene) -> None:
    scene.page.open_requested.emit("/runs/a")
    assert scene.asked() == [("open", "/runs/a")]
    assert scene.page.busy == ("Opening Run a", None, False)
    stored = object()
    scene.librarian.opened.emit(stored)
    assert scene.page.busy[0] is None
    scene.page.resume_requested.emit("/runs/b")
    assert scene.heard == [("opened", stored), ("resume_requested", "/runs/b")]


def test_settings_are_handed_over_in_plain_values(scene: Scene) -> None:
    wanted = card("c", data="mnist", seed=9, device="cuda:0", settings={"hidden": 8})
    scene.librarian.listed.emit((*CARDS, wanted))
    scene.page.settings_requested.emit("/runs/c")
    run = {"data": "mnist", "seed": 9, "device": "cuda", "seconds": None}
    assert scene.heard == [("settings_requested", "gan", {"hidden": 8}, run)]


def test_one_run_is_exported_to_where_the_user_says(scene: Scene) -> None:
    scene.page.export_requested.emit(("/runs/a",))
    assert scene.asked() == []
    assert scene.user.asked[0][1:3] == ("Export the run", "run-a.modescope")
    scene.user.answers["save"] = "/home/me/mine"
    scene.page.export_requested.emit(("/runs/a",))
    scene.user.answers["save"] = "/home/me/v1.2.modescope"
    scene.page.export_requested.emit(("/runs/a",))
    assert scene.asked() == [
        ("export", "/runs/a", "/home/me/mine.modescope", "Run a"),
        ("export", "/runs/a", "/home/me/v1.2.modescope", "Run a"),
    ]


def test_several_runs_are_exported_under_names_that_are_free(scene: Scene, tmp_path: Path) -> None:
    same = (card("a", title="GAN / pen"), card("b", title="GAN : pen"), card("c", title="<>"))
    scene.librarian.listed.emit(same)
    scene.asked()
    (tmp_path / "gan---pen.modescope").touch()
    scene.page.export_requested.emit(("/runs/a", "/runs/b"))
    assert scene.asked() == []
    scene.user.answers["folder"] = str(tmp_path)
    scene.page.export_requested.emit(("/runs/a", "/runs/b", "/runs/c"))
    names = [Path(str(asked[2])).name for asked in scene.asked()]
    assert names == ["gan---pen-2.modescope", "gan---pen-3.modescope", "run.modescope"]


def test_work_that_takes_long_is_shown_and_can_be_cancelled(scene: Scene) -> None:
    scene.page.verify_requested.emit("/runs/a")
    assert scene.asked() == [("verify", "/runs/a", "Run a")]
    scene.librarian.progressed.emit("Verifying Run a", 0.5)
    assert scene.page.busy == ("Verifying Run a", 0.5, True)
    scene.librarian.opened.emit(object())
    assert scene.page.busy[0] == "Verifying Run a"
    scene.page.cancel_requested.emit()
    assert scene.asked() == [("cancel",)]
    scene.librarian.done.emit("Cancelled")
    scene.librarian.idle.emit()
    assert scene.page.busy[0] is None
    assert ("message", "Cancelled") in scene.heard


def test_a_run_goes_to_the_trash_and_comes_back(scene: Scene) -> None:
    scene.page.delete_requested.emit(("/runs/a",))
    assert scene.asked() == [("trash", ("/runs/a",))]
    scene.librarian.trashed.emit((("/runs/a", "/runs/.trash/a"),))
    assert [c.id for c in scene.page.cards] == ["b"]
    assert scene.page.undo == "Moved “Run a” to the trash."
    scene.asked()
    scene.page.restore_requested.emit()
    scene.page.restore_requested.emit()
    assert scene.asked() == [("restore", ("/runs/.trash/a",))]
    assert scene.page.undo is None
    scene.librarian.restored.emit(("/runs/a",))
    scene.librarian.changed.emit()
    assert scene.asked() == [("list",)]
    scene.page.chosen = ("/runs/b",)
    scene.librarian.listed.emit(CARDS)
    assert scene.page.chosen == ("/runs/a",)


def test_several_at_once_come_back_together(scene: Scene) -> None:
    scene.librarian.trashed.emit((("/runs/a", "/t/a"), ("/runs/b", "/t/b")))
    assert scene.page.undo == "Moved 2 runs to the trash."
    assert scene.page.cards == ()
    scene.page.restore_requested.emit()
    assert ("restore", ("/t/a", "/t/b")) in scene.asked()


def test_the_trash_is_emptied_only_after_a_yes(scene: Scene) -> None:
    scene.librarian.trashed.emit((("/runs/a", "/t/a"),))
    scene.page.empty_trash_requested.emit()
    scene.librarian.trash_counted.emit("/t", 3)
    assert scene.user.asked == [
        ("confirm", "Remove all 3 runs in the trash for good?", "Remove for good")
    ]
    assert ("empty_trash",) not in scene.asked()
    assert scene.page.undo is not None
    scene.user.answers["confirm"] = True
    scene.librarian.trash_counted.emit("/t", 1)
    assert ("empty_trash",) in scene.asked()
    assert scene.page.undo is None
    scene.page.restore_requested.emit()
    assert scene.asked() == []


def test_looking_into_the_trash(scene: Scene) -> None:
    scene.page.trash_requested.emit()
    assert scene.asked() == [("count_trash",)]
    scene.librarian.trash_counted.emit("/t", 0)
    assert scene.heard == [("message", "The trash is empty")]
    scene.librarian.trash_counted.emit("/t", 2)
    assert scene.user.asked == [("reveal", "/t")]


def test_files_are_imported_and_the_last_is_selected(scene: Scene) -> None:
    scene.page.import_requested.emit(("/x/1.modescope", "/x/2.modescope"))
    scene.user.answers["files"] = ["/x/3.modescope"]
    scene.page.import_requested.emit(())
    assert scene.asked() == [("import_", f"/x/{n}.modescope") for n in (1, 2, 3)]
    scene.librarian.imported.emit("/runs/new")
    scene.librarian.listed.emit((card("new"), *CARDS))
    assert scene.page.chosen == ("/runs/new",)


def test_a_name_shows_at_once_and_no_old_listing_takes_it_away(scene: Scene) -> None:
    scene.page.label_changed.emit("/runs/a", "Mine", ("x",), "note")
    assert scene.asked() == [("label", "/runs/a", "Mine", ("x",), "note")]
    (shown,) = scene.page.updated
    assert (shown.title, shown.name, shown.tags, shown.notes) == ("Mine", "Mine", ("x",), "note")
    scene.librarian.listed.emit(CARDS)
    assert scene.page.cards[0].name == "Mine"
    scene.page.refresh_requested.emit()
    scene.librarian.labelled.emit("/runs/a")
    assert scene.asked() == [("list",), ("list",)]
    scene.librarian.listed.emit(CARDS)
    assert scene.page.cards[0].name == ""


def test_a_name_that_could_not_be_written_does_not_stay(scene: Scene) -> None:
    scene.page.label_changed.emit("/runs/a", "Mine", (), "")
    scene.librarian.refused.emit("The disk is full.")
    scene.librarian.listed.emit(CARDS)
    assert scene.page.cards[0].name == ""
    assert scene.heard == [("refused", "The disk is full.")]


def test_a_folder_is_shown(scene: Scene) -> None:
    scene.page.reveal_requested.emit("/runs/a")
    assert scene.user.asked == [("reveal", "/runs/a")]
