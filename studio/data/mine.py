"""My digits: drawings that the user has kept, as a labelled data set of one's own.

A folder holds them as a pair of IDX files, the format of MNIST:

    000012-images-idx3-ubyte     the drawings (N, 28, 28)
    000012-labels-idx1-ubyte     which digits they are (N,)
    000011-...                   the pair as it was before the last change
    lock                         see `turns.py`
    aside                        pairs that could not be read

Each change writes a new pair under the next number, images first: the labels complete it, so a
crash at any moment leaves either the pair from before or the one from after. Nothing is ever
written over; windows take turns, and each reads what is there before it changes it.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
import zlib
from typing import TYPE_CHECKING

import numpy as np

from studio.data.atomic import sync_folder, write_atomically
from studio.data.dataset import Dataset, DataUnavailable, frozen
from studio.data.disk import DISK
from studio.data.framing import SIDE
from studio.data.idx import as_idx, read_idx
from studio.data.kept import CLASSES, Change, Edit, Kept, Piece, found, only_new, taken
from studio.data.places import data_dir
from studio.data.turns import turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

    from studio.data.dataset import Cancelled, Progress, Split
    from studio.data.disk import Disk
    from studio.data.kept import Images, Labels, Places

MOST = 60_000
"""Each change writes all of them, which takes about half a second where there are so many."""
EVERY = 5
"""About every fifth drawing is for testing."""
LEAST = 10
"""So many drawings are needed for training; instruments need a handful to compare with."""
ASIDE = "aside"

_IMAGES, _LABELS = "images-idx3-ubyte", "labels-idx1-ubyte"
_NAME = re.compile(rf"(\d{{6,12}})-({_IMAGES}|{_LABELS})")
_READINGS = 20


class Damaged(DataUnavailable):
    """What lies in a folder cannot be read; `MyDigits.put_aside` helps.

    Attributes:
        fault: What is wrong, in a few words.
    """

    def __init__(self, folder: Path, fault: str) -> None:
        super().__init__(
            f"My digits in {folder} cannot be read ({fault}): open My digits on the Draw page, "
            "which puts damaged files aside."
        )
        self.fault = fault


def mine_dir() -> Path:
    """Where My digits lie when nobody says where; the folder need not exist yet."""
    return data_dir() / "my-digits"


class MyDigits:
    """The drawings in a folder, which several windows may use at once.

    A drawing is known by its pixels and its label, and kept once. Places are those in the `Kept`
    that the caller has seen: what has moved since is found again, and what is gone is left alone.
    Every method that changes something raises `Damaged` instead where the folder cannot be read,
    and ValueError with one sentence where it cannot be written.
    """

    def __init__(self, folder: Path | None = None, disk: Disk = DISK) -> None:
        self.folder = mine_dir() if folder is None else folder
        self._disk = disk

    def read(self) -> Kept:
        """All there are.

        Raises:
            Damaged: the newest pair is torn, foreign or cannot be opened.
        """
        last = -1
        for _ in range(_READINGS):
            number = max(self._numbers(), default=0)
            if number == 0:
                nothing = np.zeros((0, SIDE, SIDE), np.uint8), np.zeros(0, np.int64)
                return Kept(0, frozen(nothing[0]), frozen(nothing[1]))
            try:
                return self._pair(number)
            except FileNotFoundError:
                # Another window has changed something since; the same twice is another matter.
                if number == last:
                    break
                last = number
        raise Damaged(self.folder, f"a file of pair {last} is missing")

    def count(self) -> int:
        """How many there are, for a glance: 0 where they cannot be read."""
        try:
            return len(self.read())
        except Damaged:
            return 0

    def add(self, images: Images, labels: ArrayLike) -> Change:
        """Keeps one drawing (28, 28) or several (n, 28, 28), each with its label; at the end.

        Raises:
            ValueError: there would be too many, or a label is no digit.
        """
        images = images.reshape(-1, SIDE, SIDE)
        named = np.broadcast_to(np.asarray(labels, np.int64), (len(images),))
        _insist_on_digits(named)

        def work(now: Kept) -> tuple[Places, Piece]:
            end = len(now) + np.arange(len(images))
            return np.zeros(0, np.int64), Piece(end, images, named)

        return self._change(work)

    def remove(self, places: ArrayLike, seen: Kept) -> Change:
        """Takes drawings away."""
        chosen = taken(seen, places)
        return self._change(lambda now: (found(chosen, now), taken(now, ())))

    def relabel(self, places: ArrayLike, label: int, seen: Kept) -> Change:
        """Says that drawings are another digit.

        Raises:
            ValueError: `label` is no digit.
        """
        chosen = taken(seen, places)
        _insist_on_digits(np.array([label]))

        def work(now: Kept) -> tuple[Places, Piece]:
            there = found(chosen, now)
            piece = taken(now, there)
            return there, Piece(there, piece.images, np.full(len(there), label, np.int64))

        return self._change(work)

    def undo(self, edit: Edit) -> Change:
        """Takes an edit back, and leaves what others have done since."""
        return self._change(lambda now: (found(edit.come, now), edit.gone))

    def put_aside(self) -> str:
        """Moves pairs that cannot be read into the folder `aside`, until one can be.

        Returns:
            One sentence that says what was done; "" if nothing had to be.

        Raises:
            ValueError: they cannot be moved.
        """
        with self._turn():
            fault = ""
            while True:
                try:
                    kept = self.read()
                    break
                except Damaged as error:
                    fault = fault or error.fault
                    self._move_aside(max(self._numbers()))
        if not fault:
            return ""
        rest = (
            f"the {len(kept):,} drawings from before the last change are back"
            if len(kept)
            else "a new set begins"
        )
        return (
            f"My digits were damaged ({fault}): what was damaged lies in "
            f"{self.folder / ASIDE} now, and {rest}."
        )

    # -- the folder ------------------------------------------------------------------------------

    def _change(self, work: Callable[[Kept], tuple[Places, Piece]]) -> Change:
        with self._turn():
            now = self.read()
            away, come = work(now)
            gone, rest = taken(now, away), np.delete(np.arange(len(now)), away)
            come = only_new(come, taken(now, rest))
            if not len(gone) and not len(come):
                return Change(gone, come, now)
            total = len(rest) + len(come)
            if total > MOST:
                raise ValueError(
                    f"My digits can hold {MOST:,} drawings, and this would make {total:,}: "
                    "export them and delete some first."
                )
            # What was to follow something that is gone comes at the end.
            places = np.minimum(come.places, np.arange(total - len(come), total))
            come = Piece(places, come.images, come.labels)
            others = np.delete(np.arange(total), places)
            images = np.empty((total, SIDE, SIDE), np.uint8)
            labels = np.empty(total, np.int64)
            images[others], labels[others] = now.images[rest], now.labels[rest]
            images[places], labels[places] = come.images, come.labels
            after = Kept(now.number + 1, frozen(images), frozen(labels))
            self._write(after)
            return Change(gone, come, after)

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        try:
            self._make_folder()
            with turn(self.folder):
                yield
        except OSError as error:
            why = error.strerror or str(error)
            raise ValueError(
                f"My digits cannot be saved in {self.folder}: {why.lower()}."
            ) from error

    def _make_folder(self) -> None:
        missing = [place for place in (self.folder, *self.folder.parents) if not place.exists()]
        for place in reversed(missing):
            with contextlib.suppress(FileExistsError):  # another window was faster
                self._disk.mkdir(place)
            sync_folder(place.parent, self._disk)

    def _write(self, kept: Kept) -> None:
        # Before, so that what a crash has left cannot pile up where every writing fails.
        self._tidy(kept.number - 1)
        images, labels = self._paths(kept.number)
        write_atomically(images, as_idx(kept.images), self._disk)
        write_atomically(labels, as_idx(kept.labels.astype(np.uint8)), self._disk)
        self._tidy(kept.number)

    def _tidy(self, newest: int) -> None:
        """Removes pairs older than the one before the newest, and what a crash has left."""
        for path in sorted(self.folder.iterdir(), reverse=True):
            known = _NAME.fullmatch(path.name)
            old = known is not None and not newest - 1 <= int(known[1]) <= newest
            if old or re.fullmatch(rf"\.{_NAME.pattern}\..*\.part", path.name):
                with contextlib.suppress(OSError):  # it disturbs nobody
                    self._disk.unlink(path)

    def _move_aside(self, number: int) -> None:
        aside = self.folder / ASIDE
        with contextlib.suppress(FileExistsError):
            self._disk.mkdir(aside)
        token = secrets.token_hex(3)
        # The labels first: without them there is no pair, wherever a crash comes.
        for path in reversed(self._paths(number)):
            with contextlib.suppress(FileNotFoundError):
                self._disk.replace(path, aside / f"{path.name}-{token}")
        sync_folder(self.folder, self._disk)

    def _numbers(self) -> list[int]:
        """Of the pairs that are complete."""
        try:
            names = [path.name for path in self.folder.iterdir()]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise Damaged(self.folder, _why(error)) from error
        found = filter(None, map(_NAME.fullmatch, names))
        return [int(name[1]) for name in found if name[2] == _LABELS]

    def _paths(self, number: int) -> tuple[Path, Path]:
        return self.folder / f"{number:06}-{_IMAGES}", self.folder / f"{number:06}-{_LABELS}"

    def _pair(self, number: int) -> Kept:
        arrays = []
        for path, dimensions in zip(self._paths(number), (3, 1), strict=True):
            try:
                arrays.append(read_idx(_content(path), dimensions))
            except FileNotFoundError:
                raise
            except (OSError, ValueError) as error:
                why = _why(error) if isinstance(error, OSError) else str(error)
                raise Damaged(self.folder, f"{path.name}: {why}") from error
        images, labels = arrays
        if images.shape != (len(labels), SIDE, SIDE) or labels.max(initial=0) >= CLASSES:
            raise Damaged(self.folder, f"the labels of pair {number} do not fit its images")
        return Kept(number, images, frozen(labels.astype(np.int64)))


def is_test(images: Images) -> NDArray[np.bool_]:
    """Which of some drawings (N, 28, 28) are for testing: about every fifth, at least one of them.

    It hangs on what a drawing looks like alone: whatever is kept, deleted or called otherwise
    later, no drawing that a model has learned from is tested on, and equal ones stay together.
    """
    marks = np.array([zlib.crc32(image.tobytes()) for image in images], dtype=np.int64)
    chosen: NDArray[np.bool_] = marks % EVERY == 0
    if len(marks) > 1 and chosen.all() | ~chosen.any():
        chosen = marks == marks.min()
    return chosen


def load(
    split: Split,
    *,
    root: Path | None = None,
    mirror: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Dataset:
    """One split of My digits; those in `root` if it holds some. `mirror` and `seed` mean nothing.

    Both splits are there or neither is.

    Raises:
        DataUnavailable: there are too few, or they cannot be read.
    """
    kept = MyDigits(root).read() if root is not None else None
    if not kept:
        kept = MyDigits().read()
    if len(kept) < LEAST:
        drawings = "1 drawing" if len(kept) == 1 else f"{len(kept):,} drawings"
        raise DataUnavailable(
            f"My digits holds {drawings}, and training needs at least {LEAST}: keep more on the "
            "Draw page (Alt+0 to Alt+9)."
        )
    test = is_test(kept.images)
    if test.all():
        raise DataUnavailable(
            "All drawings in My digits are the same one, so that none is left for testing: keep "
            "others on the Draw page (Alt+0 to Alt+9)."
        )
    chosen = test if split == "test" else ~test
    return Dataset("mine", split, frozen(kept.images[chosen]), frozen(kept.labels[chosen]))


def _insist_on_digits(labels: Labels) -> None:
    if len(labels) and not 0 <= labels.min() <= labels.max() < CLASSES:
        raise ValueError("A label must be a digit from 0 to 9.")


def _content(path: Path) -> bytes:
    """An ordinary file of bearable size; OSError or ValueError else."""
    carefully = (
        getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    )
    with os.fdopen(os.open(path, os.O_RDONLY | carefully), "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise ValueError("it is not an ordinary file")
        if about.st_size > 16 + MOST * SIDE * SIDE:
            raise ValueError("it is larger than My digits can be")
        return file.read()


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
