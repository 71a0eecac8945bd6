"""Every colour and every distance of the window. Nothing else names one.

A widget asks `tokens(self)` when it paints and again in `changeEvent` on `PaletteChange`: the
palette that it inherits tells dark from light, so there is no global theme to keep in step.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPalette

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication, QWidget

XS, S, M, L, XL = 4, 8, 12, 16, 24
"""Distances in device-independent pixels."""
CORNER = 6
SMALL, BODY, TITLE, DISPLAY = 11, 13, 16, 22
"""Font sizes in device-independent pixels."""
STROKE = 1.5
"""Line width of icons and of the main curve."""

RESOURCES = Path(__file__).resolve().parents[2] / "resources"

Scheme = Literal["system", "dark", "light"]


@dataclass(frozen=True)
class Tokens:
    """The colours of one theme, as `#rrggbb`.

    `players` are the colours of everyone who is neither discriminator nor generator, in order; the
    first is the lonely learner of an autoencoder or a diffusion model.
    """

    dark: bool
    ground: str
    surface: str
    raised: str
    line: str
    text: str
    quiet: str
    accent: str
    discriminator: str
    generator: str
    good: str
    warning: str
    wrong: str
    players: tuple[str, ...]


DARK = Tokens(
    dark=True,
    ground="#14161A",
    surface="#1C1F26",
    raised="#262A33",
    line="#343A46",
    text="#E6E9EF",
    quiet="#98A1B0",
    accent="#8FB4FF",
    discriminator="#E69F00",
    generator="#56B4E9",
    good="#4DBB8B",
    warning="#E8C547",
    wrong="#E5604D",
    players=("#B3A4FF", "#E58FB8", "#7FCB6B", "#D9B98C"),
)
LIGHT = Tokens(
    dark=False,
    ground="#F4F5F7",
    surface="#FFFFFF",
    raised="#ECEEF2",
    line="#D4D8DF",
    text="#1B1F27",
    quiet="#5B6472",
    accent="#2F5FD0",
    discriminator="#A65F00",
    generator="#0072B2",
    good="#1E8458",
    warning="#8A6D00",
    wrong="#B83227",
    players=("#5F4BC9", "#A83A76", "#3F7F2B", "#80602F"),
)

CLASS_COLOURS = (
    "#4E79A7",
    "#F28E2B",
    "#E15759",
    "#76B7B2",
    "#59A14F",
    "#EDC948",
    "#B07AA1",
    "#FF9DA7",
    "#9C755F",
    "#BAB0AC",
)
"""The same digit has the same colour everywhere, in both themes."""


def tokens(widget: QWidget) -> Tokens:
    """The theme that `widget` stands in, read from the lightness of its palette."""
    # A style sheet overwrites Window and Text of what it dresses, but never this role.
    shade = widget.palette().color(QPalette.ColorRole.AlternateBase)
    return DARK if shade.lightness() < 128 else LIGHT


def role_colour(theme: Tokens, role: str) -> str:
    """The one colour of a player's role; `learner`, `learner-2`, ... count along `players`."""
    if role == "discriminator":
        return theme.discriminator
    if role == "generator":
        return theme.generator
    number = role.rpartition("-")[2]
    return theme.players[(int(number) - 1 if number.isdigit() else 0) % len(theme.players)]


def blend(front: str, back: str, share: float) -> str:
    """`share` of `front` over `back`: a translucent look at the price of an opaque line."""
    a, b = QColor(front), QColor(back)
    channels = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    mixed = (round(share * x + (1 - share) * y) for x, y in channels)
    return QColor(*mixed).name()


def faint(theme: Tokens) -> str:
    """The colour of what cannot be used now."""
    return blend(theme.quiet, theme.ground, 0.6)


def on_colour(theme: Tokens) -> str:
    """The colour of text on a face of accent, good, warning, wrong or a player's colour."""
    return theme.ground if theme.dark else theme.surface


def palette(theme: Tokens) -> QPalette:
    """The Qt palette of a theme, for all that Fusion and pyqtgraph draw by themselves."""
    role = QPalette.ColorRole
    result = QPalette()
    for where, colour in {
        role.Window: theme.ground,
        role.WindowText: theme.text,
        role.Base: theme.surface,
        role.AlternateBase: theme.raised,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.quiet,
        role.Text: theme.text,
        role.Button: theme.raised,
        role.ButtonText: theme.text,
        role.BrightText: theme.wrong,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.Highlight: theme.accent,
        role.HighlightedText: on_colour(theme),
        role.Accent: theme.accent,
        role.Light: theme.line,
        role.Midlight: theme.raised,
        role.Mid: theme.line,
        role.Dark: theme.line,
        role.Shadow: theme.ground,
    }.items():
        result.setColor(where, QColor(colour))
    for where in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        result.setColor(QPalette.ColorGroup.Disabled, where, QColor(faint(theme)))
    result.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(theme.line))
    return result


def style_sheet(theme: Tokens) -> str:
    """The application's style sheet.

    Widgets say what they are by dynamic properties: labels `quiet`, `heading`, `title`, `wrong`;
    buttons `primary`; containers `panel` (surface, rounded), `strip` (surface, square), `card`.
    """
    dim = faint(theme)
    hover = blend(theme.text, theme.raised, 0.08)
    pressed = blend(theme.text, theme.raised, 0.16)
    bright = blend(theme.text, theme.accent, 0.15)
    chosen = blend(theme.accent, theme.surface, 0.14)
    kind = "dark" if theme.dark else "light"
    arrow = (RESOURCES / "icons" / f"drop-{kind}.svg").as_posix()
    tick = (RESOURCES / "icons" / f"tick-{kind}.svg").as_posix()
    return f"""
QLabel {{ background: transparent; }}
QLabel[quiet="true"] {{ color: {theme.quiet}; }}
QLabel[wrong="true"] {{ color: {theme.wrong}; }}
QLabel[heading="true"] {{ color: {theme.quiet}; font-size: {SMALL}px; font-weight: 600; }}
QLabel[title="true"] {{ font-size: {TITLE}px; font-weight: 600; }}
QWidget[panel="true"] {{ background: {theme.surface}; border-radius: {CORNER}px; }}
QWidget[strip="true"] {{ background: {theme.surface}; }}

QToolTip {{
    background: {theme.raised}; color: {theme.text};
    border: 1px solid {theme.line}; padding: {XS}px {S}px;
}}

QPushButton, QToolButton[face="true"] {{
    background: {theme.raised}; color: {theme.text};
    border: 1px solid transparent; border-radius: {CORNER}px;
    padding: 5px {M}px; min-height: 18px;
}}
QToolButton {{
    background: transparent; color: {theme.text};
    border: 1px solid transparent; border-radius: {CORNER}px; padding: {XS}px;
}}
QToolButton[popupMode="1"] {{ padding-right: 20px; }}
QToolButton::menu-button {{ border: none; width: 18px; border-radius: {CORNER}px; }}
QToolButton::menu-arrow {{ image: url("{arrow}"); width: 10px; height: 10px; }}
QToolButton::menu-indicator {{ image: none; }}
QPushButton:hover, QToolButton:hover, QToolButton[face="true"]:hover {{ background: {hover}; }}
QPushButton:pressed, QToolButton:pressed, QToolButton[face="true"]:pressed {{
    background: {pressed};
}}
QToolButton:checked, QPushButton:checked {{ background: {chosen}; color: {theme.accent}; }}
QPushButton:focus, QToolButton:focus {{ border: 1px solid {theme.accent}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {dim}; }}
QToolButton:disabled:hover {{ background: transparent; }}
QToolButton[face="true"]:disabled {{ background: {theme.raised}; }}
QPushButton[primary="true"], QToolButton[primary="true"] {{
    background: {theme.accent}; color: {on_colour(theme)}; font-weight: 600;
    padding: 5px {M}px; min-height: 18px;
}}
QPushButton[primary="true"]:hover, QToolButton[primary="true"]:hover {{ background: {bright}; }}
QPushButton[primary="true"]:focus, QToolButton[primary="true"]:focus {{
    border: 1px solid {theme.text};
}}
QPushButton[primary="true"]:disabled, QToolButton[primary="true"]:disabled {{
    background: {theme.raised}; color: {dim};
}}

QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QAbstractSpinBox {{
    background: {theme.raised}; color: {theme.text};
    border: 1px solid transparent; border-radius: {CORNER}px;
    padding: {XS}px {S}px; min-height: 18px;
    selection-background-color: {theme.accent}; selection-color: {on_colour(theme)};
}}
QLineEdit, QPlainTextEdit, QTextEdit {{ placeholder-text-color: {theme.quiet}; }}
QLineEdit:hover, QComboBox:hover, QAbstractSpinBox:hover {{ background: {hover}; }}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QAbstractSpinBox:focus {{
    border: 1px solid {theme.accent};
}}
QLineEdit[wrong="true"] {{ border: 1px solid {theme.wrong}; }}
QLineEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled {{
    background: {blend(theme.raised, theme.surface, 0.5)}; color: {dim};
}}
QComboBox::drop-down {{ border: none; width: 22px; }}
QComboBox::down-arrow {{ image: url("{arrow}"); width: 10px; height: 10px; }}
QComboBox QAbstractItemView {{
    background: {theme.raised}; color: {theme.text};
    border: 1px solid {theme.line}; outline: none; padding: {XS}px;
    selection-background-color: {chosen}; selection-color: {theme.text};
}}

QCheckBox {{ spacing: {S}px; }}
QCheckBox::indicator {{
    width: 16px; height: 16px; border-radius: {XS}px;
    border: 1px solid {dim}; background: {theme.raised};
}}
QCheckBox::indicator:hover, QCheckBox::indicator:focus {{ border: 1px solid {theme.accent}; }}
QCheckBox::indicator:checked {{
    border: 1px solid {theme.accent}; background: {theme.accent}; image: url("{tick}");
}}
QCheckBox::indicator:disabled {{ border: 1px solid {theme.line}; background: {theme.line}; }}
QCheckBox:disabled {{ color: {dim}; }}

QMenuBar {{ background: {theme.ground}; padding: 2px {XS}px; }}
QMenuBar::item {{ padding: {XS}px {S}px; border-radius: {CORNER}px; background: transparent; }}
QMenuBar::item:selected {{ background: {theme.raised}; }}
QMenu {{ background: {theme.raised}; border: 1px solid {theme.line}; padding: {XS}px; }}
QMenu::item {{ padding: 5px {XL}px 5px {M}px; border-radius: {XS}px; }}
QMenu::icon {{ padding-left: {XS}px; }}
QMenu::item:selected {{ background: {chosen}; color: {theme.text}; }}
QMenu::item:disabled {{ color: {dim}; }}
QMenu::separator {{ height: 1px; background: {theme.line}; margin: {XS}px {S}px; }}

QProgressBar {{
    background: {theme.raised}; border: none; border-radius: 2px; max-height: 4px;
}}
QProgressBar::chunk {{ background: {theme.accent}; border-radius: 2px; }}

QSlider {{ min-height: 20px; }}
QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {theme.line}; }}
QSlider::sub-page:horizontal {{ height: 4px; border-radius: 2px; background: {theme.accent}; }}
QSlider::sub-page:horizontal:disabled {{ background: {dim}; }}
QSlider::handle:horizontal {{
    width: 12px; height: 12px; margin: -4px 0; border-radius: 6px; background: {theme.text};
}}
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus {{
    background: {theme.accent};
}}

QScrollArea, QAbstractScrollArea {{ border: none; background: transparent; }}
QScrollArea > QWidget > QWidget {{ background: transparent; }}
QScrollBar {{ background: transparent; margin: 0; }}
QScrollBar:vertical {{ width: 10px; }}
QScrollBar:horizontal {{ height: 10px; }}
QScrollBar::handle {{ background: {theme.line}; border-radius: 3px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 28px; }}
QScrollBar::handle:horizontal {{ min-width: 28px; }}
QScrollBar::handle:hover {{ background: {dim}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}

QSplitter::handle {{ background: transparent; }}
QSplitter::handle:hover {{ background: {theme.line}; }}
QMainWindow::separator {{ background: transparent; width: {S}px; height: {S}px; }}
QMainWindow::separator:hover {{ background: {theme.line}; }}
QDockWidget {{ font-size: {SMALL}px; font-weight: 600; color: {theme.quiet}; }}
QDockWidget::title {{ background: {theme.ground}; padding: {S}px {M}px {XS}px {M}px; }}
QStatusBar {{ background: {theme.ground}; color: {theme.quiet}; }}
QStatusBar::item {{ border: none; }}
QTabBar::tab {{
    background: transparent; color: {theme.quiet}; padding: {S}px {M}px;
    border: none; border-bottom: 2px solid transparent;
}}
QTabBar::tab:selected {{ color: {theme.text}; border-bottom: 2px solid {theme.accent}; }}
QTabWidget::pane {{ border: none; }}
QToolBar {{ background: {theme.ground}; border: none; spacing: {XS}px; padding: {XS}px {S}px; }}
QListView, QTreeView, QTableView {{
    background: {theme.surface}; border: none; outline: none;
    selection-background-color: {chosen}; selection-color: {theme.text};
}}
QHeaderView::section {{
    background: {theme.surface}; color: {theme.quiet}; border: none; padding: {XS}px {S}px;
}}
"""


def apply(app: QApplication, scheme: Scheme) -> Tokens:
    """Dresses the application and says in what.

    `setColorScheme` alone changes nothing on platforms without a desktop theme, so it is only a
    hint (title bars, native dialogs) and the palette is always our own. `system` is dark where the
    platform does not know.
    """
    hints = app.styleHints()
    wanted = {
        "system": Qt.ColorScheme.Unknown,
        "dark": Qt.ColorScheme.Dark,
        "light": Qt.ColorScheme.Light,
    }[scheme]
    hints.setColorScheme(wanted)
    if wanted == Qt.ColorScheme.Unknown:
        wanted = hints.colorScheme()
    theme = LIGHT if wanted == Qt.ColorScheme.Light else DARK
    if app.style().name().lower() != "fusion":
        app.setStyle("Fusion")
    app.setFont(sized(app.font(), BODY))
    app.setPalette(palette(theme))
    app.setStyleSheet(style_sheet(theme))
    return theme


def sized(font: QFont, pixels: int, *, bold: bool = False) -> QFont:
    """A copy of `font` at one of the four sizes."""
    result = QFont(font)
    result.setPixelSize(pixels)
    result.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return result


def tabular(font: QFont) -> QFont:
    """A copy of `font` whose figures are all equally wide, so that running numbers do not dance."""
    result = QFont(font)
    result.setFeature(QFont.Tag("tnum"), 1)
    return result
