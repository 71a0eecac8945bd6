"""The real window over a few hundred real digits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from studio import data
from studio.app import Studio, create_window
from studio.data import pen
from studio.data.dataset import Dataset
from tests.window.hands import until


@pytest.fixture
def small_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few hundred real pen digits instead of twenty thousand."""
    digits = {split: _few(split) for split in ("train", "test")}
    monkeypatch.setattr(data, "load", lambda name, split="train", **_: digits[split])


def _few(split: str) -> Dataset:
    return pen.generate(300, split="train" if split == "train" else "test")


@pytest.fixture
def window(qtbot: QtBot, small_data: None) -> Iterator[QMainWindow]:
    window = create_window()
    window.resize(1280, 800)
    window.show()
    yield window
    window.close()
    window.deleteLater()


@pytest.fixture
def studio(window: QMainWindow) -> Studio:
    found = window.findChild(Studio)
    assert isinstance(found, Studio)
    until(lambda: found.loader.isFinished() and bool(found.picker.chosen()))
    return found
