"""A shelf keeps the first, the last, and an even choice of what lies between."""

from __future__ import annotations

import errno
import itertools
import math
import random
from pathlib import Path

import pytest

from studio.data.disk import Disk
from studio.library.shelf import Shelf, numbers_in
from tests.data.disks import Dying, Failing, Killed


class Quick(Disk):
    """Waits for no medium: for tests of what is chosen."""

    def fsync(self, fd: int) -> None:
        pass


def on_disk(folder: Path) -> list[int]:
    return sorted(int(path.stem) for path in folder.glob("*.safetensors"))


def test_what_is_put_is_there(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "new", limit=10)
    assert shelf.steps() == ()
    assert shelf.size() == 0
    shelf.put(1200, b"old")
    shelf.put(1200, b"longer")
    shelf.put(2**53, b"late")
    assert shelf.path(1200) == tmp_path / "new" / "00001200.safetensors"
    assert shelf.path(1200).read_bytes() == b"longer"
    assert shelf.path(2**53).name == "9007199254740992.safetensors"
    assert shelf.steps() == (1200, 2**53)
    assert shelf.size() == 10
    again = Shelf(tmp_path / "new", limit=10)
    assert again.steps() == shelf.steps() == numbers_in(tmp_path / "new")
    assert again.size() == 10


def test_foreign_files_are_passed_over(tmp_path: Path) -> None:
    for name in (
        "1200.safetensors",
        "000001200.safetensors",
        "00001200.safetensors.bak",
        "00001200.txt",
        "+0001200.safetensors",
        "٠٠٠٠١٢٠٠.safetensors",
        ".00001200.safetensors.77-ab12cd34.part",
        "99999999999999999.safetensors",
    ):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "00000007.safetensors").mkdir()
    (tmp_path / "00000008.safetensors").symlink_to(tmp_path / "1200.safetensors")
    (tmp_path / "00000009.safetensors").write_bytes(b"mine")
    shelf = Shelf(tmp_path, limit=10)
    assert shelf.steps() == numbers_in(tmp_path) == (9,)
    assert shelf.size() == 4
    shelf.clean()
    assert not (tmp_path / ".00001200.safetensors.77-ab12cd34.part").exists()
    assert len(list(tmp_path.iterdir())) == 10
    Shelf(tmp_path / "missing", limit=10).clean()
    assert numbers_in(tmp_path / "missing") == numbers_in(tmp_path / "00001200.txt") == ()


def gaps(steps: tuple[int, ...]) -> list[float]:
    roots = [math.sqrt(step) for step in steps]
    return [later - earlier for earlier, later in itertools.pairwise(roots)]


@pytest.mark.parametrize("every", [1, 7, 50])
@pytest.mark.parametrize("limit", [20, 60])
@pytest.mark.parametrize("budget", [None, 100])
def test_a_long_run_is_even_in_the_square_root(
    every: int, limit: int, budget: int | None, tmp_path: Path
) -> None:
    """Budget: files of 10 bytes, so there is room for ten."""
    shelf = Shelf(tmp_path, limit=limit, budget_bytes=budget, disk=Quick())
    room = limit if budget is None else min(limit, budget // 10)
    puts = 0
    for step in range(0, 40_000, every):
        if shelf.wants(step):
            shelf.put(step, b"x" * 10)
            puts += 1
        if step in (40 * every, 500 * every) or step >= 40_000 - every:
            steps = shelf.steps()
            assert steps[0] == 0
            assert step - steps[-1] <= 2 * step / room
            assert len(steps) <= room
            assert len(steps) >= min(room // 2, step // every)
            assert on_disk(tmp_path) == list(steps)
            # Where two offers are farther apart than files, there is nothing to choose. The last
            # file is not chosen either: it is the last.
            found = [
                gap
                for gap, first in zip(gaps(steps[:-1]), steps, strict=False)
                if math.sqrt(first + 2 * every) - math.sqrt(first) < math.sqrt(step) / room / 2
            ]
            if len(found) > 5:
                assert max(found) <= 3.2 * min(found)
    quarter = [step for step in shelf.steps() if step < 10_000]
    assert 0.35 < len(quarter) / len(shelf.steps()) < 0.65  # half the root, a quarter of the steps
    assert puts < 6 * room + 20, "most of what is written should stay"


@pytest.mark.parametrize("seed", range(10))
def test_any_order_of_puts(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    limit = rng.randint(3, 12)
    budget = rng.choice([None, rng.randint(0, 3_000)])
    shelf = Shelf(tmp_path, limit=limit, budget_bytes=budget, disk=Quick())
    held: dict[int, bytes] = {}
    for _ in range(40):
        match rng.choices(["put", "drop", "anew", "shrink"], [90, 4, 4, 2])[0]:
            case "put":
                step = rng.choice([rng.randint(0, 60), rng.randint(0, 2**53)])
                content = rng.randbytes(rng.randint(0, 400))
                shelf.put(step, content)
                held[step] = content
                steps = shelf.steps()
                assert (steps[0], steps[-1]) == (min(held), max(held))
                full = shelf.budget_bytes is not None and shelf.size() > shelf.budget_bytes
                assert len(steps) <= (2 if full else limit)
                held = {step: held[step] for step in steps}
            case "drop":
                step = rng.choice([*held, 0])
                shelf.drop_after(step)
                held = {kept: content for kept, content in held.items() if kept <= step}
            case "anew":
                shelf = Shelf(tmp_path, limit=limit, budget_bytes=shelf.budget_bytes, disk=Quick())
            case "shrink":
                shelf.budget_bytes = rng.randint(0, 1_500)
        assert shelf.steps() == tuple(sorted(held))
        assert shelf.size() == sum(map(len, held.values()))
        assert on_disk(tmp_path) == sorted(held)
        assert all(shelf.path(step).read_bytes() == content for step, content in held.items())


def test_what_it_wants(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, limit=10)
    assert shelf.wants(0)
    assert shelf.wants(70)
    shelf.put(70, b"x")
    assert not shelf.wants(69)
    assert not shelf.wants(70)
    assert not shelf.wants(80)
    assert shelf.wants(88)
    assert shelf.wants(2**53)


def test_a_failing_disk_at_every_call(tmp_path: Path) -> None:
    for at in range(200):
        folder = tmp_path / str(at)
        disk = Failing(at)
        shelf = Shelf(folder, limit=4, disk=disk)
        held: set[int] = set()
        failed_puts = 0
        for step in range(0, 70, 10):
            try:
                shelf.put(step, b"%d" % step)
                held.add(step)
                assert shelf.path(step).read_bytes() == b"%d" % step
            except OSError as error:
                failed_puts += 1
                code = error.errno
                assert code == errno.ENOSPC
            # Where the folder could not be forced, the file is there and nothing made way for it.
            assert len(shelf.steps()) <= 4 + failed_puts
            if held:
                assert shelf.steps()[-1] >= max(held)
        assert failed_puts <= disk.failed
        assert shelf.steps()[-1] in (50, 60)
        if not disk.failed:
            break
        shelf.put(90, b"")
        assert on_disk(folder) == list(shelf.steps())
        assert len(shelf.steps()) == 4
    assert at > 40


def test_what_cannot_be_removed_is_tried_again(tmp_path: Path) -> None:
    class Stuck(Failing):
        stuck, full = True, False

        def before(self, call: str, *values: object) -> None:
            if call == "write" and self.full:
                raise OSError(errno.ENOSPC, "full")
            if call == "unlink" and self.stuck:
                raise PermissionError(errno.EACCES, "it is open elsewhere")

    disk = Stuck(0)
    shelf = Shelf(tmp_path, limit=3, disk=disk)
    for step in range(6):
        shelf.put(step, b"x")
    assert len(on_disk(tmp_path)) == 6
    kept = shelf.steps()
    disk.full = True
    with pytest.raises(OSError, match="full"):
        shelf.put(6, b"x")
    assert shelf.steps() == kept  # what is to go has not come back
    disk.stuck = disk.full = False
    shelf.put(6, b"x")
    assert on_disk(tmp_path) == list(shelf.steps())
    assert len(shelf.steps()) == 3
    disk.stuck = True
    with pytest.raises(PermissionError):
        shelf.drop_after(0)


def test_killed_at_every_call(tmp_path: Path) -> None:
    for at in range(200):
        folder = tmp_path / str(at)
        acknowledged = -1
        try:
            shelf = Shelf(folder, limit=4, disk=Dying(at))
            for step in range(7):
                shelf.put(step, b"%d" % step)
                acknowledged = step
        except Killed:
            pass
        shelf = Shelf(folder, limit=4)
        shelf.clean()
        steps = shelf.steps()
        assert all(shelf.path(step).read_bytes() == b"%d" % step for step in steps)
        if acknowledged >= 0:
            assert steps[0] == 0
            assert steps[-1] >= acknowledged
            assert len(steps) <= 5
            assert [path.name for path in sorted(folder.iterdir())] == [
                shelf.path(step).name for step in steps
            ]
        if acknowledged == 6:
            break
    assert at > 40
