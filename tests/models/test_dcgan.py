"""DCGAN: the paper's layers, sizes that fit, and an honest discriminator."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from models import ImageShape
from models.zoo.dcgan import DCGAN
from tests.models.checks import digits, play, seeded

SHAPE = ImageShape()


def dcgan(shape: ImageShape = SHAPE, **settings: object) -> DCGAN:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return DCGAN(DCGAN.Config.from_values({"channels": 8, **settings}), shape)


@pytest.mark.parametrize(
    "shape", [SHAPE, ImageShape(channels=3), ImageShape(3, 32, 32), ImageShape(1, 16, 28)], ids=str
)
def test_images_of_all_usual_sizes_fit(shape: ImageShape) -> None:
    model = dcgan(shape).eval()
    assert model.sample(3, generator=seeded()).shape == (3, *shape.chw)
    assert model.score(torch.rand(3, *shape.chw)).shape == (3,)


@pytest.mark.parametrize("shape", [ImageShape(2, 1, 1), ImageShape(1, 30, 28)], ids=str)
def test_others_are_refused_in_a_sentence(shape: ImageShape) -> None:
    with pytest.raises(ValueError, match=r"^convolutional networks need [^.\n]*$"):
        dcgan(shape)


def test_weights_are_drawn_as_in_the_paper() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = DCGAN(DCGAN.Config(), SHAPE)
    drawn = [p for p in model.parameters() if p.dim() > 1]
    assert len(drawn) == 8
    for weight in drawn:
        assert float(weight.detach().std()) == pytest.approx(0.02, rel=0.15)


def test_the_last_features_see_most_of_a_digit() -> None:
    """With two convolutions a feature saw ten pixels of 28 in each direction."""
    model = dcgan()
    trunk = model.judging[:-3]  # all that is before the features are made flat
    images = torch.rand(1, 1, 28, 28, generator=seeded()).requires_grad_()
    places = trunk(images)
    assert places.shape[2:] == (4, 4)
    (slope,) = torch.autograd.grad(places[0, :, 1, 1].sum(), images)
    assert int(slope[0, 0].any(dim=1).sum()) >= 14


def test_only_the_generator_is_normalised_by_its_batch() -> None:
    model = dcgan()
    kinds = nn.BatchNorm2d | nn.BatchNorm1d
    assert sum(isinstance(part, kinds) for part in model.generator.modules()) == 3
    assert not any(isinstance(part, kinds) for part in model.judging.modules())


def test_samples_do_not_depend_on_their_company() -> None:
    model = dcgan().train()
    for player in model.stages()[0].players:
        play(model, player, 3)
    codes = torch.randn(6, model.latent_dim(), generator=seeded())
    together = model.decode(codes)
    assert torch.allclose(model.decode(codes[:1]), together[:1], atol=1e-6)


def test_the_average_takes_over_the_running_statistics() -> None:
    model = dcgan(ema_decay=0).train()
    for player in model.stages()[0].players:
        play(model, player, 3)
    model.eval()
    codes = torch.randn(2, model.latent_dim(), generator=seeded())
    assert torch.allclose(model.decode(codes), (model.generator(codes) + 1) / 2, atol=1e-6)
    assert model.score(digits(SHAPE)).shape == (8,)
