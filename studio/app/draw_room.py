"""The Draw page, built and wired: the sheet, and what all models make of what lies on it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from studio.bridge.errands import Errands
from studio.bridge.jury import Jury
from studio.controllers.drawing import DrawingController
from studio.controllers.filling import FillController
from studio.controllers.importing import ImportController
from studio.controllers.jury import JuryController
from studio.controllers.mine import MineController
from studio.controllers.rewriting import RewriteController
from studio.state.panel import Panel
from studio.views.answers_tab import AnswersTab
from studio.views.draw_page import DrawPage, Tab
from studio.views.fill_tab import FillTab
from studio.views.mine_tab import MineTab
from studio.views.rewrite_tab import RewriteTab

if TYPE_CHECKING:
    from studio.bridge.desk import Desk
    from studio.bridge.librarian import Librarian
    from studio.controllers.exploring import ExploringController
    from studio.data.kept import Kept
    from studio.state.preferences import Preferences
    from studio.views.asking import Asking

ANSWERS, FILL, REWRITE, MINE = "answers", "fill", "rewrite", "mine"
OWN = "mine"
"""The data set of the user's own digits."""
PRETRAINED = Path(__file__).resolve().parents[2] / "resources" / "models" / "vae_pen.safetensors"


class DrawRoom(QObject):
    """The page with its four tabs, and who answers on them.

    Signals:
        refused(str): one sentence for the user.
        exported(str): a file has been written.
        message(str): what has been done.
        train_requested(): a training on the user's own digits is wanted.
        kept(int): so many digits are the user's own.
    """

    refused = Signal(str)
    exported = Signal(str)
    message = Signal(str)
    train_requested = Signal()
    kept = Signal(int)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.answers, self.fill = AnswersTab(), FillTab()
        self.rewrite, self.mine = RewriteTab(), MineTab()
        self.page = DrawPage(
            [
                Tab("Answers", ANSWERS, self.answers, "What each model makes of your digit"),
                Tab("Fill in", FILL, self.fill, "What each model puts where a part is missing"),
                Tab("Rewrite", REWRITE, self.rewrite, "Your digit corrected, converted, morphed"),
                Tab("My digits", MINE, self.mine, "Drawings kept as a data set of your own"),
            ]
        )
        self.panel = Panel(self)

    def wire(
        self,
        desk: Desk,
        exploring: ExploringController,
        librarian: Librarian,
        asking: Asking,
        preferences: Preferences,
    ) -> None:
        """Joins the page to the models; to be called once."""
        self._desk = desk
        page, panel = self.page, self.panel
        self.drawing = DrawingController(page, desk, exploring, self)
        self.jury = Jury(desk, self)
        self.rows = JuryController(self.answers, self.jury, panel, self.drawing, exploring, self)
        self.filling = FillController(
            self.fill, self.drawing, self.jury, exploring, panel, page.canvas.mask_erased, self
        )
        self._errands = Errands("films of digits", self)
        self.rewriting = RewriteController(
            self.rewrite,
            self.drawing,
            self.jury,
            exploring,
            panel,
            self._errands,
            asking.save,
            self,
        )
        self.importing = ImportController(page, asking.files, self)
        self.keeping = MineController(
            self.mine, self.drawing, page.canvas, desk, asking, parent=self
        )
        self._join()
        self.rows.set_shipped(PRETRAINED, "VAE", "pen")
        self.rows.choose([str(path) for path in preferences.get("panel", [])])
        librarian.listed.connect(self.rows.set_runs)
        self.answers.choices_wanted.connect(librarian.list)
        panel.changed.connect(lambda: preferences.put("panel", [one.key for one in panel.members]))
        page.show_tab(str(preferences.get("draw_tab", ANSWERS)))
        page.tab_changed.connect(partial(preferences.put, "draw_tab"))

    def _join(self) -> None:
        page = self.page
        for source in (self.drawing, self.rewriting, self.importing, self.keeping):
            source.refused.connect(self.refused)
        for writer in (self.rewriting, self.keeping):
            writer.exported.connect(self.exported)
        self.keeping.message.connect(self.message)
        self.keeping.train_requested.connect(self.train_requested)
        self.keeping.changed.connect(self.rewriting.set_mine)
        self.keeping.changed.connect(self._on_kept_changed)
        self.mine.listen_on(page)
        page.inpaint_requested.connect(self.filling.fill)
        self.filling.mask_wanted.connect(partial(page.canvas.set_tool, "mask"))
        for tab in (self.fill, self.rewrite):
            tab.taken.connect(page.canvas.take_over)
            tab.before_shown.connect(page.canvas.set_preview_before)
            tab.preview.connect(page.canvas.set_preview)
            page.canvas.before_held.connect(tab.hold_before)

    @Slot(object)
    def _on_kept_changed(self, kept: Kept) -> None:
        self._desk.forget_data(OWN)
        self.kept.emit(len(kept))

    @Slot(object)
    def take(self, digit: object) -> None:
        """Puts a digit, uint8 (28, 28), on the sheet; undo takes it back."""
        self.page.canvas.set_image(digit)  # type: ignore[arg-type]

    def set_watched(self, shown: bool, placed: bool) -> None:
        """Whether the page is on screen, or at least another one that shows the drawing's place."""
        self.drawing.set_watched(shown or placed)
        self.rows.set_watched(shown, placed)

    def close(self) -> None:
        """Ends the threads that belong to the page."""
        self.importing.close()
        self.keeping.close()
        self._errands.close()
