"""Opens hostile files in a process of its own (see `cage.py`), by every way that the program has:

    python -m tests.faults.ambush FOLDER

and prints what came of each as JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from studio.library.bundle import export_run, import_run
from studio.library.checkpoint import unpack_checkpoint
from studio.library.container import BadRun
from studio.library.format import unpack_model
from studio.library.grids import unpack_grid
from studio.library.log import read_log
from studio.library.opening import load_model, load_start, open_run, read_grid
from studio.library.recorder import Recorder, record
from studio.library.runs import list_runs, listed
from studio.library.verify import verify
from tests.faults.cage import Cage, Hang
from tests.faults.payloads import PROOF, foreign, renamed, resealed, rewritten, special
from tests.faults.story import CONFIG, story

ROOM = 256 * 2**20


class Ambush:
    """Tries one thing after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._cage = Cage(folder)
        self.results: list[dict[str, Any]] = []
        self._sentences: list[str] = []
        self._run, self._root = folder / "runs" / "run", folder / "imported"
        for _ in record(story(3), Recorder(self._run, CONFIG)):
            pass
        export_run(self._run, folder / "run.modescope")
        # Once in earnest, so that what is imported late is there.
        self._open_run(self._run)
        shutil.rmtree(import_run(folder / "run.modescope", self._root))

    def spring(self) -> None:
        """Everything; the results are in `results`."""
        payloads = foreign(self._folder)
        places = special(self._folder)
        self._cage.ration(ROOM)
        for name, content in payloads.items():
            path = self._folder / "payload.safetensors"
            path.write_bytes(content)
            self._open_file(name, path)
            self._try(f"{name} as a checkpoint", lambda c=content: unpack_checkpoint(c, "it"))
            self._try(f"{name} as a grid", lambda c=content: unpack_grid(c, "it"))
            self._try(f"{name} as a log", lambda c=content: _nothing(read_log(c, "it").good_bytes))
            for member in _MEMBERS:
                self._inside(f"{name} as {member}", member, _writer(content))
        for place in places:
            self._open_file(place.name, place)
            for member in _MEMBERS:
                self._inside(f"{place.name} as {member}", member, _linker(place))
        for name, content in self._forged_models():
            self._try(name, lambda c=content: unpack_model(c, "it"))
        for name, content in self._forged_bundles():
            path = self._folder / "payload.modescope"
            path.write_bytes(content)
            self._try(name, lambda p=path: import_run(p, self._root))
        for name in ("../x", "/etc/passwd", "..\\x", "00000030.safetensors\0", "CON", ""):
            head = json.loads((self._run / "HEAD.json").read_bytes())["checkpoint"]
            forged = rewritten(
                (self._run / "HEAD.json").read_bytes(), checkpoint=head | {"file": name}
            )
            self._inside(f"a head that names {name!r}", "HEAD.json", _writer(forged))

    def _open_file(self, name: str, path: Path) -> None:
        self._try(f"{name} as a model", lambda: load_model(path))
        self._try(f"{name} as a bundle", lambda: import_run(path, self._root))
        self._try(f"{name} as a run", lambda: open_run(path))

    def _inside(self, name: str, member: str, put: Callable[[Path], None]) -> None:
        """In the place of a file of a run: nothing of it is believed, and the rest is there."""
        folder = self._run.with_name("victim")
        shutil.copytree(self._run, folder)
        try:
            (folder / member).unlink()
            put(folder / member)
            self._try(name, lambda: self._open_run(folder), refusal=False)
        finally:
            shutil.rmtree(folder)

    def _open_run(self, folder: Path) -> None:
        """By every way; a refusal is fine, anything else is not."""
        listed(folder)
        list_runs(folder.parent)
        for way in (
            lambda: _steps(open_run(folder)),
            lambda: load_start(folder),
            lambda: load_model(folder),
            lambda: load_model(folder, 20),
            lambda: verify(folder),
            lambda: export_run(folder, self._folder / "again.modescope"),
        ):
            try:
                way()
            except BadRun as error:
                self._sentences.append(str(error))

    def _try(self, name: str, way: Callable[[], object], *, refusal: bool = True) -> None:
        before = set(_tree(self._folder))
        seen, what, said = len(self._cage.seen), "", ""
        began = time.process_time()
        try:
            with self._cage.closed(name):
                way()
            if refusal:
                what = "is accepted"
        except BadRun as error:
            said = str(error)
            if "\n" in said or not 10 <= len(said) <= 400:
                what = f"says {said[:500]!r}"
        except Hang:
            what = "takes more than a second"
        except BaseException as error:
            what = f"raises {type(error).__name__}: {str(error)[:300]}"
        took = time.process_time() - began
        if wrong := [text for text in self._sentences if "\n" in text or len(text) > 400]:
            what += f" says {wrong[0][:500]!r}"
        self._sentences = []
        if self._cage.seen[seen:]:
            what += f" does {self._cage.seen[seen:][:3]}"
        left = sorted(set(_tree(self._folder)) - before - {"again.modescope", "imported"})
        if left or (self._folder / PROOF).exists():
            what += f" leaves {left}"
        self.results.append({"name": name, "fault": what, "said": said, "seconds": took})

    def _forged_models(self) -> Iterator[tuple[str, bytes]]:
        content = (self._run / "snapshots" / "00000020.safetensors").read_bytes()

        def settings(**values: Any) -> bytes:
            def change(table: dict[str, Any], spec: Any) -> Any:
                return spec | {"settings": spec["settings"] | values}

            return resealed(content, change)

        yield "a model of a billion units", settings(hidden=10**9)
        yield "a model of 4,096 x 784 units", settings(hidden=4_096, latent_dim=784)
        yield "a path to code", settings(_target_="os.system")
        yield "a class path", resealed(content, lambda t, spec: spec | {"model": "os.system"})
        yield (
            "huge images",
            resealed(content, lambda t, spec: spec | {"shape": spec["shape"] | {"height": 10**6}}),
        )
        for value in ("nan", "inf"):
            made = bytearray(content)
            made[-4:] = struct.pack("<f", float(value))
            yield f"weights that are {value}", resealed(bytes(made), lambda t, spec: spec)

    def _forged_bundles(self) -> Iterator[tuple[str, bytes]]:
        bundle = (self._folder / "run.modescope").read_bytes()
        grid = "grids/00000020.safetensors"
        for name in (
            "../evil", "../../evil", "/etc/evil", "grids/../../evil", "..\\evil", "C:\\evil",
            "grids/00000020.safetensors\0", "CON", "evil.py", "lock", "grids", "", ".", "..",
            "grids/" + "0" * 5_000 + ".safetensors", "checkpoints/‮00000020.safetensors",
        ):  # fmt: skip
            yield f"a member called {name[:40]!r}", renamed(bundle, grid, name)


_MEMBERS = (
    "run.json",
    "HEAD.json",
    "log.jsonl",
    "checkpoints/00000030.safetensors",
    "snapshots/00000020.safetensors",
    "grids/00000020.safetensors",
)


def _steps(run: Any) -> None:
    for step in run.grids:
        read_grid(run, step)


def _nothing(good_bytes: int) -> None:
    if good_bytes == 0:
        raise BadRun("nothing of it is believed")


def _writer(content: bytes) -> Callable[[Path], None]:
    def put(path: Path) -> None:
        path.write_bytes(content)

    return put


def _linker(place: Path) -> Callable[[Path], None]:
    def put(path: Path) -> None:
        if place.is_fifo():
            os.mkfifo(path)
        elif place.is_dir():
            path.mkdir()
        else:
            path.symlink_to(place)

    return put


def _tree(folder: Path) -> Iterator[str]:
    """Every name below a folder but the run's own."""
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            found = str((Path(place) / name).relative_to(folder))
            if not found.startswith("runs"):
                yield found


if __name__ == "__main__":
    torch.set_num_threads(1)
    ambush = Ambush(Path(sys.argv[1]))
    ambush.spring()
    print(json.dumps(ambush.results))
