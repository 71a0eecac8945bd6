"""Questions to a model that is not being trained, and their answers, for the window.

Behind it one worker thread holds the model in the window, as a `Witness`, and answers whoever asks.
Nothing here waits: a question returns at once, and its answers arrive as signals. PyTorch is
imported on the worker's thread, when first needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from studio.bridge.channels import CHANNELS
from studio.bridge.kept_weights import KeptWeights
from studio.bridge.subject import VERBS, Pictures, pictures_of, why_not
from studio.bridge.worker import Answer, Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import numpy as np
    from torch import Tensor

    from models import ImageShape, ModelConfig
    from studio.data.dataset import Dataset
    from studio.engine.explorer import Explorer
    from studio.engine.references import References
    from studio.engine.witness import Witness

COMPANY = 64
"""Images that a discriminator judges at once: as many as the grid shows."""
REAL_POINTS = 512
"""Real points shown on the plane of a mixture."""


@dataclass(frozen=True)
class ModelFile:
    """A model on disk: a run folder, at a step of its timeline if one is given, or one file."""

    path: Path
    at: int | None = None


@dataclass(frozen=True)
class Snapshot:
    """The weights of a model in training, at a step; `live` holds the settings changed since, and
    `run` says which run it is."""

    model: str
    settings: ModelConfig
    shape: ImageShape
    data: str
    step: int
    weights: Mapping[str, Tensor]
    live: Mapping[str, object]
    run: str = ""


@dataclass(frozen=True)
class Adopted:
    """From now on answers are this model's.

    Attributes:
        version: Rises with each adoption; tiles carry it.
        abilities: Which of sample, encode, decode, reconstruct and inpaint it can, by any means;
            only sampling where it does not draw digits.
        ways: For each of them how, or why not: one sentence.
        encodes_fast: A code costs one pass; otherwise a search of a second or so.
        same_model: Only the weights changed.
        judges: It has a discriminator.
        run: Which run it is; together with the step, which weights these are. Empty where nobody
            can say.
        live: The settings changed while training, in words: the same weights answer otherwise
            where one of them says how to sample or decode.
    """

    version: int
    model: str
    title: str
    data: str
    step: int
    abilities: Mapping[str, bool]
    ways: Mapping[str, str]
    encodes_fast: bool
    same_model: bool
    judges: bool = False
    pictures: Pictures = "digits"
    run: str = ""
    live: str = ""


@dataclass(frozen=True)
class TestDigit:
    """A digit of the test set, uint8 (H, W), and its label."""

    digit: np.ndarray
    label: int


class Desk(QObject):
    """Takes questions from the window and hands back answers."""

    adopted = Signal(object)  # Adopted
    sampled = Signal(object)  # uint8 (N, H, W)
    test_digit = Signal(object)  # TestDigit
    opinion = Signal(object)  # what is answered on the channel "opinion"
    opinions = Signal(object)  # engine.sight.Opinions
    plane_seen = Signal(object)  # engine.sight.PlaneSight
    answered = Signal(str, object)  # a channel of `ask` or `run`, and an answer
    finished = Signal(str)  # the channel whose question has been answered to the end
    refused = Signal(str, str)  # channel and one sentence

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._explorer: Explorer | None = None
        self._model: tuple[str, ModelConfig, ImageShape] | None = None
        self._data = ""
        self._version = 0
        self._references: References | None = None
        self._kept = KeptWeights()
        self._witness: Witness | None = None
        self._worker = Worker("explorer", CHANNELS, self)
        self._worker.answered.connect(self._on_answered, Qt.ConnectionType.DirectConnection)
        self._signals: dict[str, Any] = {
            "adopt": self.adopted,
            "sample": self.sampled,
            "digit": self.test_digit,
            "opinion": self.opinion,
            "opinions": self.opinions,
            "plane": self.plane_seen,
        }
        self._worker.start()

    def close(self) -> None:
        """Drops all questions and ends the thread."""
        self._worker.close()

    # -- questions of others --------------------------------------------------------------------

    def ask(self, channel: str, question: Callable[[Witness], Iterator[object]]) -> None:
        """Puts a question to the model in the window; the answers are `answered` on the channel.

        It is not asked while there is no model, and dropped when other weights are adopted. The
        question runs on the inference thread; between two of its answers something more urgent
        may come.
        """

        def play() -> Iterator[object]:
            witness = self._witness
            if witness is None:
                return
            for value in question(witness):
                yield value
                # Before the next step, which would be one of other weights.
                if self._witness is not witness:
                    return

        self._worker.ask(channel, play)

    def run(self, channel: str, job: Callable[[References], Iterator[object]]) -> None:
        """Runs what concerns no adopted model on the inference thread."""
        self._worker.ask(channel, lambda: job(self.references()))

    def subject(self) -> Witness | None:
        """The model in the window, for the inference thread only."""
        return self._witness

    def references(self) -> References:
        """Real digits, for the inference thread only."""
        if self._references is None:
            from studio.engine.references import References

            self._references = References(self._worker.waiting)
        return self._references

    # -- questions ------------------------------------------------------------------------------

    def adopt(self, source: ModelFile | Snapshot) -> None:
        """Answers come from this model from now on."""
        self._worker.ask("adopt", lambda: self._adopt(source))

    def ask_samples(self, count: int, *, seed: int) -> None:
        """Draws new digits."""
        self._ask("sample", lambda explorer: iter([explorer.sample(count, seed=seed)]))

    def ask_test_digit(self, seed: int) -> None:
        """Any digit of the test set that belongs to the model's data."""
        self._ask("digit", lambda explorer: self._digit(seed))

    def ask_opinions(self, images: np.ndarray) -> None:
        """What it thinks of samples, uint8 (N, H, W[, 3]), next to 64 real images."""
        self._ask("opinions", lambda explorer: self._judge(explorer, images))

    def ask_plane(self) -> None:
        """The plane of a mixture: its field, real points, samples and their gradients."""
        self._ask("plane", self._look_at_plane)

    def forget_data(self, data: str) -> None:
        """Real digits of this name are others now: what is asked next is measured by those."""

        def job() -> Iterator[object]:
            self.references().forget(data)
            yield from ()

        self._worker.ask("data", job)

    def forget(self, channel: str) -> None:
        """Drops the question of a channel."""
        self._worker.forget(channel)

    # -- on the worker's thread -----------------------------------------------------------------

    def _ask(self, channel: str, question: Callable[[Explorer], Iterator[object]]) -> None:
        self.ask(channel, lambda witness: question(witness.explorer))

    def _adopt(self, source: ModelFile | Snapshot) -> Iterator[object]:
        import models
        from studio.engine.explorer import Explorer
        from studio.engine.witness import Witness

        if isinstance(source, ModelFile):
            loaded = self._kept.load(source.path, source.at)
            spec = loaded.spec
            source = Snapshot(
                spec.model,
                spec.settings,
                spec.shape,
                spec.data,
                spec.step,
                loaded.model.state_dict(),
                spec.live,
                str(source.path),
            )
        identity = (source.model, source.settings, source.shape)
        explorer = self._explorer if identity == self._model else None
        same = explorer is not None
        explorer = explorer or Explorer(models.create(*identity))
        try:
            explorer.load(source.weights, source.live)
        except Exception:
            if same:
                # Some of the weights may be new by now: they are nobody's.
                self._explorer = self._model = self._witness = None
            raise
        self._explorer = explorer
        name, data, step = source.model, source.data, source.step
        self._model, self._data = identity, data
        self._version += 1
        # Whoever asked the weights before is told no more: an answer that began with one set and
        # ended with another would be nobody's.
        self._witness = Witness(self._explorer, data, self.references(), version=self._version)
        title, pictures = models.spec(name).card.title, pictures_of(source.shape)
        abilities: dict[str, bool] = {verb: self._explorer.can(verb) for verb in VERBS}
        ways: dict[str, str] = {verb: self._explorer.way(verb) for verb in VERBS}
        if reason := why_not(pictures, title):
            for verb in VERBS[1:]:
                abilities[verb], ways[verb] = False, reason
        yield Adopted(
            version=self._version,
            model=name,
            title=title,
            data=data,
            step=step,
            abilities=abilities,
            ways=ways,
            encodes_fast=self._explorer.encodes_fast,
            same_model=same,
            judges=self._explorer.judges,
            pictures=pictures,
            run=source.run,
            live=", ".join(f"{key} = {source.live[key]}" for key in sorted(source.live)),
        )

    def _reference(self) -> Dataset:
        """Test images of the model's data."""
        return self.references().test(self._data)

    def _judge(self, explorer: Explorer, images: np.ndarray) -> Iterator[object]:
        if explorer.judges:
            yield explorer.opinions(images, self._reference().images[:COMPANY])

    def _look_at_plane(self, explorer: Explorer) -> Iterator[object]:
        known = self._reference()
        if known.plane is not None:
            yield explorer.plane_sight(known.plane, known.images[:REAL_POINTS], seed=0)

    def _digit(self, seed: int) -> Iterator[object]:
        known = self._reference()
        if known.images.shape[1:] != (28, 28):
            raise ValueError("The data of this model hold no digits to put on the sheet.")
        number = seed % len(known)
        yield TestDigit(known.images[number], int(known.labels[number]))

    # -- back on the window's thread ------------------------------------------------------------

    @Slot(object)
    def _on_answered(self, answer: Answer) -> None:
        if answer.error is not None:
            from studio.bridge.librarian import sentence

            self.refused.emit(answer.channel, sentence(answer.error))
        elif answer.last:
            self.finished.emit(answer.channel)
        else:
            told = self._signals.get(answer.channel)
            if told is None:
                self.answered.emit(answer.channel, answer.value)
            else:
                told.emit(answer.value)
