"""What is exported can be opened by others and says the truth."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from studio.library.exports import (
    Caption,
    ExportCancelled,
    curves_csv,
    curves_svg,
    film_mp4,
    sample_grid_png,
    training_film_gif,
    training_film_mp4,
)
from studio.library.exports.caption import font
from studio.library.exports.curves import OTHER_PLAYERS, ROLE_COLOURS, ticks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CAPTION = Caption("GAN", step=12345, seed=7, data="pen", extra="label 3")
SHOWN = {
    "discriminator": ("Discriminator <D>", "discriminator", "total"),
    "generator": ("Generator", "generator", "total"),
}


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (6, 28, 28), dtype=np.uint8)


@pytest.fixture
def players() -> dict[str, tuple[np.ndarray, dict[str, np.ndarray]]]:
    rng = np.random.default_rng(0)
    steps = np.arange(5_000)
    loss = rng.normal(0.69, 0.1, 5_000).astype(np.float32)
    gaps = np.where(steps < 100, np.nan, loss).astype(np.float32)
    return {
        "discriminator": (steps, {"d_real": gaps, "total": loss}),
        "generator": (steps[:3], {"total": np.array([1, 1e-9, 3e8], np.float32)}),
    }


def test_the_grid_holds_every_pixel_enlarged(tmp_path: Path, images: np.ndarray) -> None:
    path = tmp_path / "grid.png"
    sample_grid_png(path, images, caption=CAPTION, metadata={"k": 1}, columns=3, scale=4)
    with Image.open(path) as picture:
        pixels = np.asarray(picture)
        text = picture.text  # type: ignore[attr-defined]
    assert json.loads(text["modescope"]) == {
        "model": "GAN",
        "step": 12345,
        "seed": 7,
        "data": "pen",
        "k": 1,
    }
    assert text["Software"].startswith("Modescope ")
    left = (pixels.shape[1] - (3 * (28 * 4 + 2) + 2)) // 2
    for index, image in enumerate(images):
        top_left = np.array([16 + 2, left + 2]) + 114 * np.array(divmod(index, 3))
        tile = pixels[top_left[0] : top_left[0] + 112, top_left[1] : top_left[1] + 112]
        assert (tile == image.repeat(4, 0).repeat(4, 1)[..., None]).all()
    assert (pixels[0, 0] == (0x14, 0x16, 0x1A)).all()


@pytest.mark.parametrize("count", [1, 2, 64, 500])
def test_a_grid_of_any_size_is_a_picture_of_a_fair_size(tmp_path: Path, count: int) -> None:
    images = np.zeros((count, 28, 28), np.uint8)
    sample_grid_png(tmp_path / "g.png", images, caption=CAPTION, metadata={}, paper=True)
    with Image.open(tmp_path / "g.png") as picture:
        assert 250 < picture.width < 1_400
        assert 250 < picture.height < 1_600
        assert picture.getpixel((0, 0)) == (0xF4, 0xF5, 0xF7)


def test_colours_and_paper(tmp_path: Path) -> None:
    images = np.zeros((1, 32, 32, 3), np.uint8)
    images[..., 0] = 255
    sample_grid_png(tmp_path / "a.png", images, caption=CAPTION, metadata={})
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.getpixel((150, 150)) == (255, 0, 0)


def test_captions_keep_within_the_width() -> None:
    assert CAPTION.text() == "GAN · step 12,345 · seed 7 · data pen · label 3"
    assert Caption("VAE").text() == "VAE"
    letters = font(16)
    lines = CAPTION.lines(letters, 150)
    assert len(lines) > 1
    assert all(letters.getlength(line) <= 150 for line in lines)
    assert " · ".join(lines) == CAPTION.text()


def test_the_table_gives_back_the_very_numbers(tmp_path: Path, players: dict) -> None:
    curves_csv(tmp_path / "c.csv", players)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "c.csv").read_text())))
    assert list(rows[0]) == ["player", "term", "step", "value"]
    for player, (steps, terms) in players.items():
        for term, values in terms.items():
            found = {
                int(r["step"]): np.float32(r["value"])
                for r in rows
                if (r["player"], r["term"]) == (player, term)
            }
            known = ~np.isnan(values)
            assert list(found) == steps[known].tolist()
            assert np.array_equal(np.array(list(found.values())), values[known])


def test_the_drawing_is_xml_with_a_raw_and_a_smooth_line_per_term(
    tmp_path: Path, players: dict
) -> None:
    curves_svg(tmp_path / "c.svg", players, SHOWN, heading="GAN & co <pen>")
    text = (tmp_path / "c.svg").read_text(encoding="utf-8")
    assert not re.search("nan|inf", text.replace("font", ""))
    root = ET.fromstring(text)
    space = "{http://www.w3.org/2000/svg}"
    assert root.findtext(f"{space}title") == "GAN & co <pen>"
    lines = root.findall(f"{space}polyline")
    assert [line.get("data-curve") for line in lines] == [
        "Discriminator <D> raw",
        "Discriminator <D> smoothed",
        "Discriminator <D>: d real raw",
        "Discriminator <D>: d real smoothed",
        "Generator raw",
        "Generator smoothed",
    ]
    assert [line.get("stroke") for line in lines] == ["#A65F00"] * 4 + ["#0072B2"] * 2
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for line in lines:
        points = [tuple(map(float, p.split(","))) for p in line.get("points", "").split()]
        assert 1 < len(points) <= 2 * 704
        assert all(0 <= x <= width and 0 <= y <= height for x, y in points)


def test_the_colours_are_those_of_the_light_theme() -> None:
    theme = pytest.importorskip("studio.views.theme")
    light = theme.LIGHT
    assert {"discriminator": light.discriminator, "generator": light.generator} == ROLE_COLOURS
    assert light.players == OTHER_PLAYERS


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (-3.2, 7.9), (0.4, 0.41), (0, 6_000), (0, 1e9), (99.5, 100.5)]
)
def test_ticks_are_round_and_inside(low: float, high: float) -> None:
    for wanted in (3, 5, 8):
        numbers = ticks(low, high, wanted)
        assert 2 <= len(numbers) <= 2 * wanted
        assert all(low <= n <= high for n in numbers)


def test_there_is_nothing_to_draw(tmp_path: Path) -> None:
    empty = np.zeros((0, 28, 28), np.uint8)
    with pytest.raises(ValueError, match="no curves yet"):
        curves_svg(tmp_path / "c.svg", {}, SHOWN, heading="x")
    with pytest.raises(ValueError, match="no image"):
        sample_grid_png(tmp_path / "g.png", empty, caption=CAPTION, metadata={})
    with pytest.raises(ValueError, match="no training film yet"):
        training_film_gif(tmp_path / "f.gif", empty[None][:0], [], caption=CAPTION)
    with pytest.raises(ValueError, match="no training film yet"):
        training_film_mp4(tmp_path / "f.mp4", empty[None], [0], caption=CAPTION)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("colour", [False, True])
def test_the_film_has_a_frame_per_grid_and_rests_on_the_last(tmp_path: Path, colour: bool) -> None:
    rng = np.random.default_rng(0)
    shape = (5, 9, 28, 28, 3) if colour else (5, 9, 28, 28)
    grids = rng.integers(0, 256, shape, dtype=np.uint8)
    told: list[float] = []
    training_film_gif(
        tmp_path / "f.gif", grids, [0, 10, 20, 30, 1234], caption=CAPTION, progress=told.append
    )
    with Image.open(tmp_path / "f.gif") as film:
        assert film.n_frames == 5  # type: ignore[attr-defined]
        durations = []
        for number in range(5):
            film.seek(number)
            durations.append(film.info["duration"])
            pixels = np.asarray(film.convert("RGB"), dtype=int)
        assert film.info["loop"] == 0
    assert durations == [80, 80, 80, 80, 2000]
    assert told == sorted(told)
    assert told[-1] == 1.0
    scale, left, top = 4, (pixels.shape[1] - (3 * (28 * 4 + 1) + 1)) // 2 + 1, 9
    first = pixels[top : top + 28 * scale : scale, left : left + 28 * scale : scale]
    wanted = grids[-1, 0] if colour else grids[-1, 0][..., None].repeat(3, -1)
    assert np.abs(first - wanted).mean() < (40 if colour else 4)


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
@pytest.mark.parametrize("colour", [False, True])
def test_the_mp4_shows_every_grid_and_rests_on_the_last(
    tmp_path: Path,
    colour: bool,
    codec: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    av = pytest.importorskip("av")
    if codec not in av.codecs_available:
        pytest.skip(f"this FFmpeg has no {codec}")
    choices = [choice for choice in film_mp4._CODECS if choice[0] == codec]
    monkeypatch.setattr(film_mp4, "_CODECS", choices)
    # Even strokes, as digits have: chroma is kept at half the resolution.
    rng = np.random.default_rng(0)
    shape = (5, 9, 4, 4, 3) if colour else (5, 9, 4, 4)
    grids = rng.integers(0, 256, shape, dtype=np.uint8).repeat(7, 2).repeat(7, 3)
    told: list[float] = []
    path = tmp_path / "f.mp4"
    training_film_mp4(
        path, grids, [0, 10, 20, 30, 1234], caption=CAPTION, fps=12.5, progress=told.append
    )
    assert told == sorted(told)
    assert told[-1] == 1.0
    with av.open(path) as film:
        stream = film.streams.video[0]
        assert stream.codec_context.name == ("h264" if codec == "libx264" else "mpeg4")
        assert stream.codec_context.format.name == "yuv420p"
        assert (stream.width % 2, stream.height % 2) == (0, 0)
        assert float(stream.average_rate) == 12.5
        assert film.metadata["title"] == "Training of GAN · data pen · label 3"
        shots = list(film.decode(video=0))
    assert len(shots) == 4 + 25
    times = [shot.time for shot in shots]
    assert np.allclose(np.diff(times), 1 / 12.5)
    for number, shot in enumerate(shots):
        pixels = shot.to_ndarray(format="rgb24").astype(int)
        left = (pixels.shape[1] - pixels.shape[1] % 2 - (3 * (28 * 4 + 1) + 1)) // 2 + 1
        grid = grids[min(number, 4), 0]
        wanted = grid if colour else grid[..., None].repeat(3, -1)
        # The middles of the strokes: their edges are where a film may lose something.
        first = pixels[9 : 9 + 112 : 4, left : left + 112 : 4][3::7, 3::7]
        assert np.abs(first - wanted[3::7, 3::7]).max() < 12
    said = capfd.readouterr()
    assert said.out + said.err == ""


def test_without_an_encoder_a_gif_is_proposed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grids = np.zeros((2, 4, 28, 28), np.uint8)
    monkeypatch.setattr(film_mp4, "_CODECS", [("no such codec", {})])
    with pytest.raises(ValueError, match="export a GIF instead"):
        training_film_mp4(tmp_path / "f.mp4", grids, [0, 1], caption=CAPTION)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ValueError, match="export a GIF instead"):
        training_film_mp4(tmp_path / "f.mp4", grids, [0, 1], caption=CAPTION)
    assert list(tmp_path.iterdir()) == []
    training_film_gif(tmp_path / "f.gif", grids, [0, 1], caption=CAPTION)


@pytest.mark.parametrize("training_film", [training_film_gif, training_film_mp4])
def test_a_cancelled_film_leaves_no_file(
    tmp_path: Path, training_film: Callable[..., None], capfd: pytest.CaptureFixture[str]
) -> None:
    grids = np.zeros((50, 4, 28, 28), np.uint8)
    seen: list[float] = []
    with pytest.raises(ExportCancelled):
        training_film(
            tmp_path / "film",
            grids,
            list(range(50)),
            caption=CAPTION,
            progress=seen.append,
            cancelled=lambda: len(seen) > 3,
        )
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr().err == ""


def test_a_failing_export_leaves_the_old_file(
    tmp_path: Path, players: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "c.csv"
    path.write_text("old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ValueError, match="no space left on device"):
        curves_csv(path, players)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
