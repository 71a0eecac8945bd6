"""Files that are dragged over a page, and what the page says meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from studio.views import theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QPaintEvent

MOST_FILES = 64
SUFFIX = ".modescope"


def run_files(mime: QMimeData) -> tuple[str, ...]:
    """The exported runs on this computer among what is dragged; nothing is opened to find out."""
    return tuple(path for path in files_here(mime) if Path(path).suffix.lower() == SUFFIX)


def files_here(mime: QMimeData) -> tuple[str, ...]:
    """The files on this computer among what is dragged, each once."""
    paths = (Path(url.toLocalFile()) for url in mime.urls() if _is_here(url.toLocalFile()))
    return tuple(dict.fromkeys(str(path) for path in paths))


def _is_here(path: str) -> bool:
    # file://server/share is a local URL to Qt, and on Windows a call over the network.
    return bool(path) and not path.startswith("//")


class DropCover(QWidget):
    """Takes what is dropped on a page, and covers it while that hangs above it.

    Arguments:
        words: What the cover says.
        find: What is taken of that which is dropped: by default exported runs.
        holds: Whether anything is; asked while it hangs above the page. By default `find` is asked.

    Signals:
        dropped(object, int): what was found, at most `MOST_FILES`, and how many there were.
    """

    dropped = Signal(object, int)

    def __init__(
        self,
        words: str,
        page: QWidget,
        find: Callable[[QMimeData], tuple[object, ...]] = run_files,
        holds: Callable[[QMimeData], bool] | None = None,
    ) -> None:
        super().__init__(page)
        self.setObjectName("dropCover")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._page, self._words = page, words
        self._find, self._holds = find, holds or (lambda mime: bool(find(mime)))
        self.hide()
        page.setAcceptDrops(True)
        page.installEventFilter(self)

    def eventFilter(self, page: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.DragEnter and isinstance(event, QDragEnterEvent):
            if self._holds(event.mimeData()):
                event.setDropAction(Qt.DropAction.CopyAction)
                event.accept()
                self._cover()
            return True
        if kind == QEvent.Type.DragLeave:
            self.hide()
        elif kind == QEvent.Type.Drop and isinstance(event, QDropEvent):
            self.hide()
            if found := self._find(event.mimeData()):
                event.acceptProposedAction()
                self.dropped.emit(found[:MOST_FILES], len(found))
            return True
        return False

    def _cover(self) -> None:
        self.setGeometry(self._page.rect())
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.tokens(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(tokens.ground)
        veil.setAlpha(215)
        painter.fillRect(self.rect(), veil)
        room = QRectF(self.rect()).adjusted(theme.M, theme.M, -theme.M, -theme.M)
        painter.setPen(QPen(QColor(tokens.accent), 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(room, theme.CORNER, theme.CORNER)
        painter.setPen(QColor(tokens.text))
        painter.setFont(theme.sized(self.font(), theme.TITLE, bold=True))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, self._words)
        painter.end()
