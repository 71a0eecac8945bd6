"""A digit that changes, as a film."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from studio.library.exports import Caption, ExportCancelled, digit_film

CAPTION = Caption(model="VAE", step=1200, data="pen", extra="morph")


def greys(count: int) -> np.ndarray:
    return np.stack([np.full((28, 28), 20 + 40 * k, np.uint8) for k in range(count)])


def shots(path: Path) -> list[np.ndarray]:
    with av.open(path) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


def test_the_film_goes_there_and_back_and_rests_at_both_ends(tmp_path: Path) -> None:
    path = tmp_path / "morph.mp4"
    told: list[float] = []
    digit_film(path, greys(5), caption=CAPTION, fps=10, hold_seconds=0.2, progress=told.append)
    middles = [round(int(shot[100, 100, 0]) / 20) * 20 for shot in shots(path)]
    assert middles == [20, 20, 60, 100, 140, 180, 180, 140, 100, 60]
    assert told[-1] == 1.0
    assert told == sorted(told)
    with av.open(path) as film:
        assert film.metadata["title"] == "VAE · step 1,200 · data pen · morph"


def test_a_gif_is_written_where_the_name_says_so(tmp_path: Path) -> None:
    path = tmp_path / "morph.GIF"
    digit_film(path, greys(3), caption=CAPTION, fps=10, hold_seconds=0.3, and_back=False)
    with Image.open(path) as film:
        assert film.format == "GIF"
        lasts = []
        for number in range(film.n_frames):  # type: ignore[attr-defined]
            film.seek(number)
            lasts.append(film.info["duration"])
        # The resting ends are one long frame each.
        assert lasts == [300, 100, 300]
        pixels = np.asarray(film.convert("L"))
    assert 90 < pixels[100, 100] < 110
    assert pixels.shape[1] == 336 + 16


def test_what_makes_no_film_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least two digits"):
        digit_film(tmp_path / "f.mp4", greys(1), caption=CAPTION)
    with pytest.raises(ValueError, match="at most 2,000"):
        digit_film(tmp_path / "f.mp4", np.zeros((2001, 28, 28), np.uint8), caption=CAPTION)
    asked = iter([False, True])
    with pytest.raises(ExportCancelled):
        digit_film(tmp_path / "f.gif", greys(4), caption=CAPTION, cancelled=lambda: next(asked))
    assert not list(tmp_path.iterdir())
