"""Choosing a model by mouse, by keys and by search."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QFrame, QLabel, QLineEdit, QToolButton

from studio.state.cards import Card
from studio.views import theme
from studio.views.picker import ModelPicker


def card(name: str, title: str, family: str, **more: object) -> Card:
    said = {
        "year": 2014,
        "sentence": f"What {title} does.",
        "formula": "min max V(D, G)",
        "strengths": ("sharp",),
        "weaknesses": ("fickle",),
        "references": (("Someone & others: <On it>", "https://arxiv.org/abs/1406.2661"),),
        "abilities": ("samples",),
    }
    return Card(name=name, title=title, family=family, **(said | more))


CARDS = [
    card("ae", "Autoencoder", "Autoencoders", abilities=("encodes", "reconstructs")),
    card("vae", "Variational autoencoder", "Autoencoders"),
    card("gan", "GAN", "Adversarial", sentence="A forger and an expert."),
]


@pytest.fixture
def picker(qtbot):
    widget = ModelPicker()
    qtbot.addWidget(widget)
    widget.set_cards(CARDS)
    widget.resize(280, 500)
    widget.show()
    qtbot.waitExposed(widget)
    widget.said = []
    widget.model_chosen.connect(widget.said.append)
    return widget


def button(picker: ModelPicker, name: str) -> QAbstractButton:
    return picker.findChild(QAbstractButton, f"card_{name}")


def search(picker: ModelPicker, text: str) -> None:
    field = picker.findChild(QLineEdit, "modelSearch")
    field.setFocus()
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClicks(field, text)


def test_a_click_chooses_and_a_second_one_changes_nothing(picker):
    QTest.mouseClick(button(picker, "gan"), Qt.MouseButton.LeftButton)
    QTest.mouseClick(button(picker, "gan"), Qt.MouseButton.LeftButton)
    assert picker.said == ["gan"]
    assert picker.chosen() == "gan"
    assert button(picker, "gan").isChecked()


def test_choosing_from_outside_says_nothing(picker):
    picker.choose("vae")
    assert picker.said == []
    assert picker.chosen() == "vae"
    picker.choose("nobody")
    assert picker.chosen() == ""


def test_arrow_keys_walk_over_the_cards(picker):
    search(picker, "")
    field = picker.findChild(QLineEdit, "modelSearch")
    QTest.keyClick(field, Qt.Key.Key_Down)
    assert picker.chosen() == "ae"
    for key, name in (
        (Qt.Key.Key_Down, "vae"),
        (Qt.Key.Key_Down, "gan"),
        (Qt.Key.Key_Down, "gan"),
        (Qt.Key.Key_Up, "vae"),
        (Qt.Key.Key_Home, "ae"),
        (Qt.Key.Key_End, "gan"),
    ):
        QTest.keyClick(picker.focusWidget(), key)
        assert picker.chosen() == name
        assert button(picker, name).hasFocus()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("auto", ["ae", "vae"]),
        ("forger", ["gan"]),
        ("ADVERSARIAL", ["gan"]),
        ("reconstructs", ["ae"]),
        ("auto variational", ["vae"]),
        ("nothing like it", []),
        ("", ["ae", "vae", "gan"]),
    ],
)
def test_the_search_knows_title_family_sentence_and_abilities(picker, text, left):
    search(picker, text)
    assert picker.visible_names() == left
    headings = [label.text() for label in picker.findChildren(QLabel) if label.property("heading")]
    shown = [
        label.text()
        for label in picker.findChildren(QLabel)
        if label.property("heading") and label.isVisible()
    ]
    assert headings == ["Autoencoders", "Adversarial"]
    assert len(shown) == len({c.family for c in CARDS if c.name in left})


def test_arrow_keys_skip_what_the_search_hides(picker):
    search(picker, "samples")
    field = picker.findChild(QLineEdit, "modelSearch")
    QTest.keyClick(field, Qt.Key.Key_Down)
    QTest.keyClick(picker.focusWidget(), Qt.Key.Key_Down)
    assert picker.said == ["vae", "gan"]


def test_every_card_leads_to_all_about_its_model(picker, qtbot):
    QTest.mouseClick(picker.findChild(QToolButton, "about_gan"), Qt.MouseButton.LeftButton)
    about = picker.findChild(QFrame, "aboutModel")
    assert about.isVisible()
    texts = [label.text() for label in about.findChildren(QLabel)]
    assert "GAN (2014)" in texts
    assert "min max V(D, G)" in texts
    assert "+  sharp" in texts
    assert "−  fickle" in texts
    link = texts[-1]
    assert 'href="https://arxiv.org/abs/1406.2661"' in link
    assert "&lt;On it&gt;" in link
    assert picker.said == []
    QTest.keyClick(about, Qt.Key.Key_Escape)
    assert not about.isVisible()


def test_the_chosen_card_has_an_edge_in_the_accent(picker):
    def edge(name: str) -> str:
        image = button(picker, name).grab().toImage()
        return image.pixelColor(1, image.height() // 2).name()

    picker.choose("gan")
    accent = theme.tokens(picker).accent.lower()
    assert edge("gan") == accent
    assert edge("vae") != accent


def test_the_chosen_card_is_in_sight_when_the_window_opens(qtbot):
    widget = ModelPicker()
    qtbot.addWidget(widget)
    widget.set_cards(CARDS)
    widget.choose("gan")
    widget.resize(280, 150)
    widget.show()
    qtbot.waitUntil(lambda: not button(widget, "gan").visibleRegion().isEmpty())


def test_new_cards_replace_the_old_ones_and_keep_the_choice(picker):
    picker.choose("gan")
    picker.set_cards(CARDS[1:])
    assert picker.visible_names() == ["vae", "gan"]
    assert picker.chosen() == "gan"
    picker.set_cards(CARDS[:2])
    assert picker.chosen() == ""


@pytest.mark.parametrize("width", [240, 280, 400])
def test_cards_fit_the_width_and_show_all_of_their_text(picker, qtbot, width):
    picker.resize(width, 300)
    qtbot.wait(30)
    for name in picker.visible_names():
        face = button(picker, name)
        assert face.mapTo(picker, face.rect().topRight()).x() <= width
        for label in face.findChildren(QLabel):
            if label.wordWrap():
                assert label.height() >= label.heightForWidth(label.width())
