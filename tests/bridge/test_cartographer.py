"""The map asked from the window: typed answers from the inference thread, each of its own plane."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from pytestqt.qtbot import QtBot

import models
from models import ImageShape
from studio import data
from studio.bridge.cartographer import (
    Cartographer,
    Laid,
    Path,
    Picked,
    Placed,
    Points,
    Region,
    Shade,
    SheetPart,
    Strip,
    Tile,
)
from studio.bridge.desk import Adopted, Desk, Snapshot
from studio.data import pen
from studio.data.dataset import Dataset
from studio.engine.atlas import CHUNK, Atlas
from studio.engine.build import build
from studio.engine.ground import PlaneSpec

SMALL = {
    "vae": {"hidden": 8, "latent_dim": 4},
    "gan": {"width": 16, "latent_dim": 6},
    "vqvae": {"channels": 4, "codebook_size": 8, "prior_width": 8},
    "ddpm": {"channels": 8, "depth": 1, "sampling_steps": 2, "decoding_steps": 2},
}
NAMES = ["laid", "points", "tile", "shade", "placed", "picked", "strip", "region", "path", "sheet"]
SQUARE = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], dtype=float)


@pytest.fixture(scope="module")
def known() -> Dataset:
    return pen.generate(120, split="test")


@pytest.fixture
def desk(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, known: Dataset) -> Iterator[Desk]:
    monkeypatch.setattr(data, "load", lambda name, split="train", **_: known)
    desk = Desk()
    yield desk
    desk.close()


def weights_of(name: str, seed: int = 0, shape: ImageShape | None = None) -> Snapshot:
    settings = models.spec(name).config.from_values(SMALL[name])
    shape = shape or ImageShape()
    model = build(name, settings, shape, seed=seed, device=torch.device("cpu"))
    return Snapshot(name, settings, shape, "pen", seed, model.state_dict(), {})


class Heard:
    """All that a cartographer says, in order."""

    def __init__(self, cartographer: Cartographer) -> None:
        self.all: list[object] = []
        self.finished: list[str] = []
        self.refused: list[tuple[str, str]] = []
        self.threads: set[threading.Thread] = set()
        for name in NAMES:
            getattr(cartographer, name).connect(self._hear)
        cartographer.finished.connect(self.finished.append)
        cartographer.refused.connect(lambda *told: self.refused.append(told))

    def _hear(self, value: object) -> None:
        self.all.append(value)
        self.threads.add(threading.current_thread())

    def of(self, kind: type) -> list:
        return [value for value in self.all if type(value) is kind]


@pytest.fixture
def cartographer(desk: Desk) -> Cartographer:
    return Cartographer(desk, desk)


@pytest.fixture
def heard(cartographer: Cartographer) -> Heard:
    return Heard(cartographer)


def wait_for(qtbot: QtBot, heard: Heard, *channels: str) -> None:
    qtbot.waitUntil(lambda: set(channels) <= set(heard.finished), timeout=20_000)
    assert heard.refused == []


def test_a_plane_is_laid_and_everything_on_it_belongs_to_it(
    desk: Desk, cartographer: Cartographer, heard: Heard, qtbot: QtBot, known: Dataset
) -> None:
    adopted: list[Adopted] = []
    desk.adopted.connect(adopted.append)
    spec = PlaneSpec("principal", (1, 2))
    desk.adopt(weights_of("vae"))
    cartographer.ask_plane(spec)
    cartographer.ask_points()
    cartographer.ask_tiles([("far", np.full((16, 2), 3.0)), ("near", np.zeros((16, 2)))])
    cartographer.ask_shades("classes", [("near", np.zeros((16, 2)), 0.25)])
    cartographer.ask_place(known.images[4])
    cartographer.ask_pick((0.0, 0.0))
    cartographer.ask_strips([0, 1], (0.0, 0.0))
    cartographer.ask_region(SQUARE)
    cartographer.ask_path(SQUARE)
    cartographer.ask_sheet(np.zeros((2, 3, 2)))
    wait_for(qtbot, heard, "lay", "points", "tiles", "shades", "place", "pick")
    wait_for(qtbot, heard, "strips", "region", "path", "sheet")
    assert heard.threads == {threading.current_thread()}
    assert {value.version for value in heard.all} == {adopted[0].version}  # type: ignore[attr-defined]
    (laid,) = heard.of(Laid)
    assert laid.ground.spec == spec
    assert next(choice.kind for choice in laid.kinds if choice.possible) == "principal"
    assert {value.spec for value in heard.all if value is not laid} == {spec}  # type: ignore[attr-defined]
    (points,) = heard.of(Points)
    assert len(points.places) == len(points.labels) == len(points.images) == len(known)
    (placed,) = heard.of(Placed)
    number = (points.images == known.images[4]).all(axis=(1, 2)).argmax()
    np.testing.assert_allclose(placed.place, points.places[number], atol=1e-4)
    assert points.labels[number] == known.labels[4]
    far, near = heard.of(Tile)
    assert (far.key, near.key) == ("far", "near")
    picked, read = heard.of(Picked)
    assert (picked.label, read.place) == (None, picked.place)
    assert read.label in range(11)
    assert 0 < read.certainty <= 1
    assert picked.place == (0.0, 0.0)
    assert np.array_equal(near.digits[3], picked.digit)
    (shade,) = heard.of(Shade)
    assert (shade.kind, shade.key, shade.values.shape) == ("classes", "near", (16, 2))
    assert [strip.index for strip in heard.of(Strip)] == [0, 1]
    (region,) = heard.of(Region)
    assert region.stats.test_count > 0
    (path,) = heard.of(Path)
    assert path.digits.shape == (4, 28, 28)
    (sheet,) = heard.of(SheetPart)
    assert (sheet.first, sheet.total) == (0, 6)
    assert np.array_equal(sheet.digits[0], picked.digit)


def test_without_a_wish_a_model_begins_with_its_own_plane(
    desk: Desk, cartographer: Cartographer, heard: Heard, qtbot: QtBot
) -> None:
    desk.adopt(weights_of("vqvae"))
    cartographer.ask_plane()
    cartographer.ask_tiles([("tile", np.zeros((2, 2)))])
    wait_for(qtbot, heard, "lay", "tiles")
    assert heard.of(Laid)[0].ground.spec == PlaneSpec("samples")
    assert heard.of(Tile)[0].spec == cartographer.spec == PlaneSpec("samples")


def test_tiles_of_new_weights_need_no_plane_to_be_asked_again(
    desk: Desk, cartographer: Cartographer, heard: Heard, qtbot: QtBot
) -> None:
    desk.adopt(weights_of("vae"))
    cartographer.ask_plane(PlaneSpec("dimensions"))
    places = np.random.default_rng(0).normal(size=(16, 2))
    cartographer.ask_tiles([("first", places)])
    wait_for(qtbot, heard, "tiles")
    heard.finished.clear()
    desk.adopt(weights_of("vae", seed=1))
    cartographer.ask_tiles([("second", places)])
    wait_for(qtbot, heard, "tiles")
    first, second = heard.of(Tile)
    assert second.version == first.version + 1
    assert first.spec == second.spec
    assert not np.array_equal(first.digits, second.digits)


def test_planes_asked_at_the_same_time_do_not_mix(
    desk: Desk,
    cartographer: Cartographer,
    heard: Heard,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A long question goes on about its own plane when another has been laid in between."""
    one, other = PlaneSpec("dimensions", (0, 1)), PlaneSpec("quantiles", (2, 3))
    places = np.random.default_rng(0).uniform(0.1, 0.9, (5 * CHUNK, 1, 2))
    asked = threading.Event()
    decode = Atlas.decode

    def slowly(atlas: Atlas, places: np.ndarray) -> np.ndarray:
        # The sheet is at its first digits when the others are asked for.
        assert asked.wait(20)
        return decode(atlas, places)

    monkeypatch.setattr(Atlas, "decode", slowly)
    desk.adopt(weights_of("vae"))
    cartographer.ask_plane(one)
    cartographer.ask_sheet(places)
    wait_for(qtbot, heard, "lay")
    cartographer.ask_plane(other)
    cartographer.ask_tiles([("tile", places[: 2 * CHUNK, 0])])
    asked.set()
    wait_for(qtbot, heard, "sheet", "tiles")
    parts = heard.of(SheetPart)
    assert {part.spec for part in parts} == {one}
    assert [part.first for part in parts] == [CHUNK * k for k in range(5)]
    heard.finished.clear()
    cartographer.ask_plane(one)
    cartographer.ask_tiles([("again", places[:, 0])])
    wait_for(qtbot, heard, "tiles")
    tile, again = heard.of(Tile)
    assert tile.spec == other
    assert again.spec == one
    assert np.array_equal(again.digits, np.concatenate([part.digits for part in parts]))
    assert not np.array_equal(again.digits[: len(tile.digits)], tile.digits)


def test_a_sheet_makes_way_for_a_click_and_can_be_dropped(
    desk: Desk, cartographer: Cartographer, heard: Heard, qtbot: QtBot
) -> None:
    desk.adopt(weights_of("vae"))
    cartographer.ask_plane(PlaneSpec("dimensions"))
    wait_for(qtbot, heard, "lay")

    def at_the_first(part: SheetPart) -> None:
        if part.first == 0:
            cartographer.ask_pick((0.5, 0.5))

    cartographer.sheet.connect(at_the_first)
    cartographer.ask_sheet(np.zeros((200, 200, 2)))
    qtbot.waitUntil(lambda: bool(heard.of(Picked)), timeout=20_000)
    cartographer.forget("sheet")
    told = len(heard.of(SheetPart))
    assert told * CHUNK < 40_000
    wait_for(qtbot, heard, "pick", "sheet")
    assert len(heard.of(SheetPart)) == told


def test_searched_codes_come_one_after_the_other_behind_the_tiles(
    desk: Desk,
    cartographer: Cartographer,
    heard: Heard,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("studio.engine.atlas.COSTLY_POINTS", 4)
    monkeypatch.setattr("studio.engine.atlas._SEARCHED", 2)
    desk.adopt(weights_of("gan"))
    cartographer.ask_plane(PlaneSpec("dimensions"))
    wait_for(qtbot, heard, "lay")
    cartographer.ask_points()
    cartographer.ask_shades("density", [("tile", np.zeros((4, 2)), 0.25)])
    cartographer.ask_tiles([(k, np.full((16, 2), k / 10)) for k in range(4)])
    wait_for(qtbot, heard, "points", "tiles", "shades")
    assert [len(points.places) for points in heard.of(Points)][-1] == 4
    kinds = [type(value) for value in heard.all]
    assert kinds.index(Points) > kinds.index(Tile)
    assert np.isfinite(heard.of(Shade)[0].values).all()


def test_what_cannot_be_is_refused_in_one_sentence(
    desk: Desk, cartographer: Cartographer, heard: Heard, qtbot: QtBot
) -> None:
    desk.adopt(weights_of("vae"))
    cartographer.ask_plane(PlaneSpec("anchors"))
    qtbot.waitUntil(lambda: bool(heard.refused))
    assert heard.refused == [
        ("lay", "Choose three digits or drawings of 28 x 28 pixels for the corners.")
    ]
    heard.refused.clear()
    cartographer.ask_plane(PlaneSpec())
    cartographer.ask_shades("score", [("tile", np.zeros((1, 2)), 0.25)])
    qtbot.waitUntil(lambda: bool(heard.refused))
    assert heard.refused == [("shades", "It has no discriminator.")]


def test_answers_of_other_channels_are_not_repeated(
    desk: Desk, cartographer: Cartographer, heard: Heard, qtbot: QtBot
) -> None:
    ended: list[str] = []
    desk.finished.connect(ended.append)
    desk.adopt(weights_of("vae"))
    desk.ask("answer", lambda witness: iter(["somebody else's"]))
    qtbot.waitUntil(lambda: "answer" in ended)
    assert heard.all == heard.finished == []


@pytest.mark.parametrize("what", ["region", "sheet", "shades"])
def test_what_is_slow_to_draw_makes_way_for_others(
    desk: Desk,
    cartographer: Cartographer,
    heard: Heard,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    """A diffusion takes a second for 64 digits; whoever clicks meanwhile does not wait for it."""
    decoded: list[int] = []
    draw = Atlas._draw

    def counted(atlas: Atlas, xy: torch.Tensor) -> torch.Tensor:
        decoded.append(len(xy))
        if len(decoded) == 1:
            cartographer.ask_pick((0.5, 0.5))
        return draw(atlas, xy)

    desk.adopt(weights_of("ddpm"))
    cartographer.ask_plane(PlaneSpec())
    wait_for(qtbot, heard, "lay")
    monkeypatch.setattr(Atlas, "_draw", counted)
    if what == "region":
        cartographer.ask_region(SQUARE)
    elif what == "sheet":
        cartographer.ask_sheet(np.random.default_rng(0).random((8, 8, 2)))
    else:
        cartographer.ask_shades("jacobian", [("tile", np.random.default_rng(0).random((16, 2)), 1)])
    wait_for(qtbot, heard, what, "pick")
    assert max(decoded) <= 16
    assert decoded.index(1) == 1, "the click was served after the first few digits"
    if what == "shades":
        assert heard.of(Shade)[0].values.shape == (16, 2)
