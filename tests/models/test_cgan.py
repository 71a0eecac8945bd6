"""Conditional GAN: the label counts for both players, and the discriminator learns to read."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from models import ImageShape
from models.base import Batch
from models.zoo.cgan import CGAN
from tests.models.checks import batch_of, digits, labels, play, seeded

SHAPE = ImageShape()


def cgan(shape: ImageShape = SHAPE, **settings: object) -> CGAN:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return CGAN(CGAN.Config.from_values({"channels": 4, **settings}), shape)


def bars(count: int = 40, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Each class is a bar at a height of its own, with some noise."""
    named = torch.arange(count) % SHAPE.classes
    images = 0.2 * torch.rand(count, *SHAPE.chw, generator=seeded(seed))
    for image, name in zip(images, named.tolist(), strict=True):
        image[:, 2 * name + 3 : 2 * name + 6, 5:20] = 0.9
    return images, named


def test_a_logit_is_the_projection_of_the_features() -> None:
    model, images, named = cgan(), digits(SHAPE), labels(SHAPE)
    judging = model.discriminator
    seen = judging.trunk(images * 2 - 1)
    expected = [
        float((judging.realness(f)[0] + judging.classes[0].weight[y] @ f).detach())
        for f, y in zip(seen, named, strict=True)
    ]
    assert model.score(images, named).tolist() == pytest.approx(expected, abs=1e-5)


def test_evidence_is_what_the_label_changes_in_the_score() -> None:
    for packing in (1, 3):
        model, images = cgan(packing=packing), digits(SHAPE)
        evidence = model.class_evidence(images)
        one, other = labels(SHAPE), labels(SHAPE).clone()
        other[2] = 7
        changed = (model.score(images, other) - model.score(images, one)).detach()
        # In packs the two images before it have it as a follower, under its new name, too.
        assert float(changed[2]) == pytest.approx(
            float((evidence[2, 7] - evidence[2, one[2]]).detach()), abs=1e-5
        )
        assert [i for i in range(8) if changed[i]] == list(range(3 - packing, 3))


def test_without_labels_an_image_is_taken_for_what_it_looks_most_like() -> None:
    model, images = cgan(), digits(SHAPE)
    every = torch.stack([model.score(images, torch.full((8,), y)) for y in range(10)], dim=1)
    assert torch.allclose(model.score(images), every.max(dim=1).values, atol=1e-6)


def test_losses_are_the_published_ones() -> None:
    model, batch = cgan(wrong_names=0.5), batch_of(SHAPE)
    discriminator, generator = model.stages()[0].players
    source = seeded()
    with torch.no_grad():
        written = model.write(torch.randn(8, model.latent_dim(), generator=source), batch.labels)
        off = torch.randint(1, 10, (8, 1), generator=source)[:, 0]
        real = model.score(batch.images, batch.labels)
        fake = model.score((written + 1) / 2, batch.labels)
        wrong = model.score(batch.images, (batch.labels + off) % 10)
    terms = discriminator.loss(batch_of(SHAPE))
    game = (F.softplus(-real).mean() + F.softplus(fake).mean()) / 2
    assert torch.allclose(terms["game"], game, atol=1e-6)
    assert torch.allclose(terms["wrong_names"], F.softplus(wrong).mean(), atol=1e-6)
    total = game + 0.5 * F.softplus(wrong).mean() / 2
    assert torch.allclose(terms["total"].detach(), total, atol=1e-6)
    assert discriminator.shown == "game"
    answer = generator.loss(batch_of(SHAPE))["total"].detach()
    # Batch statistics of the second pass are those of the first: the same batch.
    assert torch.allclose(answer, F.softplus(-fake).mean(), atol=1e-5)


def test_without_wrong_names_there_are_none() -> None:
    terms = cgan(wrong_names=0).stages()[0].players[0].loss(batch_of(SHAPE))
    assert "wrong_names" not in terms
    assert torch.equal(terms["game"], terms["total"].detach())


def test_a_wrong_name_is_never_the_right_one() -> None:
    """With two classes the wrong name is the other one, so the loss is known without luck."""
    pair = ImageShape(classes=2)
    model = cgan(pair, wrong_names=1)
    batch = Batch(digits(pair), labels(pair), seeded(3))
    terms = model.stages()[0].players[0].loss(batch)
    wrong = F.softplus(model.score(batch.images, 1 - batch.labels)).mean().detach()
    assert torch.allclose(terms["wrong_names"], wrong, atol=1e-6)


def test_a_single_class_has_no_wrong_name() -> None:
    alone = ImageShape(classes=1)
    terms = cgan(alone).stages()[0].players[0].loss(Batch(digits(alone), labels(alone), seeded()))
    assert "wrong_names" not in terms


def test_the_discriminator_learns_to_read() -> None:
    model = cgan()
    player = model.stages()[0].players[0]
    optimizer = player.optimizer(player.parameters(), 5e-3)
    images, named = bars()
    for move in range(40):
        optimizer.zero_grad()
        player.loss(Batch(images, named, seeded(move)))["total"].backward()
        optimizer.step()
    unseen, theirs = bars(seed=1)
    read = model.class_evidence(unseen).argmax(dim=1)
    assert float((read == theirs).float().mean()) > 0.8


def test_each_side_hears_the_label() -> None:
    model, codes = cgan().eval(), torch.zeros(10, 64)
    written = model.decode(codes, torch.arange(10))
    assert torch.cdist(written.flatten(1), written.flatten(1)).fill_diagonal_(1).min() > 0.01
    without = model.decode(codes)
    assert torch.equal(without, model.decode(codes, torch.zeros(10, dtype=torch.int64)))
    asked = model.sample(10, generator=seeded(), labels=torch.arange(10))
    assert torch.equal(asked, model.sample(10, generator=seeded()))


@pytest.mark.parametrize(
    "settings",
    [
        {"packing": 2},
        {"crowd": "minibatch discrimination"},
        {"crowd": "standard deviation", "loss": "hinge"},
        {"spectral_norm": True, "loss": "hinge"},
        {"unrolled": 2},
        {"gradient_penalty": 0.2, "instance_noise": 0.1, "label_smoothing": 0.1},
        {"saturating": True},
        {"loss": "least squares"},
    ],
    ids=str,
)
def test_the_cures_can_be_worn(settings: dict[str, object]) -> None:
    model = cgan(**settings)
    for player in model.stages()[0].players:
        assert all(math.isfinite(total) for total in play(model, player, 2))
    assert model.class_evidence(digits(SHAPE)).shape == (8, 10)
    assert torch.isfinite(model.score(digits(SHAPE))).all()


def test_replay_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"^[^\n]*set replay_size to 0$"):
        CGAN.Config.from_values({"replay_size": 100})


def test_odd_shapes_are_refused_in_one_sentence() -> None:
    for height, width in ((1, 1), (28, 30)):
        with pytest.raises(ValueError, match=r"^[^\n]*multiples of 4[^\n]*$"):
            cgan(ImageShape(channels=2, height=height, width=width))
