"""Opens thousands of mutated files, in a process of its own (see `cage.py`):

    python -m tests.faults.fuzzer FOLDER COUNT SEED

and prints what came of it as JSON. FOLDER is where it makes the files that it mutates; mutants that
showed a fault stay there.
"""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from studio.library.bundle import export_run, import_run
from studio.library.checkpoint import unpack_checkpoint
from studio.library.container import BadRun
from studio.library.format import load_model_file, unpack_model
from studio.library.grids import unpack_grid
from studio.library.log import read_log
from studio.library.opening import load_start, open_run
from studio.library.record import Label
from studio.library.recorder import Recorder, record
from studio.library.run_folder import read_head, read_label, read_record, write_label
from studio.library.verify import verify
from tests.faults.cage import Cage, Hang
from tests.faults.mutations import damaged, forged
from tests.faults.story import CONFIG, story

_PREFIX = "how it begins"

ROOM = 256 * 2**20
"""Bytes that all the opening may take, beyond what importing has taken."""

FILES = {
    "model": "model.safetensors",
    "checkpoint": "run/checkpoints/00000030.safetensors",
    "snapshot": "run/snapshots/00000020.safetensors",
    "grid": "run/grids/00000020.safetensors",
    "log": "run/log.jsonl",
    "head": "run/HEAD.json",
    "run": "run/run.json",
    "label": "run/label.json",
    "bundle": "run.modescope",
}
SHARES = {"bundle": 1, "label": 3, "head": 5, "run": 5, "log": 6} | dict.fromkeys(
    ("model", "checkpoint", "snapshot", "grid"), 8
)
"""Bundles are slow to open; of each other kind about a tenth."""


@dataclass
class Fault:
    """What should not have happened, with the file that did it."""

    kind: str
    what: str
    file: str


class Fuzzer:
    """Mutates, opens and judges."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder, self._dice = folder, random.Random(seed)
        self._cage = Cage(folder)
        self._originals = _made(folder)
        self._scratch = folder / "scratch"
        shutil.copytree(folder / "run", self._scratch)
        self._roots = 0
        self._openers: Mapping[str, Callable[[bytes], Any]] = {
            "model": self._model,
            "checkpoint": lambda content: _checkpoint(content),
            "snapshot": lambda content: _model(unpack_model(content, "it")),
            "grid": _grid,
            "log": self._log,
            "head": self._json("HEAD.json", self._read_head),
            "run": self._json("run.json", self._read_run),
            "label": self._json("label.json", self._read_label),
            "bundle": self._bundle,
        }
        # Once before the cage is closed: what is imported late is imported now.
        self._meant = {kind: self._openers[kind](self._originals[kind]) for kind in FILES}
        for kind in FILES:
            with contextlib.suppress(BadRun):
                self._openers[kind](self._originals[kind][:-3])
        self.counts: Counter[str] = Counter()
        self.faults: list[Fault] = []

    def run(self, count: int) -> dict[str, Any]:
        """Opens `count` mutants; what came of them."""
        kinds = [kind for kind, share in SHARES.items() for _ in range(share)]
        self._cage.ration(ROOM)
        for number in range(count):
            kind = self._dice.choice(kinds)
            honest = kind == "bundle" or self._dice.random() < 0.8
            original = self._originals[kind]
            content = (
                damaged(original, self._dice) if honest else forged(kind, original, self._dice)
            )
            self._judge(number, kind, content, honest=honest)
        return {
            "counts": dict(sorted(self.counts.items())),
            "slowest": [round(self._cage.slowest[0], 4), self._cage.slowest[1]],
            "largest": list(self._cage.largest),
            "faults": [vars(fault) for fault in self.faults],
        }

    def _judge(self, number: int, kind: str, content: bytes, *, honest: bool) -> None:
        seen, what = len(self._cage.seen), ""
        found: Any = None
        try:
            with self._cage.closed(f"{kind} {number}"):
                found = self._openers[kind](content)
        except BadRun as error:
            result = "refused"
            if "\n" in str(error) or not 10 <= len(str(error)) <= 400:
                what = f"says {str(error)[:500]!r}"
        except Hang:
            result, what = "hung", "takes more than a second"
        except BaseException as error:
            result, what = "failed", f"raises {type(error).__name__}: {str(error)[:300]}"
        else:
            result = "believed as far as it is sound" if found == _PREFIX else "accepted"
            if honest and found not in (_PREFIX, self._meant[kind]):
                what = "is accepted with something wrong in it"
        if len(self._cage.seen) > seen:
            what += f" does {self._cage.seen[seen:][:3]}"
        self.counts[f"{'damaged' if honest else 'forged'} {result}"] += 1
        if what:
            file = self._folder / f"fault-{number}-{Path(FILES[kind]).name}"
            file.write_bytes(content)
            self.faults.append(Fault(kind, what, str(file)))

    # -- openers: what a file says, as something that can be compared -----------------------------

    def _model(self, content: bytes) -> Any:
        path = self._folder / "mutant.safetensors"
        path.write_bytes(content)
        return _model(load_model_file(path))

    def _log(self, content: bytes) -> Any:
        log = read_log(content, "log.jsonl")
        assert "\n" not in log.damaged
        # Each line has a checksum of its own: what is believed are lines that were written, in
        # their order. If some of them are missing, the head knows, because the log is too short.
        original, good = self._originals["log"], log.good_bytes
        written = iter(original.splitlines())
        if good < len(original) and all(line in written for line in content[:good].splitlines()):
            return _PREFIX
        return content[:good]

    def _json(self, name: str, opener: Callable[[], Any]) -> Callable[[bytes], Any]:
        def opened(content: bytes) -> Any:
            path = self._scratch / name
            try:
                path.write_bytes(content)
                return opener()
            finally:
                path.write_bytes((self._folder / "run" / name).read_bytes())

        return opened

    def _read_head(self) -> Any:
        run = open_run(self._scratch)
        # A damaged head costs the run nothing: it goes on from the checkpoint.
        start = load_start(self._scratch).start
        assert all("\n" not in problem for problem in run.problems)
        assert start.progress.step in (20, 30)
        return read_head(self._scratch)

    def _read_run(self) -> Any:
        verify(self._scratch)
        with contextlib.suppress(BadRun):
            load_start(self._scratch)
        return read_record(self._scratch)

    def _read_label(self) -> Any:
        label = read_label(self._scratch)
        if label == Label():
            raise BadRun("a label that is damaged is passed over")
        return label

    def _bundle(self, content: bytes) -> Any:
        self._roots += 1
        root, path = self._folder / f"root{self._roots}", self._folder / "mutant.modescope"
        root.mkdir()
        path.write_bytes(content)
        try:
            folder = import_run(path, root)
            return {
                str(file.relative_to(folder)): file.read_bytes()
                for file in sorted(folder.rglob("*"))
                if file.is_file()
            }
        except BadRun:
            assert not list(root.iterdir()), "an import that is refused leaves something behind"
            raise
        finally:
            shutil.rmtree(root)


def _made(folder: Path) -> dict[str, bytes]:
    run = folder / "run"
    for _ in record(story(3), Recorder(run, CONFIG)):
        pass
    write_label(run, Label(name="A run", notes="Of\nwords", tags=("good",)))
    shutil.copy(run / "snapshots" / "00000030.safetensors", folder / FILES["model"])
    export_run(run, folder / FILES["bundle"])
    return {kind: (folder / name).read_bytes() for kind, name in FILES.items()}


def _tensors(found: Mapping[str, torch.Tensor]) -> Any:
    return {name: (tensor.dtype, tensor.numpy().tobytes()) for name, tensor in found.items()}


def _model(loaded: Any) -> Any:
    return _tensors(loaded.model.state_dict()), loaded.spec


def _checkpoint(content: bytes) -> Any:
    found = unpack_checkpoint(content, "it")
    kept = found.start.progress.optimizers
    memory = {player: (_tensors(s.tensors), dict(s.numbers)) for player, s in kept.items()}
    return _tensors(found.start.weights), memory, found.spec


def _grid(content: bytes) -> Any:
    grid = unpack_grid(content, "it")
    return grid.step, grid.images.tolist(), grid.how


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(json.dumps(Fuzzer(Path(sys.argv[1]), int(sys.argv[3])).run(int(sys.argv[2]))))
