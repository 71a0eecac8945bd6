"""Every damage is named, and what is left is said."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.library.container import BadRun
from studio.library.members import Cancelled
from studio.library.opening import load_start, open_run
from studio.library.record import CheckpointRef
from studio.library.run_folder import (
    CHECKPOINTS,
    GRIDS,
    HEAD,
    LABEL,
    LOG,
    RUN,
    RUN_KIND,
    SAMPLES,
    SNAPSHOTS,
    numbered,
    read_head,
    reference,
    write_head,
)
from studio.library.sealed import seal_json
from studio.library.verify import Report, verify
from tests.library.stored import config, make_run, tree

V1 = Path(__file__).parent / "fixtures" / "run-v1"
USABLE = ("goes on from step 30", "losses up to step 30", "4 of 4 snapshots", "4 of 4 grids")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("made") / "run")


@pytest.fixture
def run(tmp_path: Path, made: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "run"))


def states(report: Report) -> dict[str, str]:
    return {file.name: file.state for file in report.files if file.state != "sound"}


def test_a_sound_run(run: Path) -> None:
    shares: list[float] = []
    report = verify(run, shares.append)
    assert report.sound
    assert report.problems == ()
    assert report.usable == USABLE
    assert {f.name: f.bytes for f in report.files} == {n: len(c) for n, c in tree(run).items()}
    assert {f.state for f in report.files} == {"sound"}
    assert shares == sorted(shares)
    assert shares[-1] == 1


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-2]),
    "flipped": flip,
    "empty": lambda path: path.write_bytes(b""),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
    "a link": lambda path: path.symlink_to(path.rename(path.with_name("elsewhere"))),
    "a link to nowhere": lambda path: (path.unlink(), path.symlink_to("nowhere")),
    "huge": lambda path: os.truncate(path, 2**33),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.replace(" ", "-"))
def test_any_damaged_file_is_named(run: Path, made: Path, damage: str) -> None:
    for name in sorted(set(tree(run)) - {"lock"}):
        DAMAGES[damage](run / name)
        report = verify(run)
        found = {n: s for n, s in states(report).items() if not n.endswith("elsewhere")}
        assert found == {name: "damaged"}
        (problem,) = report.problems
        assert Path(name).name in problem
        assert "\n" not in problem
        assert not report.sound
        shutil.rmtree(run)
        shutil.copytree(made, run)


@pytest.mark.parametrize("name", [RUN, HEAD, LOG, f"{CHECKPOINTS}/00000030.safetensors"])
def test_a_file_that_is_gone_is_named(run: Path, name: str) -> None:
    (run / name).unlink()
    report = verify(run)
    assert states(report) == {name: "missing"}
    assert report.problems == (f"{name} is missing",)
    assert not report.sound


def test_what_is_left_of_a_damaged_run(run: Path) -> None:
    flip(numbered(run, CHECKPOINTS, 30))
    flip(numbered(run, SNAPSHOTS, 10))
    flip(numbered(run, GRIDS, 0))
    flip(numbered(run, GRIDS, 20))
    lines = (run / LOG).read_bytes().splitlines(keepends=True)
    (run / LOG).write_bytes(b"".join([*lines[:-3], b"00000000 {}\n", *lines[-2:]]))
    report = verify(run)
    assert report.usable == (
        "goes on from step 20",
        "losses up to step 20",
        "3 of 4 snapshots",
        "2 of 4 grids",
    )
    assert load_start(run).start.progress.step == 20, "as it says"
    assert int(open_run(run).log.players["learner"].steps[-1]) == 19


def test_a_lost_head(run: Path) -> None:
    (run / HEAD).unlink()
    assert verify(run).usable[0] == "goes on from step 30"
    assert load_start(run).start.progress.step == 30


def test_a_run_without_its_description(run: Path) -> None:
    (run / RUN).write_text("{}")
    assert verify(run).usable == USABLE[1:]


def test_files_that_changed_places(run: Path) -> None:
    for kind in (SNAPSHOTS, GRIDS, CHECKPOINTS):
        one, other = numbered(run, kind, 20), numbered(run, kind, 30)
        one.rename(run / "x")
        other.rename(one)
        (run / "x").rename(other)
        assert states(verify(run)) == {f"{kind}/{path.name}": "damaged" for path in (one, other)}, (
            kind
        )
        one.rename(run / "x")
        other.rename(one)
        (run / "x").rename(other)
    assert verify(run).sound


@pytest.mark.parametrize("other", [config(seed=4), config(hidden=9)], ids=["seed", "settings"])
def test_files_of_another_run(run: Path, tmp_path: Path, other: object) -> None:
    make_run(tmp_path / "other", other)  # type: ignore[arg-type]
    for name in tree(run):
        if name in ("lock", HEAD, LABEL, LOG, SAMPLES) or name.startswith(GRIDS):
            continue  # nothing in them says whose they are
        before = (run / name).read_bytes()
        (run / name).write_bytes((tmp_path / "other" / name).read_bytes())
        assert not verify(run).sound, name
        (run / name).write_bytes(before)
    assert verify(run).sound


def test_what_does_no_harm(run: Path) -> None:
    (run / ".HEAD.json.12-ab.part").write_text("{")
    (run / SNAPSHOTS / ".00000040.safetensors.12-ab.part").write_text("x")
    (run / "thesis.txt").write_text("important")
    (run / SNAPSHOTS / "40.safetensors").write_text("x")
    (run / GRIDS / "0000000030.safetensors").write_text("x")
    (run / "more").mkdir()
    os.mkfifo(run / "pipe")
    (run / "link").symlink_to("/")
    with (run / LOG).open("ab") as file:
        file.write(b"half a li")
    report = verify(run)
    assert report.sound
    assert report.usable == USABLE
    assert states(report) == {
        ".HEAD.json.12-ab.part": "leftover",
        "snapshots/.00000040.safetensors.12-ab.part": "leftover",
        "thesis.txt": "unknown",
        "snapshots/40.safetensors": "unknown",
        "grids/0000000030.safetensors": "unknown",
        "more": "unknown",
        "pipe": "unknown",
        "link": "unknown",
    }


def test_folders_that_are_something_else(run: Path, made: Path) -> None:
    shutil.rmtree(run / SNAPSHOTS)
    (run / SNAPSHOTS).symlink_to(made / SNAPSHOTS)
    shutil.rmtree(run / GRIDS)
    (run / GRIDS).write_text("x")
    report = verify(run)
    assert states(report) == {SNAPSHOTS: "unknown", GRIDS: "unknown"}
    assert report.usable == USABLE[:2]


def test_a_run_that_was_cut_off_at_its_first_save(run: Path) -> None:
    (run / HEAD).unlink()
    (run / LOG).unlink()
    numbered(run, CHECKPOINTS, 20).unlink()
    assert verify(run).sound, "nothing was promised yet"
    shutil.rmtree(run / CHECKPOINTS)
    assert verify(run).sound


def test_a_run_that_is_saved_meanwhile(run: Path) -> None:
    head, read = read_head(run), []
    write_head(run, dataclasses.replace(head, checkpoint=_reference(run, 20)))

    def save(share: float) -> None:
        read.append(share)
        if len(read) == 3:  # description, head and log
            numbered(run, CHECKPOINTS, 20).unlink()
            write_head(run, head)

    assert verify(run, save).sound
    assert read != sorted(read), "it began anew"


def _reference(run: Path, step: int) -> CheckpointRef:
    content = numbered(run, CHECKPOINTS, step).read_bytes()
    return reference(step, content, hashlib.sha256(content).hexdigest())


def test_cancelling(run: Path) -> None:
    with pytest.raises(Cancelled):
        verify(run, cancelled=lambda: True)


@pytest.mark.parametrize("what", ["none", "file", "empty", "foreign"])
def test_what_is_no_run_at_all(tmp_path: Path, what: str) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "letter.txt").write_text("x")
    with pytest.raises(BadRun, match="there is no run at"):
        verify(tmp_path / what)


def test_a_run_of_version_1(tmp_path: Path) -> None:
    old = Path(shutil.copytree(V1, tmp_path / "old"))
    report = verify(old)
    assert report.sound
    assert report.usable == ("the model of step 60", "losses and grids")
    for name in tree(old):
        content = (old / name).read_bytes()
        (old / name).write_bytes(content[: len(content) // 2])
        assert states(verify(old)) == {name: "damaged"}
        (old / name).unlink()
        if name != SAMPLES:
            assert states(verify(old)) == {name: "missing"}
        (old / name).write_bytes(content)
    one, other = old / "weights.safetensors", old / "history.safetensors"
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)
    assert set(states(verify(old))) == {one.name, other.name}


def test_a_newer_run(run: Path) -> None:
    (run / RUN).write_bytes(seal_json(RUN_KIND, 3, {}))
    assert "newer Modescope" in verify(run).problems[0]
