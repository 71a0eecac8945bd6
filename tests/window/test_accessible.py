"""Whoever cannot see the window, or steers it by a program, finds every control by its name."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QMainWindow,
    QScrollBar,
    QTabBar,
    QWidget,
)

from studio.app import Studio
from tests.window.hands import child, until

OPERATED = (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QTabBar,
)
PAINTED = ("digitCanvas", "latentMap", "minimap", "sampleGridSheet", "timelineStrip")


def controls(window: QMainWindow) -> list[QWidget]:
    """All that is operated, on every page and card, without the parts that Qt's own widgets are
    made of."""
    found = [child(window, name) for name in PAINTED]
    for kind in OPERATED:
        for widget in window.findChildren(kind):
            inner = isinstance(widget.parentWidget(), OPERATED)
            if not inner and not widget.objectName().startswith("qt_"):
                found.append(widget)
    return [widget for widget in found if not isinstance(widget, QScrollBar)]


def lacking(widget: QWidget) -> list[str]:
    """What a control does not say about itself."""
    lacks = [] if widget.objectName() else ["objectName"]
    if isinstance(widget, QAbstractButton):
        if widget.icon().isNull():
            # Its words are its name; it is hidden as long as it has none.
            named = bool(widget.text() or widget.accessibleName() or not widget.isVisible())
        else:
            named = bool(widget.text() or widget.accessibleName())
            if not widget.text() and not widget.toolTip():
                lacks.append("toolTip")
    else:
        named = bool(widget.accessibleName())
    return lacks if named else [*lacks, "accessibleName"]


def described(widget: QWidget) -> str:
    words = widget.text() if isinstance(widget, QAbstractButton) else ""
    parent = widget.parentWidget()
    home = "nothing" if parent is None else parent.objectName() or type(parent).__name__
    return f"{type(widget).__name__} {widget.objectName() or words!r} in {home}"


def test_every_control_says_what_it_is(window: QMainWindow, studio: Studio) -> None:
    until(lambda: studio.exploring.current is not None)
    found = {described(widget): lacking(widget) for widget in controls(window)}
    assert len(found) > 150
    nameless = [f"{what}: no {', '.join(lacks)}" for what, lacks in found.items() if lacks]
    assert not nameless, "\n" + "\n".join(sorted(nameless))
