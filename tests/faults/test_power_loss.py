"""The power goes: whatever a file system may have made of the calls until then, the run opens, and
what was said to be saved is there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from studio.engine.events import Event, Saved
from studio.library.container import BadRun
from studio.library.opening import load_start
from studio.library.recorder import Recorder, record
from studio.library.run_folder import HEAD, read_head
from tests.faults.crash_states import CrashState, Tree, crash_states, tree_of
from tests.faults.disks import RecordingDisk
from tests.faults.story import APART, CONFIG, check_sound, insist_on_start, story

SAVES = 9


@dataclass(frozen=True)
class Promise:
    """After this many calls it was said: saved until `step`, with these snapshots."""

    calls: int
    step: int
    snapshots: frozenset[int]


def listen(events: Iterator[Event], disk: RecordingDisk) -> list[Promise]:
    promises = []
    for event in events:
        if isinstance(event, Saved):
            step = -1 if event.checkpoint is None else event.checkpoint
            promises.append(Promise(len(disk.calls), step, frozenset(event.snapshots)))
    return promises


def check(
    state: CrashState,
    disk: RecordingDisk,
    promises: list[Promise],
    place: Path,
    *,
    damaged: str,
    verified: bool,
) -> bool:
    """Whether there was a run to look at; insists on what was promised of it."""
    kept = [promise for promise in promises if promise.calls <= state.calls]
    least = max((promise.step for promise in kept), default=-1)
    if least < 0:
        # Nothing was promised yet; but what opens must be sound, and what was sound must open.
        try:
            insist_on_start(load_start(place).start)
        except BadRun:
            assert not damaged
            return False
        return True
    thinned = {
        int(call.path.stem)
        for call in disk.calls[: state.calls]
        if call.name == "unlink" and call.path is not None and call.path.parent.name == "snapshots"
    }
    # Later snapshots than the checkpoint are of rounds that will be played again.
    promised = {step for step in kept[-1].snapshots if step <= least} if kept else set()
    check_sound(
        place,
        least=least,
        snapshots=promised - thinned,
        damaged=(damaged,),
        verified=verified,
    )
    return True


def check_all(
    root: Path,
    disk: RecordingDisk,
    promises: list[Promise],
    place: Path,
    before: Tree | None = None,
    *,
    damaged: str = "",
) -> tuple[int, int]:
    """How many different states there are, and how many of them are runs; all are looked at."""
    seen: dict[tuple[object, ...], CrashState] = {}
    for state in crash_states(root, disk.calls, before=before):
        # The same files after a later call: more was promised by then.
        seen[tuple(state.tree.items())] = state
    opened = 0
    for number, state in enumerate(seen.values()):
        state.put(root, place / f"{number}")
        try:
            opened += check(
                state,
                disk,
                promises,
                place / f"{number}" / "run",
                damaged=damaged,
                verified=number % 5 == 0,
            )
        except Exception as error:
            last = [call.name for call in disk.calls[max(0, state.calls - 3) : state.calls]]
            raise AssertionError(f"in {number} after call {state.calls}, {last}") from error
        shutil.rmtree(place / f"{number}")
    return len(seen), opened


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "runs"
    root.mkdir()
    return root


def test_no_power_cut_takes_what_was_saved(root: Path, tmp_path: Path) -> None:
    disk = RecordingDisk()
    # Room for a few snapshots: some are thinned out on the way.
    recorder = Recorder(root / "run", CONFIG, disk=disk, budget_bytes=12_000)
    promises = listen(record(story(SAVES), recorder), disk)
    assert promises[-1].step == SAVES * APART
    assert len(promises[-1].snapshots) < SAVES
    states, opened = check_all(root, disk, promises, tmp_path)
    print(f"{states:,} crash states of {len(disk.calls)} calls, {opened:,} of them runs")
    assert states >= 1_000
    assert opened >= 950


@pytest.mark.parametrize("damage", ["", "head", "checkpoint"])
def test_nor_one_that_comes_while_a_run_is_taken_up_again(
    root: Path, tmp_path: Path, damage: str
) -> None:
    """The run was cut off in the middle of a save, or lost a file besides."""
    cut_off = RecordingDisk()
    folder = root / "run"
    first = listen(record(story(3), Recorder(folder, CONFIG, disk=cut_off)), cut_off)
    # The state before the third save was acknowledged, with as much on the disk as there can be.
    end = next(promise.calls for promise in first if promise.step == 3 * APART) - 5
    states = [s for s in crash_states(root, cut_off.calls) if s.calls == end]
    state = max(states, key=lambda s: sum(len(content or b"") for content in s.tree.values()))
    shutil.rmtree(root)
    state.put(root, root)
    least, damaged = 2 * APART, ""
    if damage == "head":
        damaged = HEAD
    elif damage == "checkpoint":
        named = read_head(folder).checkpoint
        assert named is not None
        damaged, least = f"checkpoints/{named.file}", -1
    if damaged:
        (folder / damaged).write_bytes(b"damaged")
    before = tree_of(root)
    disk = RecordingDisk()
    recorder, restart = Recorder.resume(folder, disk=disk)
    step = restart.start.progress.step
    assert step >= least
    events = record(story(3, first=step), recorder)
    promises = listen(events, disk)
    if not damaged:
        promises = [Promise(0, least, frozenset({0, 10, 20})), *promises]
    count, opened = check_all(root, disk, promises, tmp_path, before, damaged=damaged)
    print(f"{count:,} crash states of {len(disk.calls)} calls, {opened:,} of them runs")
    assert count >= 300
