"""The list of runs never fails, costs little, and the trash gives back."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.library.container import BadRun
from studio.library.lock import RunLock
from studio.library.opening import open_run
from studio.library.record import Label, State
from studio.library.run_folder import (
    HEAD,
    LABEL,
    LOG,
    RUN,
    SNAPSHOTS,
    numbered,
    read_head,
    read_record,
    write_head,
    write_record,
)
from studio.library.runs import (
    TRASH,
    empty_trash,
    in_trash,
    is_run,
    latest,
    list_runs,
    new_run_folder,
    restore,
    runs_dir,
    trash,
    unfinished,
)
from tests.library.stored import STEPS, config, make_run, tree

V1 = Path(__file__).parent / "fixtures" / "run-v1"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("made") / "run")


@pytest.fixture
def root(tmp_path: Path, made: Path) -> Path:
    for name in ("a", "b"):
        shutil.copytree(made, tmp_path / name)
    return tmp_path


def left_in(folder: Path, state: State) -> Path:
    write_head(folder, dataclasses.replace(read_head(folder), state=state))
    return folder


def test_a_run_in_the_list(root: Path) -> None:
    run = {run.folder.name: run for run in list_runs(root)}["a"]
    assert run.folder == root / "a"
    assert run.problem == ""
    assert run.record is not None
    assert run.head is not None
    assert (run.record.model, run.record.seed) == ("vae", 3)
    assert (run.head.step, run.head.state) == (STEPS[-1], "finished")
    assert run.label == Label(name="mine", notes="two\nlines", tags=("a", "b"))
    assert run.thumbnail == STEPS[-1]
    assert run.has_weights
    assert not run.unfinished
    assert run.bytes == pytest.approx(sum(map(len, tree(root / "a").values())), rel=0.01)


def test_the_newest_comes_first(root: Path) -> None:
    for name, year in (("a", "2031"), ("b", "2032")):
        record = dataclasses.replace(read_record(root / name), created=f"{year}-01-01T00:00:00")
        write_record(root / name, record)
    assert [run.folder.name for run in list_runs(root)] == ["b", "a"]
    assert latest(root) == root / "b"


def test_only_small_files_are_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, opened = os.open, set[str]()

    def noted(path: Path, *more: int) -> int:
        opened.add(Path(path).name)
        return real(path, *more)

    left_in(root / "a", "running")
    monkeypatch.setattr("os.open", noted)
    assert len(list_runs(root)) == 2
    assert opened == {RUN, HEAD, LABEL, "lock"}


def test_a_run_of_version_1(tmp_path: Path) -> None:
    shutil.copytree(V1, tmp_path / "old")
    (run,) = list_runs(tmp_path)
    assert run.record is not None
    assert run.head is not None
    assert run.has_weights
    assert not run.unfinished
    left = (run.thumbnail, run.problem, run.label)
    assert left == (None, "", Label())


def test_what_is_no_run_is_not_listed(root: Path) -> None:
    (root / "file").write_text("x")
    (root / "folder").mkdir()
    for name in (TRASH, ".import-12ab"):
        shutil.copytree(root / "a", root / name)
    (root / "loop").symlink_to(root / "loop")
    assert {run.folder.name for run in list_runs(root)} == {"a", "b"}
    assert not is_run(root / "loop")
    assert list_runs(root / "none") == []
    assert list_runs(root / "file") == []
    assert latest(root / "none") is None


DAMAGES: dict[str, Callable[[Path], object]] = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-2]),
    "flipped": lambda path: path.write_bytes(b"\xff" + path.read_bytes()[1:]),
    "empty": lambda path: path.write_bytes(b""),
    "gone": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
    "a link to nowhere": lambda path: (path.unlink(), path.symlink_to("nowhere")),
    "huge": lambda path: os.truncate(path, 2**33),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.replace(" ", "-"))
def test_damage_of_any_file_leaves_the_list_whole(root: Path, made: Path, damage: str) -> None:
    for name in tree(made):
        DAMAGES[damage](root / "a" / name)
        runs = {run.folder.name: run for run in list_runs(root)}
        assert set(runs) == {"a", "b"}, name
        assert (runs["a"].problem != "") == (name in (RUN, HEAD)), name
        assert "\n" not in runs["a"].problem
        assert open_run(root / "b").problems == ()
        shutil.rmtree(root / "a")
        shutil.copytree(made, root / "a")


def test_swapped_files_are_a_problem(root: Path) -> None:
    first, second = root / "a" / RUN, root / "a" / HEAD
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)
    problems = {run.folder.name: run.problem for run in list_runs(root)}
    assert "is not a modescope run file" in problems["a"]
    assert problems["b"] == ""
    assert latest(root) == root / "b"


def test_runs_that_would_go_on(root: Path, made: Path) -> None:
    names: tuple[State, ...] = ("running", "suspended", "stopped", "failed", "finished")
    for state in names:
        left_in(shutil.copytree(made, root / state), state)
    held = left_in(shutil.copytree(made, root / "held"), "running")
    empty = left_in(shutil.copytree(made, root / "empty"), "running")
    shutil.rmtree(empty / "checkpoints")
    with RunLock(held):
        assert {run.folder.name for run in unfinished(root)} == {"running", "suspended"}
    assert {run.folder.name for run in unfinished(root)} == {"running", "suspended", "held"}


# The trash


def test_deleting_and_taking_back(root: Path) -> None:
    before = tree(root / "a")
    place = trash(root / "a")
    assert place == root / TRASH / "a"
    assert [run.folder.name for run in list_runs(root)] == ["b"]
    assert in_trash(root) == [place]
    assert restore(place) == root / "a"
    assert tree(root / "a") == before
    assert in_trash(root) == []


def test_names_that_are_taken(root: Path, made: Path) -> None:
    first = trash(root / "a")
    shutil.copytree(made, root / "a")
    second = trash(root / "a")
    assert first != second
    assert restore(first) == root / "a"
    back = restore(second)
    assert back.parent == root
    assert back.name.startswith("a-")
    assert {run.folder for run in list_runs(root)} == {root / "a", root / "b", back}


def test_a_run_that_is_being_written_is_not_deleted(root: Path) -> None:
    with RunLock(root / "a"), pytest.raises(BadRun, match="stop its training first"):
        trash(root / "a")
    assert trash(root / "a").exists()


def test_only_runs_go_into_the_trash_and_out_of_it(root: Path) -> None:
    (root / "letters").mkdir()
    with pytest.raises(BadRun, match="no run"):
        trash(root / "letters")
    with pytest.raises(BadRun, match="no longer in the trash"):
        restore(root / TRASH / "a")
    with pytest.raises(BadRun, match="no longer in the trash"):
        restore(root / "a")
    assert {f.name for f in root.iterdir()} == {"a", "b", "letters"}


def test_emptying_the_trash_follows_no_link(root: Path, made: Path) -> None:
    before = tree(made)
    trash(root / "a")
    (root / TRASH / "link").symlink_to(made)
    (root / TRASH / "b" / "inner").mkdir(parents=True)
    (root / TRASH / "b" / "inner" / "link").symlink_to(made)
    assert empty_trash(root) == 3
    assert in_trash(root) == []
    assert tree(made) == before
    assert empty_trash(root) == 0
    assert [run.folder.name for run in list_runs(root)] == ["b"]


def test_a_snapshot_of_a_run_in_the_trash_is_still_whole(root: Path) -> None:
    place = trash(root / "a")
    assert numbered(place, SNAPSHOTS, STEPS[1]).exists()
    assert open_run(place).problems == ()
    assert (place / LOG).exists()


def test_where_runs_live(tmp_path: Path) -> None:
    assert runs_dir({"MODESCOPE_HOME": str(tmp_path)}) == tmp_path / "runs"
    assert runs_dir({"XDG_DATA_HOME": "/x"}, "linux") == Path("/x/modescope/runs")
    assert runs_dir({"XDG_DATA_HOME": "x"}, "linux") == Path.home() / ".local/share/modescope/runs"
    assert new_run_folder(config().model, tmp_path).parent == tmp_path
