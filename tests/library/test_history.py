"""The film of a run stays small, even and complete at its end."""

from __future__ import annotations

import numpy as np
import pytest

from studio.library.container import BadRun, seal
from studio.library.history import Curves, Film, History, pack_history, unpack_history


def frame(value: int, count: int = 2) -> np.ndarray:
    return np.full((count, 28, 28), value % 256, np.uint8)


@pytest.mark.parametrize("total", [0, 1, 2, 119, 120, 121, 1_000, 7_777])
def test_a_film_keeps_an_even_choice_and_the_last(total: int) -> None:
    film = Film(120)
    for step in range(total):
        film.add(step * 10, frame(step))
    grids, steps = film.arrays()
    assert len(grids) == len(steps) <= 121
    if total:
        assert (steps[0], steps[-1]) == (0, (total - 1) * 10)
        assert (grids[-1] == (total - 1) % 256).all()
    if total > 120:
        assert len(steps) >= 60
        gaps = np.diff(steps[:-1])
        assert (gaps == gaps[0]).all()


def test_a_grid_of_another_shape_starts_a_new_film() -> None:
    film = Film()
    film.add(0, frame(0))
    film.add(1, frame(1, count=5))
    grids, steps = film.arrays()
    assert grids.shape == (1, 5, 28, 28)
    assert steps.tolist() == [1]


def test_there_and_back_to_the_bit() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=50).astype(np.float32)
    values[3] = np.nan
    history = History(
        {
            "discriminator": Curves(np.arange(50), {"total": values, "d_real": values * 2}),
            "idle": Curves(np.zeros(0, np.int64), {}),
        },
        rng.integers(0, 256, (3, 4, 28, 28, 3), dtype=np.uint8),
        np.array([0, 5, 9]),
    )
    back = unpack_history(pack_history(history), "x")
    assert set(back.players) == {"discriminator", "idle"}
    steps, terms = back.players["discriminator"]
    assert steps.dtype == np.int64
    assert steps.tolist() == list(range(50))
    assert terms["total"].tobytes() == values.tobytes()
    assert np.array_equal(back.grids, history.grids)
    assert back.grid_steps.tolist() == [0, 5, 9]


def test_an_empty_history() -> None:
    back = unpack_history(pack_history(History()), "x")
    assert back.players == {}
    assert len(back.grids) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"grids": None},
        {"grid_steps": np.zeros(3, np.int64)},
        {"grid_steps": np.zeros(2, np.float32)},
        {"other": np.zeros(2, np.float32)},
        {"loss/a/total": np.zeros(2, np.float32)},
        {"steps/a": np.zeros(3, np.int64), "loss/a/total": np.zeros(2, np.float32)},
        {"steps/a": np.zeros((2, 2), np.int64)},
        {"loss/a/b/c": np.zeros(2, np.float32)},
    ],
)
def test_well_made_and_wrong(change: dict[str, np.ndarray | None]) -> None:
    import safetensors.numpy

    arrays: dict[str, np.ndarray | None] = {
        "grids": np.zeros((2, 1, 2, 2), np.uint8),
        "grid_steps": np.zeros(2, np.int64),
    }
    arrays |= change
    draft = safetensors.numpy.save({k: v for k, v in arrays.items() if v is not None})
    content = seal(draft, kind="modescope-history", version=1, spec={})
    with pytest.raises(BadRun, match="x is damaged") as caught:
        unpack_history(content, "x")
    assert "\n" not in str(caught.value)
