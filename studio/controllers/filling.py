"""Joins the Fill in tab and the models that are asked what belongs into a hole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from PySide6.QtCore import QObject, Signal, SignalInstance, Slot

from studio.bridge.jury import ALL, OTHERS, SUBJECT
from studio.controllers.exploring import NO_MODEL
from studio.controllers.timing import Timed, timed
from studio.instruments.choosing import choose
from studio.state.choice import Choice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from studio.bridge.desk import Adopted
    from studio.bridge.jury import Jury
    from studio.controllers.drawing import DrawingController, Sheet
    from studio.controllers.exploring import ExploringController
    from studio.engine.filling import Filling
    from studio.engine.witness import Witness
    from studio.state.panel import Panel

NAME = "fill"
"""What the question is called at the jury."""
HOLDER = "completions"
NO_INK = "Draw a digit first: there is nothing yet that could have a gap."
NO_HOLE = (
    "Nothing is marked yet: paint over the part to fill in with the mask brush (M), then press "
    "Fill in again."
)


class FillView(Protocol):
    """What this controller needs of the Fill in tab."""

    fill_requested: SignalInstance
    cancel_requested: SignalInstance
    mode_changed: SignalInstance
    variety_changed: SignalInstance
    count_changed: SignalInstance

    def mode(self) -> str: ...
    def variety(self) -> float: ...
    def count(self) -> int: ...
    def set_models(self, models: Sequence[tuple[str, str]]) -> None: ...
    def set_possible(self, possible: bool, reason: str = "") -> None: ...
    def set_means(self, key: str, means: str) -> None: ...
    def set_waiting(self) -> None: ...
    def set_choice(self, key: str, choice: Choice) -> None: ...
    def set_reason(self, key: str, sentence: str) -> None: ...
    def clear(self, key: str) -> None: ...
    def set_busy(self, busy: bool, fraction: float | None) -> None: ...
    def set_notice(self, text: str) -> None: ...
    def set_outdated(self, outdated: bool) -> None: ...
    def set_before(self, image: np.ndarray | None) -> None: ...


class FillController(QObject):
    """Hands the hole to all models and shows what each puts there, the best so far at any moment.

    All tries of a model are kept, so that the slider and the number of completions choose among
    them at once. `completed` says whether the newest question has been answered to the end.
    """

    mask_wanted = Signal()
    """Nothing is marked: the mask brush is what the user needs next."""

    def __init__(
        self,
        view: FillView,
        drawing: DrawingController,
        jury: Jury,
        exploring: ExploringController,
        panel: Panel,
        mark_erased: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        """
        Arguments:
            mark_erased: Masks what was erased of the drawing; says whether there was anything.
        """
        super().__init__(parent)
        self._view, self._drawing, self._jury = view, drawing, jury
        self._exploring, self._panel, self._mark_erased = exploring, panel, mark_erased
        self._seed = 0
        self._asked: Sheet | None = None
        self._shows_gap = False
        self._filled: dict[str, Timed] = {}
        self._shares: dict[str, float] = {}
        self._working = False
        self.completed = False
        view.fill_requested.connect(self.fill)
        view.cancel_requested.connect(self.cancel)
        view.mode_changed.connect(self._on_view_mode_changed)
        view.variety_changed.connect(self._show_all)
        view.count_changed.connect(self._show_all)
        drawing.seen_changed.connect(self._on_seen_changed)
        exploring.adopted.connect(self._on_adopted)
        panel.changed.connect(self._show_models)
        jury.said.connect(self._on_said)
        jury.refused.connect(self._on_refused)
        jury.finished.connect(self._on_finished)
        self._show_models()

    @Slot()
    def fill(self) -> None:
        """Asks all models; each press asks for other tries."""
        if not self._models():
            self._view.set_notice(NO_MODEL)
            return
        gap = self._view.mode() == "gap"
        if self._drawing.sheet.seen is None:
            self._view.set_notice(NO_INK)
            return
        if not gap and not self._drawing.sheet.hole.any() and not self._mark_erased():
            self._view.set_notice(NO_HOLE)
            self.mask_wanted.emit()
            return
        self._ask(self._drawing.sheet, gap)

    @Slot()
    def cancel(self) -> None:
        """Stops the work; what has been found stays."""
        self._jury.forget(NAME)
        self._stop()

    def _ask(self, sheet: Sheet, gap: bool) -> None:
        seen = sheet.seen
        assert seen is not None
        self._seed += 1
        self._asked, self._shows_gap = sheet, gap
        self.completed, self._working = False, True
        draws = self._subject_draws()
        keys = [key for key, _ in self._models() if key != SUBJECT or draws]
        self._filled.clear()
        self._shares = dict.fromkeys(keys, 0.0)
        view = self._view
        view.set_notice("")
        view.set_before(seen)
        view.set_waiting()
        view.set_outdated(False)
        view.set_busy(True, 0.0)
        if not draws and self._exploring.current is not None:
            view.set_reason(SUBJECT, self._exploring.current.ways["inpaint"])
        # Newer weights wait: they would take the model away while it is at work.
        self._exploring.hold(HOLDER, draws)
        question = _question(seen, None if gap else sheet.hole, self._seed)
        self._jury.ask(NAME, question, whom=ALL if draws else OTHERS)

    def _stop(self) -> None:
        self._working = False
        self._view.set_busy(False, None)
        self._exploring.hold(HOLDER, False)

    # -- who is asked ---------------------------------------------------------------------------

    def _models(self) -> list[tuple[str, str]]:
        current = self._exploring.current
        subject = [(SUBJECT, current.title)] if current is not None else []
        return subject + [(member.key, member.title) for member in self._panel.members]

    def _subject_draws(self) -> bool:
        """Whether the model in the window writes digits at all."""
        current = self._exploring.current
        return current is not None and current.pictures == "digits"

    @Slot()
    def _show_models(self) -> None:
        models, current = self._models(), self._exploring.current
        keys = {key for key, _ in models}
        self._filled = {key: value for key, value in self._filled.items() if key in keys}
        self._shares = {key: share for key, share in self._shares.items() if key in keys}
        self._view.set_models(models)
        self._view.set_possible(bool(models), NO_MODEL)
        if current is not None and SUBJECT not in self._filled:
            self._view.set_means(SUBJECT, current.ways["inpaint"])

    @Slot(object)
    def _on_adopted(self, adopted: Adopted) -> None:
        if not adopted.same_model:
            # What another model has filled in is not this one's.
            self._filled.pop(SUBJECT, None)
        self._show_models()
        if not adopted.same_model:
            self._view.clear(SUBJECT)

    # -- answers --------------------------------------------------------------------------------

    @Slot(str, str, object, bool)
    def _on_said(self, name: str, key: str, value: object, last: bool) -> None:
        if name != NAME or key not in self._shares:
            return
        assert isinstance(value, Timed)
        self._filled[key] = value
        self._show(key)
        self._advance(key, 1.0 if last else _filling(value).fraction)

    @Slot(str, str, str)
    def _on_refused(self, name: str, key: str, sentence: str) -> None:
        if name != NAME or key not in self._shares:
            return
        self._filled.pop(key, None)
        self._view.set_reason(key, sentence)
        self._advance(key, 1.0)

    @Slot(str)
    def _on_finished(self, name: str) -> None:
        if name == NAME and self._working:
            self.completed = True
            self._stop()

    def _advance(self, key: str, share: float) -> None:
        self._shares[key] = share
        if key == SUBJECT and share == 1:
            self._exploring.hold(HOLDER, False)
        if self._working:
            self._view.set_busy(True, sum(self._shares.values()) / len(self._shares))

    # -- what is shown --------------------------------------------------------------------------

    @Slot()
    def _show_all(self) -> None:
        for key in self._filled:
            self._show(key)

    def _show(self, key: str) -> None:
        answer = self._filled[key]
        filling = _filling(answer)
        chosen = choose(
            filling.images, filling.plausibility, self._view.variety(), self._view.count()
        )
        # Until the result nobody knows what is likely.
        ranked = filling.by != "" and len(filling.images) > 1
        values = np.nan_to_num(filling.plausibility.astype(np.float64), nan=-np.inf)
        ranks = np.empty(len(values), int)
        ranks[np.argsort(-values, kind="stable")] = np.arange(1, len(values) + 1)
        self._view.set_choice(
            key,
            Choice(
                images=filling.images[chosen],
                shares=tuple(_shares(values)[chosen].tolist()) if ranked else (),
                ranks=tuple(ranks[chosen].tolist()) if ranked else (),
                values=tuple(values[chosen].tolist()) if ranked else (),
                total=len(values),
                by=filling.by,
                how=filling.how,
                fraction=filling.fraction,
                seconds=answer.seconds,
                gap=filling.hole if self._shows_gap else None,
            ),
        )

    @Slot()
    def _on_view_mode_changed(self) -> None:
        self._view.set_notice("")

    @Slot(object)
    def _on_seen_changed(self, sheet: Sheet) -> None:
        if sheet.seen is not None:
            self._view.set_notice("")
        if self._asked is not None:
            self._view.set_outdated(not _same(sheet, self._asked))


def _same(one: Sheet, other: Sheet) -> bool:
    if one.seen is None or other.seen is None:
        return one.seen is other.seen
    return np.array_equal(one.seen, other.seen) and np.array_equal(one.hole, other.hole)


def _shares(values: np.ndarray) -> np.ndarray:
    """Where each value (N,) lies between the least and the greatest, in [0, 1]."""
    known = np.isfinite(values)
    low, high = values[known].min(initial=np.inf), values[known].max(initial=-np.inf)
    shares: np.ndarray = known.astype(np.float64)
    if low < high:
        shares[known] = (values[known] - low) / (high - low)
    return shares


def _filling(answer: Timed) -> Filling:
    from studio.engine.filling import Filling

    assert isinstance(answer.value, Filling)
    return answer.value


def _question(
    seen: np.ndarray, hole: np.ndarray | None, seed: int
) -> Callable[[Witness], Iterator[object]]:
    """For each model; it is played on the inference thread, which alone imports PyTorch."""

    def play(witness: Witness) -> Iterator[object]:
        from studio.engine.filling import fill

        yield from timed(fill(witness.explorer, seen, hole, seed=seed))

    return play
