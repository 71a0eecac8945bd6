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

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from torch import Tensor

    from studio.engine.witness import Witness
    from studio.instruments.classifier import DigitClassifier

_SAMPLES, _CHUNK = 1_024, 64
_FEW = 3


@dataclass(frozen=True, eq=False)
class ClassCodes:
    """The mean code of each class.

    Attributes:
        means: (K, D).
        counts: (K,) int64, of how many codes; where there are fewer than 3, the mean is that of
            all codes.
        middle: (D,), the mean of all.
        how: Of what codes these are the means, as the end of a sentence.
    """

    means: Tensor
    counts: Tensor
    middle: Tensor
    how: str

    def has(self, label: int) -> bool:
        """Whether there are enough codes of a class to know its mean."""
        return int(self.counts[label]) >= _FEW


_KNOWN: WeakKeyDictionary[Witness, ClassCodes] = WeakKeyDictionary()
"""The weights of a witness do not change, so its means are worked out once."""


def class_codes(witness: Witness) -> Iterator[ClassCodes | None]:
    """None at each step, and at last the mean codes of the classes.

    They are those of encoded test digits. A model without an encoder draws codes from N(0, I)
    instead, decodes them, and our classifier reads what has come out: that takes a hundredth of
    the time of searching the codes of test digits.
    """
    known = _KNOWN.get(witness)
    if known is None:
        model = witness.model
        if isinstance(model, Encodes):
            labels = torch.from_numpy(witness.labels()).to(model.device)
            known = _of(
                witness.codes(), labels, model.shape.classes, "the mean code of its test digits"
            )
        else:
            parts = []
            noise = generator(model.device, 0, "classes")
            for _ in range(_SAMPLES // _CHUNK):
                parts.append(_written(witness, noise))
                yield None
            known = _of(
                torch.cat([codes for codes, _ in parts]),
                torch.cat([read for _, read in parts]),
                model.shape.classes,
                "the mean code of those of its samples that our classifier reads so",
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
    return int(_classifier().judge(drawing[None]).digits[0])


@torch.no_grad()
def _written(witness: Witness, noise: torch.Generator) -> tuple[Tensor, Tensor]:
    """Codes from the prior, and the classes of their pictures; -1 where there is no digit."""
    model = witness.model
    assert isinstance(model, Decodes)
    codes = torch.randn(_CHUNK, model.latent_dim(), generator=noise, device=model.device)
    if isinstance(model, Conditional):
        # The class is told and not in the code.
        return codes, torch.arange(_CHUNK, device=model.device) % model.shape.classes
    judged = _classifier().judge(to_arrays(model.decode(codes)))
    read = torch.from_numpy(judged.digits).to(model.device)
    none = torch.from_numpy(judged.none > 0.5).to(model.device)
    return codes, read.masked_fill(none, -1)


def _of(codes: Tensor, labels: Tensor, classes: int, how: str) -> ClassCodes:
    middle = codes.mean(dim=0)
    members = [codes[labels == label] for label in range(classes)]
    return ClassCodes(
        means=torch.stack([m.mean(dim=0) if len(m) >= _FEW else middle for m in members]),
        counts=torch.tensor([len(m) for m in members]),
        middle=middle,
        how=how,
    )


@cache
def _classifier() -> DigitClassifier:
    from studio.instruments.classifier import load_classifier

    return load_classifier()
