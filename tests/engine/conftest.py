"""What the tests of the engine share."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from studio.data.dataset import Dataset
from studio.data.resident import ResidentData
from studio.engine import preview
from studio.engine.pace import Budget


@pytest.fixture
def data(digits: np.ndarray) -> ResidentData:
    labels = np.arange(len(digits), dtype=np.int64) % 10
    return ResidentData(
        Dataset("blobs", "train", digits, labels, None, (), None), torch.device("cpu")
    )


@pytest.fixture
def every_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """Losses are told after each round, all else only when asked for; grids are small."""
    monkeypatch.setattr(Budget, "due", lambda budget: budget._least < 0.1)
    monkeypatch.setattr(preview, "GRID", 4)
