"""My digits: what is kept is there again, whatever happens in between."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from studio.data import DataUnavailable, load
from studio.data.disk import Disk
from studio.data.idx import as_idx, read_idx
from studio.data.mine import LEAST, MOST, Damaged, Kept, MyDigits, is_test, mine_dir
from studio.data.turns import Taken, turn
from tests.data.disks import Dying, Failing, Killed, PowerCut

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def mine(tmp_path: Path) -> MyDigits:
    return MyDigits(tmp_path / "my-digits")


def drawing(number: int) -> np.ndarray:
    """A drawing unlike all others."""
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 10:12] = 255
    image[0, :4] = list(number.to_bytes(4, "big"))
    return image


def drawings(*numbers: int) -> np.ndarray:
    return np.stack([drawing(number) for number in numbers])


def numbers(kept: Kept) -> list[int]:
    return [int.from_bytes(image[0, :4].tobytes(), "big") for image in kept.images]


def fill(mine: MyDigits, *labels: int) -> Kept:
    return mine.add(drawings(*range(len(labels))), list(labels)).after


# what it keeps


def test_an_empty_set_is_no_file(mine: MyDigits) -> None:
    kept = mine.read()
    assert (len(kept), kept.number, kept.images.shape) == (0, 0, (0, 28, 28))
    assert not mine.folder.exists()
    assert mine.count() == 0


def test_drawings_come_back_to_the_bit(mine: MyDigits) -> None:
    mine.add(drawing(1), 7)
    change = mine.add(drawings(2, 3), [0, 9])
    assert change.come.places.tolist() == [1, 2]
    kept = MyDigits(mine.folder).read()
    assert numbers(kept) == [1, 2, 3]
    assert kept.labels.tolist() == [7, 0, 9]
    assert (kept.images == drawings(1, 2, 3)).all()
    assert kept.counts().tolist() == [1, 0, 0, 0, 0, 0, 0, 1, 0, 1]
    assert not kept.images.flags.writeable


def test_anybody_can_read_the_files(mine: MyDigits) -> None:
    kept = fill(mine, 3, 4)
    names = sorted(path.name for path in mine.folder.iterdir() if path.name != "lock")
    assert names == ["000001-images-idx3-ubyte", "000001-labels-idx1-ubyte"]
    images = (mine.folder / names[0]).read_bytes()
    assert images[:16] == bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28])
    assert (read_idx(images, 3) == kept.images).all()
    assert (mine.folder / names[1]).read_bytes() == bytes([0, 0, 8, 1, 0, 0, 0, 2, 3, 4])
    assert as_idx(kept.images) == images


def test_a_drawing_is_kept_once(mine: MyDigits) -> None:
    mine.add(drawings(1, 1, 2), [5, 5, 5])
    change = mine.add(drawings(2, 1, 3), [5, 6, 5])
    assert len(change.come) == 2
    assert numbers(change.after) == [1, 2, 1, 3]
    assert len(mine.add(drawing(3), 5).come) == 0
    assert mine.read().number == change.after.number


def test_remove_and_relabel_and_back(mine: MyDigits) -> None:
    kept = fill(mine, 0, 1, 2, 3, 4)
    removed = mine.remove([3, 1], kept)
    assert numbers(removed.after) == [0, 2, 4]
    renamed = mine.relabel([0, 2], 9, removed.after)
    assert renamed.after.labels.tolist() == [9, 2, 9]
    assert numbers(renamed.after) == [0, 2, 4]
    again = mine.undo(renamed)
    assert again.after.labels.tolist() == [0, 2, 4]
    back = mine.undo(removed)
    assert numbers(back.after) == [0, 1, 2, 3, 4]
    assert back.after.labels.tolist() == [0, 1, 2, 3, 4]
    assert numbers(mine.undo(back).after) == [0, 2, 4]
    assert mine.undo(again).after.labels.tolist() == [9, 2, 9]


def test_every_way_of_changing_can_be_taken_back(mine: MyDigits) -> None:
    rng = np.random.default_rng(0)
    fill(mine, *rng.integers(0, 10, 60))
    fresh = itertools.count(100)
    for _ in range(30):
        before = mine.read()
        places = rng.choice(len(before), rng.integers(1, 4), replace=False)
        match rng.integers(3):
            case 0:
                change = mine.add(drawings(*itertools.islice(fresh, 3)), rng.integers(0, 10, 3))
            case 1:
                change = mine.remove(places, before)
            case _:
                change = mine.relabel(places, int(rng.integers(10)), before)
        back = mine.undo(change)
        assert (back.after.images == before.images).all()
        assert (back.after.labels == before.labels).all()
        done = mine.undo(back).after
        assert (done.images == change.after.images).all()
        assert (done.labels == change.after.labels).all()


def test_what_cannot_be_kept_is_refused(mine: MyDigits, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(mine, 1, 2)
    for label in (-1, 10):
        with pytest.raises(ValueError, match="a digit from 0 to 9"):
            mine.add(drawing(9), label)
        with pytest.raises(ValueError, match="a digit from 0 to 9"):
            mine.relabel([0], label, mine.read())
    assert MOST == 60_000
    monkeypatch.setattr("studio.data.mine.MOST", 3)
    with pytest.raises(ValueError, match="can hold 3 drawings, and this would make 4"):
        mine.add(drawings(8, 9), 1)
    assert numbers(mine.read()) == [0, 1]


# several windows


def test_another_windows_changes_are_respected(mine: MyDigits) -> None:
    other = MyDigits(mine.folder)
    seen = fill(mine, 0, 1, 2, 3)
    other.remove([0], other.read())
    other.add(drawing(50), 5)
    # Place 2 of what this window has seen is the drawing 2, which lies at place 1 now.
    after = mine.remove([2], seen).after
    assert numbers(after) == [1, 3, 50]
    assert len(mine.remove([2, 0], seen).gone) == 0
    assert mine.relabel([0, 1], 8, seen).after.labels.tolist() == [8, 3, 5]


def test_an_undo_leaves_what_others_did(mine: MyDigits) -> None:
    seen = fill(mine, 0, 1, 2)
    removed = mine.remove([1], seen)
    other = MyDigits(mine.folder)
    other.remove([0, 1], other.read())
    other.add(drawing(9), 9)
    assert numbers(mine.undo(removed).after) == [9, 1]


def test_many_writers_lose_nothing(mine: MyDigits) -> None:
    code = (
        "import sys; from pathlib import Path; import numpy as np\n"
        "from studio.data.mine import MyDigits\n"
        "from tests.data.test_mine import drawing\n"
        "first = int(sys.argv[2])\n"
        "for n in range(first, first + 8): MyDigits(Path(sys.argv[1])).add(drawing(n), n % 10)\n"
    )
    words = [sys.executable, "-c", code, str(mine.folder)]
    others = [subprocess.Popen([*words, str(n)], cwd=ROOT) for n in (100, 200)]

    def work(first: int) -> None:
        for number in range(first, first + 8):
            mine.add(drawing(number), number % 10)

    threads = [threading.Thread(target=work, args=(first,)) for first in (300, 400)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads) or any(o.poll() is None for o in others):
        kept = mine.read()  # never torn, never a mixture
        assert kept.labels.tolist() == [number % 10 for number in numbers(kept)]
    assert [other.wait() for other in others] == [0, 0]
    wanted = [n for first in (100, 200, 300, 400) for n in range(first, first + 8)]
    assert sorted(numbers(mine.read())) == wanted


def test_a_turn_is_waited_for_and_not_for_ever(mine: MyDigits) -> None:
    fill(mine, 1)
    with turn(mine.folder):
        with pytest.raises(Taken), turn(mine.folder, patience=0.05):
            pass
        waiting = threading.Thread(target=lambda: mine.add(drawing(9), 9))
        waiting.start()
    waiting.join()
    assert numbers(mine.read()) == [0, 9]


def test_a_busy_folder_is_one_sentence(mine: MyDigits, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(mine, 1)
    monkeypatch.setattr("studio.data.turns.PATIENCE", 0.0)
    monkeypatch.setattr("studio.data.mine.turn", lambda folder: turn(folder, 0.0))
    with turn(mine.folder), pytest.raises(ValueError, match="another window is changing it"):
        mine.add(drawing(9), 9)


# crashes


def changes(mine: MyDigits) -> None:
    """One change of each kind, on a set that holds 0, 1, 2."""
    kept = mine.read()
    kept = mine.add(drawings(7, 8), [7, 8]).after
    kept = mine.remove([0, 3], kept).after
    mine.relabel([1], 6, kept)


STORY = [
    ([0, 1, 2], [0, 1, 2]),
    ([0, 1, 2, 7, 8], [0, 1, 2, 7, 8]),
    ([1, 2, 8], [1, 2, 8]),
    ([1, 2, 8], [1, 6, 8]),
]


def told(kept: Kept) -> tuple[list[int], list[int]]:
    return numbers(kept), kept.labels.tolist()


def test_a_kill_at_any_call_leaves_the_one_or_the_other(tmp_path: Path) -> None:
    for at in itertools.count():
        folder = tmp_path / str(at)
        fill(MyDigits(folder), 0, 1, 2)
        disk = Dying(at)
        try:
            changes(MyDigits(folder, disk))
        except Killed:
            pass
        else:
            break
        seen = told(MyDigits(folder).read())
        assert seen in STORY
        # The next window goes on, and takes away what the crash has left.
        MyDigits(folder).add(drawing(99), 9)
        after = told(MyDigits(folder).read())
        assert after == ([*seen[0], 99], [*seen[1], 9])
        left = [path.name for path in folder.iterdir() if path.name != "lock"]
        assert len(left) == 4
        assert not any(name.endswith(".part") for name in left)
    assert at > 20


def test_a_power_cut_at_any_call_leaves_the_one_or_the_other(tmp_path: Path) -> None:
    class Sampled(PowerCut):
        """Looks at every state of the disk before each call."""

        def before(self, call: str, *values: object) -> None:
            super().before(call, *values)
            for state in self.states():
                found.add(tuple(sorted(state.items())))

    found: set[tuple[tuple[Path, bytes], ...]] = set()
    root = tmp_path / "live"
    root.mkdir()
    disk = Sampled(root)
    fill(MyDigits(root, disk), 0, 1, 2)
    found.clear()
    changes(MyDigits(root, disk))
    seen = []
    for number, state in enumerate(found):
        folder = tmp_path / str(number)
        folder.mkdir()
        for path, content in state:
            (folder / path.name).write_bytes(content)
        seen.append(told(MyDigits(folder).read()))
    assert all(one in STORY for one in seen)
    assert all(one in seen for one in STORY)


@pytest.mark.parametrize("at", range(0, 16, 3))
def test_a_full_disk_is_one_sentence(tmp_path: Path, at: int) -> None:
    folder = tmp_path / "my-digits"
    before = fill(MyDigits(folder), 1, 2)
    disk = Failing(at, times=float("inf"))
    with pytest.raises(ValueError, match=r"My digits cannot be saved in .*: no space left on dev"):
        MyDigits(folder, disk).add(drawing(9), 9)
    assert told(MyDigits(folder).read()) in (
        ([0, 1], [1, 2]),
        ([0, 1, 9], [1, 2, 9]),
    )
    assert len(MyDigits(folder).add(drawing(10), 3).after) >= len(before) + 1


# what others have done to the files


def spoil_length(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def spoil_kind(path: Path) -> None:
    path.write_bytes(b"\x89PNG" + path.read_bytes()[4:])


def spoil_all(path: Path) -> None:
    path.write_bytes(b"")


def remove(path: Path) -> None:
    path.unlink()


def replace_by_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def replace_by_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


SPOILS = [spoil_length, spoil_kind, spoil_all, remove, replace_by_a_folder, replace_by_a_pipe]


@pytest.mark.parametrize("spoil", SPOILS)
def test_a_damaged_pair_is_put_aside_and_never_written_over(mine: MyDigits, spoil: object) -> None:
    fill(mine, 1, 2)
    mine.add(drawing(9), 9)
    spoil(mine.folder / "000002-images-idx3-ubyte")  # type: ignore[operator]
    before = {p.name for p in mine.folder.iterdir()}
    for attempt in (
        mine.read,
        lambda: mine.add(drawing(5), 5),
        lambda: load("mine", root=mine.folder),
    ):
        with pytest.raises(Damaged, match="which puts damaged files aside") as refused:
            attempt()
        assert "\n" not in str(refused.value)
    assert {p.name for p in mine.folder.iterdir()} == before
    assert mine.count() == 0
    said = mine.put_aside()
    assert "the 2 drawings from before the last change are back" in said
    assert str(mine.folder / "aside") in said
    assert told(mine.read()) == ([0, 1], [1, 2])
    kept_aside = {p.name[:24] for p in (mine.folder / "aside").iterdir()}
    assert "000002-labels-idx1-ubyte" in kept_aside
    assert mine.put_aside() == ""
    mine.add(drawing(5), 5)
    assert numbers(mine.read()) == [0, 1, 5]


def test_labels_that_do_not_fit_are_no_set(mine: MyDigits) -> None:
    fill(mine, 1, 2)
    labels = mine.folder / "000001-labels-idx1-ubyte"
    for content in (np.array([1, 2, 3], np.uint8), np.array([1, 10], np.uint8)):
        labels.write_bytes(as_idx(content))
        with pytest.raises(Damaged, match="do not fit its images"):
            mine.read()
    assert "a new set begins" in mine.put_aside()
    assert len(mine.read()) == 0
    assert len(list((mine.folder / "aside").iterdir())) == 2


def test_huge_promises_take_no_memory(mine: MyDigits) -> None:
    fill(mine, 1)
    path = mine.folder / "000001-images-idx3-ubyte"
    with path.open("r+b") as file:
        file.truncate(1 << 40)
    with pytest.raises(Damaged, match="larger than"):
        mine.read()


def test_strangers_in_the_folder_are_left_alone(mine: MyDigits) -> None:
    mine.folder.mkdir()
    (mine.folder / "notes.txt").write_text("mine")
    (mine.folder / "train-images-idx3-ubyte").write_bytes(b"MNIST")
    fill(mine, 1)
    mine.add(drawing(5), 5)
    assert (mine.folder / "notes.txt").read_text() == "mine"
    assert (mine.folder / "train-images-idx3-ubyte").read_bytes() == b"MNIST"


def test_a_place_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match=r"^My digits cannot be saved in .*: not a directory\.$"):
        MyDigits(tmp_path / "file").add(drawing(1), 1)
    with pytest.raises(ValueError, match="cannot be saved"):
        MyDigits(tmp_path / "file" / "below").add(drawing(1), 1)


# as a data set


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MyDigits:
    monkeypatch.setenv("MODESCOPE_HOME", str(tmp_path))
    assert mine_dir() == tmp_path / "my-digits"
    return MyDigits()


def test_about_every_fifth_is_for_testing_whatever_else_there_is() -> None:
    images = np.stack([drawing(number) for number in range(500)])
    test = is_test(images)
    assert 0.14 < test.mean() < 0.26
    assert (is_test(images[100:]) == test[100:]).all()
    assert (is_test(images[::-1]) == test[::-1]).all()


@pytest.mark.parametrize("first", range(0, 60, 2))
def test_of_a_few_at_least_one_is_for_testing_and_one_is_not(first: int) -> None:
    assert is_test(np.stack([drawing(first), drawing(first + 1)])).sum() == 1


def test_it_is_a_data_set_like_others(home: MyDigits) -> None:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 10, 80)
    fill(home, *labels)
    train, test = load("mine"), load("mine", "test")
    assert (train.name, train.split, test.split) == ("mine", "train", "test")
    assert len(train) + len(test) == 80
    assert load("mine").checksum == train.checksum
    known = set(map(bytes, train.images))
    assert not known & set(map(bytes, test.images))
    # Whatever comes, goes or is called otherwise: nothing that was learned from is tested on.
    home.add(drawing(1_000), 3)
    seen = home.read()
    home.relabel(np.arange(10), 5, seen)
    home.remove(np.arange(0, 40, 3), home.read())
    assert not known & set(map(bytes, load("mine", "test").images))


def test_drawings_that_are_all_the_same_are_no_data_set(home: MyDigits) -> None:
    home.add(np.stack([drawing(1)] * 12), np.arange(12) % 10)
    with pytest.raises(DataUnavailable, match="are the same one"):
        load("mine")


@pytest.mark.parametrize("labels", [(), (1,) * 9])
@pytest.mark.parametrize("split", ["train", "test"])
def test_too_few_is_one_sentence(home: MyDigits, labels: tuple[int, ...], split: str) -> None:
    if labels:
        fill(home, *labels)
    with pytest.raises(DataUnavailable) as refused:
        load("mine", split)
    assert f"holds {len(labels)} drawings, and training needs at least {LEAST}:" in str(
        refused.value
    )


def test_both_splits_or_none(home: MyDigits) -> None:
    fill(home, *[0, 0, 0, 0, 0, 1, 2, 3, 4, 5])
    sizes = len(load("mine")), len(load("mine", "test"))
    assert sum(sizes) == 10
    assert min(sizes) > 0


def test_somebody_elses_can_be_named(home: MyDigits, tmp_path: Path) -> None:
    fill(home, *[1] * 20)
    other = MyDigits(tmp_path / "other")
    fill(other, *[2] * 10)
    assert set(load("mine", root=other.folder).labels) == {2}
    assert set(load("mine", root=tmp_path / "none").labels) == {1}


def test_the_disk_is_asked_for_everything_that_lasts(mine: MyDigits) -> None:
    class Counting(Disk):
        syncs = 0

        def fsync(self, fd: int) -> None:
            type(self).syncs += 1
            super().fsync(fd)

    disk = Counting()
    MyDigits(mine.folder, disk).add(drawing(1), 1)
    # The folder's own name, and for each file its bytes and its name.
    assert Counting.syncs >= 5
