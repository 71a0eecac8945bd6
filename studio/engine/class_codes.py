"""Where the codes of each class lie, in the latent space of a frozen model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import torch

from models import means
from models.capabilities import Conditional, Decodes, Encodes
from studio.engine.images import to_arrays, to_tensor
from studio.engine.seeding import generator
from studio.instruments.classifier import DIGITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from torch import Tensor

    from studio.engine.witness import Witness
    from studio.instruments.classifier import DigitClassifier

_SAMPLES, _CHUNK = 1_024, 64
_FEW = 3
_MOST_SHIFTS = 20


@dataclass(frozen=True, eq=False)
class ClassCodes:
    """Codes whose classes are known.

    Attributes:
        codes: (M, D).
        labels: int64 (M,), -1 where there is no class.
        how: What codes these are, for a sentence.
        lacks: Why there are none of a class, after its name.
    """

    codes: Tensor
    labels: Tensor
    how: str
    lacks: str = "too few test digits"

    def has(self, label: int) -> bool:
        """Whether there are at least 3 codes of a class; else the codes of all stand for it."""
        return int((self.labels == label).sum()) >= _FEW

    def mean(self, label: int) -> Tensor:
        """The mean code of a class, (D,)."""
        return self._members(label).mean(dim=0)

    def plain(self, label: int, near: Tensor) -> Tensor:
        """The middle of those codes of a class that lie around a code (D,), as a code (D,).

        The mean of the third that is nearest, again and again, until it stays (mean shift,
        Comaniciu and Meer, 2002, doi:10.1109/34.1000236). A class that is written in two ways has
        two middles, and its mean may lie in another class.
        """
        members = self._members(label)
        count = max(min(_FEW, len(members)), len(members) // 3)
        middle = near
        for _ in range(_MOST_SHIFTS):
            apart = (members - middle).square().sum(dim=1)
            shifted = members[apart.topk(count, largest=False).indices].mean(dim=0)
            if torch.equal(shifted, middle):
                break
            middle = shifted
        return middle

    def _members(self, label: int) -> Tensor:
        return self.codes[self.labels == label] if self.has(label) else self.codes


_KNOWN: WeakKeyDictionary[Witness, ClassCodes] = WeakKeyDictionary()
"""The weights of a witness do not change, so its codes are drawn once."""


def class_codes(witness: Witness) -> Iterator[ClassCodes | None]:
    """None at each step, and at last the codes of the classes.

    They are those of encoded test digits. A model without an encoder draws codes from N(0, I)
    instead, decodes them, and our classifier reads what has come out: that takes a hundredth of
    the time of searching the codes of test digits.
    """
    known = _KNOWN.get(witness)
    if known is None:
        model = witness.model
        if isinstance(model, Encodes):
            # A copy, for data sets are read-only.
            labels = torch.from_numpy(witness.labels().copy()).to(model.device)
            known = ClassCodes(witness.codes(), labels, "test digits")
        else:
            parts = []
            noise = generator(model.device, 0, "classes")
            for _ in range(_SAMPLES // _CHUNK):
                parts.append(_written(witness, noise))
                yield None
            known = ClassCodes(
                torch.cat([codes for codes, _ in parts]),
                torch.cat([read for _, read in parts]),
                "samples that our classifier reads so",
                "it hardly ever writes one",
            )
        _KNOWN[witness] = known
    yield known


def class_of(witness: Witness, drawing: np.ndarray) -> int:
    """As which class a model reads a drawing, uint8 (H, W); our classifier where it cannot."""
    model = witness.model
    if isinstance(model, Conditional):
        with torch.no_grad():
            found = means.labels_of(model, to_tensor(drawing[None], model.device))
        assert found is not None
        return int(found[0])
    return int(classifier().judge(drawing[None]).digits[0])


@cache
def classifier() -> DigitClassifier:
    """The network that reads digits.

    Raises:
        ValueError: its file cannot be used; one sentence.
    """
    from studio.instruments.classifier import load_classifier

    return load_classifier()


@torch.no_grad()
def _written(witness: Witness, noise: torch.Generator) -> tuple[Tensor, Tensor]:
    """Codes from the prior, and the classes of their pictures; -1 where there is no digit."""
    model = witness.model
    assert isinstance(model, Decodes)
    codes = torch.randn(_CHUNK, model.latent_dim(), generator=noise, device=model.device)
    if isinstance(model, Conditional):
        # The class is told and not in the code.
        return codes, torch.arange(_CHUNK, device=model.device) % model.shape.classes
    read = classifier().judge(to_arrays(model.decode(codes))).labels
    digits = torch.from_numpy(read).to(model.device)
    return codes, digits.masked_fill(digits >= DIGITS, -1)
