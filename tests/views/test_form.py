"""Typing into the settings: scientific numbers, sentences about what is wrong, locked fields."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QToolButton, QWidget

from studio.state.cards import Field
from studio.views.form import ConfigForm
from studio.views.number_field import NumberField, as_text, parse

FIELDS = [
    Field("steps", "Steps", "int", 6_000, low=1, high=10_000_000, unit="rounds"),
    Field("rate", "Learning rate", "float", 2e-4, low=1e-6, high=1.0, live=True, log=True),
    Field("beta", "Beta", "float", 0.5, low=0.0, high=1.0, help="Memory of the optimizer."),
    Field("loss", "Loss", "choice", "hinge", choices=("hinge", "saturating")),
    Field("smooth", "Label smoothing", "bool", False),
]


@pytest.fixture
def form(qtbot):
    widget = ConfigForm()
    qtbot.addWidget(widget)
    widget.set_fields(FIELDS)
    widget.resize(280, 500)
    widget.show()
    qtbot.waitExposed(widget)
    widget.said = []
    widget.value_changed.connect(lambda name, value: widget.said.append((name, value)))
    return widget


def editor(form: ConfigForm, name: str) -> QLineEdit:
    return form.findChild(QLineEdit, f"field_{name}")


def rewrite(form: ConfigForm, name: str, text: str, key: Qt.Key | None = Qt.Key.Key_Return) -> None:
    field = editor(form, name)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    if key is not None:
        QTest.keyClick(field, key)


def shown_error(form: ConfigForm, name: str) -> str:
    label = form.findChild(QLabel, f"error_{name}")
    return label.text() if label.isVisibleTo(form) else ""


class _Windows(QObject):
    """Which windows come on screen."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(type(watched).__name__)
        return False


def test_new_fields_open_no_windows_of_their_own(form, qapp):
    windows = _Windows()
    qapp.installEventFilter(windows)
    form.set_fields(FIELDS)
    qapp.removeEventFilter(windows)
    assert windows.shown == []


GROUPED = [
    Field("speed", "Learning rate", "float", 2e-4, low=1e-6, high=1.0, group="Game"),
    Field("packing", "Packing", "int", 1, low=1, high=8, group="Cures"),
    Field("noise", "Noise", "float", 0.0, low=0.0, high=2.0, group="Cures"),
]


def heading(form: ConfigForm, group: str) -> QToolButton:
    return form.findChild(QToolButton, f"section_{group}")


def test_groups_fold_and_only_the_first_is_open(form):
    form.set_fields(GROUPED)
    assert editor(form, "speed").isVisible()
    assert not editor(form, "packing").isVisible()
    QTest.mouseClick(heading(form, "Cures"), Qt.MouseButton.LeftButton)
    assert editor(form, "packing").isVisible()
    assert editor(form, "noise").isVisible()
    QTest.mouseClick(heading(form, "Game"), Qt.MouseButton.LeftButton)
    assert not editor(form, "speed").isVisible()
    assert form.values() == {"speed": 2e-4, "packing": 1, "noise": 0.0}


def test_groups_stay_as_they_are_while_other_models_are_looked_at(form):
    form.set_fields(GROUPED[:2])
    QTest.mouseClick(heading(form, "Cures"), Qt.MouseButton.LeftButton)
    form.set_fields(FIELDS)
    form.set_fields([Field("depth", "Depth", "int", 3, group="Cures")])
    assert editor(form, "depth").isVisible()


def test_a_folded_group_says_what_is_not_as_usual(form):
    form.set_fields(GROUPED)
    note = form.findChild(QLabel, "section_Cures_note")
    assert note.text() == "2 settings"
    form.set_values({"packing": 4})
    assert note.text() == "1 changed"
    assert heading(form, "Cures").accessibleName() == "Cures: 1 changed"
    QTest.mouseClick(heading(form, "Cures"), Qt.MouseButton.LeftButton)
    rewrite(form, "noise", "many")
    assert note.text() == "1 to correct"


def test_a_short_form_asks_for_all_its_rows(form):
    # The settings panel gives it so much, and the rest to the longer form.
    last = editor(form, FIELDS[-1].name) or form.findChild(QCheckBox, "field_smooth")
    assert form.sizeHint().height() >= last.mapTo(form, last.rect().bottomLeft()).y()


def test_the_form_starts_with_the_defaults(form):
    assert form.values() == {f.name: f.default for f in FIELDS}
    assert editor(form, "rate").text() == "2e-4"
    assert editor(form, "steps").text() == "6,000"
    assert form.errors() == {}


def test_a_learning_rate_is_typed_in_scientific_form(form):
    rewrite(form, "rate", "1.25e-5")
    assert form.said == [("rate", 1.25e-5)]
    assert form.values()["rate"] == 1.25e-5
    assert editor(form, "rate").text() == "1.25e-5"


def test_nothing_is_said_before_the_number_is_finished(form):
    rewrite(form, "rate", "3e-4", key=None)
    assert form.said == []
    assert form.values()["rate"] == 3e-4
    QTest.keyClick(editor(form, "rate"), Qt.Key.Key_Tab)
    assert form.said == [("rate", 3e-4)]


def test_the_same_number_again_is_no_change(form):
    rewrite(form, "rate", "0.0002")
    assert form.said == []
    assert editor(form, "rate").text() == "2e-4"


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("steps", "many", "Write a whole number, such as 128."),
        ("steps", "1.5", "Write a whole number, without a fraction."),
        ("steps", "0", "Must be at least 1."),
        ("rate", "2e-", "Write a number, such as 0.5 or 2e-4."),
        ("rate", "nan", "Write a number, such as 0.5 or 2e-4."),
        ("rate", "2", "Must be at most 1."),
    ],
)
def test_what_is_wrong_is_said_while_typing_and_nothing_is_clamped(form, name, text, sentence):
    before = form.values()[name]
    rewrite(form, name, text, key=None)
    assert shown_error(form, name) == sentence
    assert form.errors() == {name: sentence}
    QTest.keyClick(editor(form, name), Qt.Key.Key_Return)
    assert editor(form, name).text() == text
    assert form.values()[name] == before
    assert form.said == []
    rewrite(form, name, "1")
    assert form.errors() == {}
    assert shown_error(form, name) == ""


def test_escape_brings_the_old_number_back(form):
    rewrite(form, "beta", "7", key=Qt.Key.Key_Escape)
    assert editor(form, "beta").text() == "0.5"
    assert form.errors() == {}


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("rate", Qt.Key.Key_Up, 5e-4),
        ("rate", Qt.Key.Key_Down, 1e-4),
        ("steps", Qt.Key.Key_Up, 6_001),
        ("beta", Qt.Key.Key_Up, 0.51),
    ],
)
def test_arrow_keys_step(form, name, key, value):
    editor(form, name).setFocus()
    QTest.keyClick(editor(form, name), key)
    assert form.said == [(name, value)]


def test_arrow_keys_stop_at_the_bounds(form):
    form.set_values({"beta": 1.0, "rate": 1.0})
    for name in ("beta", "rate"):
        QTest.keyClick(editor(form, name), Qt.Key.Key_Up)
    assert form.said == []


def test_choices_and_switches_are_told(form):
    combo = form.findChild(QComboBox, "field_loss")
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Down)
    QTest.keyClick(form.findChild(QCheckBox, "field_smooth"), Qt.Key.Key_Space)
    assert form.said == [("loss", "saturating"), ("smooth", True)]
    assert form.values()["loss"] == "saturating"


def test_setting_values_says_nothing_and_passes_over_strangers(form):
    form.set_values({"rate": 0.01, "smooth": True, "loss": "saturating", "nobody": 3})
    assert form.said == []
    assert form.values()["smooth"] is True
    assert "nobody" not in form.values()


def test_each_field_finds_the_way_back_to_its_default(form):
    back = form.findChild(QToolButton, "reset_rate")
    assert not back.isVisible()
    rewrite(form, "rate", "0.1")
    assert back.isVisible()
    assert back.toolTip() == "Back to 2e-4."
    QTest.mouseClick(back, Qt.MouseButton.LeftButton)
    assert form.said[-1] == ("rate", 2e-4)
    assert not back.isVisible()


def test_while_running_only_live_fields_can_be_changed(form):
    form.set_running(True)
    assert editor(form, "rate").isEnabled()
    assert not editor(form, "steps").isEnabled()
    assert "stop it to change this" in editor(form, "steps").toolTip()
    form.set_running(False)
    assert editor(form, "steps").isEnabled()
    assert editor(form, "beta").toolTip().startswith("Memory of the optimizer. From 0 to 1.")


def test_the_field_at_hand_is_explained_below(form):
    editor(form, "beta").setFocus()
    text = form.findChild(QLabel, "configFormHelp").text()
    assert text == "Beta. Memory of the optimizer. From 0 to 1. Default: 0.5."


def test_other_fields_replace_the_old_ones(form, qtbot):
    form.set_running(True)
    form.set_fields([Field("depth", "Depth", "int", 3)])
    assert form.values() == {"depth": 3}
    assert not editor(form, "depth").isEnabled()


def test_editors_have_names_for_those_who_do_not_see_them(form):
    assert editor(form, "rate").accessibleName() == "Learning rate"
    assert form.findChild(QToolButton, "reset_rate").accessibleName() == "Reset Learning rate"


def test_a_narrow_form_squeezes_but_is_never_cut_off(form, qtbot):
    form.resize(280, 120)
    qtbot.wait(20)
    right = editor(form, "steps").mapTo(form, editor(form, "steps").rect().topRight()).x()
    assert right <= 280 - 12


@pytest.mark.parametrize(
    ("value", "text"),
    [(2e-4, "2e-4"), (0.0, "0"), (1.0, "1"), (0.05, "0.05"), (1.5e-7, "1.5e-7"), (3e8, "3e8")],
)
def test_numbers_are_written_as_short_as_they_can_be(value, text):
    assert as_text(value) == text


def test_every_number_reads_back_as_itself():
    for value in (2e-4, 1 / 3, 0.1 + 0.2, 1e-300, 123456.789, 6.02214076e23, -2.5e-5):
        assert parse(as_text(value), whole=False) == value
    assert parse("1e4", whole=True) == 10_000
    assert parse(" 6,000 ", whole=True) == 6_000


def test_a_number_field_alone_keeps_its_last_valid_value(qtbot):
    field = NumberField(low=0, high=1)
    qtbot.addWidget(field)
    field.set_value(0.25)
    QTest.keyClicks(field, "x")
    assert field.value() == 0.25
    assert field.error()


def test_a_choice_can_be_called_otherwise(form):
    combo = form.findChild(QComboBox, "field_loss")
    form.name_choice("loss", "saturating", "saturating (12)")
    assert [combo.itemText(k) for k in range(2)] == ["hinge", "saturating (12)"]
    told = []
    form.value_changed.connect(lambda name, value: told.append((name, value)))
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Down)
    assert told == [("loss", "saturating")]
    assert form.values()["loss"] == "saturating"
    form.set_values({"loss": "hinge"})
    form.set_values({"loss": "saturating"})
    assert combo.currentText() == "saturating (12)"
