"""The map of a frozen model: what is where, and that it says so in words."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import models
from models import ImageShape
from models.planes import CORNERS, Torus
from studio.data import pen
from studio.data.dataset import Dataset
from studio.engine.atlas import REACH, Atlas
from studio.engine.build import build
from studio.engine.ground import Kind, PlaneSpec, RegionStats
from studio.engine.images import to_arrays
from studio.state.tiles import TileKey, digit_centres
from tests.engine.mapped import Linear, Sampler, an_atlas, corners, fresh, shipped

PLACES = np.random.default_rng(5).uniform(-2, 2, (9, 2))


@pytest.fixture(scope="module")
def known() -> Dataset:
    return pen.generate(200, split="test")


@pytest.fixture
def trained(known: Dataset) -> Atlas:
    return an_atlas(shipped(), known)


@pytest.fixture
def ten(known: Dataset) -> Atlas:
    """Of a decoder of ten numbers, each of which changes all pixels a little."""
    matrix = torch.linalg.qr(torch.randn(784, 10, generator=torch.Generator().manual_seed(0)))[0]
    return an_atlas(Linear(3 * matrix), known)


def off(one: np.ndarray, other: np.ndarray) -> int:
    return int(np.abs(one.astype(int) - other.astype(int)).max())


def specs(atlas: Atlas, known: Dataset) -> list[PlaneSpec]:
    """All planes that a model has."""
    return [
        PlaneSpec(choice.kind, anchors=corners(known.images[:3]))  # type: ignore[arg-type]
        for choice in atlas.kinds()
        if choice.possible
    ]


# -- every model ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", models.available())
def test_every_model_has_maps_or_says_why_not(name: str, known: Dataset) -> None:
    atlas = an_atlas(fresh(name), known)
    assert all(choice.note.endswith(".") for choice in atlas.kinds())
    wanted = specs(atlas, known)
    assert atlas.first() in [PlaneSpec(spec.kind) for spec in wanted]
    rng = torch.get_rng_state()
    for spec in wanted:
        ground = atlas.lay(spec)
        assert ground.note.endswith(".")
        assert len(ground.offset_names) == len(ground.offset_values)
        centre = np.array([ground.centre])
        digits = atlas.decode(np.concatenate([centre, centre + ground.span / 9]))
        assert digits.shape == (2, 28, 28)
        assert digits.dtype == np.uint8
        for choice in ground.shades:
            assert choice.note.endswith(".")
            searched = choice.kind == "density" and not atlas.witness.explorer.encodes_fast
            if choice.possible and not searched:
                values = atlas.shades(choice.kind, centre, 0.1)  # type: ignore[arg-type]
                assert values.shape == (1, 2)
                assert np.isfinite(values).all()
    # Nobody else's randomness or gradient mode is touched.
    assert torch.equal(rng, torch.get_rng_state())
    assert torch.is_grad_enabled()
    for choice in atlas.kinds():
        if not choice.possible:
            with pytest.raises(ValueError, match=f"^{atlas.witness.model.card.title}: "):
                atlas.lay(PlaneSpec(choice.kind))  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [ImageShape(2, 1, 1, 8), ImageShape(3, 28, 28, 1000)])
def test_what_makes_no_grey_digits_has_no_map(shape: ImageShape, known: Dataset) -> None:
    model = build("gan", models.spec("gan").config(), shape, seed=0, device=torch.device("cpu"))
    atlas = an_atlas(model, known)
    assert not any(choice.possible for choice in atlas.kinds())
    with pytest.raises(ValueError, match=r"There is no map of this model\. The map shows grey"):
        atlas.first()


# -- planes ---------------------------------------------------------------------------------------


def test_each_place_is_decoded_to_what_is_placed_there(trained: Atlas, known: Dataset) -> None:
    for spec in specs(trained, known):
        if spec.kind == "samples":
            continue
        ground = trained.lay(spec)
        places = np.array(ground.centre) + PLACES * ground.span / 5
        laid = trained._map(spec)
        assert laid.surface is not None
        codes = laid.surface.to_latents(torch.from_numpy(places))
        back = trained.place(codes.numpy().astype(np.float32))
        np.testing.assert_allclose(back, places, atol=2e-4)


def test_all_test_digits_are_placed_where_their_codes_lie(ten: Atlas, known: Dataset) -> None:
    ten.lay(PlaneSpec())
    *_, places = ten.points()
    assert places.shape == (len(known), 2)
    np.testing.assert_allclose(ten.place(known.images[:5]), places[:5], atol=1e-4)
    # One unit is a standard deviation.
    np.testing.assert_allclose(places.std(axis=0), 1, rtol=1e-3)


def test_a_plane_through_a_drawing_shows_its_copy(ten: Atlas, known: Dataset) -> None:
    reading = list(ten.witness.explorer.read(known.images[7]))[-1]
    code = tuple(reading.latent.tolist())  # type: ignore[union-attr]
    for kind in ("principal", "dimensions", "quantiles"):
        for pair in ((0, 1), (4, 2)):
            plain = PlaneSpec(kind, pair)  # type: ignore[arg-type]
            spec = PlaneSpec(kind, pair, through=code)  # type: ignore[arg-type]
            ground = ten.lay(spec)
            assert "your drawing" in ground.note
            there = ten.place(np.array(code, np.float32))
            assert off(ten.decode(there)[0], reading.reconstruction) <= 1
            assert ten.lay(plain).offset_values != ground.offset_values
            # The coordinates keep their meaning.
            np.testing.assert_allclose(ten.place(np.array(code, np.float32)), there, atol=1e-4)


def test_offsets_move_the_plane_and_strips_show_where_to(ten: Atlas) -> None:
    spec = PlaneSpec("dimensions", (1, 3))
    ground = ten.lay(spec)
    assert ground.dim == 10
    assert ground.axis_names == ("Number 2", "Number 4")
    assert ground.offset_names[:3] == ("Number 1", "Number 3", "Number 5")
    values, strip = ten.strip(spec, 1, (0.5, -0.5))
    assert values.tolist() == np.linspace(-REACH, REACH, 7).tolist()
    assert off(strip[3], ten.decode(np.array([[0.5, -0.5]]))[0]) <= 1
    assert off(strip[0], strip[6]) > 40
    moved = PlaneSpec("dimensions", (1, 3), offsets=((1, float(values[5])),))
    assert ten.lay(moved).offset_values[1] == pytest.approx(values[5])
    assert off(strip[5], ten.decode(np.array([[0.5, -0.5]]))[0]) <= 1
    # What the strip shows is the number that it says.
    code = torch.zeros(1, 10)
    code[0, 1], code[0, 3], code[0, 2] = 0.5, -0.5, float(values[5])
    with torch.no_grad():
        wanted = to_arrays(ten.witness.model.decode(code))  # type: ignore[operator]
    assert off(wanted[0], strip[5]) <= 1
    # Where one is already does not matter to the strip.
    assert off(ten.strip(moved, 1, (0.5, -0.5))[1], strip) <= 1


def test_three_anchors_are_copied_in_the_corners(trained: Atlas, known: Dataset) -> None:
    anchors = known.images[[3, 8, 20]]
    ground = trained.lay(PlaneSpec("anchors", anchors=corners(anchors)))
    assert [corner[:2] for corner in ground.corners] == list(CORNERS)
    assert all(np.array_equal(c[2], a) for c, a in zip(ground.corners, anchors, strict=True))
    copies = [list(trained.witness.explorer.read(image))[-1].reconstruction for image in anchors]
    assert off(trained.decode(np.array(CORNERS)), np.stack(copies)) <= 1
    np.testing.assert_allclose(trained.place(anchors), CORNERS, atol=1e-4)


def test_anchors_of_a_searched_code_come_in_steps(known: Dataset) -> None:
    atlas = an_atlas(fresh("gan"), known)
    spec = PlaneSpec("anchors", anchors=corners(known.images[:3]))
    steps = len(list(atlas.preparing(spec)))
    assert steps >= 3 * 10
    atlas.lay(spec)
    # Only the new one is searched.
    other = PlaneSpec("anchors", anchors=corners(known.images[[0, 1, 5]]))
    assert len(list(atlas.preparing(other))) == steps // 3
    assert list(atlas.preparing(spec)) == []


def test_bad_anchors_are_refused_in_words(ten: Atlas, known: Dataset) -> None:
    with pytest.raises(ValueError, match="Choose three digits or drawings"):
        ten.lay(PlaneSpec("anchors"))
    same = corners(known.images[[1, 1, 2]])
    with pytest.raises(ValueError, match="choose other pictures"):
        ten.lay(PlaneSpec("anchors", anchors=same))
    with pytest.raises(ValueError, match="two different ones of the 10 numbers"):
        ten.lay(PlaneSpec("dimensions", (3, 3)))
    with pytest.raises(ValueError, match="two different ones of the 10 principal components"):
        ten.lay(PlaneSpec("principal", (3, 10)))
    with pytest.raises(ValueError, match="has 10 numbers, not 2"):
        ten.lay(PlaneSpec(through=(1.0, 2.0)))


def test_beyond_the_quantile_square_there_is_nothing(ten: Atlas) -> None:
    ground = ten.lay(PlaneSpec("quantiles"))
    assert ground.bounds == (0, 0, 1, 1)
    digits = ten.decode(np.array([[0.5, 0.5], [1.01, 0.5], [0.5, -0.2], [0.01, 0.99]]))
    assert [bool(digit.any()) for digit in digits] == [True, False, False, True]
    shades = ten.shades("classes", np.array([[0.5, 0.5], [1.01, 0.5]]), 0.1)
    assert np.isfinite(shades[0]).all()
    assert np.isnan(shades[1]).all()
    # A quarter of all codes has a first number below -0.674.
    at = ten.place(np.array([-0.6745, 0, *[0.3] * 8], np.float32))
    np.testing.assert_allclose(at, [[0.25, 0.5]], atol=1e-4)


def test_a_decoder_without_encoder_shows_where_its_pictures_change(known: Dataset) -> None:
    atlas = an_atlas(fresh("gan"), known)
    assert "no encoder" in atlas.lay(PlaneSpec()).note
    # Along the first direction its pictures differ more than along the last.
    ends = {}
    for pair in ((0, 1), (5, 4)):
        atlas.lay(PlaneSpec(dimensions=pair))
        first, last = atlas.decode(np.array([[-2.0, 0.0], [2.0, 0.0]])).astype(float)
        ends[pair] = np.square(first - last).mean()
    assert ends[0, 1] > ends[5, 4]


def test_a_conditional_model_writes_the_class_that_is_asked_for(known: Dataset) -> None:
    atlas = an_atlas(fresh("cvae"), known)
    drawn = {}
    for label in (None, 0, 7):
        ground = atlas.lay(PlaneSpec(label=label))
        assert ground.label == (label or 0)
        assert f"written as a {label or 0}" in ground.note
        drawn[label] = atlas.decode(PLACES)
    assert np.array_equal(drawn[None], drawn[0])
    assert not np.array_equal(drawn[None], drawn[7])
    with pytest.raises(ValueError, match="no class 12"):
        atlas.lay(PlaneSpec(label=12))


def test_noise_is_mapped_on_its_shell(known: Dataset) -> None:
    atlas = an_atlas(fresh("ddpm"), known)
    for spec in (PlaneSpec(), PlaneSpec("anchors", anchors=corners(known.images[:3]))):
        atlas.lay(spec)
        surface = atlas._map(spec).surface
        assert surface is not None
        norms = surface.to_latents(torch.from_numpy(PLACES)).norm(dim=1)
        torch.testing.assert_close(norms, torch.full_like(norms, 28.0))
    assert atlas.lay(PlaneSpec()).period == pytest.approx(4 * math.pi)


# -- sheets of samples ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["vqvae", "cgan", "alone"])
def test_a_sheet_shows_the_same_sample_whenever_one_comes_back(kind: str, known: Dataset) -> None:
    def an_atlas_of() -> Atlas:
        atlas = an_atlas(Sampler() if kind == "alone" else fresh(kind), known)
        atlas.lay(PlaneSpec("samples"))
        return atlas

    atlas = an_atlas_of()
    tile = digit_centres(TileKey(1, -3, 2))
    digits = atlas.decode(tile)
    assert len({digit.tobytes() for digit in digits}) == 16
    # By another who asks in another order, and one by one.
    other = an_atlas_of()
    odd = np.array([[0.3, -7.7]])
    mixed = other.decode(np.concatenate([odd, tile[::-1][:5]]))
    assert np.array_equal(mixed[1:], digits[::-1][:5])
    assert np.array_equal(other.decode(tile[7:8])[0], digits[7])
    assert np.array_equal(atlas.decode(odd), mixed[:1])
    # Next door is another one, and so is the same place seen closer.
    assert not np.array_equal(atlas.decode(digit_centres(TileKey(1, -2, 2))), digits)
    assert not np.array_equal(atlas.decode(digit_centres(TileKey(2, -3, 2))), digits)
    assert atlas.ground.label is None
    assert "written as" not in atlas.ground.note


def test_a_model_that_only_samples_says_what_the_map_shows(known: Dataset) -> None:
    atlas = an_atlas(Sampler(), known)
    assert atlas.first() == PlaneSpec("samples")
    ground = atlas.lay(PlaneSpec("samples"))
    assert "no vector to walk along" in ground.note
    assert ground.dim == 0
    assert list(atlas.points()) == []
    with pytest.raises(ValueError, match="no place for a drawing"):
        atlas.place(known.images[0])
    with pytest.raises(ValueError, match="no other directions"):
        atlas.strip(PlaneSpec("samples"), 0, (0, 0))


def test_codes_that_are_searched_come_bit_by_bit(
    known: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.engine.atlas.COSTLY_POINTS", 6)
    monkeypatch.setattr("studio.engine.atlas._SEARCHED", 3)
    atlas = an_atlas(fresh("gan"), known)
    atlas.lay(PlaneSpec("dimensions"))
    lengths = [len(places) for places in atlas.points()]
    assert sorted(lengths) == lengths
    assert set(lengths) == {0, 3, 6}
    assert lengths.count(0) > 5
    # On another plane nothing is searched again.
    atlas.lay(PlaneSpec("quantiles"))
    again = list(atlas.points())
    assert [len(places) for places in again] == [6]
    assert ((again[0] > 0) & (again[0] < 1)).all()


def test_a_search_that_fails_is_begun_anew(known: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """It must not look as if all codes had been found, and there were none."""
    monkeypatch.setattr("studio.engine.atlas.COSTLY_POINTS", 6)
    monkeypatch.setattr("studio.engine.atlas._SEARCHED", 3)
    atlas = an_atlas(fresh("gan"), known)
    atlas.lay(PlaneSpec("dimensions"))
    with monkeypatch.context() as offline:
        offline.setattr(atlas.witness, "test", lambda: (_ for _ in ()).throw(ValueError("Gone.")))
        for _ in range(2):
            with pytest.raises(ValueError, match="Gone"):
                list(atlas.points())
    *_, places = atlas.points()
    assert len(places) == 6


def test_a_torus_says_that_its_digits_do_not_lie_on_it(known: Dataset) -> None:
    """It mixes them: 45 degrees lie between it and each of them."""
    atlas = an_atlas(fresh("ddpm"), known)
    assert "between four" in atlas.lay(PlaneSpec()).note
    surface = atlas._here.surface
    assert isinstance(surface, Torus)
    xy = torch.cartesian_prod(*2 * [torch.linspace(0, surface.period, 64)])
    latents = surface.to_latents(xy)
    cosines = (latents / latents.norm(dim=1, keepdim=True)) @ surface.axes.T
    torch.testing.assert_close(cosines.max(), torch.tensor(0.5).sqrt(), atol=1e-4, rtol=0)


def test_two_that_prepare_the_same_torus_share_the_work(known: Dataset) -> None:
    atlas, alone = (an_atlas(fresh("ddpm"), known) for _ in range(2))
    first, second = atlas.preparing(PlaneSpec()), atlas.preparing(PlaneSpec())
    next(first)
    next(second)
    next(first)
    assert len(list(second)) + 3 == 4
    assert list(first) == []
    atlas.lay(PlaneSpec())
    alone.lay(PlaneSpec())
    assert np.array_equal(atlas.decode(PLACES), alone.decode(PLACES))


@pytest.mark.parametrize("kind", ["principal", "anchors", "dimensions", "samples"])
def test_weights_that_are_no_numbers_have_no_map(known: Dataset, kind: Kind) -> None:
    model = fresh("vae")
    next(iter(model.parameters())).data.fill_(torch.nan)
    atlas = an_atlas(model, known)
    with pytest.raises(ValueError, match="diverged"):
        atlas.lay(PlaneSpec(kind, anchors=corners(known.images[:3])))


def test_codes_without_end_have_no_map(known: Dataset) -> None:
    """Every weight is a number, but what comes of them is none."""
    model = fresh("dense_ae")
    for weights in model.parameters():
        weights.data.fill_(1e30)
    with pytest.raises(ValueError, match="diverged"):
        an_atlas(model, known).lay(PlaneSpec())


# -- regions --------------------------------------------------------------------------------------


def surveyed(atlas: Atlas, polygon: np.ndarray) -> RegionStats:
    *_, stats = atlas.surveying(polygon)
    assert stats is not None
    return stats


def test_a_region_counts_the_digits_in_it_and_reads_what_is_decoded(
    trained: Atlas, known: Dataset
) -> None:
    trained.lay(PlaneSpec())
    *_, places = trained.points()
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], dtype=float)
    stats = surveyed(trained, square)
    within = (np.abs(places) < 1).all(axis=1)
    assert stats.test_count == within.sum() > 10
    shares = np.bincount(known.labels[within], minlength=10) / within.sum()
    np.testing.assert_allclose(stats.test_shares, shares, atol=1e-6)
    assert stats.area == pytest.approx(4)
    assert 200 <= stats.read_count <= 300
    assert stats.read_shares.sum() == pytest.approx(1)
    assert 0 < stats.mean_certainty <= 1
    whole = surveyed(trained, 100 * square)
    assert whole.test_count == len(known)
    with pytest.raises(ValueError, match="encloses nothing"):
        surveyed(trained, square[:2])
    trained.lay(PlaneSpec("quantiles"))
    with pytest.raises(ValueError, match="nothing on the map"):
        surveyed(trained, square + 5)
