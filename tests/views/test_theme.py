"""The tokens keep the promises of the look: contrast, one colour per role, icons that follow."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from studio.views import icons, theme

THEMES = [theme.DARK, theme.LIGHT]
NEEDED = [
    *("play", "pause", "step", "stop", "trash", "snowflake", "pen", "eraser", "mask", "undo"),
    *("redo", "clear", "fill", "centre", "map", "draw", "train", "export", "moon", "home"),
    *("plus", "minus", "points", "search", "info", "close", "warning", "film", "curve"),
    *("chevron", "camera", "folder"),
]


def contrast(one: str, two: str) -> float:
    """The contrast ratio of WCAG 2."""

    def luminance(colour: str) -> float:
        c = QColor(colour)
        parts = [c.redF(), c.greenF(), c.blueF()]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("tokens", THEMES, ids=["dark", "light"])
@pytest.mark.parametrize("back", ["ground", "surface", "raised"])
def test_text_is_readable_on_every_face(tokens, back):
    for name in ("text", "quiet"):
        assert contrast(getattr(tokens, name), getattr(tokens, back)) >= 4.5


@pytest.mark.parametrize("tokens", THEMES, ids=["dark", "light"])
def test_titles_in_the_colour_of_a_role_are_readable(tokens):
    for role in ("discriminator", "generator", "learner", "learner-2", "learner-3", "learner-4"):
        assert contrast(theme.role_colour(tokens, role), tokens.surface) >= 4.5
    assert contrast(theme.on_colour(tokens), tokens.accent) >= 4.5


def test_roles_have_different_colours_and_wrap_around():
    for tokens in THEMES:
        roles = ["discriminator", "generator", "learner", "learner-2", "learner-3", "learner-4"]
        assert len({theme.role_colour(tokens, role) for role in roles}) == 6
        assert theme.role_colour(tokens, "learner-5") == theme.role_colour(tokens, "learner")


def test_a_blend_lies_between_its_colours():
    assert theme.blend("#FFFFFF", "#000000", 0.5) == "#808080"
    assert theme.blend("#FF0000", "#0000FF", 1) == "#ff0000"


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_every_widget_tells_the_theme_it_stands_in(qapp, qtbot, scheme):
    applied = theme.apply(qapp, scheme)
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    # The style sheet paints over the palette of each of these in its own way.
    for widget in (QLabel("a"), QLineEdit("b"), QToolButton(), QWidget()):
        column.addWidget(widget)
    page.show()
    assert applied.dark == (scheme == "dark")
    for widget in [page, *page.findChildren(QWidget)]:
        assert theme.tokens(widget) is applied
    picture = page.grab().toImage()
    assert picture.pixelColor(1, 1) == QColor(applied.ground)


def test_system_is_a_theme_too(qapp):
    assert theme.apply(qapp, "system") in THEMES
    assert qapp.font().pixelSize() == theme.BODY


def test_fonts_come_in_sizes_and_with_equally_wide_figures(qapp):
    font = theme.tabular(theme.sized(qapp.font(), theme.TITLE, bold=True))
    assert font.pixelSize() == theme.TITLE
    assert font.bold()
    assert [tag.toString() for tag in font.featureTags()] == ["tnum"]


def test_all_icons_that_the_window_needs_are_there(qapp):
    assert set(NEEDED) <= set(icons.names())


def tint(icon: QIcon, mode=QIcon.Mode.Normal, state=QIcon.State.Off) -> set[str]:
    """The colours of the fully opaque pixels."""
    image = icon.pixmap(QSize(40, 40), 1.0, mode, state).toImage()
    points = ((x, y) for x in range(image.width()) for y in range(image.height()))
    colours = [image.pixelColor(x, y) for x, y in points]
    return {c.name() for c in colours if c.alpha() == 255}


@pytest.mark.parametrize("tokens", THEMES, ids=["dark", "light"])
def test_icons_take_the_colour_of_the_text_and_fade_when_disabled(qapp, tokens):
    for name in icons.names():
        icon = icons.icon(name, tokens, 40)
        assert is_about(tint(icon), tokens.text), name
        assert is_about(tint(icon, QIcon.Mode.Disabled), theme.faint(tokens)), name


def is_about(colours: set[str], wanted: str) -> bool:
    """Whether there is nothing else; where lines overlap, blending rounds by one level."""
    levels = np.array([QColor(colour).getRgb() for colour in colours])
    return len(colours) > 0 and bool(np.all(abs(levels - QColor(wanted).getRgb()) <= 1))


def test_a_checked_icon_takes_the_accent_and_a_coloured_one_keeps_its_colour(qapp):
    checked = tint(icons.icon("pen", theme.DARK, 40), state=QIcon.State.On)
    assert checked == {theme.DARK.accent.lower()}
    assert tint(icons.icon("pen", theme.DARK, 40, "#123456"), state=QIcon.State.On) == {"#123456"}


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_icons_are_drawn_at_the_resolution_of_the_screen(qapp, ratio):
    pixmap = icons.icon("play", theme.DARK).pixmap(QSize(20, 20), ratio)
    assert pixmap.width() == round(20 * ratio)
    assert pixmap.devicePixelRatio() == ratio


def test_the_window_has_a_picture(qapp):
    assert not icons.window_icon().pixmap(64, 64).isNull()


def test_the_style_sheet_is_one_that_qt_can_read(qapp, qtbot, capfd):
    for tokens in THEMES:
        widget = QWidget()
        qtbot.addWidget(widget)
        widget.setStyleSheet(theme.style_sheet(tokens))
        widget.ensurePolished()
    assert "Could not parse" not in capfd.readouterr().err
