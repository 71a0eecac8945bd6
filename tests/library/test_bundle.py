"""Runs in one file: out and in to the byte, whatever happens meanwhile, and nothing from strangers
but what a run may hold."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import hashlib
import json
import os
import shutil
import time
import tracemalloc
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from studio.data.disk import DISK, Disk
from studio.library import bundle, plain
from studio.library.bundle import export_run, import_run
from studio.library.bundle_file import KIND, BundleReader, BundleWriter
from studio.library.container import MAX_HEADER, BadRun, Header, sealed_header
from studio.library.members import Cancelled
from studio.library.opening import load_model, load_start, open_run
from studio.library.run_folder import (
    CHECKPOINTS,
    HEAD,
    LABEL,
    LOG,
    RUN,
    RUN_KIND,
    SNAPSHOTS,
    numbered,
    read_head,
    read_label,
    reference,
    write_head,
)
from studio.library.runs import list_runs, unfinished
from studio.library.sealed import seal_json, unseal_json
from studio.library.verify import verify
from tests.library.stored import STEPS, config, make_run, tree

V1 = Path(__file__).parent / "fixtures" / "run-v1"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("made") / "run")


@pytest.fixture(scope="module")
def exported(made: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("exported") / "run.modescope"
    export_run(made, path)
    return path.read_bytes()


@pytest.fixture
def run(tmp_path: Path, made: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "run"))


def steps_in(content: Mapping[str, bytes], kind: str) -> list[int]:
    return [int(Path(name).stem) for name in sorted(content) if name.startswith(kind)]


# Out and in


def test_a_run_goes_out_and_comes_in_again(run: Path, tmp_path: Path) -> None:
    before, told, heard = tree(run), list[float](), list[float]()
    path = tmp_path / "new folder" / "run.modescope"
    assert export_run(run, path, told.append) == ()
    assert tree(run) == before
    assert [f.name for f in path.parent.iterdir()] == ["run.modescope"]
    folder = import_run(path, tmp_path / "root", heard.append)
    assert [f.name for f in (tmp_path / "root").iterdir()] == [folder.name]
    after = tree(folder)
    assert set(before) - set(after) == {"lock", f"{CHECKPOINTS}/00000020.safetensors"}
    assert after.items() <= before.items(), "byte for byte"
    assert verify(folder).sound
    assert load_start(folder).start.progress.step == STEPS[-1]
    assert read_label(folder).name == "mine"
    for shares in (told, heard):
        assert shares == sorted(shares)
        assert shares[-1] == 1


def test_the_same_run_gives_the_same_file(run: Path, exported: bytes, tmp_path: Path) -> None:
    export_run(run, tmp_path / "again.modescope")
    assert (tmp_path / "again.modescope").read_bytes() == exported


def test_any_safetensors_reader_can_open_it(made: Path, exported: bytes) -> None:
    arrays = safetensors.numpy.load(exported)
    assert bytes(arrays[RUN]) == (made / RUN).read_bytes()
    assert all(array.dtype == np.uint8 for array in arrays.values())


def test_an_old_file_is_replaced_and_not_before_the_new_one_is_whole(
    run: Path, tmp_path: Path
) -> None:
    path = tmp_path / "x.modescope"
    path.write_text("old")

    def look(share: float) -> None:
        if share < 1:
            assert path.read_text() == "old"

    export_run(run, path, look)
    assert path.stat().st_size > 10_000


def test_long_names_and_all_letters(run: Path, tmp_path: Path) -> None:
    path = tmp_path / ("\u00fc\U0001f9ee" * 38 + " x.modescope")  # nearly 255 bytes
    export_run(run, path)
    assert verify(import_run(path, tmp_path / "root \u00fc")).sound


def test_a_run_of_version_1(tmp_path: Path) -> None:
    export_run(V1, tmp_path / "old.modescope")
    folder = import_run(tmp_path / "old.modescope", tmp_path / "root")
    assert tree(folder) == tree(V1)
    assert load_model(folder).step == load_model(V1).step


def test_an_unfinished_run_arrives_stopped(run: Path, tmp_path: Path) -> None:
    write_head(run, dataclasses.replace(read_head(run), state="running"))
    export_run(run, tmp_path / "x.modescope")
    folder = import_run(tmp_path / "x.modescope", tmp_path / "root")
    assert read_head(folder) == dataclasses.replace(read_head(run), state="stopped")
    assert unfinished(tmp_path / "root") == []
    assert read_head(run).state == "running"


def test_what_lies_beyond_the_last_save_stays_out(run: Path, tmp_path: Path) -> None:
    lines = (run / LOG).read_bytes().splitlines(keepends=True)
    size = sum(map(len, lines[:-2]))
    content = numbered(run, CHECKPOINTS, 20).read_bytes()
    head = dataclasses.replace(
        read_head(run), step=20, state="running", log_bytes=size, checkpoint=_reference(20, content)
    )
    write_head(run, head)
    (run / LOG).write_bytes((run / LOG).read_bytes() + b"half a li")
    (run / ".HEAD.json.7-7.part").write_text("x")
    (run / "thesis.txt").write_text("private")
    assert export_run(run, tmp_path / "x.modescope") == ()
    folder = import_run(tmp_path / "x.modescope", tmp_path / "root")
    after = tree(folder)
    assert len(after[LOG]) == size
    assert steps_in(after, CHECKPOINTS) == [20]
    assert steps_in(after, SNAPSHOTS) == [0, 10, 20]
    assert not {"thesis.txt", ".HEAD.json.7-7.part", "lock"} & set(after)


def _reference(step: int, content: bytes) -> Any:
    return reference(step, content, hashlib.sha256(content).hexdigest())


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) * 3 // 4] ^= 1
    path.write_bytes(content)


def test_damaged_parts_stay_out_and_are_named(run: Path, tmp_path: Path) -> None:
    spoil(numbered(run, CHECKPOINTS, 30))
    spoil(numbered(run, SNAPSHOTS, 10))
    spoil(run / LABEL)
    spoil(run / "samples.png")
    spoil(run / LOG)
    left_out = export_run(run, tmp_path / "x.modescope")
    assert len(left_out) == 5
    assert all("damaged" in sentence and "\n" not in sentence for sentence in left_out)
    folder = import_run(tmp_path / "x.modescope", tmp_path / "root")
    assert verify(folder).sound
    after = tree(folder)
    assert steps_in(after, CHECKPOINTS) == [20]
    assert steps_in(after, SNAPSHOTS) == [0, 20, 30]
    assert (run / LOG).read_bytes().startswith(after[LOG])
    assert load_start(folder).start.progress.step == 20


def test_a_run_without_a_sound_checkpoint_can_still_be_looked_at(run: Path, tmp_path: Path) -> None:
    shutil.rmtree(run / CHECKPOINTS)
    export_run(run, tmp_path / "x.modescope")
    folder = import_run(tmp_path / "x.modescope", tmp_path / "root")
    assert open_run(folder).snapshots == STEPS
    assert load_model(folder, at=20).step == 20


@pytest.mark.parametrize("name", [RUN, HEAD])
def test_a_run_that_says_nothing_cannot_go_out(run: Path, tmp_path: Path, name: str) -> None:
    for damage in (spoil, Path.unlink):
        damage(run / name)
        with pytest.raises(BadRun, match=name):
            export_run(run, tmp_path / "x.modescope")
        assert [f.name for f in tmp_path.iterdir()] == ["run"]


def test_links_are_not_followed(run: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    for name in ("error.txt", LABEL):
        (run / name).unlink(missing_ok=True)
        (run / name).symlink_to(secret)
    assert len(export_run(run, tmp_path / "x.modescope")) == 2
    assert b"secret" not in (tmp_path / "x.modescope").read_bytes()


# While it is being written


def test_what_is_thinned_out_meanwhile_stays_out(run: Path, tmp_path: Path) -> None:
    def thin(share: float) -> None:
        numbered(run, SNAPSHOTS, 20).unlink(missing_ok=True)

    assert export_run(run, tmp_path / "x.modescope", thin) == ()
    folder = import_run(tmp_path / "x.modescope", tmp_path / "root")
    assert open_run(folder).snapshots == (0, 10, 30)


def test_a_run_that_is_saved_meanwhile_is_taken_at_one_moment(run: Path, tmp_path: Path) -> None:
    """The checkpoint goes between the reading of the head and its own reading."""
    head = read_head(run)
    content = numbered(run, CHECKPOINTS, 20).read_bytes()
    write_head(run, dataclasses.replace(head, step=20, checkpoint=_reference(20, content)))

    class Busy(Disk):
        def open(self, path: Path, flags: int) -> int:
            if numbered(run, CHECKPOINTS, 20).exists():
                numbered(run, CHECKPOINTS, 20).unlink()
                write_head(run, head)
            return super().open(path, flags)

    assert export_run(run, tmp_path / "x.modescope", disk=Busy()) == ()
    folder = import_run(tmp_path / "x.modescope", tmp_path / "root")
    assert read_head(folder) == head
    assert load_start(folder).start.progress.step == 30


# Cancelled, full, forbidden


class Countdown:
    """Says yes at the n-th question."""

    def __init__(self, number: int) -> None:
        self.left = number

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


def test_cancelling_leaves_nothing(run: Path, exported: bytes, tmp_path: Path) -> None:
    path, root = tmp_path / "x.modescope", tmp_path / "root"
    (tmp_path / "whole.modescope").write_bytes(exported)
    before = tree(tmp_path)
    works: tuple[Callable[[Countdown], object], ...] = (
        lambda cancelled: export_run(run, path, cancelled=cancelled),
        lambda cancelled: import_run(tmp_path / "whole.modescope", root, cancelled=cancelled),
    )
    for work in works:
        for number in range(10_000):
            try:
                work(Countdown(number))
                break
            except Cancelled:
                assert tree(tmp_path) == before
                assert not list(root.glob(".*"))
        assert number > 10
        path.unlink(missing_ok=True)


class Failing(Disk):
    """Fails at the n-th call."""

    def __init__(self, number: int) -> None:
        self.left = number

    def _count(self) -> None:
        self.left -= 1
        if self.left == -1:
            raise OSError(errno.ENOSPC, "No space left on device")

    def open(self, path: Path, flags: int) -> int:
        self._count()
        return super().open(path, flags)

    def write(self, fd: int, data: bytes | memoryview) -> int:
        self._count()
        return super().write(fd, data[: len(data) // 2 + 1])

    def fsync(self, fd: int) -> None:
        self._count()
        super().fsync(fd)

    def replace(self, old: Path, new: Path) -> None:
        self._count()
        super().replace(old, new)

    def mkdir(self, path: Path) -> None:
        self._count()
        super().mkdir(path)


def test_a_disk_that_fails_leaves_nothing(run: Path, exported: bytes, tmp_path: Path) -> None:
    path, root = tmp_path / "x.modescope", tmp_path / "root"
    (tmp_path / "whole.modescope").write_bytes(exported)
    path.write_text("old")
    before = tree(tmp_path)
    works: tuple[Callable[[Disk], object], ...] = (
        lambda disk: export_run(run, path, disk=disk),
        lambda disk: import_run(tmp_path / "whole.modescope", root, disk=disk),
    )
    for work in works:
        failures = 0
        for number in [*range(40), *range(40, 3_000, 7)]:
            disk = Failing(number)
            try:
                work(disk)
            except ValueError as error:
                failures += "no space left on device" in str(error)
                named = path.read_text(errors="replace") != "old" or any(root.glob("2*"))
                if not named:  # else only forcing the folder failed
                    assert tree(tmp_path) == before
                assert not list(root.glob(".*"))
            if disk.left >= 0:
                break
        assert failures > 20
        path.write_text("old")


def test_too_little_room(
    run: Path, exported: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "whole.modescope").write_bytes(exported)
    before = tree(tmp_path)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda place: usage(10, 10, 2**20))
    for work in (
        lambda: export_run(run, tmp_path / "x.modescope"),
        lambda: import_run(tmp_path / "whole.modescope", tmp_path / "root"),
    ):
        with pytest.raises(BadRun, match=r"too little room on the disk .* 1 MiB are free"):
            work()
    assert tree(tmp_path) == before


def test_places_that_cannot_be(run: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is a folder"):
        export_run(run, tmp_path)
    with pytest.raises(ValueError, match="lies inside the run"):
        export_run(run, run / SNAPSHOTS / "x.modescope")
    (tmp_path / "file").write_text("x")
    with pytest.raises(ValueError, match="cannot write"):
        export_run(run, tmp_path / "file" / "x.modescope")
    (tmp_path / "file").unlink()
    with pytest.raises(BadRun, match="no run at"):
        export_run(tmp_path / "none", tmp_path / "x.modescope")
    with pytest.raises(BadRun, match="cannot import"):
        import_run(tmp_path / "none.modescope", tmp_path / "root")
    assert [f.name for f in tmp_path.iterdir()] == ["run"]


def test_what_a_killed_import_left_goes_with_a_later_one(
    exported: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.modescope").write_bytes(exported)
    for name in ("old", "young"):
        (tmp_path / "root" / f".import-{name}").mkdir(parents=True)
        (tmp_path / "root" / f".import-{name}" / RUN).write_text("x")
    os.utime(tmp_path / "root" / ".import-old", (0, time.time() - 2 * 24 * 3600))
    import_run(tmp_path / "x.modescope", tmp_path / "root")
    assert len(list_runs(tmp_path / "root")) == 1
    assert [f.name for f in (tmp_path / "root").glob(".*")] == [".import-young"]


def test_a_large_file_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    piece, count = bytes(2**20), 48
    name = f"{SNAPSHOTS}/00000001.safetensors"
    tracemalloc.start()
    writer = BundleWriter(tmp_path / "x", [name, HEAD], DISK, lambda size: None)
    writer.add(HEAD, lambda take: take(b""))
    writer.add(name, lambda take: [take(piece) for _ in range(count)])
    writer.finish()
    writer.close()
    with (tmp_path / "x").open("rb") as file:
        reader = BundleReader(file, (tmp_path / "x").stat().st_size, "x")
        read = sum(len(part) for _, parts in reader.files(lambda size: None) for part in parts)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert read == count * 2**20
    assert peak < 8 * 2**20


# From strangers


def files_of(run: Path) -> dict[str, bytes]:
    """What an export of a run would hold."""
    found = tree(run)
    del found["lock"], found[f"{CHECKPOINTS}/00000020.safetensors"]
    return found


def crafted(
    files: Mapping[str, bytes],
    *,
    spec: Any = None,
    table: Callable[[dict[str, Any]], None] = lambda table: None,
    kind: str = KIND,
    version: int = 1,
) -> bytes:
    """A bundle with checksums that are right, whatever is wrong otherwise."""
    entries: dict[str, Any] = {}
    data = b""
    for name, content in files.items():
        span = [len(data), len(data) + len(content)]
        entries[name] = {"dtype": "U8", "shape": [len(content)], "data_offsets": span}
        data += content
    table(entries)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    text = plain.dump({"files": sums} if spec is None else spec)
    digest = Header(text, {}, {}, 0, "", plain.dump(entries)).digest()
    digest.update(data)
    return sealed_header(entries, text, digest.hexdigest(), kind=kind, version=version) + data


@contextlib.contextmanager
def untouched(place: Path) -> Iterator[None]:
    before = tree(place)
    yield
    assert tree(place) == before
    assert not list((place / "root").glob("*"))
    assert not list((place / "root").glob(".*"))


def refusal(content: bytes, tmp_path: Path) -> str:
    path = tmp_path / "x.modescope"
    path.write_bytes(content)
    with untouched(tmp_path), pytest.raises(BadRun) as caught:
        import_run(path, tmp_path / "root")
    path.unlink()
    text = str(caught.value)
    assert "\n" not in text
    assert len(text) < 300
    assert ".import" not in text
    return text


def test_crafted_as_exported(made: Path, exported: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.modescope").write_bytes(crafted(files_of(made)))
    assert verify(import_run(tmp_path / "x.modescope", tmp_path / "root")).sound


NAMES = [
    "../evil.txt",
    "/etc/passwd",
    "..",
    "",
    "snapshots/../../evil.safetensors",
    "snapshots\\00000010.safetensors",
    "snapshots/00000010.safetensors\n",
    "snapshots/00000010.safetensors/x",
    "snapshots/10.safetensors",
    "snapshots/0000000010.safetensors",
    "snapshots/\u0660\u0660\u0660\u0660\u0660\u0660\u0661\u0660.safetensors",
    "snapshots/00000010.SAFETENSORS",
    "Snapshots/00000010.safetensors",
    "snapshots/",
    "lock",
    "RUN.json",
    "run.json ",
    "run.json\0",
    "C:run.json",
    "CON",
    ".part",
    "weights.safetensors",
    "evil.py",
    "x" * 300,
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_names_that_no_run_has(made: Path, tmp_path: Path, name: str) -> None:
    content = crafted({**files_of(made), name: b"evil"})
    assert "a run holds no file" in refusal(content, tmp_path)


def test_a_name_that_comes_twice(exported: bytes, tmp_path: Path) -> None:
    size = int.from_bytes(exported[:8], "little")
    head = exported[8 : 8 + size].rstrip()
    entry = b'"run.json":' + head.split(b'"run.json":')[-1].split(b"}")[0] + b"}"
    head = head[:-1] + b"," + entry + b"}"
    content = len(head).to_bytes(8, "little") + head + exported[8 + size :]
    assert "names something twice" in refusal(content, tmp_path)


def test_headers_that_lie(exported: bytes, tmp_path: Path) -> None:
    for size in (2**63, 2**64 - 1, MAX_HEADER + 1, len(exported), 1, 0):
        refusal(size.to_bytes(8, "little") + exported[8:], tmp_path)


def test_header_bombs(made: Path, tmp_path: Path) -> None:
    many = {f"{SNAPSHOTS}/{step:08d}.safetensors": b"" for step in range(4_097)}
    heads = [
        json.dumps({"__metadata__": {"format": KIND, "version": "1"}, **dict.fromkeys(many, 1)}),
        "[" * 100_000,
        '{"a":' * 50_000,
        '{"__metadata__":' + "9" * 500_000 + "}",
        '{"__metadata__": NaN}',
        '{"\\ud800": 1}',
    ]
    for head in heads:
        refusal(len(head).to_bytes(8, "little") + head.encode(), tmp_path)

    def huge(table: dict[str, Any]) -> None:
        table[RUN]["shape"] = [2**33]

    def lying(table: dict[str, Any]) -> None:
        table[LOG]["data_offsets"] = table[RUN]["data_offsets"]

    def float32(table: dict[str, Any]) -> None:
        table[RUN] |= {"dtype": "F32", "shape": []}

    for trick in (huge, lying, float32):
        assert "damaged" in refusal(crafted(files_of(made), table=trick), tmp_path)


def test_files_larger_than_a_run_may_hold(made: Path, tmp_path: Path) -> None:
    content = crafted({**files_of(made), "error.txt": b"x" * (2**20 + 1)})
    assert "too large" in refusal(content, tmp_path)


def test_a_file_that_is_cut_while_it_is_read(exported: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.modescope"
    path.write_bytes(exported)
    with pytest.raises(BadRun, match="it ends too early"):
        import_run(path, tmp_path / "root", lambda share: os.truncate(path, 9_000))
    assert list((tmp_path / "root").iterdir()) == []


def test_bytes_added_or_missing(exported: bytes, tmp_path: Path) -> None:
    refusal(exported + b"\0", tmp_path)
    for length in (0, 7, 8, 9, 100, len(exported) // 2, len(exported) - 1):
        refusal(exported[:length], tmp_path)


def test_checksums_that_are_wrong(made: Path, tmp_path: Path) -> None:
    files = files_of(made)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    wrong: list[Any] = [
        {"files": {**sums, RUN: "0" * 64}},
        {"files": {**sums, RUN: "x"}},
        {"files": {**sums, RUN: 7}},
        {"files": {**sums, "more.txt": sums[RUN]}},
        {"files": {name: value for name, value in sums.items() if name != LOG}},
        {"files": sums, "place": "/tmp"},
        {"files": []},
        [],
        None,
        "x",
    ]
    for spec in wrong[:-2]:
        refusal(crafted(files, spec=spec), tmp_path)
    refusal(crafted(files, spec="x"), tmp_path)


def test_other_files(made: Path, exported: bytes, tmp_path: Path) -> None:
    assert "not a Modescope file" in refusal(b"PK\x03\x04" * 100, tmp_path)
    assert "not a Modescope file" in refusal(b"\x80\x04\x95" * 100, tmp_path)
    snapshot = numbered(made, SNAPSHOTS, 10).read_bytes()
    assert "not a modescope bundle file" in refusal(snapshot, tmp_path)
    assert "newer Modescope" in refusal(crafted(files_of(made), version=2), tmp_path)


def test_parts_of_another_run(made: Path, tmp_path: Path) -> None:
    other = files_of(make_run(tmp_path / "other" / "run", config(hidden=9)))
    shutil.rmtree(tmp_path / "other")
    files = files_of(made)
    for name in (RUN, f"{SNAPSHOTS}/00000010.safetensors", f"{CHECKPOINTS}/00000030.safetensors"):
        assert "cannot be imported" in refusal(crafted({**files, name: other[name]}), tmp_path)
    for name in (RUN, HEAD, LOG, f"{CHECKPOINTS}/00000030.safetensors"):
        refusal(crafted({n: c for n, c in files.items() if n != name}), tmp_path)
    swapped = {
        f"{SNAPSHOTS}/00000010.safetensors": files[f"{SNAPSHOTS}/00000020.safetensors"],
        f"{SNAPSHOTS}/00000020.safetensors": files[f"{SNAPSHOTS}/00000010.safetensors"],
    }
    assert "another step" in refusal(crafted({**files, **swapped}), tmp_path)
    refusal(crafted({**files, "samples.png": b"GIF89a"}), tmp_path)
    refusal(crafted({**files, LABEL: b"{}"}), tmp_path)
    refusal(crafted({}), tmp_path)
    refusal(crafted({RUN: files[RUN]}), tmp_path)


def test_a_model_that_is_not_known_here(made: Path, tmp_path: Path) -> None:
    files = files_of(made)
    values = unseal_json(files[RUN], RUN, kind=RUN_KIND, version=2)
    for model in ("../../evil", "os.system"):
        content = seal_json(RUN_KIND, 2, {**values, "model": model})
        refusal(crafted({**files, RUN: content}), tmp_path)


def test_random_damage_is_always_noticed(exported: bytes, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    head = 8 + int.from_bytes(exported[:8], "little")
    used = len(exported[:head].rstrip())
    places = [*rng.integers(0, used, 60), *rng.integers(head, len(exported), 60)]
    for place in places:
        broken = bytearray(exported)
        broken[place] ^= 1 << int(rng.integers(8))
        refusal(bytes(broken), tmp_path)


def test_it_opens_links_to_files_and_nothing_else(exported: bytes, tmp_path: Path) -> None:
    (tmp_path / "real.modescope").write_bytes(exported)
    (tmp_path / "link.modescope").symlink_to(tmp_path / "real.modescope")
    assert import_run(tmp_path / "link.modescope", tmp_path / "runs").exists()
    os.mkfifo(tmp_path / "pipe.modescope")
    for place in (tmp_path / "pipe.modescope", tmp_path, Path("/dev/zero")):
        with pytest.raises(BadRun):
            import_run(place, tmp_path / "runs")
    assert bundle.SUFFIX == ".modescope"
