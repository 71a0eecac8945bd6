"""Points of the plane: where they lie, that they stay what they are, and how they are dealt."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from studio.data import Dataset, available, load, plane_of
from studio.data.mixtures import NAMES, generate
from studio.data.plane import Plane
from studio.data.resident import ResidentData
from studio.engine.session import shape_of

CHECKSUMS = {
    "ring8": "99fc66628343",
    "grid25": "5d8ec662fcec",
}


def plane_in(data: Dataset) -> Plane:
    assert data.plane is not None
    return data.plane


@pytest.mark.parametrize("name", NAMES)
def test_points_lie_around_their_centres_as_a_gaussian_says(name: str) -> None:
    data = load(name)
    plane = plane_in(data)
    away = plane.to_points(data.images) - plane.centres[data.labels]
    assert away.std(axis=0) == pytest.approx([plane.sigma] * 2, rel=0.01)
    assert away.mean(axis=0) == pytest.approx([0, 0], abs=plane.sigma / 50)
    squares = (away**2).sum(axis=1) / plane.sigma**2
    # The square of the distance in units of sigma is exponential: P(d < r) = 1 - exp(-r^2 / 2).
    for radius in (0.5, 1.0, 2.0, 3.0, 4.0):
        share = (squares < radius**2).mean()
        assert share == pytest.approx(1 - np.exp(-(radius**2) / 2), abs=0.006)
    assert abs(np.corrcoef(away.T)[0, 1]) < 0.02
    assert data.images.min() > 0
    assert data.images.max() < 1


@pytest.mark.parametrize(("name", "modes"), [("ring8", 8), ("grid25", 25)])
def test_every_mode_is_as_likely_and_in_no_order(name: str, modes: int) -> None:
    data = load(name)
    assert len(data) == 100_000
    assert plane_in(data).centres.shape == (modes, 2)
    counts = np.bincount(data.labels, minlength=modes)
    spread = np.sqrt(len(data) / modes)
    assert np.abs(counts - len(data) / modes).max() < 4 * spread
    assert len(np.unique(data.labels[:400])) == modes


def test_where_the_centres_are() -> None:
    ring, grid = plane_of("ring8"), plane_of("grid25")
    assert ring is not None
    assert grid is not None
    assert np.hypot(*ring.centres.T) == pytest.approx(np.ones(8))
    gaps = np.linalg.norm(ring.centres - np.roll(ring.centres, 1, axis=0), axis=1)
    assert gaps == pytest.approx(np.full(8, 2 * np.sin(np.pi / 8)))
    assert ring.sigma == 0.02
    assert {tuple(c) for c in grid.centres} == {
        (x, y) for x in (-4, -2, 0, 2, 4) for y in (-4, -2, 0, 2, 4)
    }
    assert grid.sigma == 0.05


def test_images_have_no_plane() -> None:
    assert [name for name in available() if plane_of(name) is not None] == ["ring8", "grid25"]
    assert plane_of("no such set") is None


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_draws_the_same_points_everywhere(name: str) -> None:
    assert load(name).checksum[:12] == CHECKSUMS[name]
    assert load(name, seed=1).checksum != load(name).checksum
    few, many = generate(name, 50), generate(name, 120)
    assert np.array_equal(few.images, many.images[:50])
    assert np.array_equal(few.labels, many.labels[:50])


@pytest.mark.parametrize("name", NAMES)
def test_the_test_points_are_others(name: str) -> None:
    train = {tuple(point) for point in load(name).images.reshape(-1, 2)}
    test = {tuple(point) for point in load(name, "test").images.reshape(-1, 2)}
    assert len(test) > 19_900
    assert not train & test


def test_points_become_images_and_come_back() -> None:
    plane = plane_of("grid25")
    assert plane is not None
    points = np.array([[0.0, 0.0], [-5.0, 5.0], [4.0, -2.0], [7.0, 0.0]])
    images = plane.to_unit(points)
    assert images.shape == (4, 1, 1, 2)
    assert images.dtype == np.float32
    assert images[:2].reshape(2, 2).tolist() == [[0.5, 0.5], [0.0, 1.0]]
    assert plane.to_points(images) == pytest.approx(points, abs=1e-6)
    assert plane.to_points(images.transpose(0, 3, 1, 2)) == pytest.approx(points, abs=1e-6)
    assert plane.to_points(np.zeros((0, 2, 1, 1), np.float32)).shape == (0, 2)


def test_points_are_dealt_as_they_are() -> None:
    data = generate("ring8", 300)
    resident = ResidentData(data, "cpu")
    assert resident.shape == (2, 1, 1)
    assert resident.plane is data.plane
    images, labels = resident.batch(300, seed=4, round=0)
    assert images.dtype == torch.float32
    order = resident.indices(300, seed=4, round=0).numpy()
    assert np.array_equal(images.numpy().reshape(-1, 2), data.images[order].reshape(-1, 2))
    assert np.array_equal(labels.numpy(), data.labels[order])
    images.zero_()
    assert data.images.all()


@pytest.mark.parametrize(("name", "classes"), [("ring8", 8), ("grid25", 25)])
def test_the_engine_sees_one_pixel_of_two_channels(name: str, classes: int) -> None:
    shape = shape_of(load(name, "test"))
    assert (shape.chw, shape.classes) == ((2, 1, 1), classes)
