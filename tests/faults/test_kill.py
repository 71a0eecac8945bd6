"""kill -9, at random moments of a real training and at every point of the save code: the run
reopens, is sound, goes on, and ends as if nothing had happened, to the last bit."""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from studio.engine.progress import Start
from studio.library.container import BadRun
from studio.library.history import Curves
from studio.library.lock import is_locked
from studio.library.opening import load_start, open_run
from studio.library.verify import verify
from tests.faults.nursery import Answer, Order

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks one process per training")


class Nursery:
    """The other side of `nursery.py`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )

    def __call__(self, order: Order) -> Answer:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(asdict(order)), file=self._process.stdin, flush=True)
        answer = Answer(**json.loads(self._process.stdout.readline()))
        assert not answer.error, answer.error
        return answer

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    with contextlib.closing(nursery):
        yield nursery


@dataclass(frozen=True)
class Outcome:
    """What a finished run came to."""

    start: Start
    curves: Mapping[str, Curves]


def outcome(folder: Path) -> Outcome:
    run = open_run(folder)
    assert not run.problems
    assert run.head.state == "finished"
    return Outcome(load_start(folder).start, run.log.players)


def insist_equal(found: Outcome, meant: Outcome) -> None:
    """Weights, the memory of the optimizers, and every loss of every round."""
    for name, tensor in meant.start.weights.items():
        assert torch.equal(found.start.weights[name], tensor), name
    ours, theirs = found.start.progress, meant.start.progress
    assert (ours.step, ours.stage, ours.draws) == (theirs.step, theirs.stage, theirs.draws)
    assert ours.optimizers.keys() == theirs.optimizers.keys()
    for player, state in theirs.optimizers.items():
        assert ours.optimizers[player].numbers == state.numbers
        for key, tensor in state.tensors.items():
            assert torch.equal(ours.optimizers[player].tensors[key], tensor), (player, key)
    assert found.curves.keys() == meant.curves.keys()
    for player, curves in meant.curves.items():
        assert np.array_equal(found.curves[player].steps, curves.steps)
        for term, values in curves.terms.items():
            assert found.curves[player].terms[term].tobytes() == values.tobytes(), (player, term)


def whole(nursery: Nursery, folder: Path, rounds: int) -> tuple[Outcome, float]:
    """A run that nobody disturbs, and how long it took."""
    answer = nursery(Order(folder=str(folder), rounds=rounds))
    assert (answer.killed, answer.step) == (False, rounds - 1)
    return outcome(folder), answer.seconds


def reopened(folder: Path) -> int | None:
    """The step from which a killed run goes on; None if it had not come to its first save."""
    assert not is_locked(folder)
    try:
        step = load_start(folder).start.progress.step
    except BadRun:
        assert not (folder / "HEAD.json").exists()
        return None
    report = verify(folder)
    assert report.sound, report.problems
    if (folder / "HEAD.json").exists():
        assert not open_run(folder).problems
    return step


def random_kills(nursery: Nursery, place: Path, rounds: int, kills: int, seed: int) -> None:
    """Kills a run, takes it up, kills it again, until it ends; then the next one."""
    dice = random.Random(seed)
    meant, seconds = whole(nursery, place / "whole", rounds)
    lost_rounds, lost_seconds, before_first, runs, done = [], [], 0, 0, 0
    while done < kills:
        folder, resume = place / f"{runs}", False
        runs += 1
        while True:
            after = dice.uniform(0.0, 1.2 * seconds) if done < kills else None
            answer = nursery(
                Order(folder=str(folder), rounds=rounds, resume=resume, kill_after=after)
            )
            if not answer.killed:
                break
            done += 1
            step = reopened(folder) if folder.exists() else None
            resume = step is not None
            if step is None:
                before_first += 1
                folder = place / f"{runs}-{done}"
            elif answer.step >= 0:
                lost_rounds.append(max(0, answer.step - step))
                lost_seconds.append(lost_rounds[-1] * seconds / rounds)
        insist_equal(outcome(folder), meant)
        assert not list(folder.rglob("*.part"))
    print(
        f"{done} random kills in {runs} runs of {rounds} rounds ({seconds:.1f} s), "
        f"{before_first} before the first save; lost at most {max(lost_rounds, default=0)} rounds "
        f"and {max(lost_seconds, default=0):.3f} s, on average {np.mean(lost_rounds or [0]):.1f}"
    )


def kills_at_every_point(
    nursery: Nursery, place: Path, rounds: int, kill_in: str | int, *, resume_at: int = 0
) -> int:
    """How many points there were. With `resume_at`, of a run that was killed there before."""
    meant, _ = whole(nursery, place / "whole", rounds)
    points = 0
    for half in (False, True):
        # From the start, the first sixty calls: two saves.
        for call in range(1, 61):
            folder = place / f"{call}-{half}"
            order = Order(folder=str(folder), rounds=rounds)
            if resume_at:
                stop = nursery(replace(order, kill_in=resume_at, call=20))
                assert stop.killed
                order = replace(order, resume=True)
            if not nursery(replace(order, kill_in=kill_in, call=call, half=half)).killed:
                # There are no more; and a disk that counts has changed nothing.
                insist_equal(outcome(folder), meant)
                break
            points += 1
            step = reopened(folder) if folder.exists() else None
            if step is None:
                folder = place / f"{call}-{half}-again"
            nursery(Order(folder=str(folder), rounds=rounds, resume=step is not None))
            insist_equal(outcome(folder), meant)
    print(f"killed at {points} points of {kill_in!r}")
    return points


def test_at_random_moments(nursery: Nursery, tmp_path: Path) -> None:
    random_kills(nursery, tmp_path, rounds=60, kills=12, seed=1)


def test_at_every_point_of_a_save(nursery: Nursery, tmp_path: Path) -> None:
    assert kills_at_every_point(nursery, tmp_path, 14, 10) >= 30


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_at_two_hundred_random_moments(nursery: Nursery, tmp_path: Path) -> None:
    random_kills(nursery, tmp_path, rounds=600, kills=200, seed=2)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("kill_in", ["start", 10, 30])
def test_at_every_point_of_the_first_and_of_later_saves(
    nursery: Nursery, tmp_path: Path, kill_in: str | int
) -> None:
    assert kills_at_every_point(nursery, tmp_path, 45, kill_in) >= 30


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_at_every_point_of_taking_it_up_again(nursery: Nursery, tmp_path: Path) -> None:
    assert kills_at_every_point(nursery, tmp_path, 35, "start", resume_at=20) >= 30
