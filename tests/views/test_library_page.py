"""The Library page by mouse, by keys and by drops."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QToolButton,
    QWidget,
)

from studio.state.shelf import RunCard
from studio.views import theme
from studio.views.drop_cover import run_files
from studio.views.library_page import LibraryPage
from studio.views.run_marks import STATES, plain_tip

DIGITS = np.random.default_rng(0).integers(0, 255, (16, 28, 28), dtype=np.uint8)
EVIL = '<img src="http://x/y.png"><b>fat</b> & ‮evil'
SIGNALS = (
    *("selection_changed", "open_requested", "resume_requested", "settings_requested"),
    *("export_requested", "verify_requested", "reveal_requested", "delete_requested"),
    *("label_changed", "restore_requested", "import_requested", "trash_requested"),
    *("empty_trash_requested", "refresh_requested", "cancel_requested", "start_requested"),
)


def card(id: str, **more: object) -> RunCard:
    said: dict[str, object] = {
        "folder": f"/runs/{id}",
        "title": "GAN on pen",
        "model": "gan",
        "model_title": "GAN",
        "data": "pen",
        "device": "cpu",
        "threads": 1,
        "step": 2310,
        "total": 2310,
        "seconds": 190.0,
        "created": f"2026-11-{10 + len(id):02}T10:00:00+00:00",
        "thumbnail": DIGITS,
    }
    return RunCard(id=id, **(said | more))  # type: ignore[arg-type]


CARDS = [
    card("aaa", notes="Collapsed after lunch", tags=("thesis",)),
    card("bb", title="My best", name="My best", state="cut off", unfinished=True, total=5000),
    card("c", model="vae", model_title="VAE", title="VAE on pen"),
]


@pytest.fixture
def page(qtbot):
    page = LibraryPage()
    qtbot.addWidget(page)
    page.resize(1264, 600)
    page.said = []
    for name in SIGNALS:
        getattr(page, name).connect(lambda *values, name=name: page.said.append((name, *values)))
    page.show()
    qtbot.waitExposed(page)
    page.set_cards(CARDS)
    assert page.said == []
    yield page
    page.hide()


def child(page: QWidget, kind: type, name: str):
    found = page.findChild(kind, name)
    assert found is not None, name
    return found


def ids(page: LibraryPage) -> list[str]:
    return [c.id for c in page.shelf.cards()]


def click_card(page: LibraryPage, row: int, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    place = page.shelf.visualRect(page.shelf.model().index(row, 0)).center()
    QTest.mouseClick(page.shelf.viewport(), Qt.MouseButton.LeftButton, modifier, place)


def type_into(field: QLineEdit, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClicks(field, text)


def test_the_newest_comes_first_and_is_selected(page):
    assert ids(page) == ["aaa", "bb", "c"]
    assert page.selected() == ("/runs/aaa",)
    assert child(page, QLabel, "runCount").text() == "3 runs"
    assert child(page, QLineEdit, "runName").text() == "GAN on pen"
    assert "2,310 rounds · 3 min" in child(page, QLabel, "runLine").text()


def test_searching_leaves_what_matches_and_says_how_many(page):
    search = child(page, QLineEdit, "runSearch")
    type_into(search, "model:vae")
    assert ids(page) == ["c"]
    assert child(page, QLabel, "runCount").text() == "1 of 3 runs"
    assert page.said[-1] == ("selection_changed", ("/runs/c",))
    type_into(search, "nothing like it")
    assert ids(page) == []
    assert child(page, QLabel, "emptyTitle").text() == "No run matches"
    assert page.details.isHidden()
    QTest.mouseClick(child(page, QAbstractButton, "clearSearchButton"), Qt.MouseButton.LeftButton)
    assert len(ids(page)) == 3
    type_into(search, "vae")
    QTest.keyClick(search, Qt.Key.Key_Escape)
    assert len(ids(page)) == 3
    assert page.shelf.hasFocus()


def test_control_f_goes_to_the_search_and_down_back_to_the_runs(page):
    page.shelf.setFocus()
    QTest.keyClick(page.shelf, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    search = child(page, QLineEdit, "runSearch")
    assert search.hasFocus()
    QTest.keyClick(search, Qt.Key.Key_Down)
    assert page.shelf.hasFocus()


def test_sorting(page):
    order = child(page, QComboBox, "runOrder")
    page.update_card(card("c", title="Aardvark"))
    heard = []
    page.order_changed.connect(heard.append)
    order.setCurrentIndex(order.findData("name"))
    assert ids(page) == ["c", "aaa", "bb"]
    assert heard == ["name"]
    page.set_order("newest")
    assert ids(page) == ["aaa", "bb", "c"]
    assert heard == ["name"]


def test_clicks_and_arrows_choose(page):
    click_card(page, 1)
    assert page.said == [("selection_changed", ("/runs/bb",))]
    QTest.keyClick(page.shelf, Qt.Key.Key_Right)
    assert page.said[-1] == ("selection_changed", ("/runs/c",))
    QTest.keyClick(page.shelf, Qt.Key.Key_Home)
    assert page.selected() == ("/runs/aaa",)


def test_enter_and_a_double_click_open(page):
    page.shelf.setFocus()
    QTest.keyClick(page.shelf, Qt.Key.Key_Return)
    assert page.said == [("open_requested", "/runs/aaa")]
    click_card(page, 2)
    place = page.shelf.visualRect(page.shelf.model().index(2, 0)).center()
    QTest.mouseDClick(
        page.shelf.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        place,
    )
    assert page.said[-1] == ("open_requested", "/runs/c")


@pytest.mark.parametrize(
    ("button", "said"),
    [
        ("open", ("open_requested", "/runs/aaa")),
        ("resume", ("resume_requested", "/runs/aaa")),
        ("settings", ("settings_requested", "/runs/aaa")),
        ("export", ("export_requested", ("/runs/aaa",))),
        ("verify", ("verify_requested", "/runs/aaa")),
        ("reveal", ("reveal_requested", "/runs/aaa")),
        ("delete", ("delete_requested", ("/runs/aaa",))),
    ],
)
def test_buttons(page, button, said):
    widget = child(page, QToolButton, f"{button}RunButton")
    assert widget.toolTip()
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
    assert page.said == [said]


def test_several_runs_are_deleted_or_exported_together(page):
    click_card(page, 0)
    click_card(page, 2, Qt.KeyboardModifier.ControlModifier)
    assert "2 runs selected" in child(page, QLabel, "runsSelected").text()
    assert not child(page, QToolButton, "openRunButton").isEnabled()
    QTest.keyClick(page.shelf, Qt.Key.Key_Delete)
    assert page.said[-1] == ("delete_requested", ("/runs/aaa", "/runs/c"))
    QTest.mouseClick(child(page, QToolButton, "exportRunButton"), Qt.MouseButton.LeftButton)
    assert page.said[-1] == ("export_requested", ("/runs/aaa", "/runs/c"))


def test_delete_in_a_field_deletes_a_letter(page):
    name = child(page, QLineEdit, "runName")
    name.setFocus()
    name.setCursorPosition(0)
    QTest.keyClick(name, Qt.Key.Key_Delete)
    assert name.text() == "AN on pen"
    assert not any(said[0] == "delete_requested" for said in page.said)
    QTest.keyClick(name, Qt.Key.Key_Escape)
    assert name.text() == "GAN on pen"
    assert page.said == []


def test_what_is_deleted_makes_room_for_its_neighbour(page):
    click_card(page, 1)
    page.said.clear()
    page.set_cards([c for c in CARDS if c.id != "bb"])
    assert page.selected() == ("/runs/c",)
    assert page.said == []


def test_undo_by_button_by_key_and_from_the_menu(page):
    QTest.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    page.undo()
    assert page.said == []
    page.set_undo("Moved “GAN on pen” to the trash.")
    assert page.notice.text() == "Moved “GAN on pen” to the trash."
    QTest.mouseClick(child(page, QAbstractButton, "noticeAction"), Qt.MouseButton.LeftButton)
    QTest.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    page.undo()
    assert page.said == [("restore_requested",)] * 3
    page.set_undo(None)
    page.undo()
    assert page.notice.isHidden()
    assert len(page.said) == 3


def test_a_name_of_ones_own(page):
    page.shelf.setFocus()
    QTest.keyClick(page.shelf, Qt.Key.Key_F2)
    name = child(page, QLineEdit, "runName")
    assert name.hasFocus()
    QTest.keyClicks(name, "  The one ")
    QTest.keyClick(name, Qt.Key.Key_Return)
    said = [s for s in page.said if s[0] == "label_changed"]
    assert said == [("label_changed", "/runs/aaa", "The one", ("thesis",), "Collapsed after lunch")]
    assert page.shelf.hasFocus()


def test_what_a_run_is_called_anyway_is_no_name(page):
    click_card(page, 1)
    name = child(page, QLineEdit, "runName")
    type_into(name, "GAN on pen")
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert page.said[-1] == ("label_changed", "/runs/bb", "", (), "")


def test_notes_and_tags_save_themselves(page, qtbot):
    notes = child(page, QPlainTextEdit, "runNotes")
    notes.setFocus()
    QTest.keyClicks(notes, "x")
    assert page.said == []
    qtbot.waitUntil(lambda: len(page.said) == 1, timeout=5000)
    assert page.said[-1][-1] == "xCollapsed after lunch"
    tags = child(page, QLineEdit, "runTags")
    type_into(tags, "one, two ,,one")
    child(page, QLineEdit, "runSearch").setFocus()
    assert page.said[-1] == (
        *("label_changed", "/runs/aaa", "", ("one", "two"), "xCollapsed after lunch"),
    )
    assert len(page.said) == 2


def test_nothing_typed_is_lost_when_another_run_is_chosen_or_the_page_closes(page):
    notes = child(page, QPlainTextEdit, "runNotes")
    QTest.keyClicks(notes, "x")
    click_card(page, 1)
    assert ("label_changed", "/runs/aaa", "", ("thesis",), "xCollapsed after lunch") in page.said
    QTest.keyClicks(notes, "y")
    page.said.clear()
    page.commit()
    assert page.said == [("label_changed", "/runs/bb", "My best", (), "y")]
    QTest.keyClicks(notes, "z")
    page.hide()
    assert page.said[-1] == ("label_changed", "/runs/bb", "My best", (), "yz")


def test_what_is_being_typed_stays_when_the_shelf_is_read_anew(page):
    notes = child(page, QPlainTextEdit, "runNotes")
    QTest.keyClicks(notes, "x")
    page.set_cards([card("aaa", notes="Collapsed after lunch", step=9999), *CARDS[1:]])
    assert notes.toPlainText() == "xCollapsed after lunch"
    assert "9,999 rounds" in child(page, QLabel, "runLine").text()
    assert page.said == []


def test_long_notes_are_cut(page):
    notes = child(page, QPlainTextEdit, "runNotes")
    notes.setPlainText("x" * 3000)
    assert len(notes.toPlainText()) == 2000


def test_a_refresh_keeps_selection_and_place(page, qtbot):
    many = [card(f"{n:03}", created=f"2026-01-01T00:{n % 60:02}:00Z") for n in range(60)]
    page.set_cards(many)
    page.select("030")
    bar = page.shelf.verticalScrollBar()
    bar.setValue(700)
    assert bar.value() == 700
    page.set_cards([card("new", created="2026-01-02T00:00:00Z"), *many])
    page.set_cards([card("new", created="2026-01-02T00:00:00Z", step=5), *many])
    assert page.selected() == ("/runs/030",)
    assert bar.value() == 700
    assert page.said == []


def test_damaged_and_running_runs_offer_what_is_possible(page):
    page.set_cards(
        [
            card(
                "bad",
                model="",
                title="bad",
                state="damaged",
                problem="run.json is damaged: it is cut short",
                openable=False,
                resumable=False,
                thumbnail=None,
            ),
            card("live!", state="running", resumable=False),
            card("old", resumable=False),
        ]
    )
    page.select("bad")
    assert child(page, QLabel, "runTrouble").text() == "run.json is damaged: it is cut short."
    able = lambda name: child(page, QToolButton, f"{name}RunButton").isEnabled()  # noqa: E731
    names = ("open", "resume", "settings", "export", "verify", "reveal", "delete")
    assert [able(name) for name in names] == [False, False, False, True, True, True, True]
    page.select("old")
    assert [able(name) for name in names[:3]] == [True, False, True]
    assert "no checkpoint" in child(page, QToolButton, "resumeRunButton").toolTip()
    page.select("live!")
    assert [able(name) for name in names] == [True, False, True, True, True, True, False]
    assert "being trained" in child(page, QToolButton, "deleteRunButton").toolTip()
    page.shelf.setFocus()
    QTest.keyClick(page.shelf, Qt.Key.Key_Delete)
    assert page.said == []


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_painted_with_its_word(page, state):
    page.set_cards([card("a", state=state)])
    assert not page.grab().isNull()
    spoken = page.shelf.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert STATES[state][0] in spoken


def test_text_from_files_is_never_markup(page):
    page.set_cards(
        [
            card(
                "evil",
                title=EVIL,
                name=EVIL,
                data=EVIL,
                notes=EVIL,
                tags=(EVIL,),
                device=EVIL,
                message=EVIL,
                state="failed",
                parent=EVIL,
                measurements=((EVIL, EVIL),),
                changes=((EVIL, EVIL),),
            )
        ]
    )
    page.set_undo(EVIL)
    page.set_busy(EVIL, 0.5, True)
    shown = [label for label in page.findChildren(QLabel) if EVIL in label.text()]
    assert len(shown) >= 8
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in shown)
    tip = page.shelf.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in tip
    assert "&lt;img" in tip
    assert plain_tip("") == ""
    assert all("<img" not in w.toolTip() for w in page.findChildren(QWidget))


def test_an_empty_shelf_teaches(page):
    page.set_cards([])
    assert page.details.isHidden()
    assert child(page, QLabel, "emptyTitle").text() == "Every training is kept here"
    QTest.mouseClick(child(page, QAbstractButton, "emptyStartButton"), Qt.MouseButton.LeftButton)
    QTest.mouseClick(child(page, QAbstractButton, "emptyImportButton"), Qt.MouseButton.LeftButton)
    assert page.said == [("start_requested",), ("import_requested", ())]
    page.set_cards(CARDS)
    assert not page.details.isHidden()
    assert page.selected() == ("/runs/aaa",)


def test_the_strip_imports_and_shows_work(page):
    QTest.mouseClick(child(page, QAbstractButton, "importRunButton"), Qt.MouseButton.LeftButton)
    menu = child(page, QToolButton, "trashButton").menu()
    for action in menu.actions():
        action.trigger()
    page.set_busy("Exporting GAN on pen", 0.4, True)
    bar = child(page, QWidget, "libraryBusy").findChild(QProgressBar)
    assert bar.value() == 400
    QTest.mouseClick(child(page, QAbstractButton, "cancelButton"), Qt.MouseButton.LeftButton)
    page.set_busy("Reading", None, False)
    assert child(page, QAbstractButton, "cancelButton").isHidden()
    page.set_busy(None, None, False)
    assert child(page, QWidget, "libraryBusy").isHidden()
    QTest.keyClick(page, Qt.Key.Key_F5)
    assert [said[0] for said in page.said] == [
        *("import_requested", "trash_requested", "empty_trash_requested", "cancel_requested"),
        "refresh_requested",
    ]


def test_the_whole_grid_replaces_the_first_digits_of_the_same_run(page):
    grid = page.findChild(QWidget, "runGrid")
    assert len(grid.images()) == 16
    whole = np.zeros((64, 28, 28), dtype=np.uint8)
    page.set_grid("bb", whole)
    assert len(grid.images()) == 16
    page.set_grid("aaa", whole)
    assert len(grid.images()) > 16
    page.set_cards(CARDS)
    assert len(grid.images()) > 16
    page.set_grid("aaa", np.zeros((9, 32, 32, 3), dtype=np.uint8))
    assert grid.images().shape == (9, 32, 32, 3)


def mime(*urls: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl(url) for url in urls])
    return data


def drop(page: LibraryPage, data: QMimeData) -> bool:
    action, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    button = Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(QPoint(9, 9), action, data, button, none)
    enter.ignore()
    QApplication.sendEvent(page, enter)
    taken = enter.isAccepted()
    assert child(page, QWidget, "dropCover").isVisible() == taken
    QApplication.sendEvent(page, QDropEvent(QPointF(9, 9), action, data, button, none))
    return taken


def test_exported_runs_can_be_dropped(page):
    assert drop(page, mime("file:///tmp/a.modescope", "file:///tmp/B.MODESCOPE", "file:///c.png"))
    assert page.said == [("import_requested", ("/tmp/a.modescope", "/tmp/B.MODESCOPE"))]
    assert child(page, QWidget, "dropCover").isHidden()


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a.modescope",
        "file://server/share/a.modescope",
        "file:////server/share/a.modescope",
        "file:///tmp/a.pt",
        "file:///tmp/run",
        "data:,a.modescope",
    ],
)
def test_what_is_not_an_exported_run_here_is_not_taken(page, url):
    assert not drop(page, mime(url))
    assert page.said == []
    assert run_files(mime(url)) == ()


def test_what_is_dragged_away_again_is_not_imported(page):
    action, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    data = mime("file:///tmp/a.modescope")
    button = Qt.MouseButton.LeftButton
    QApplication.sendEvent(page, QDragEnterEvent(QPoint(9, 9), action, data, button, none))
    assert child(page, QWidget, "dropCover").isVisible()
    QApplication.sendEvent(page, QDragLeaveEvent())
    assert child(page, QWidget, "dropCover").isHidden()
    assert page.said == []


def test_a_heap_of_files_is_cut_and_said_so(page):
    assert drop(page, mime(*(f"file:///tmp/{n}.modescope" for n in range(100))))
    assert len(page.said[0][1]) == 64
    assert "first 64 of 100" in page.notice.text()


def test_no_field_swallows_a_dropped_file(page):
    for name in ("runName", "runTags"):
        assert not child(page, QLineEdit, name).acceptDrops()
    notes = child(page, QPlainTextEdit, "runNotes")
    assert not notes.acceptDrops()
    assert not notes.viewport().acceptDrops()
    assert not page.shelf.viewport().acceptDrops()


def test_columns_follow_the_width_and_leave_no_gap(page, qtbot):
    page.set_cards([card(f"{n:03}") for n in range(20)])
    for width in (1264, 1904, 1064):
        page.resize(width, 700)
        least = max(380, page.details.minimumSizeHint().width())
        columns = (width - 16 - least - page.shelf.width_for(0)) // page.shelf.pitch()
        qtbot.waitUntil(lambda c=columns: page.shelf.width() == page.shelf.width_for(c))
        qtbot.waitUntil(lambda c=columns: in_first_row(page) == c > 1)
        rest = width - 16 - page.shelf.width_for(columns)
        qtbot.waitUntil(lambda rest=rest: page.details.width() == rest)
        assert least <= rest < least + page.shelf.pitch()
    assert page.minimumSizeHint().width() <= 1064


def in_first_row(page: LibraryPage) -> int:
    rects = [page.shelf.visualRect(page.shelf.model().index(n, 0)) for n in range(20)]
    return sum(rect.top() == rects[0].top() for rect in rects)


def test_five_hundred_runs_scroll(page):
    page.set_cards([card(f"{n:03}", title=f"Run {n}") for n in range(500)])
    bar = page.shelf.verticalScrollBar()
    QTest.keyClick(page.shelf, Qt.Key.Key_End)
    assert bar.value() == bar.maximum()
    assert page.selected() == ("/runs/000",)
    assert not page.shelf.grab().isNull()


@pytest.mark.parametrize("tokens", [theme.DARK, theme.LIGHT], ids=["dark", "light"])
def test_it_follows_the_theme_and_the_paper(page, tokens):
    page.setPalette(theme.palette(tokens))
    page.set_paper(True)
    assert not page.grab().isNull()
    page.set_paper(False)


def test_the_context_menu_offers_every_action(page, qtbot):
    from PySide6.QtGui import QContextMenuEvent
    from PySide6.QtWidgets import QMenu

    place = page.shelf.visualRect(page.shelf.model().index(0, 0)).center()
    spot = page.shelf.viewport().mapToGlobal(place)
    reason = QContextMenuEvent.Reason.Mouse
    page.contextMenuEvent(QContextMenuEvent(reason, page.mapFromGlobal(spot), spot))
    (menu,) = [m for m in page.findChildren(QMenu) if m.isVisible()]
    assert [action.text() for action in menu.actions()][:2] == ["Open", "Resume"]
    menu.close()
