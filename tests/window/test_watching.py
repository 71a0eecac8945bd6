"""A training that is looked at in every way is the one that nobody saw, to the last bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QMainWindow

from studio.app import Studio
from studio.engine.config import TrainConfig
from studio.engine.controls import Controls
from studio.engine.filling import fill
from studio.engine.rewriting import correct
from studio.engine.session import play
from studio.library.opening import load_start, open_run
from studio.library.recorder import Recorder, record
from tests.window.hands import choose, stroke, until

ASKED = 1_000


class Onlooker:
    """Asks for something else each time, and never waits for the answer."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._rng = np.random.default_rng(0)
        self.count = 0

    def ask(self) -> None:
        studio, rng, data = self._studio, self._rng, self._studio.state.data
        assert data is not None
        self.count += 1
        desk, map_ = studio.desk, studio.map_room.cartographer
        digit = rng.integers(0, 255, (28, 28)).astype(np.uint8)
        place = float(rng.normal()), float(rng.normal())
        match self.count % 14:
            case 0:
                desk.ask_samples(8, seed=self.count)
            case 1:
                stroke(studio.draw.canvas, tuple(rng.random(2)), tuple(rng.random(2)))
            case 2:
                map_.ask_pick(place)
            case 3:
                desk.ask("answer", lambda witness: witness.answer(digit))
            case 4:
                hole, seed = rng.random((28, 28)) < 0.3, self.count
                desk.ask("fill", lambda witness: fill(witness.explorer, digit, hole, seed=seed))
            case 5:
                studio.map.map.invalidate()
            case 6:
                studio.timeline.go_to(int(rng.integers(0, max(1, data.pace.step))))
            case 7:
                studio.timeline.go_live()
            case 8:
                desk.ask_opinions(rng.integers(0, 255, (8, 28, 28)).astype(np.uint8))
            case 9:
                desk.ask("rewrite", lambda witness: correct(witness, digit))
            case 10:
                map_.ask_plane()
            case 11:
                map_.ask_shades("jacobian", [("", np.array([place]), 0.1)])
            case 12:
                map_.ask_region(place + np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]))
            case 13:
                map_.ask_place(digit)
        if self.count % 100 == 0:
            studio.window.show_page(self.count // 100 % 5)
        # The global generator belongs to nobody in particular.
        torch.rand(1)


@pytest.mark.parametrize(
    ("model", "settings"),
    [
        ("gan", {"steps": 160, "batch_size": 8}),
        ("vae", {"steps": 800, "batch_size": 8, "hidden": 16, "latent_dim": 2}),
    ],
)
def test_watching_changes_nothing(
    window: QMainWindow,
    studio: Studio,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    model: str,
    settings: dict[str, object],
) -> None:
    monkeypatch.setenv("MODESCOPE_HOME", str(tmp_path / "home"))
    until(lambda: studio.exploring.current is not None)
    choose(studio, model, **settings)
    studio.training.start()
    until(lambda: studio.state.data is not None and studio.state.data.pace.step > 0)
    onlooker = Onlooker(studio)
    while studio.state.active or onlooker.count < ASKED:
        for _ in range(20):
            onlooker.ask()
        loop = QEventLoop()
        QTimer.singleShot(5, loop.quit)
        loop.exec()
    assert studio.state.data is not None
    watched = Path(studio.state.data.folder)
    asked = studio.state.data.config

    alone = tmp_path / "alone"
    config = TrainConfig(
        model=model,
        settings=asked.settings,
        data=asked.data,
        seed=asked.seed,
        device=asked.device,
        threads=open_run(watched).record.threads,
    )
    recorder = Recorder(alone, config)
    for _ in record(play(config, Controls(), opened=recorder.opened), recorder):
        pass

    ours, theirs = load_start(watched).start, load_start(alone).start
    assert ours.weights.keys() == theirs.weights.keys()
    for name, tensor in ours.weights.items():
        assert torch.equal(tensor, theirs.weights[name]), name
    for player, state in ours.progress.optimizers.items():
        for name, tensor in state.tensors.items():
            assert torch.equal(tensor, theirs.progress.optimizers[player].tensors[name])
    seen, unseen = open_run(watched).log.players, open_run(alone).log.players
    assert seen.keys() == unseen.keys()
    for player, curves in seen.items():
        assert np.array_equal(curves.steps, unseen[player].steps)
        for term, values in curves.terms.items():
            assert values.tobytes() == unseen[player].terms[term].tobytes()
