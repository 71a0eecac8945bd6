"""The VAE's mathematics: its bound, its KL, its holes."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch

from models.base import Batch, ImageShape
from models.blocks import (
    bernoulli_nll,
    draw_normal,
    kl_to_standard_normal,
    log_normal,
)
from models.zoo.vae import VAE

SHAPE = ImageShape(1, 6, 6, 3)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def small() -> VAE:
    torch.manual_seed(0)
    model = VAE(VAE.Config(latent_dim=3, hidden=24), SHAPE)
    # Fresh weights have a posterior near the prior, where many errors would not show.
    with torch.no_grad():
        model.encoder[-1].weight.mul_(1.5)  # type: ignore[operator, union-attr]
    return model.eval().requires_grad_(False)


IMAGES = torch.rand(5, *SHAPE.chw, generator=seeded(3))


def test_the_kl_is_its_closed_form_and_never_negative() -> None:
    mean = torch.tensor([[0.0, 0.0], [1.5, -0.5], [0.2, 3.0]])
    log_variance = torch.tensor([[0.0, 0.0], [-1.0, 0.7], [0.4, -2.0]])
    kl = kl_to_standard_normal(mean, log_variance)
    many = 200_000
    for row in range(3):
        m, v = mean[row].expand(many, 2), log_variance[row].expand(many, 2)
        z = draw_normal(m, v, generator=seeded(row))
        zero = torch.zeros_like(z)
        estimate = (log_normal(z, m, v) - log_normal(z, zero, zero)).mean()
        torch.testing.assert_close(estimate, kl[row], rtol=0.01, atol=0.01)
    assert kl[0] == 0
    anything = torch.randn(1_000, 4, generator=seeded())
    assert (kl_to_standard_normal(anything, anything.flip(0)) >= 0).all()


def test_log_normal_integrates_to_one() -> None:
    x = torch.linspace(-12, 12, 4_001)[:, None]
    density = log_normal(x, torch.full_like(x, 1.0), torch.full_like(x, 0.5)).exp()
    assert torch.trapezoid(density, x[:, 0]) == pytest.approx(1.0, abs=1e-4)


def test_grey_pixels_cost_their_entropy() -> None:
    perfect = torch.logit(IMAGES, eps=1e-6)
    entropy = torch.special.entr(IMAGES) + torch.special.entr(1 - IMAGES)
    torch.testing.assert_close(bernoulli_nll(perfect, IMAGES), entropy.flatten(1).sum(dim=1))
    assert (bernoulli_nll(perfect + 0.3, IMAGES) > bernoulli_nll(perfect, IMAGES)).all()


def test_the_loss_is_the_negative_bound_in_nats_per_image() -> None:
    model = small()
    rows = IMAGES.repeat(4_000, 1, 1, 1)
    labels = torch.zeros(len(rows), dtype=torch.int64)
    terms = model.loss(Batch(rows, labels, seeded(1)))
    bound = model.log_likelihood(rows, generator=seeded(2)).mean()
    torch.testing.assert_close(terms["total"], -bound, rtol=0, atol=0.05)
    torch.testing.assert_close(terms["total"], terms["reconstruction"] + terms["kl"])
    assert terms["kl"] >= 0


def test_beta_weighs_the_kl_alone_and_at_once() -> None:
    model = small()
    batch = IMAGES, torch.zeros(5, dtype=torch.int64)
    one = model.loss(Batch(*batch, seeded()))
    model.set_live("beta", 4.0)
    four = model.loss(Batch(*batch, seeded()))
    assert one["kl"] == four["kl"]
    torch.testing.assert_close(four["total"] - one["total"], 3 * one["kl"])


def test_more_draws_tighten_the_bound() -> None:
    model = small()
    rows = IMAGES.repeat(400, 1, 1, 1)
    bounds = [
        model.log_likelihood(rows, generator=seeded(k), draws=k).mean() for k in (1, 4, 16, 64)
    ]
    assert all(a < b + 0.02 for a, b in pairwise(bounds))
    assert bounds[-1] > bounds[0]


def test_many_draws_reach_the_likelihood() -> None:
    torch.manual_seed(0)
    model = VAE(VAE.Config(latent_dim=1, hidden=16), SHAPE).eval().requires_grad_(False)
    image = IMAGES[:1]
    z = torch.linspace(-8, 8, 2_001)[:, None]
    zero = torch.zeros_like(z)
    log_joint = log_normal(z, zero, zero) - bernoulli_nll(
        model.logits(z), image.expand(len(z), -1, -1, -1)
    )
    exact = log_joint.logsumexp(dim=0) + math.log(float(z[1] - z[0]))
    bound = model.log_likelihood(image, generator=seeded(), draws=3_000)
    torch.testing.assert_close(bound[0], exact, rtol=0, atol=0.05)


def test_filling_a_hole_keeps_the_known_and_never_reads_the_rest() -> None:
    model = small()
    hole = torch.zeros(4, 1, 6, 6, dtype=torch.bool)
    hole[..., 3:, :] = True
    rows = IMAGES[:1].repeat(4, 1, 1, 1)
    spoilt = torch.where(hole, torch.nan, rows)
    steps = list(model.inpaint(rows, hole, generator=seeded()))
    *_, again = model.inpaint(spoilt, hole, generator=seeded())
    assert torch.equal(steps[-1].images, again.images)
    assert steps[-1].fraction == 1
    for step in steps:
        assert torch.equal(step.images[~hole], rows[~hole])
    below = steps[-1].images[..., 3:, :]
    assert all(not torch.equal(below[0], other) for other in below[1:]), "all fills are the same"
