"""The real digits at hand, and when they are loaded again."""

from __future__ import annotations

import numpy as np
import pytest

from studio import data
from studio.data.dataset import Dataset
from studio.engine.references import References


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    heard: list[tuple[str, str]] = []

    def load(name: str, split: str = "train", **_: object) -> Dataset:
        heard.append((name, split))
        images = np.full((3, 28, 28), len(heard), np.uint8)
        return Dataset(name, split, images, np.arange(3))  # type: ignore[arg-type]

    monkeypatch.setattr(data, "load", load)
    return heard


def test_a_set_is_loaded_once(loads: list[tuple[str, str]]) -> None:
    references = References()
    for _ in range(3):
        references.test("pen")
        references.training("pen")
    assert sorted(loads) == [("pen", "test"), ("pen", "train")]


def test_a_set_that_has_changed_is_loaded_again_and_no_other(
    loads: list[tuple[str, str]],
) -> None:
    references = References()
    references.test("pen")
    assert references.test("mine").images[0, 0, 0] == 2
    kin = references.kin("mine")
    references.forget("mine")
    assert references.kin_at_hand("mine") is None
    assert references.test("mine").images[0, 0, 0] == 4
    assert references.kin("mine") is not kin
    references.test("pen")
    assert loads.count(("pen", "test")) == 1
