"""The conditional VAE honours its labels, and finds out those that it is not told."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from models import ImageShape
from models.base import Batch
from models.blocks import bernoulli_nll, kl_to_standard_normal, log_normal
from models.zoo.cvae import CVAE

SHAPE = ImageShape(1, 6, 6, 3)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def bars(labels: Tensor, seed: int = 0) -> Tensor:
    """One picture per label: class k is a bright bar in rows 2k and 2k + 1, a little noisy."""
    images = 0.1 * torch.rand(len(labels), *SHAPE.chw, generator=seeded(seed))
    for image, label in zip(images, labels.tolist(), strict=True):
        image[:, 2 * label : 2 * label + 2] += 0.8
    return images


@pytest.fixture(scope="module")
def trained() -> CVAE:
    torch.manual_seed(0)
    model = CVAE(CVAE.Config(latent_dim=2, hidden=32), SHAPE)
    (player,) = model.stages()[0].players
    optimizer = player.optimizer(player.parameters(), 3e-3)
    for step in range(200):
        labels = torch.randint(0, 3, (32,), generator=seeded(step))
        terms = player.loss(Batch(bars(labels, step), labels, seeded(step)))
        optimizer.zero_grad()
        terms["total"].backward()
        optimizer.step()
    return model.eval().requires_grad_(False)


def test_it_draws_the_class_that_it_is_told(trained: CVAE) -> None:
    labels = torch.tensor([2, 0, 1, 1])
    drawn = trained.sample(4, generator=seeded(), labels=labels)
    brightest_rows = drawn.mean(dim=(1, 3)).view(4, 3, 2).mean(dim=2).argmax(dim=1)
    assert torch.equal(brightest_rows, labels)


def test_one_code_and_two_classes_make_two_pictures(trained: CVAE) -> None:
    code = torch.zeros(2, 2)
    one, other = trained.decode(code, torch.tensor([0, 1]))
    assert (one - other).abs().max() > 0.5


def test_the_encoder_sees_the_label() -> None:
    torch.manual_seed(0)
    model = CVAE(CVAE.Config(), SHAPE)
    image = bars(torch.zeros(2, dtype=torch.int64)[:1]).expand(2, -1, -1, -1)
    one, other = model.encode(image, torch.tensor([0, 1]))
    assert not torch.equal(one, other)


def test_evidence_finds_the_class(trained: CVAE) -> None:
    labels = torch.arange(30) % 3
    images = bars(labels, seed=99)
    evidence = trained.class_evidence(images)
    assert evidence.shape == (30, 3)
    assert torch.equal(evidence.argmax(dim=1), labels)
    torch.testing.assert_close(trained.encode(images), trained.encode(images, labels))


def test_evidence_is_below_the_bound_without_noise(trained: CVAE) -> None:
    """Each is the reconstruction at the mean minus the KL, for exactly that class."""
    images = bars(torch.tensor([0, 1]), seed=5)
    for k in range(3):
        labels = torch.full((2,), k)
        mean, log_variance = trained.posterior(images, labels)
        copies = trained.decode(mean, labels)
        log_p = images * copies.log() + (1 - images) * (1 - copies).log()
        expected = log_p.flatten(1).sum(dim=1) - kl_to_standard_normal(mean, log_variance)
        torch.testing.assert_close(
            trained.class_evidence(images)[:, k], expected, rtol=1e-3, atol=1e-2
        )


def test_without_labels_the_classes_come_in_turn(trained: CVAE) -> None:
    labels = torch.arange(7) % 3
    told = trained.sample(7, generator=seeded(), labels=labels)
    assert torch.equal(trained.sample(7, generator=seeded()), told)


def test_the_hole_is_filled_by_the_class_that_the_known_pixels_show(trained: CVAE) -> None:
    images = bars(torch.tensor([0, 1, 2]), seed=7)
    hole = torch.zeros(3, 1, 6, 6, dtype=torch.bool)
    hole[..., 3:] = True
    *_, end = trained.inpaint(images, hole, generator=seeded())
    torch.testing.assert_close(end.images, images, rtol=0, atol=0.25)
    assert torch.equal(end.images[~hole], images[~hole])


def test_where_nothing_is_known_every_class_is_possible(trained: CVAE) -> None:
    images = torch.full((30, *SHAPE.chw), torch.nan)
    hole = torch.ones(30, 1, 6, 6, dtype=torch.bool)
    steps = list(trained.inpaint(images, hole, generator=seeded()))
    assert steps[-1].fraction == 1
    assert len({int(k) for k in trained.class_evidence(steps[-1].images).argmax(dim=1)}) == 3


def test_many_draws_reach_the_likelihood() -> None:
    torch.manual_seed(0)
    model = CVAE(CVAE.Config(latent_dim=1, hidden=16), SHAPE).eval().requires_grad_(False)
    image = bars(torch.tensor([1]))
    z = torch.linspace(-8, 8, 2_001)[:, None]
    zero = torch.zeros_like(z)
    by_class = []
    for label in range(SHAPE.classes):
        logits = model.logits(z, torch.full((len(z),), label))
        log_joint = log_normal(z, zero, zero) - bernoulli_nll(
            logits, image.expand(len(z), -1, -1, -1)
        )
        by_class.append(log_joint.logsumexp(dim=0) + math.log(float(z[1] - z[0])))
    exact = torch.stack(by_class).logsumexp(dim=0) - math.log(SHAPE.classes)
    bound = model.log_likelihood(image, generator=seeded(), draws=3_000)
    torch.testing.assert_close(bound[0], exact, rtol=0, atol=0.05)
    loose = model.log_likelihood(image.repeat(400, 1, 1, 1), generator=seeded(1)).mean()
    assert loose < exact + 0.05
