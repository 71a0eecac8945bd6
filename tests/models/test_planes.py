"""The map's surfaces: coordinates survive the way to the latent space and back."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from models.planes import (
    CORNERS,
    Flat,
    Frame,
    Quantiles,
    Surface,
    Torus,
    Triangle,
    by_pictures,
    by_spread,
    raw,
)

CPU = torch.device("cpu")


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(*size: int, seed: int = 0) -> Tensor:
    return torch.randn(*size, generator=seeded(seed))


XY = torch.rand(50, 2, generator=seeded(9)) * 8 - 4
PLACED = torch.tensor(CORNERS)


def assert_returns(surface: Surface, xy: Tensor, tolerance: float = 1e-4) -> None:
    latents = surface.to_latents(xy)
    torch.testing.assert_close(surface.to_plane(latents), xy, rtol=0, atol=tolerance)


# -- planes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dim", [1, 2, 3, 16, 300])
@pytest.mark.parametrize("pair", [(0, 1), (2, 1)])
def test_principal_components_give_coordinates_back(dim: int, pair: tuple[int, int]) -> None:
    if max(pair) >= dim > 1:
        return
    codes = 5 + normal(40, dim) * torch.linspace(3, 0.5, dim)
    plane = Flat.along(by_spread(codes), *pair)
    assert plane.to_latents(XY).shape == (50, dim)
    xy = XY * torch.tensor([1.0, 0.0]) if dim == 1 else XY
    assert_returns(plane, xy)


def test_a_unit_is_a_standard_deviation_along_any_two_principal_components() -> None:
    wide = torch.tensor([1.0, 10.0, 2.0, 5.0])
    codes = normal(20_000, 4) * wide + 3
    frame = by_spread(codes)
    plane = Flat.along(frame, 1, 2)
    expected = torch.zeros(2, 4)
    expected[0, 3], expected[1, 2] = 5, 2
    torch.testing.assert_close(plane.axes, expected, rtol=0, atol=0.2)
    around = plane.to_plane(codes)
    torch.testing.assert_close(around.std(dim=0), torch.ones(2), rtol=1e-3, atol=0)
    torch.testing.assert_close(frame.shares[0], torch.tensor(100 / 130), rtol=0.02, atol=0)
    # What is left are the widest and the narrowest.
    assert [int(row.abs().argmax()) for row in plane.others] == [1, 0]


def test_principal_components_do_not_depend_on_the_order_of_the_codes() -> None:
    codes = normal(200, 10) * torch.linspace(4, 1, 10)
    one, other = by_spread(codes), by_spread(codes.flip(0))
    torch.testing.assert_close(one.rows[:2], other.rows[:2], rtol=0, atol=1e-3)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_or_equal_codes_still_make_a_plane(count: int) -> None:
    assert_returns(Flat.along(by_spread(torch.ones(count, 5)), 0, 1), XY)


def test_numbers_of_the_code_are_shown_as_they_are() -> None:
    codes = normal(500, 6) * torch.tensor([1.0, 2, 3, 4, 0, 6]) + 7
    plane = Flat.along(raw(codes, 6, CPU), 4, 1, raw=True)
    latents = plane.to_latents(XY)
    assert torch.equal(latents[:, [4, 1]], XY)
    # The others are in their middles, and one step to the side is a standard deviation.
    torch.testing.assert_close(latents[0, [0, 2, 3, 5]], codes.mean(dim=0)[[0, 2, 3, 5]])
    moved = plane.at(1, 2.0).to_latents(XY) - latents
    expected = torch.tensor([0, 0, 2 * float(codes[:, 2].std(correction=0)), 0, 0, 0])
    torch.testing.assert_close(moved[0], expected, rtol=1e-4, atol=1e-5)
    assert_returns(plane.at(1, 2.0), XY)


def test_points_beside_the_plane_are_projected_onto_it() -> None:
    codes = normal(100, 6)
    plane = Flat.along(by_spread(codes), 0, 1)
    beside = codes - plane.to_latents(plane.to_plane(codes))
    torch.testing.assert_close(beside @ plane.axes.T, torch.zeros(100, 2), rtol=0, atol=1e-4)


@pytest.mark.parametrize("dim", [3, 10, 90])
def test_the_plane_can_be_led_through_a_code(dim: int) -> None:
    frame, code = by_spread(normal(200, dim)), normal(1, dim, seed=3)
    plane = Flat.along(frame, 0, 1).through(code[0])
    torch.testing.assert_close(plane.to_latents(plane.to_plane(code)), code, rtol=0, atol=1e-4)
    # It says where it lies now, and from there one can move on.
    wanted = (code[0] - frame.origin) @ (frame.rows[2] / frame.rows[2].square().sum())
    torch.testing.assert_close(plane.places()[0], wanted, rtol=0, atol=1e-4)
    back = plane.at(0, 0.0).to_latents(plane.to_plane(code))
    gap = code - back
    torch.testing.assert_close(gap[0], wanted * frame.rows[2], rtol=0, atol=1e-4)


def test_a_direction_that_does_not_exist_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="8 other directions"):
        Flat.along(raw(None, 10, CPU), 0, 1, raw=True).at(8, 1.0)
    with pytest.raises(ValueError, match="no other directions"):
        Torus.fit(normal(20, 16)).at(0, 1.0)


def test_pictures_tell_the_directions_of_a_decoder_without_encoder() -> None:
    mix = torch.diag(torch.tensor([0.1, 5.0, 1.0, 3.0])) @ normal(4, 30)
    latents = normal(4000, 4, seed=2)
    frame = by_pictures(latents, (latents @ mix).view(-1, 1, 5, 6))
    assert int(frame.rows[0].abs().argmax()) == 1
    assert int(frame.rows[1].abs().argmax()) == 3
    torch.testing.assert_close(frame.rows @ frame.rows.T, torch.eye(4), rtol=0, atol=1e-4)


# -- anchors ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dim", [2, 5, 200])
def test_three_anchors_stand_in_the_corners(dim: int) -> None:
    codes = normal(3, dim) * 3 + 1
    frame = by_spread(normal(50, dim, seed=1))
    plane = Flat.through_three(codes, frame)
    torch.testing.assert_close(plane.to_latents(PLACED), codes, rtol=0, atol=1e-4)
    assert_returns(plane, XY)
    assert len(plane.others) == min(dim, 34) - 2
    if len(plane.others):
        moved = plane.at(0, 1.5)
        assert_returns(moved, XY)
        assert (moved.to_latents(XY) - plane.to_latents(XY)).norm(dim=1).min() > 0.1


@pytest.mark.parametrize("third", [0.0, 1.0, 2.5])
def test_anchors_on_a_line_make_no_plane(third: float) -> None:
    a, b = normal(2, 7)
    with pytest.raises(ValueError, match="choose other pictures"):
        Flat.through_three(torch.stack((a, b, a + third * (b - a))), by_spread(normal(9, 7)))


def slerp(a: Tensor, b: Tensor, t: float) -> Tensor:
    angle = torch.acos(a @ b / a.norm() / b.norm())
    return (a * torch.sin((1 - t) * angle) + b * torch.sin(t * angle)) / torch.sin(angle)


def noises(likeness: float, dim: int = 784) -> Tensor:
    """Three with the same cosine between each two."""
    base = torch.linalg.qr(normal(dim, 4))[0].T
    mixed = math.sqrt(likeness) * base[:1] + math.sqrt(1 - likeness) * base[1:]
    return math.sqrt(dim) * mixed


@pytest.mark.parametrize("likeness", [0.0, 0.5, 0.9])
def test_between_noises_the_sides_are_slerp(likeness: float) -> None:
    codes = noises(likeness)
    triangle = Triangle.through_three(codes)
    torch.testing.assert_close(triangle.to_latents(PLACED), codes, rtol=0, atol=1e-3)
    for t in (0.2, 0.5, 0.9):
        for i, j in ((0, 1), (1, 2), (2, 0)):
            place = (1 - t) * PLACED[i] + t * PLACED[j]
            expected = slerp(codes[i], codes[j], t)
            torch.testing.assert_close(
                triangle.to_latents(place[None])[0], expected, rtol=0, atol=2e-3
            )


def test_a_triangle_stays_on_the_shell_however_far_one_goes() -> None:
    triangle = Triangle.through_three(normal(3, 784))
    far = torch.cat((XY, 50 * XY, PLACED, torch.tensor([[4.0, 0.0], [-1.0, -math.sqrt(3)]])))
    latents = triangle.to_latents(far)
    torch.testing.assert_close(latents.norm(dim=1), torch.full((len(far),), 28.0))
    assert latents.isfinite().all()


@pytest.mark.parametrize("likeness", [0.0, 0.4, 0.97])
def test_a_triangle_gives_coordinates_back_around_itself(likeness: float) -> None:
    triangle = Triangle.through_three(noises(likeness) + 0.1 * normal(3, 784, seed=4))
    around = torch.rand(200, 2, generator=seeded(1)) * 1.2 + torch.tensor([-0.1, -0.3])
    assert_returns(triangle, around, 1e-3)
    assert_returns(triangle, PLACED, 1e-3)


def test_noises_on_one_great_circle_make_no_triangle() -> None:
    a, b = normal(2, 784)
    for third in (a, a + b, -b):
        with pytest.raises(ValueError, match="choose other pictures"):
            Triangle.through_three(torch.stack((a, b, third)))


# -- the quantile square and the torus ----------------------------------------------------------


def test_the_quantile_square_gives_shares_back() -> None:
    square = Quantiles(Flat.along(raw(None, 8, CPU), 3, 5, raw=True))
    shares = torch.rand(200, 2, generator=seeded(), dtype=torch.float64) * 0.998 + 0.001
    latents = square.to_latents(shares)
    assert latents.shape == (200, 8)
    assert not latents[:, [0, 1, 2, 4, 6, 7]].any()
    assert_returns(square, shares, 1e-6)
    assert square.to_latents(torch.tensor([[0.0, 1.0], [-3.0, 7.0]])).isfinite().all()


def test_codes_of_the_prior_fill_the_quantile_square_evenly() -> None:
    square = Quantiles(Flat.along(raw(None, 8, CPU), 0, 1, raw=True))
    shares = square.to_plane(normal(40_000, 8)).sort(dim=0).values
    even = (torch.arange(40_000, dtype=torch.float64) + 0.5) / 40_000
    # Kolmogorov and Smirnov's distance; 0.0082 is passed once in a hundred times.
    assert (shares - even[:, None]).abs().max() < 0.0082


def test_the_torus_stays_on_the_shell_and_repeats() -> None:
    torus = Torus.fit(normal(20, 784))
    latents = torus.to_latents(XY)
    torch.testing.assert_close(latents.norm(dim=1), torch.full((50,), 28.0))
    assert_returns(torus, XY)
    again = torus.to_latents(XY + torus.period)
    torch.testing.assert_close(again, latents, rtol=0, atol=1e-3)


def test_the_torus_has_orthonormal_directions_even_from_one_code() -> None:
    for codes in (normal(20, 8), torch.ones(1, 8)):
        axes = Torus.fit(codes).axes
        torch.testing.assert_close(axes @ axes.T, torch.eye(4), rtol=0, atol=1e-5)


def test_a_frame_of_one_number_has_no_second_axis() -> None:
    frame: Frame = raw(None, 1, CPU)
    plane = Flat.along(frame, 0, 1, raw=True)
    back = plane.to_plane(plane.to_latents(XY))
    torch.testing.assert_close(back[:, 0], XY[:, 0])
    assert not back[:, 1].any()
