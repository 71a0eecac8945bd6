"""A frozen model together with the real digits that its answers are measured by."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from models import means
from models.capabilities import Conditional
from studio.data.dataset import LoadCancelled
from studio.engine.explorer import COSTLY_POINTS, NATIVE_POINTS
from studio.engine.images import to_tensor
from studio.engine.seeding import generator
from studio.engine.testimony import Testimony
from studio.engine.yardstick import Scale
from studio.instruments.classifier import DIGITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from models import GenerativeModel
    from studio.data.dataset import Dataset
    from studio.engine.explorer import Explorer, Reading
    from studio.engine.kin import Kin
    from studio.engine.references import References
    from studio.engine.sight import Opinions

COMPANY = 63
"""Real digits among which a discriminator judges a drawing."""
SPARE = 0.06
"""Seconds of a core that an answer may spend on test digits once it has been given."""
_DIVERGED = (
    "its training has diverged, and its weights are no numbers to work with; go back to an earlier "
    "step, or train it anew with a lower learning rate."
)
_CHUNK = 200
"""Training digits that are encoded at once."""


class Witness:
    """Weights that do not change any more, and what is known of them.

    Arguments:
        explorer: The model; its weights stay as they are for as long as this witness is asked.
        data: Name of the data set that it was trained on.
        references: Shared by all witnesses of a thread.
        version: Rises with each adoption; answers carry it.
    """

    def __init__(
        self, explorer: Explorer, data: str, references: References, *, version: int = 0
    ) -> None:
        self.explorer, self.data, self.version = explorer, data, version
        self._references = references
        self._numbers: bool | None = None
        self._test: Dataset | None = None
        self._codes: Tensor | None = None
        self._scale = Scale(explorer.model, explorer.encodes_fast)
        self._kin: Kin | None = None
        self._kin_codes: list[Tensor] = []
        self._opinion: tuple[bytes, Opinions] | None = None
        self._last: tuple[bytes, Testimony] | None = None

    @property
    def model(self) -> GenerativeModel:
        """In evaluation mode, without gradients for its parameters."""
        return self.explorer.model

    def require_numbers(self) -> None:
        """Makes sure that something can be asked at all; looks at the weights once.

        Raises:
            ValueError: some weights are infinite or not a number; one sentence.
        """
        if self._numbers is None:
            self._numbers = all(bool(some.isfinite().all()) for some in self.model.parameters())
        if not self._numbers:
            raise ValueError(f"{self.model.card.title}: {_DIVERGED}")

    # -- what is known --------------------------------------------------------------------------

    def test(self) -> Dataset:
        """Real digits that it was not trained on; always the same ones, whose codes it knows."""
        if self._test is None:
            self._test = self._references.test(self.data)
        return self._test

    def training(self) -> Dataset:
        """Some of the digits that it was trained on; see `References.training`."""
        return self._references.training(self.data)

    def codes(self) -> Tensor:
        """The latents (M, D) of the first test digits: 600, or 96 where each is searched.

        Worked out once.

        Raises:
            means.Unsupported: it has no latents.
            ValueError: some are infinite or not a number; one sentence.
        """
        if self._codes is None:
            count = NATIVE_POINTS if self.explorer.encodes_fast else COSTLY_POINTS
            images = to_tensor(self.test().images[:count], self.model.device)
            codes = self._encode(images)
            if not codes.isfinite().all():
                raise ValueError(f"{self.model.card.title}: {_DIVERGED}")
            self._codes = codes
        return self._codes

    def labels(self) -> np.ndarray:
        """The classes (M,) of the digits of `codes`."""
        return self.test().labels[: len(self.codes())]

    # -- about a drawing ------------------------------------------------------------------------

    def opinion(self, drawing: np.ndarray) -> Opinions | None:
        """What its discriminator thinks of a drawing, uint8 (28, 28); None without one.

        Raises:
            ValueError: there are no real digits to compare it with; one sentence.
        """
        if not self.explorer.judges:
            return None
        known = drawing.tobytes()
        if self._opinion is None or self._opinion[0] != known:
            company = self.test().images[:COMPANY]
            self._opinion = known, self.explorer.opinion(drawing, company)
        return self._opinion[1]

    def answer(self, drawing: np.ndarray) -> Iterator[Testimony]:
        """All that it says about a drawing, uint8 (28, 28), more of it at each step.

        What is known at once comes first, also where the code is a search. What has to be worked
        out from other digits is only told if that has been done or takes no time: see `deepen`.
        The newest answer is remembered.
        """
        if self._last is not None and self._last[0] == drawing.tobytes():
            yield self._last[1]
            return
        clock = _Clock()
        shares = self._own_shares(drawing)
        nothing = np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.int64)
        said = Testimony(
            shares=shares,
            opinion_by="the classifier" if shares is None else "the model",
            score=self._score(drawing),
            neighbours=nothing[0],
            neighbour_labels=nothing[1],
        )
        said = self._with_neighbours(said, drawing)
        if not self.explorer.can("encode"):
            said = clock.stamp(replace(said, lacks=self.explorer.way("encode")))
            yield said
        else:
            if not self.explorer.encodes_fast:
                yield clock.stamp(said)
                clock.go_on()
            for reading in self.explorer.read(drawing):
                said = clock.stamp(self._with_reading(said, drawing, reading))
                yield said
                clock.go_on()
        self._last = drawing.tobytes(), said
        if said.reading is not None and self._measure_quickly():
            said = self._with_fit(said, drawing, said.reading)
            self._last = drawing.tobytes(), said
            yield said

    def deepen(self, drawing: np.ndarray, *, thorough: bool = True) -> Iterator[Testimony | None]:
        """Works out what answers are measured by, and says what that adds to the newest one.

        At each step None, and at the end, if the newest answer was about this drawing and there is
        more to say, that answer anew. What has been worked out stays for later drawings.

        Arguments:
            thorough: Also what takes seconds: searches, and the codes of training digits. Not
                worth while for weights that will be replaced soon.

        Raises:
            ValueError: there are no real digits to compare it with; one sentence.
        """
        fast = self.explorer.encodes_fast
        if (fast or thorough) and self.explorer.can("encode") and not self._scale.complete:
            yield from self._scale.grow(self.test().images)
        kin = self._references.kin_at_hand(self.data)
        while kin is None:
            try:
                kin = self._references.kin(self.data)
            except LoadCancelled:
                yield None
        if fast and thorough:
            yield from self._encode_kin(kin)
        if self._last is None or self._last[0] != drawing.tobytes():
            return
        known = self._last[1]
        said = self._with_neighbours(known, drawing)
        if said.reading is not None:
            said = self._with_fit(said, drawing, said.reading)
        if _knowledge(said) != _knowledge(known):
            self._last = drawing.tobytes(), said
            yield said

    # -- inside ---------------------------------------------------------------------------------

    def _with_reading(self, said: Testimony, drawing: np.ndarray, reading: Reading) -> Testimony:
        said = replace(said, reading=reading)
        if said.opinion_by == "the classifier":
            shares = self._shares_of(reading.reconstruction)
            said = replace(said, shares=shares[:10], none=float(shares[10]))
        return self._with_neighbours(self._with_fit(said, drawing, reading), drawing)

    def _with_fit(self, said: Testimony, drawing: np.ndarray, reading: Reading) -> Testimony:
        return replace(said, yardstick=self._scale.measure(drawing, reading.error))

    def _with_neighbours(self, said: Testimony, drawing: np.ndarray) -> Testimony:
        kin = self._references.kin_at_hand(self.data)
        if kin is None:
            return said
        self._meet(kin)
        latent = None if said.reading is None else said.reading.latent
        if latent is not None and sum(map(len, self._kin_codes)) == len(kin):
            if len(self._kin_codes) > 1:
                self._kin_codes = [torch.cat(self._kin_codes)]
            found = kin.by_codes(self._kin_codes[0], latent)
            said = replace(said, neighbours_by="codes")
        elif len(said.neighbours):
            return said
        else:
            found = kin.by_pixels(drawing)
        return replace(said, neighbours=kin.images[found], neighbour_labels=kin.labels[found])

    def _measure_quickly(self) -> bool:
        """Measures test digits for as long as nobody notices; whether that has completed it."""
        if self._references.test_at_hand(self.data) is None and self._test is None:
            return False
        if self._scale.complete or not self.explorer.encodes_fast:
            return False
        end = time.thread_time() + SPARE
        for _ in self._scale.grow(self.test().images):
            if time.thread_time() > end:
                break
        return self._scale.complete

    def _meet(self, kin: Kin) -> None:
        """One's own digits may be others than a moment ago; then so are their codes."""
        if kin is not self._kin:
            self._kin, self._kin_codes = kin, []

    def _encode_kin(self, kin: Kin) -> Iterator[None]:
        self._meet(kin)
        done = sum(map(len, self._kin_codes))
        for first in range(done, len(kin), _CHUNK):
            images = to_tensor(kin.images[first : first + _CHUNK], self.model.device)
            self._kin_codes.append(self._encode(images))
            yield
            if kin is not self._kin:
                return

    def _encode(self, images: Tensor) -> Tensor:
        noise = generator(self.model.device, 0, "encode")
        with torch.no_grad():
            *_, last = means.encode(self.model, images, generator=noise)
        assert last.state is not None
        return last.state

    def _score(self, drawing: np.ndarray) -> Opinions | None:
        try:
            return self.opinion(drawing)
        except ValueError:
            return None  # without real digits to compare it with a score says nothing

    def _own_shares(self, drawing: np.ndarray) -> np.ndarray | None:
        """What a conditional model itself says about the classes."""
        if not isinstance(self.model, Conditional):
            return None
        with torch.no_grad():
            evidence = self.model.class_evidence(to_tensor(drawing[None], self.model.device))
        shares = np.zeros(DIGITS, np.float32)
        # One that learned from digits up to 4 knows five classes.
        told = evidence[0, :DIGITS].double().softmax(0).cpu().numpy()
        shares[: len(told)] = told
        return shares

    def _shares_of(self, copy: np.ndarray) -> np.ndarray:
        """What the classifier says about a picture: the ten digits, and that it is none."""
        with torch.no_grad():
            _, odds = self._references.classifier()(to_tensor(copy[None]))
        return np.asarray(odds[0].softmax(0).numpy())


def _knowledge(said: Testimony) -> tuple[object, ...]:
    """What may still be missing from an answer."""
    percentile = None if said.yardstick is None else said.yardstick.percentile
    return percentile, len(said.neighbours), said.neighbours_by


class _Clock:
    """Counts the time of an answer, and not what comes between its steps."""

    def __init__(self) -> None:
        self._spent = 0.0
        self.go_on()

    def go_on(self) -> None:
        self._since = time.perf_counter()

    def stamp(self, said: Testimony) -> Testimony:
        """The answer with the time until now; the clock stands until `go_on`."""
        self._spent += time.perf_counter() - self._since
        return replace(said, seconds=self._spent)
