"""The published games: their networks are those of the papers, and their seeds are independent."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from studio.instruments.classifier import load_classifier
from studio.lab.published.plane_game import PlaneGame, coverage, grid, ring
from studio.lab.published.plane_nets import BatchNorms, Discriminators, Generators, Linears
from studio.lab.published.stack_game import StackGame
from studio.lab.published.stack_nets import Discriminator, Doubling, Generator, Halving
from studio.lab.published.tables import PROTOCOLS


def parameters(net: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in net.parameters())


def test_networks_have_the_published_sizes() -> None:
    first = torch.Generator().manual_seed(0)
    hidden = 2 * 400 + 3 * 400 * 400 + 4 * 2 * 400
    assert parameters(Generators(1, 400, first)) == hidden + 400 * 2 + 2
    for packing in (1, 4):
        maxout = (2 * packing + 1) * 1000 + 2 * (200 + 1) * 1000
        assert parameters(Discriminators(1, packing, 200, first)) == maxout + 200 + 1
    # carpedm20's DCGAN: 5 x 5 kernels, 64 to 512 channels, a map of 2 x 2 inside.
    kernels = 25 * (512 * 256 + 256 * 128 + 128 * 64 + 64 * 3) + 256 + 128 + 64 + 3
    generator = 100 * 2048 + 2048 + kernels + 2 * (512 + 256 + 128 + 64)
    assert parameters(Generator(512, first)) == generator
    packed = 25 * (6 * 64 + 64 * 128 + 128 * 256 + 256 * 512) + 64 + 128 + 256 + 512
    norms = 2 * (128 + 256 + 512)
    assert parameters(Discriminator(2, 512, first)) == packed + norms + 2048 + 1


def test_all_first_weights_are_small() -> None:
    first = torch.Generator().manual_seed(0)
    for net in (Generators(2, 64, first), Generator(64, first), Discriminator(1, 64, first)):
        for name, weight in net.named_parameters():
            if weight.ndim >= 2 and "norms" not in name and "bias" not in name:
                assert 0.015 < weight.std() < 0.025, name


def test_seeds_share_nothing() -> None:
    """Each slice of the joined weights acts as a network of its own."""
    first = torch.Generator().manual_seed(0)
    maps = Linears(3, 4, 5, bias=True, generator=first)
    values = torch.randn((3, 7, 4), generator=first)
    for seed in range(3):
        torch.testing.assert_close(maps(values)[seed], values[seed] @ maps.weight[seed])
    together = PlaneGame(*ring(), packing=2, seeds=[3, 8], steps=6, units=(8, 8), points=300)
    apart = [
        PlaneGame(*ring(), packing=2, seeds=[seed], steps=6, units=(8, 8), points=300)
        for seed in (3, 8)
    ]
    for game in (together, *apart):
        *_, share = game.play()
        assert share == 1
    for place, game in enumerate(apart):
        for name, weight in game._generators.state_dict().items():
            joined = together._generators.state_dict()[name][place]
            torch.testing.assert_close(joined, weight[0], rtol=1e-3, atol=1e-5, msg=name)


def test_crowds_have_their_own_batch_norm() -> None:
    norm = BatchNorms(1, 3)
    crowds = torch.randn((1, 2, 50, 3)) * torch.tensor([1.0, 9.0])[None, :, None, None] + 4
    seen = norm(crowds)
    torch.testing.assert_close(seen.mean(2), torch.zeros(1, 2, 3), atol=1e-4, rtol=0)
    torch.testing.assert_close(seen.std(2, correction=0), torch.ones(1, 2, 3), atol=1e-3, rtol=0)
    wanted = 0.05 * crowds.mean((1, 2))
    torch.testing.assert_close(norm.mean[:, 0, 0], wanted)


def test_padding_is_tensorflows() -> None:
    """Doubling is the transpose of Halving: <halve(x), y> = <x, double(y)> for the same kernel."""
    first = torch.Generator().manual_seed(0)
    for side, half in ((28, 14), (14, 7), (7, 4), (4, 2)):
        halve, double = Halving(3, 5, first), Doubling(5, 3, side, first)
        double.weight.data = halve.weight.data
        big = torch.randn((2, 3, side, side), generator=first)
        small = torch.randn((2, 5, half, half), generator=first)
        assert halve(big).shape == small.shape
        assert double(small).shape == big.shape
        torch.testing.assert_close((halve(big) * small).sum(), (big * double(small)).sum())


def test_real_points_have_all_modes_and_a_smear_has_none() -> None:
    rng = np.random.default_rng(0)
    for centres, sigma in (ring(), grid()):
        count = len(centres)
        real = centres[rng.integers(count, size=2_500)] + rng.normal(scale=sigma, size=(2_500, 2))
        seen = coverage(real, centres, sigma)
        assert seen["modes"] == count
        assert seen["quality"] == pytest.approx(0.989, abs=0.006)
        assert seen["kl"] < 0.02
        one = coverage(np.tile(centres[3], (50, 1)), centres, sigma)
        assert one == {"modes": 1.0, "quality": 1.0, "kl": pytest.approx(math.log(count))}
        nothing = coverage(np.full((50, 2), 77.0), centres, sigma)
        assert nothing == {"modes": 0.0, "quality": 0.0, "kl": pytest.approx(math.log(count))}


def test_a_game_learns_where_the_points_are() -> None:
    centres = np.array([[0.5, -0.25]])
    game = PlaneGame(centres, 0.05, packing=1, seeds=[0], steps=250, units=(32, 16), points=1_000)
    for player in game._players:
        player[2].param_groups[0]["lr"] = 3e-3
    for _ in game.play():
        pass
    game._generators.eval()
    points = game._generators(game._normal(1, 500))[0, 0].detach().numpy()
    assert np.linalg.norm(points.mean(0) - centres[0]) < 0.3


def test_stacks_are_played_one_seed_after_the_other() -> None:
    digits = np.random.default_rng(0).integers(0, 256, (90, 28, 28), dtype=np.uint8)
    made = {"packing": 2, "seeds": [0, 1], "steps": 2, "channels": 16, "stacks": 130}
    game = StackGame(digits, load_classifier(), **made, samples=20)  # type: ignore[arg-type]
    assert game.measure() == []
    playing = game.play()
    shares = [next(playing) for _ in range(3)]
    assert shares == [0.25, 0.5, 0.75]
    assert len(game.measure()) == 2
    assert list(playing) == [1.0]
    seen = game.measure()
    assert len(seen) == 2
    for one in seen:
        assert 1 <= one["modes"] <= 20
        assert math.log(1000 / 20) - 1e-9 <= one["kl"] <= math.log(1000) + 1e-9
        assert 0 <= one["share_none"] <= 1


def test_every_row_that_is_run_has_every_figure() -> None:
    for told in PROTOCOLS:
        assert told.short_steps < told.steps
        for row in told.rows:
            if row.packing is not None:
                assert set(row.published) == {figure.name for figure in told.figures}
