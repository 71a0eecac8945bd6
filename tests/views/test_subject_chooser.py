"""The menu in which one chooses whose answers one wants."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from studio.views.subject_chooser import MOST, SubjectChooser


def entries(chooser: SubjectChooser) -> list[tuple[str, bool]]:
    menu = chooser.findChild(QMenu, "drawSubjectMenu")
    assert isinstance(menu, QMenu)
    return [(a.text(), a.isChecked()) for a in menu.actions() if not a.isSeparator()]


def test_the_menu_holds_the_window_and_the_newest_runs(qtbot: QtBot) -> None:
    chooser = SubjectChooser("drawSubject")
    qtbot.addWidget(chooser)
    assert entries(chooser) == [("The model in the window", True)]
    chooser.set_choices([(f"run{n}", f"Run {n}") for n in range(40)])
    assert len(entries(chooser)) == 1 + MOST
    chooser.set_chosen("run2")
    assert [text for text, ticked in entries(chooser) if ticked] == ["Run 2"]


def test_choosing_tells_the_folder_and_setters_tell_nothing(qtbot: QtBot) -> None:
    chooser = SubjectChooser("drawSubject")
    qtbot.addWidget(chooser)
    told: list[str] = []
    chooser.chosen.connect(told.append)
    chooser.set_choices([("a", "GAN on pen"), ("b", "VAE on pen")])
    chooser.set_chosen("a")
    assert told == []
    menu = chooser.findChild(QMenu, "drawSubjectMenu")
    assert isinstance(menu, QMenu)
    menu.actions()[-1].trigger()
    menu.actions()[0].trigger()
    assert told == ["b", ""]
