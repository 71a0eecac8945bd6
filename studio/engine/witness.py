"""A frozen model together with the real digits that its answers are measured by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from models import means
from studio.engine.explorer import COSTLY_POINTS, NATIVE_POINTS
from studio.engine.images import to_tensor
from studio.engine.seeding import generator

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from models import GenerativeModel
    from studio.data.dataset import Dataset
    from studio.engine.explorer import Explorer
    from studio.engine.references import References


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
        self._codes: Tensor | None = None

    @property
    def model(self) -> GenerativeModel:
        """In evaluation mode, without gradients for its parameters."""
        return self.explorer.model

    def test(self) -> Dataset:
        """Real digits that it was not trained on."""
        return self._references.test(self.data)

    def training(self) -> Dataset:
        """Some of the digits that it was trained on."""
        return self._references.training(self.data)

    def codes(self) -> Tensor:
        """The latents (M, D) of the first test digits: 600, or 96 where each is searched.

        Worked out once.

        Raises:
            means.Unsupported: it has no latents.
        """
        if self._codes is None:
            count = NATIVE_POINTS if self.explorer.encodes_fast else COSTLY_POINTS
            images = to_tensor(self.test().images[:count], self.model.device)
            noise = generator(self.model.device, 0, "encode")
            with torch.no_grad():
                *_, last = means.encode(self.model, images, generator=noise)
            assert last.state is not None
            self._codes = last.state
        return self._codes

    def labels(self) -> np.ndarray:
        """The classes (M,) of the digits of `codes`."""
        return self.test().labels[: len(self.codes())]
