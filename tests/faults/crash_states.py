"""What may lie on a disk after the power went, worked out from the calls of the save code.

In the manner of ALICE (Pillai et al., OSDI 2014, "All File Systems Are Not Created Equal"), and as
strict as POSIX allows a file system to be:

- the crash may come after every call;
- bytes that were not followed by fsync of their file may be there, be missing, be cut, or be
  zeros of the right length; those of different files independently of each other;
- names (made, replaced, removed) that were not followed by fsync of their folder may have changed
  or not, each independently of the others, in whichever order that takes. A replacement itself
  happens or does not.
"""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.disks import Call

Tree = dict[Path, bytes | None]
"""Files with their content, folders with None."""

_FOLDER = -1


@dataclass(frozen=True)
class _Name:
    """A change of names in a folder: `old` is taken away, `new` then means `inode`."""

    folder: Path
    old: Path | None
    new: Path | None
    inode: int


@dataclass
class _File:
    """A file's bytes as fsync left them, and what came afterwards: (offset, bytes) or a cut."""

    safe: bytes = b""
    later: list[tuple[int, bytes | None]] = field(default_factory=list)

    def whole(self) -> bytes:
        return _applied(self.safe, self.later)

    def possible(self) -> list[bytes]:
        """What a crash may leave of it."""
        found = [self.safe]
        for count in range(1, len(self.later) + 1):
            offset, data = self.later[count - 1]
            before = self.later[: count - 1]
            for cut in _cuts(len(data or b"")):
                found.append(_applied(self.safe, [*before, (offset, (data or b"")[:cut])]))
            if data:
                found.append(_applied(self.safe, [*before, (offset, bytes(len(data)))]))
            found.append(_applied(self.safe, [*before, (offset, data)]))
        return list(dict.fromkeys(found))


def _cuts(size: int) -> list[int]:
    """Where a write of `size` bytes may end too soon."""
    return sorted({1, size // 4, size // 2, size - 1}) if size > 1 else []


def _applied(content: bytes, changes: Sequence[tuple[int, bytes | None]]) -> bytes:
    made = bytearray(content)
    for offset, data in changes:
        if data is None:
            del made[offset:]
        else:
            made[len(made) :] = bytes(max(0, offset - len(made)))
            made[offset : offset + len(data)] = data
    return bytes(made)


class _Model:
    """A file system that remembers what it has promised."""

    def __init__(self, root: Path, before: Tree) -> None:
        self.files: dict[int, _File] = {}
        self._root = root
        self._names: dict[Path, int] = {root: _FOLDER}
        for number, (path, content) in enumerate(before.items()):
            # Numbers of files that are opened later are above zero.
            inode = _FOLDER if content is None else -2 - number
            self._names[path] = inode
            if content is not None:
                self.files[inode] = _File(content)
        self._safe = dict(self._names)
        self._pending: list[_Name] = []
        self._open: dict[int, tuple[int, Path]] = {}

    def apply(self, call: Call) -> None:
        match call.name:
            case "open":
                assert call.path is not None
                if call.path not in self._names:
                    assert call.flags & os.O_CREAT, call
                    self.files[call.number] = _File()
                    self._rename(_Name(call.path.parent, None, call.path, call.number))
                self._open[call.number] = (self._names[call.path], call.path)
            case "write":
                file = self._file(call)
                file.later.append((len(file.whole()), call.data))
            case "truncate":
                self._file(call).later.append((call.size, None))
            case "fsync":
                inode, path = self._open[call.number]
                if inode == _FOLDER:
                    self._keep(path)
                else:
                    file = self.files[inode]
                    file.safe, file.later = file.whole(), []
            case "close":
                del self._open[call.number]
            case "replace":
                assert call.path is not None
                assert call.new is not None
                assert call.path.parent == call.new.parent
                self._rename(_Name(call.path.parent, call.path, call.new, self._names[call.path]))
            case "unlink" | "rmdir":
                assert call.path is not None
                self._rename(_Name(call.path.parent, call.path, None, self._names[call.path]))
            case "mkdir":
                assert call.path is not None
                self._rename(_Name(call.path.parent, None, call.path, _FOLDER))
            case other:
                raise AssertionError(other)

    def _file(self, call: Call) -> _File:
        return self.files[self._open[call.number][0]]

    def _rename(self, change: _Name) -> None:
        self._pending.append(change)
        _rename(self._names, change)

    def _keep(self, folder: Path) -> None:
        for change in self._pending:
            if change.folder == folder:
                _rename(self._safe, change)
        self._pending = [change for change in self._pending if change.folder != folder]

    def trees(self) -> Iterator[Tree]:
        """Everything that may lie there if the power goes now; some of it more than once."""
        for chosen in itertools.product((False, True), repeat=len(self._pending)):
            names = dict(self._safe)
            for change, happens in zip(self._pending, chosen, strict=True):
                if happens:
                    _rename(names, change)
            reached: dict[Path, int] = {}
            for path, inode in sorted(names.items()):
                # A file is there only if the folders above it are; those come before it.
                if path == self._root or path.parent in reached:
                    reached[path] = inode
            torn = [
                inode
                for inode in set(reached.values()) - {_FOLDER}
                if len(self.files[inode].possible()) > 1
            ]
            for contents in itertools.product(*(self.files[i].possible() for i in torn)):
                left = dict(zip(torn, contents, strict=True))
                yield {
                    path: None if i == _FOLDER else left.get(i, self.files[i].safe)
                    for path, i in reached.items()
                }


def _rename(names: dict[Path, int], change: _Name) -> None:
    if change.old is not None and names.get(change.old) == change.inode:
        del names[change.old]
    if change.new is not None:
        names[change.new] = change.inode


@dataclass(frozen=True)
class CrashState:
    """What may lie on the disk if the power goes after the first `calls` calls."""

    calls: int
    tree: Tree

    def put(self, root: Path, target: Path) -> None:
        """Makes it real: what lay below `root` then lies below `target`, which is new."""
        for path in sorted(self.tree, key=lambda path: len(path.parts)):
            place, content = target / path.relative_to(root), self.tree[path]
            if content is None:
                place.mkdir(parents=True)
            else:
                place.write_bytes(content)


def tree_of(root: Path) -> Tree:
    """What lies below a folder now."""
    return {
        path: None if path.is_dir() else path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.name != "lock"  # holds nothing, and is made anew
    }


def crash_states(
    root: Path,
    calls: Sequence[Call],
    *,
    before: Tree | None = None,
    most: int = 64,
    seed: int = 0,
) -> Iterator[CrashState]:
    """Every different state, after every call; at most `most` after one, drawn by `seed`.

    Arguments:
        root: A folder that is there whatever happens.
        before: What lay below it before the first call, safely; see `tree_of`.
    """
    model, dice = _Model(root, before or {}), random.Random(seed)
    for count in range(len(calls) + 1):
        found = {tuple(sorted(tree.items())): tree for tree in model.trees()}
        chosen = list(found.values())
        for tree in chosen if len(chosen) <= most else dice.sample(chosen, most):
            yield CrashState(count, tree)
        if count < len(calls):
            model.apply(calls[count])
