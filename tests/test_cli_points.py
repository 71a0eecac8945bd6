"""Runs whose data are no grey digits: trained, kept, checked, opened again, sampled from, shown."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio import cli, data
from studio.data import Dataset, mixtures, pen, stacked
from studio.instruments import microscope
from studio.library.exports import Caption, training_film_gif
from studio.library.opening import open_run, read_grid

OPEN = microscope.open_microscope
PALE = 60
"""Grey level above which a pixel of the film belongs to a dot or a digit."""


def answer(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    assert cli.main([str(word) for word in words]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def only_for_points(dataset: Dataset, **more: Any) -> microscope.AnyMicroscope | None:
    return None if dataset.plane is None else OPEN(dataset, **more)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the runs `ring8`, `grid25` and `stacked-pen`, of 3 rounds each."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODESCOPE_HOME", str(folder / "home"))
        patch.setattr(mixtures, "COUNTS", {"train": 2_000, "test": 1_000})
        patch.setattr(pen, "COUNTS", {"train": 300, "test": 300})
        patch.setattr(stacked, "COUNTS", {"train": 3_000, "test": 500})
        # What stacks of real digits get takes seconds to measure, and is tested elsewhere.
        patch.setattr(microscope, "open_microscope", only_for_points)
        for name in ("ring8", "grid25", "stacked-pen"):
            words = ["train", "gan", "--data", name, "--steps", "3", "--set", "width=16"]
            words += ["--batch-size", "16", "--threads", "1", "--out", str(folder / name)]
            assert cli.main(words) == 0
    shutil.rmtree(folder / "home")
    return folder


SETS = pytest.mark.parametrize(
    ("name", "shape", "classes", "grid"),
    [
        ("ring8", (2, 1, 1), 8, (1, 256, 256)),
        ("grid25", (2, 1, 1), 25, (1, 256, 256)),
        ("stacked-pen", (3, 28, 28), 1_000, (64, 28, 28, 3)),
    ],
)


@SETS
def test_a_run_is_kept_checked_and_shown(
    runs: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    shape: tuple[int, int, int],
    classes: int,
    grid: tuple[int, ...],
) -> None:
    run = runs / name
    assert answer(capsys, "runs", "verify", run)["sound"]
    told = answer(capsys, "runs", "show", run)
    assert told["record"]["data"] == name
    size = told["record"]["shape"]
    assert (size["channels"], size["height"], size["width"]) == shape
    assert size["classes"] <= classes
    assert answer(capsys, "runs", "export", run, tmp_path / "r.modescope")["left_out"] == []
    taken = answer(capsys, "runs", "import", tmp_path / "r.modescope", "--root", tmp_path / "all")
    assert answer(capsys, "runs", "verify", taken["run"])["sound"]
    stored = open_run(run)
    grids = [read_grid(stored, step) for step in stored.grids]
    assert {shown.images.shape for shown in grids} == {grid}
    film = tmp_path / "film.gif"
    steps = [shown.step for shown in grids]
    training_film_gif(film, np.stack([g.images for g in grids]), steps, caption=Caption("GAN"))
    with Image.open(film) as picture:
        assert np.asarray(picture.convert("L"))[8:400, 8:400].max() > PALE


@pytest.mark.parametrize("name", ["ring8", "grid25"])
def test_samples_of_points_are_points(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    plane = data.plane_of(name)
    assert plane is not None
    answer(capsys, "sample", runs / name, "--count", 40, "--out", tmp_path / "s.npz")
    with np.load(tmp_path / "s.npz") as found:
        assert set(found.files) == {"points"}
        points = found["points"]
    assert points.shape == (40, 2)
    assert np.abs(points).max() <= plane.extent
    assert len(np.unique(points[:, 0])) == 40
    answer(capsys, "sample", runs / name, "--count", 40, "--out", tmp_path / "s.png")
    with Image.open(tmp_path / "s.png") as picture:
        assert min(picture.size) > 1_000


def test_what_needs_digits_is_refused(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "digit.npy", np.zeros((28, 28), np.uint8))
    for name, why in (("ring8", "draws points of the plane"), ("stacked-pen", "paints in colour")):
        words = ["encode", runs / name, tmp_path / "digit.npy", "--out", tmp_path / "codes.npz"]
        assert cli.main([str(word) for word in words]) == 2
        assert why in capsys.readouterr().err


def test_a_run_goes_on(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(runs / "grid25", tmp_path / "run")
    result = answer(capsys, "train", "--resume", tmp_path / "run", "--steps", 5)
    assert (result["steps"], result["resumed_from"]) == (5, 3)
