"""From a config alone to a finished run; thread counts; devices; pace."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch

import models
from models import ImageShape
from studio import data
from studio.data.dataset import Dataset
from studio.engine import events as ev
from studio.engine import pace as pace_module
from studio.engine import threads
from studio.engine.config import TrainConfig
from studio.engine.controls import Controls
from studio.engine.device import resolve
from studio.engine.pace import Budget, Stopwatch
from studio.engine.progress import Progress, Start
from studio.engine.seeding import mix
from studio.engine.session import play


@pytest.fixture
def blobs(digits: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    labels = np.arange(len(digits), dtype=np.int64) % 10
    made = Dataset("blobs", "train", digits, labels, None, (), None)
    monkeypatch.setattr(data, "load", lambda *_, **__: made)
    return made


def a_config(**values: object) -> TrainConfig:
    settings = models.spec("vae").config.from_values({"steps": 3, "batch_size": 8, "hidden": 16})
    return TrainConfig(model="vae", settings=settings, **values)  # type: ignore[arg-type]


def test_a_config_is_enough(blobs: Dataset) -> None:
    said: list[str] = []
    opened: list[Dataset] = []
    events = list(
        play(
            a_config(threads=1),
            Controls(),
            progress=lambda message, fraction: said.append(message),
            opened=opened.append,
        )
    )
    phases = [e.phase for e in events if isinstance(e, ev.PhaseChanged)]
    assert phases == ["loading", "running", "finished"]
    assert opened == [blobs]
    assert said


def test_a_run_goes_on_from_its_checkpoint(blobs: Dataset) -> None:
    whole = list(play(a_config(threads=1), Controls()))
    taken = [e for e in whole if isinstance(e, ev.CheckpointTaken)]
    assert [e.step for e in taken] == [0, 3]
    torch.manual_seed(99)
    start = Start(taken[0].weights, taken[0].progress)
    again = list(play(a_config(threads=1), Controls(), start=start))
    last = [e for e in again if isinstance(e, ev.CheckpointTaken)][-1]
    for name, weight in taken[1].weights.items():
        assert torch.equal(weight, last.weights[name]), name
    longer = dataclasses.replace(taken[1].progress, live={"steps": 5, "beta": 2.0})
    events = list(play(a_config(), Controls(), start=Start(taken[1].weights, longer)))
    assert {e.step for e in events if isinstance(e, ev.PhaseChanged)} == {3, 5}
    assert next(e for e in events if isinstance(e, ev.RunStarted)).step == 3
    assert next(e for e in events if isinstance(e, ev.Finished)).step == 5
    last = [e for e in events if isinstance(e, ev.CheckpointTaken)][-1]
    assert last.progress.live == longer.live


@pytest.mark.parametrize(
    ("weights", "live", "words"),
    [
        ({}, {}, "the saved weights do not fit the model"),
        (None, {"steps": "many"}, "steps must be a whole number"),
        (None, {"hidden": 8}, "hidden cannot change while training"),
    ],
)
def test_a_start_of_another_model_is_told_in_one_sentence(
    weights: dict[str, torch.Tensor] | None, live: dict[str, object], words: str, blobs: Dataset
) -> None:
    config = a_config(threads=1)
    sound = models.create("vae", config.settings).state_dict()
    start = Start(sound if weights is None else weights, Progress(live=live))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=words) as refusal:
        list(play(config, Controls(), start=start))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [({"model": "nonsense"}, "there is no model"), ({"device": "abacus"}, "no device")],
)
def test_what_cannot_be_is_told_before_anything_is_loaded(
    change: dict[str, str], words: str, blobs: Dataset
) -> None:
    with pytest.raises(ValueError, match=words):
        list(play(dataclasses.replace(a_config(), **change), Controls()))  # type: ignore[arg-type]


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_told_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="use --device cpu or auto"):
        resolve("cuda")
    assert resolve("auto").type in ("cpu", "mps")


def test_the_thread_count_is_measured_once(
    blobs: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[int] = []

    def rate(*_: object) -> float:
        measured.append(torch.get_num_threads())
        return 100.0 * torch.get_num_threads()

    monkeypatch.setattr(threads.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(threads, "_rounds_per_second", rate)
    memory = tmp_path / "threads.json"
    settings = models.spec("vae").config()
    for _ in range(3):
        assert threads.choose("vae", settings, ImageShape(), blobs, memory=memory) == 2
    assert measured == [1, 2]
    assert torch.get_num_threads() == 1, "the measurement left its own count behind"
    memory.write_text("{broken")
    assert threads.choose("vae", settings, ImageShape(), blobs, memory=memory) == 2
    assert json.loads(memory.read_text())


def test_one_thread_is_kept_where_more_bring_little(
    blobs: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(threads, "_rounds_per_second", lambda *_: 100.0 + torch.get_num_threads())
    settings = models.spec("vae").config()
    assert threads.choose("vae", settings, ImageShape(), blobs, memory=None) == 1


def test_the_real_measurement_disturbs_nothing(blobs: Dataset) -> None:
    state = torch.get_rng_state()
    settings = models.spec("vae").config.from_values({"batch_size": 8, "hidden": 16})
    assert threads._rounds_per_second("vae", settings, ImageShape(), blobs, 0.01) > 0
    assert torch.equal(state, torch.get_rng_state())


def test_seeds_of_neighbours_are_unrelated() -> None:
    seeds = {mix(seed, "noise", step) for seed in range(20) for step in range(50)}
    assert len(seeds) == 1000
    assert all(0 <= s < 2**63 for s in seeds)
    assert mix(0, "noise", 1) == mix(0, "noise", 1)


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(pace_module.time, "monotonic", lambda: self.now)


def test_a_costly_side_job_is_asked_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    budget = Budget(least=0.5, share=9)
    assert budget.due()
    with budget:
        clock.now += 2.0
    clock.now += 17.0
    assert not budget.due(), "a tenth of the time is the most it may take"
    clock.now += 1.1
    assert budget.due()


def test_what_must_not_wait_happens_whatever_it_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    budget = Budget(least=10, share=100, most=30)
    for cost, wait in ((0.01, 10), (0.2, 20), (5.0, 30)):
        with budget:
            clock.now += cost
        clock.now += wait - 0.1
        assert not budget.due()
        clock.now += 0.2
        assert budget.due()


def test_the_stopwatch_goes_on_from_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    watch = Stopwatch(100.0)
    assert watch.seconds() == 100.0
    watch.run()
    watch.rate(7)
    clock.now += 2.0
    assert watch.seconds() == pytest.approx(102.0)
    assert watch.rate(27) == pytest.approx(10)


def test_the_stopwatch_leaves_pauses_out(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    watch = Stopwatch()
    watch.run()
    watch.rate(0)
    clock.now += 2.0
    assert watch.rate(100) == pytest.approx(50)
    watch.hold()
    clock.now += 1000.0
    assert watch.seconds() == pytest.approx(2.0)
    watch.run()
    clock.now += 1.0
    assert watch.seconds() == pytest.approx(3.0)
