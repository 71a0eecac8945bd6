"""The map's plane: coordinates survive the way to the latent space and back."""

from __future__ import annotations

import math

import pytest
import torch

from models.plane import LatentPlane


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


XY = torch.rand(50, 2, generator=seeded(9)) * 8 - 4


@pytest.mark.parametrize("dim", [2, 3, 16, 300])
@pytest.mark.parametrize("geometry", ["gaussian", "free"])
def test_a_flat_plane_gives_coordinates_back(dim: int, geometry: str) -> None:
    latents = 5 + torch.randn(40, dim, generator=seeded()) * torch.linspace(3, 0.5, dim)
    plane = LatentPlane.fit(latents, geometry)  # type: ignore[arg-type]
    assert plane.to_latents(XY).shape == (50, dim)
    torch.testing.assert_close(plane.to_plane(plane.to_latents(XY)), XY, rtol=0, atol=1e-4)


def test_two_dimensions_are_shown_as_they_are() -> None:
    plane = LatentPlane.fit(torch.randn(10, 2, generator=seeded()) * 7 + 3, "free")
    assert torch.equal(plane.to_latents(XY), XY)


def test_one_dimension_has_no_second_axis() -> None:
    plane = LatentPlane.fit(torch.randn(10, 1, generator=seeded()), "free")
    back = plane.to_plane(plane.to_latents(XY))
    assert torch.equal(back[:, 0], XY[:, 0])
    assert not back[:, 1].any()


def test_a_unit_is_a_standard_deviation_along_the_principal_components() -> None:
    wide = torch.tensor([1.0, 10.0, 2.0, 5.0])
    latents = torch.randn(20_000, 4, generator=seeded()) * wide + 3
    plane = LatentPlane.fit(latents, "gaussian")
    expected = torch.zeros(2, 4)
    expected[0, 1], expected[1, 3] = 10, 5
    torch.testing.assert_close(plane.axes, expected, rtol=0, atol=0.2)
    around = plane.to_plane(latents)
    torch.testing.assert_close(around.std(dim=0), torch.ones(2), rtol=1e-3, atol=0)
    assert "96%" in plane.note


def test_points_beside_the_plane_are_projected_onto_it() -> None:
    latents = torch.randn(100, 6, generator=seeded())
    plane = LatentPlane.fit(latents, "free")
    foot = plane.to_latents(plane.to_plane(latents))
    beside = latents - foot
    torch.testing.assert_close(beside @ plane.axes.T, torch.zeros(100, 2), rtol=0, atol=1e-4)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_or_equal_codes_still_make_a_plane(count: int) -> None:
    plane = LatentPlane.fit(torch.ones(count, 5), "free")
    torch.testing.assert_close(plane.to_plane(plane.to_latents(XY)), XY, rtol=0, atol=1e-4)


def test_the_sphere_plane_stays_on_the_shell_and_repeats() -> None:
    plane = LatentPlane.fit(torch.randn(20, 784, generator=seeded()), "sphere")
    latents = plane.to_latents(XY)
    torch.testing.assert_close(latents.norm(dim=1), torch.full((50,), 28.0))
    torch.testing.assert_close(plane.to_plane(latents), XY, rtol=0, atol=1e-4)
    round_trip = plane.to_latents(XY + 4 * math.pi)
    torch.testing.assert_close(round_trip, latents, rtol=0, atol=1e-3)


def test_the_torus_has_orthonormal_directions_even_from_one_code() -> None:
    for codes in (torch.randn(20, 8, generator=seeded()), torch.ones(1, 8)):
        axes = LatentPlane.fit(codes, "sphere").axes
        torch.testing.assert_close(axes @ axes.T, torch.eye(4), rtol=0, atol=1e-5)


def test_the_plane_does_not_depend_on_the_order_of_the_codes() -> None:
    latents = torch.randn(200, 10, generator=seeded()) * torch.linspace(4, 1, 10)
    one, other = LatentPlane.fit(latents, "free"), LatentPlane.fit(latents.flip(0), "free")
    torch.testing.assert_close(one.axes, other.axes, rtol=0, atol=1e-3)
