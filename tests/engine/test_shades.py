"""What the ground of a map is coloured by, against what is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from models.planes import Flat, Torus, raw
from studio.data import pen
from studio.data.dataset import Dataset
from studio.engine import jacobian
from studio.engine.atlas import Atlas
from studio.engine.density import Density, seen_from_above
from studio.engine.ground import PlaneSpec
from studio.engine.images import to_tensor
from studio.state.tiles import TileKey, digit_centres, spacing
from tests.engine.mapped import Cloudy, Linear, Sampler, an_atlas, corners, fresh, shipped

KEY = TileKey(0, 0, 0)
TILE, PITCH = digit_centres(KEY), spacing(0)


@pytest.fixture(scope="module")
def known() -> Dataset:
    return pen.generate(150, split="test")


@pytest.fixture
def trained(known: Dataset) -> Atlas:
    atlas = an_atlas(shipped(), known)
    atlas.lay(PlaneSpec())
    return atlas


def a_matrix(columns: int, seed: int = 0) -> Tensor:
    noise = torch.randn(784, columns, generator=torch.Generator().manual_seed(seed))
    return noise * torch.linspace(0.002, 0.01, columns)


# -- how fast the picture changes -----------------------------------------------------------------


def test_a_linear_decoder_changes_as_fast_as_its_matrix_says(known: Dataset) -> None:
    matrix = a_matrix(4)
    atlas = an_atlas(Linear(matrix), known)
    atlas.lay(PlaneSpec("dimensions", (3, 1)))
    expected = float(matrix[:, [3, 1]].norm())
    np.testing.assert_allclose(atlas.shades("jacobian", TILE, PITCH)[:, 0], expected, rtol=1e-4)
    # Along principal components a unit is a standard deviation of the codes.
    atlas.lay(PlaneSpec("principal", (1, 2)))
    surface = atlas._map(PlaneSpec("principal", (1, 2))).surface
    assert isinstance(surface, Flat)
    expected = float((matrix @ surface.axes.T).norm())
    np.testing.assert_allclose(atlas.shades("jacobian", TILE, PITCH)[:, 0], expected, rtol=1e-4)


def test_in_a_quantile_square_the_pace_is_that_of_the_prior(known: Dataset) -> None:
    matrix = a_matrix(3)
    atlas = an_atlas(Linear(matrix), known)
    atlas.lay(PlaneSpec("quantiles"))
    middle, side = np.array([[0.5, 0.5]]), np.array([[0.1, 0.5]])
    # dz/du = 1 / phi(z): sqrt(2 pi) in the middle, and 5.698 where a tenth lies below.
    slow, fast = np.sqrt(2 * np.pi), 5.6980
    paces = matrix[:, :2].norm(dim=0).numpy()
    for at, first in ((middle, slow), (side, fast)):
        expected = np.hypot(first * paces[0], slow * paces[1])
        np.testing.assert_allclose(atlas.shades("jacobian", at, 0.1)[0, 0], expected, rtol=1e-3)


def test_both_ways_agree_on_the_model_that_comes_with_the_program(trained: Atlas) -> None:
    xy = torch.from_numpy(TILE * 3 - 1).float()
    told = jacobian.exact(trained._draw, xy)
    # Over a short step: a longer one meets bends of the network.
    seen = jacobian.differences(trained._draw, xy, 0.001)
    assert float(told.min()) > 0.05
    torch.testing.assert_close(told, seen, rtol=0.02, atol=1e-3)
    assert jacobian.agree(trained._draw, xy)
    shown = trained.shades("jacobian", TILE * 3 - 1, PITCH)
    np.testing.assert_allclose(shown[:, 0], told.numpy(), rtol=1e-5)
    assert not shown[:, 1].any()


def test_where_slopes_lie_differences_are_taken(known: Dataset) -> None:
    class Rounding(Linear):
        """Rounds its code, and passes slopes through as if it did not."""

        def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
            jumped = (latents * 2).round() / 2
            return super().decode(latents + (jumped - latents).detach())

    matrix = a_matrix(2)
    atlas = an_atlas(Rounding(matrix), known)
    atlas.lay(PlaneSpec())
    # Between two jumps nothing changes; across one, all of it within a step of the lattice.
    still, jump = np.array([[0.0, 0.0]]), np.array([[0.25, 0.0]])
    assert atlas.shades("jacobian", still, 0.1)[0, 0] == pytest.approx(0, abs=1e-6)
    expected = 0.5 * float(matrix[:, 0].norm()) / 0.1
    assert atlas.shades("jacobian", jump, 0.1)[0, 0] == pytest.approx(expected, rel=1e-3)


# -- density ------------------------------------------------------------------------------------


def a_lattice(reach: float, count: int) -> tuple[Tensor, float]:
    steps = (torch.arange(count, dtype=torch.float64) + 0.5) / count * 2 * reach - reach
    return torch.cartesian_prod(steps, steps), (2 * reach / count) ** 2


def test_density_integrates_to_one_with_and_without_clouds() -> None:
    places = torch.randn(40, 2, generator=torch.Generator().manual_seed(0))
    clouds = torch.tensor([[0.5, 0.2], [0.2, 0.3]]).expand(40, 2, 2)
    lattice, cell = a_lattice(7, 140)
    for density in (Density(places), Density(places, clouds)):
        for blur in (0.01, 0.5):
            there = density.at(lattice, torch.full_like(lattice, blur))
            assert float(there.sum() * cell) == pytest.approx(1, abs=1e-3)


def test_clouds_are_projected_onto_the_plane() -> None:
    plane = Flat.along(raw(None, 3, torch.device("cpu")), 2, 0, raw=True)
    variances = torch.tensor([[1.0, 2.0, 3.0]])
    expected = torch.tensor([[[3.0, 0.0], [0.0, 1.0]]])
    torch.testing.assert_close(seen_from_above(plane, variances), expected)


def test_density_is_the_aggregate_posterior_where_the_encoder_gives_clouds(
    known: Dataset,
) -> None:
    model = Cloudy(a_matrix(3) * 20)
    atlas = an_atlas(model, known)
    ground = atlas.lay(PlaneSpec("dimensions", (2, 0)))
    assert "cloud of codes" in next(s.note for s in ground.shades if s.kind == "density")
    codes = model.encode(to_tensor(known.images)).detach().double()[:, [2, 0]]
    places = codes[:5].numpy() + 0.1
    wide = torch.tensor([Cloudy.VARIANCES[2], Cloudy.VARIANCES[0]]).double() + 0.05**2
    gaps = torch.from_numpy(places)[:, None] - codes
    bells = (-0.5 * (gaps**2 / wide).sum(-1)).exp() / (2 * np.pi * wide.prod().sqrt())
    expected = bells.mean(dim=1).numpy()
    np.testing.assert_allclose(atlas.shades("density", places, 0.1)[:, 0], expected, rtol=1e-3)


def test_without_clouds_the_note_says_so(known: Dataset) -> None:
    atlas = an_atlas(Linear(a_matrix(3)), known)
    ground = atlas.lay(PlaneSpec())
    assert "middles of their codes" in next(s.note for s in ground.shades if s.kind == "density")
    near, far = atlas.shades("density", np.array([[0.0, 0.0], [9.0, 9.0]]), 0.2)[:, 0]
    assert near > 0.05
    assert far < 1e-4


def test_on_a_torus_density_goes_round() -> None:
    places = torch.tensor([[6.2, 0.0], [6.0, 0.3], [6.1, -0.3]])
    density = Density(places, period=Torus.period)
    blur = torch.full((1, 2), 0.1)
    here = density.at(torch.tensor([[6.1, 0.1]]), blur)
    round_it = torch.tensor([[6.1 - Torus.period, 0.1]])
    torch.testing.assert_close(density.at(round_it, blur), here)
    assert float(here) > 0.1


def test_codes_of_the_prior_are_evenly_dense_in_the_quantile_square(known: Dataset) -> None:
    atlas = an_atlas(Linear(a_matrix(3)), known)
    atlas.lay(PlaneSpec("quantiles"))
    atlas._codes, atlas._coded = [torch.randn(4000, 3)], True
    places = np.array([[0.5, 0.5], [0.2, 0.7], [0.85, 0.3], [0.3, 0.15]])
    np.testing.assert_allclose(atlas.shades("density", places, 0.1)[:, 0], 1, atol=0.2)


# -- classes, errors, scores ----------------------------------------------------------------------


def test_regions_of_classes_are_those_of_the_digits_that_lie_there(
    trained: Atlas, known: Dataset
) -> None:
    *_, places = trained.points()
    shown = trained.shades("classes", places, PITCH)
    assert shown.dtype == np.float32
    assert (shown[:, 0] == known.labels).mean() > 0.6
    assert ((shown[:, 1] > 0) & (shown[:, 1] <= 1)).all()
    # Where it is sure it is right more often.
    sure = shown[:, 1] > np.median(shown[:, 1])
    right = shown[:, 0] == known.labels
    assert right[sure].mean() > right[~sure].mean()


def test_grey_is_no_digit(known: Dataset) -> None:
    atlas = an_atlas(Linear(torch.zeros(784, 3)), known)
    atlas.lay(PlaneSpec("dimensions"))
    shown = atlas.shades("classes", TILE, PITCH)
    assert (shown[:, 0] == 10).all()
    assert (shown[:, 1] > 0.5).all()


def test_a_copy_that_loses_nothing_has_no_error(known: Dataset) -> None:
    atlas = an_atlas(Linear(a_matrix(3)), known)
    atlas.lay(PlaneSpec("dimensions"))
    assert atlas.shades("error", TILE, PITCH)[:, 0].max() < 1e-5


def test_the_error_is_that_of_the_models_own_copy(trained: Atlas) -> None:
    places = TILE * 4 - 2
    digits = trained.decode(places)
    readings = [list(trained.witness.explorer.read(digit))[-1] for digit in digits]
    shown = trained.shades("error", places, PITCH)[:, 0]
    np.testing.assert_allclose(shown, [r.error for r in readings], rtol=1e-3, atol=1e-6)
    assert shown.max() > 1e-3


def test_a_discriminators_score_is_a_probability_and_a_critics_is_a_value(known: Dataset) -> None:
    for name, probability in (("gan", True), ("wgan", False)):
        atlas = an_atlas(fresh(name), known)
        atlas.lay(PlaneSpec("dimensions"))
        digits = to_tensor(atlas.decode(TILE))
        with torch.no_grad():
            scores = atlas.witness.model.score(digits)  # type: ignore[operator]
        expected = scores.sigmoid() if probability else scores
        shown = atlas.shades("score", TILE, PITCH)[:, 0]
        np.testing.assert_allclose(shown, expected.numpy(), rtol=1e-5)


def test_who_minds_company_sees_each_picture_among_real_ones(known: Dataset) -> None:
    atlas = an_atlas(fresh("gan", packing=4), known)
    atlas.lay(PlaneSpec("dimensions"))
    places = TILE * 4
    shown = atlas.shades("score", places, PITCH)[:, 0]
    # A place is judged alike whatever lies beside it on the tile.
    mixed = np.concatenate([places[:1], places[5:9] + 3])
    again = atlas.shades("score", mixed, PITCH)[:, 0]
    assert again[0] == pytest.approx(shown[0], rel=1e-4)


# -- what cannot be -------------------------------------------------------------------------------


def test_what_a_map_cannot_be_coloured_by_is_said(known: Dataset) -> None:
    gan, vae = an_atlas(fresh("gan"), known), an_atlas(fresh("vae"), known)
    sheet = an_atlas(Sampler(), known)
    gan.lay(PlaneSpec("anchors", anchors=corners(known.images[:3])))
    vae.lay(PlaneSpec())
    sheet.lay(PlaneSpec("samples"))
    for atlas, kind, reason in (
        (gan, "error", "no quick way"),
        (vae, "score", "no discriminator"),
        (sheet, "density", "sheet of samples"),
        (sheet, "jacobian", "sheet of samples"),
        (sheet, "error", "no quick way"),
    ):
        with pytest.raises(ValueError, match=reason):
            atlas.shades(kind, TILE, PITCH)  # type: ignore[arg-type]
