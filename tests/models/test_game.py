"""The adversarial game: each loss is its formula, each cure does what it says, all can go on."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import models
from models import ImageShape
from models.adversarial import losses
from models.adversarial.game import AdversarialConfig, AdversarialModel
from models.adversarial.judging import judge
from models.adversarial.unrolled import unrolled_parameters
from models.base import Batch
from models.zoo.gan import GAN
from studio.data.dataset import Dataset
from studio.data.resident import ResidentData
from studio.engine import controls as ask
from studio.engine import preview
from studio.engine.build import build
from studio.engine.pace import Budget
from tests.engine.rehearsal import difference, interventions, perform, start_of
from tests.models.checks import BATCH, digits, labels, play, seeded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models import GenerativeModel, ModelConfig

HOME = ImageShape()
TINY = ImageShape(channels=1, height=4, width=4)
POINTS = ImageShape(channels=2, height=1, width=1)
KINDS = pytest.mark.parametrize("kind", losses.KINDS)
WING = pytest.mark.parametrize("name", ["gan", "dcgan"])
SMALL: dict[str, dict[str, object]] = {
    "gan": {"width": 16, "latent_dim": 4},
    "dcgan": {"channels": 4, "latent_dim": 4},
}
CURES: dict[str, object] = {
    "moves_d": 2,
    "moves_g": 2,
    "gradient_penalty": 0.1,
    "label_smoothing": 0.1,
    "instance_noise": 0.1,
    "spectral_norm": True,
    "crowd": "minibatch discrimination",
    "packing": 2,
    "replay_size": 24,
    "unrolled": 2,
}
REAL = torch.tensor([2.0, -1.0, 0.3])
FAKE = torch.tensor([0.5, -2.0, 1.5])


def made(name: str = "gan", shape: ImageShape = HOME, **settings: object) -> AdversarialModel:
    cls = models.spec(name).cls
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = cls(cls.Config.from_values({**SMALL[name], **settings}), shape)
    assert isinstance(model, AdversarialModel)
    return model


def batch(shape: ImageShape = HOME, seed: int = 0) -> Batch:
    if min(shape.height, shape.width) > 8:
        return Batch(digits(shape), labels(shape), seeded(seed))
    images = torch.rand(BATCH, *shape.chw, generator=seeded(9))
    return Batch(images, labels(shape), seeded(seed))


# The losses


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_the_discriminators_losses_are_the_published_ones(smoothing: float) -> None:
    target = torch.full_like(REAL, 1 - smoothing)
    for kind, real, fake in (
        (
            "cross-entropy",
            F.binary_cross_entropy_with_logits(REAL, target),
            F.binary_cross_entropy_with_logits(FAKE, torch.zeros(3)),
        ),
        ("least squares", F.mse_loss(REAL, target), F.mse_loss(FAKE, torch.zeros(3))),
        ("hinge", (target - REAL).clamp(min=0).mean(), (1 + FAKE).clamp(min=0).mean()),
    ):
        sides = losses.discriminator_loss(kind, REAL, FAKE, smoothing)
        assert sides[0] == pytest.approx(float(real)), kind
        assert sides[1] == pytest.approx(float(fake)), kind


def test_the_generators_losses_are_the_published_ones() -> None:
    believed = torch.sigmoid(FAKE)
    for kind, saturating, expected in (
        ("cross-entropy", False, -believed.log().mean()),
        ("cross-entropy", True, (1 - believed).log().mean()),
        ("least squares", False, (FAKE - 1).square().mean() / 2),
        ("hinge", False, -FAKE.mean()),
    ):
        value = losses.generator_loss(kind, FAKE, saturating)
        assert value == pytest.approx(float(expected)), kind


def test_the_saturating_gradient_vanishes_where_the_other_does_not() -> None:
    slopes = {}
    for saturating in (True, False):
        sure = torch.tensor([-20.0], requires_grad=True)
        losses.generator_loss("cross-entropy", sure, saturating).backward()
        assert sure.grad is not None
        slopes[saturating] = float(sure.grad)
    assert -1e-8 < slopes[True] < 0
    assert slopes[False] == pytest.approx(-1)


def test_smoothing_makes_a_little_less_than_certainty_best() -> None:
    logits = torch.linspace(-6, 6, 1201)
    values = [losses.discriminator_loss("cross-entropy", x[None], x[None], 0.1)[0] for x in logits]
    best = logits[int(torch.stack(values).argmin())]
    assert torch.sigmoid(best) == pytest.approx(0.9, abs=1e-3)


@KINDS
def test_the_guides_stand_where_nobody_can_tell(kind: str) -> None:
    model = made(loss=kind)
    for parameter in model.judging.parameters():
        nn.init.zeros_(parameter)
    if kind == "least squares":
        nn.init.constant_(model.get_parameter("discriminator.5.bias"), 0.5)
    for player in model.stages()[0].players:
        value = player.loss(batch())[player.shown]
        if player.guide.equilibrium is None:
            assert (kind, player.role) == ("hinge", "generator")
        else:
            # Without the penalty, which is 0 where nothing depends on the image.
            assert float(value.detach()) == pytest.approx(player.guide.equilibrium, abs=1e-4)


@KINDS
@pytest.mark.parametrize("smoothing", [0.1, 0.2, 0.3])
def test_the_guides_stand_with_smoothing_and_penalty_too(kind: str, smoothing: float) -> None:
    """Where nobody can tell, a discriminator that has learnt all it can still shows that level."""
    logits = torch.linspace(-1, 1, 2001)
    sides = [losses.discriminator_loss(kind, x, x, smoothing) for x in logits]
    best = float(logits[int(torch.stack([a + b for a, b in sides]).argmin())])
    model = made(loss=kind, label_smoothing=smoothing, gradient_penalty=50)
    player = model.stages()[0].players[0]
    given = batch()

    def opinion(rows: Tensor, labels: Tensor) -> Tensor:
        # As steep as in a training, so that the penalty counts.
        return best + 0.01 * (rows - rows.detach()).flatten(1).sum(dim=1)

    terms = model.contest(opinion, given.images * 2 - 1, given.images * 2 - 1, given)
    assert terms["penalty"] > 1
    level, tolerance = player.guide.equilibrium, player.guide.tolerance
    assert level is not None
    assert float(terms[player.shown]) == pytest.approx(level, abs=tolerance)


@KINDS
def test_opinions_are_shown_as_probabilities_where_they_are(kind: str) -> None:
    model = made(loss=kind, gradient_penalty=0)
    with torch.no_grad():
        on_real = model.judging(batch().images * 2 - 1)
    shown = model.stages()[0].players[0].loss(batch())["d_real"]
    expected = torch.sigmoid(on_real) if kind == "cross-entropy" else on_real
    assert torch.allclose(shown, expected.mean())


def test_the_switch_to_the_saturating_loss_leaves_what_is_shown() -> None:
    model = made()
    generator = model.stages()[0].players[1]
    before = generator.loss(batch())
    model.set_live("saturating", True)
    after = generator.loss(batch())
    assert generator.shown == "doubt"
    assert torch.equal(before["total"].detach(), before["doubt"])
    assert torch.equal(before["doubt"], after["doubt"])
    assert after["total"] < 0 < before["total"]


@pytest.mark.parametrize("kind", ["least squares", "hinge"])
def test_only_cross_entropy_saturates(kind: str) -> None:
    with pytest.raises(ValueError, match=r"^saturating works with the cross-entropy[^.\n]*$"):
        GAN.Config(loss=kind, saturating=True)
    with pytest.raises(ValueError, match="choose cross-entropy"):
        made(loss=kind).set_live("saturating", True)


@pytest.mark.parametrize("cures", [{}, {"packing": 2}, {"crowd": "standard deviation"}], ids=str)
def test_r1_is_the_slope_by_finite_differences(cures: dict[str, object]) -> None:
    model = made(shape=TINY, gradient_penalty=0.7, **cures).double()
    given = batch(TINY)
    given = dataclasses.replace(given, images=given.images.double())
    # The written images are of another precision; only what is real counts here.
    real = given.images * 2 - 1
    terms = model.contest(model._opinion, real, real, given)
    rows = model.rows(real, given)[0]
    squares, step = 0.0, 1e-5
    with torch.no_grad():
        for i in range(len(rows)):
            for place in np.ndindex(*rows.shape[1:]):
                up, down = rows.clone(), rows.clone()
                up[i][place] += step
                down[i][place] -= step
                slope = (model.judging(up).sum() - model.judging(down).sum()) / (2 * step)
                squares += float(slope) ** 2
    assert float(terms["penalty"]) == pytest.approx(0.7 / 2 * squares / len(rows), rel=1e-4)


# The players


def test_each_player_has_its_own_rate_and_moves() -> None:
    model = made(learning_rate_d=4e-4, learning_rate_g=1e-4, moves_d=3, moves_g=2)
    read = [
        (getattr(model.config, p.rate_field), getattr(model.config, p.moves_field))
        for p in model.stages()[0].players
    ]
    assert read == [(4e-4, 3), (1e-4, 2)]


@pytest.mark.parametrize(
    ("word", "kind", "momentum"),
    [
        ("adam", torch.optim.AdamW, "beta1"),
        ("rmsprop", torch.optim.RMSprop, ""),
        ("sgd", torch.optim.SGD, ""),
    ],
)
def test_the_optimizer_can_be_chosen(
    word: str, kind: type[torch.optim.Optimizer], momentum: str
) -> None:
    for player in made(optimizer=word).stages()[0].players:
        assert player.momentum_field == momentum
        optimizer = player.optimizer(player.parameters(), 1e-3)
        assert type(optimizer) is kind
        assert not optimizer.param_groups[0].get("momentum")


@WING
@pytest.mark.parametrize("crowd", ["minibatch discrimination", "standard deviation"])
def test_with_all_cures_gradients_reach_everything(name: str, crowd: str) -> None:
    model = made(name, **CURES | {"crowd": crowd}).train()
    for player in model.stages()[0].players:
        play(model, player, 2)
        for parameter in player.parameters():
            assert parameter.grad is not None
            assert parameter.grad.any()
            assert torch.isfinite(parameter.grad).all()


@WING
@pytest.mark.parametrize("cures", [{}, CURES], ids=["plain", "all cures"])
def test_the_generators_move_leaves_nothing_in_the_discriminator(
    name: str, cures: dict[str, object]
) -> None:
    model = made(name, **cures)
    before = [p.detach().clone() for p in model.judging.parameters()]
    model.stages()[0].players[1].loss(batch())["total"].backward()
    assert all(p.grad is None for p in model.judging.parameters())
    assert all(map(torch.equal, before, model.judging.parameters()))


# The cures


@WING
def test_packing_widens_the_first_layer_alone(name: str) -> None:
    def plain(name: str, m: int) -> AdversarialModel:
        return made(name, packing=m, spectral_norm=False)

    shapes = [
        {key: value.shape for key, value in plain(name, m).judging.state_dict().items()}
        for m in (1, 3)
    ]
    changed = [key for key in shapes[0] if shapes[0][key] != shapes[1][key]]
    assert shapes[0].keys() == shapes[1].keys()
    assert len(changed) == 1
    assert changed[0] == next(iter(shapes[0]))
    assert shapes[1][changed[0]][1] == 3 * shapes[0][changed[0]][1]


def test_a_pack_larger_than_the_batch_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^packing 4 digits needs[^.\n]*batch_size is 2$"):
        GAN.Config(packing=4, batch_size=2)


def test_each_image_is_in_one_pack_while_training() -> None:
    model = made(packing=3)
    given = batch()
    rows, seen = model.rows(given.images, given)
    assert rows.shape == (BATCH // 3, 3, 28, 28)
    assert torch.equal(rows.reshape(-1, 1, 28, 28), given.images[:6])
    assert torch.equal(seen.flatten(), given.labels[:6])


@WING
def test_the_discriminator_cannot_be_steep_under_spectral_norm(name: str) -> None:
    model = made(name, spectral_norm=True).train()
    player = model.stages()[0].players[0]
    with torch.no_grad():
        for parameter in player.parameters():
            parameter.mul_(50)
    play(model, player, 20)
    model.eval()
    layers = [p for p in model.judging.modules() if isinstance(p, nn.Linear | nn.Conv2d)]
    assert len(layers) == {"gan": 3, "dcgan": 4}[name]
    for layer in layers:
        stretch = torch.linalg.matrix_norm(layer.weight.detach().flatten(1), ord=2)
        # One step of the power iteration per look estimates it from below.
        assert 0.95 < float(stretch) < 1.15


def test_spectral_norm_spares_the_measure_of_distances() -> None:
    model = made(spectral_norm=True, crowd="minibatch discrimination")
    free = [n for n, _ in model.judging.named_parameters() if n.endswith("projection.weight")]
    assert len(free) == 1


def test_a_crowd_of_copies_gives_itself_away() -> None:
    varied = digits(HOME)
    copies = varied[:1].expand_as(varied)
    for crowd in ("minibatch discrimination", "standard deviation"):
        model = made(crowd=crowd).eval()
        last = [part for part in model.judging.modules() if isinstance(part, nn.Linear)][-1]
        nn.init.zeros_(last.weight)
        nn.init.ones_(last.weight[:, 16:])  # only the features of the crowd
        apart, alike = (float(model.score(images).detach()[0]) for images in (varied, copies))
        assert abs(apart - alike) > 0.01, crowd
    plain = made().eval()
    assert torch.allclose(plain.score(varied)[0], plain.score(copies)[0])


def test_packed_images_are_scored_beside_their_followers() -> None:
    model = made(packing=2).eval()
    images = digits(HOME, 5)
    scores = model.score(images)
    assert scores.shape == (5,)
    for i in range(5):
        pair = torch.cat((images[i], images[(i + 1) % 5]))[None] * 2 - 1
        assert torch.allclose(scores[i], model.judging(pair)[0], atol=1e-6)
    assert model.score(images[:1]).shape == (1,)


def test_noise_is_for_the_training_alone_and_from_the_batch() -> None:
    clean, noisy = made(), made(instance_noise=0.5)
    assert torch.equal(clean.score(digits(HOME)), noisy.score(digits(HOME)))
    values = []
    for model, seed in ((clean, 0), (noisy, 0), (noisy, 0), (noisy, 1)):
        values.append(float(model.stages()[0].players[0].loss(batch(seed=seed))["real"]))
    assert values[1] == values[2]
    assert len(set(values)) == 3
    seen = noisy.rows(torch.zeros(BATCH, 1, 28, 28), batch())[0]
    assert float(seen.std()) == pytest.approx(0.5, rel=0.03)


def test_old_digits_are_judged_again() -> None:
    model = made(replay_size=16, replay_share=1.0)
    discriminator = model.stages()[0].players[0]
    first = discriminator.loss(batch(seed=1))["fake"]
    with torch.no_grad():
        for parameter in model.generator.parameters():
            parameter.zero_()
    again = discriminator.loss(batch(seed=2))["fake"]
    model.set_live("replay_share", 0.0)
    fresh = discriminator.loss(batch(seed=3))["fake"]
    black = F.softplus(model.score(torch.full((1, 1, 28, 28), 0.5)))[0]
    assert fresh == pytest.approx(float(black.detach()), rel=1e-4)
    assert again != pytest.approx(float(black.detach()), rel=1e-4)
    assert torch.isfinite(first)
    assert any(name.startswith("replay.") for name in model.state_dict())
    assert not any(name.startswith("replay.") for name in made().state_dict())


def test_unrolling_asks_the_discriminator_of_tomorrow() -> None:
    def doubt(**settings: object) -> float:
        model = made(gradient_penalty=0, learning_rate_d=0.01, **settings)
        return float(model.stages()[0].players[1].loss(batch())["doubt"])

    today = doubt()
    assert doubt(unrolled=3) > doubt(unrolled=1) > today
    model = made(unrolled=3, learning_rate_d=0)
    assert float(model.stages()[0].players[1].loss(batch())["doubt"]) == pytest.approx(today)


def test_the_slope_of_a_virtual_step_is_that_of_its_own_weights() -> None:
    """They come from earlier steps on the same real images: that way no slope may run."""
    model = made(shape=TINY, gradient_penalty=5, unrolled=3, learning_rate_d=0.05)
    given = batch(TINY)
    found = float(model.stages()[0].players[1].loss(given)["total"].detach())
    given = batch(TINY)
    written = model.write(model._noise(BATCH, given.generator), given.labels)

    def loss_of(weights: Mapping[str, Tensor]) -> Tensor:
        def opinion(rows: Tensor, labels: Tensor) -> Tensor:
            return judge(model.judging, rows, weights=weights)

        return model.contest(opinion, given.images * 2 - 1, written, given)["total"]

    weights = unrolled_parameters(model.judging, loss_of, 0.05, model.config.beta1, 3)
    answer = model.answer(judge(model.judging, written, weights=weights))["total"]
    assert found == pytest.approx(float(answer.detach()), rel=1e-5)


@pytest.mark.parametrize("optimizer", ["rmsprop", "sgd"])
def test_who_has_no_momentum_foresees_none(optimizer: str) -> None:
    """Otherwise beta 1 would count where its help says that it does not."""
    losses = [
        float(
            made(optimizer=optimizer, beta1=beta1, unrolled=3, learning_rate_d=0.01)
            .stages()[0]
            .players[1]
            .loss(batch())["total"]
            .detach()
        )
        for beta1 in (0.0, 0.9)
    ]
    assert losses[0] == losses[1]


def test_gradient_descent_is_foreseen_as_what_it_is() -> None:
    model = made(optimizer="sgd", unrolled=1, learning_rate_d=0.1)
    discriminator, generator = model.stages()[0].players
    foreseen = float(generator.loss(batch())["total"].detach())
    # The same images again, judged by the discriminator after a real step on them.
    given = batch()
    codes = model._noise(BATCH, given.generator)
    written = model.write(codes, given.labels)
    optimizer = discriminator.optimizer(discriminator.parameters(), 0.1)
    loss = model.contest(model._opinion, given.images * 2 - 1, written.detach(), given)["total"]
    loss.backward()
    optimizer.step()
    rows, _ = model.rows(written, given)
    answer = float(model.answer(model.judging(rows))["total"].detach())
    assert foreseen == pytest.approx(answer, rel=1e-5)


def test_points_of_a_plane_can_be_played_for() -> None:
    for cures in ({}, CURES):
        model = made(shape=POINTS, **cures).train()
        for player in model.stages()[0].players:
            play_points = player.loss(batch(POINTS))
            play_points["total"].backward()
        assert model.eval().sample(5, generator=seeded()).shape == (5, 2, 1, 1)
        assert model.score(torch.rand(5, 2, 1, 1)).shape == (5,)


def test_runs_of_old_fit() -> None:
    written = {f"{i}.{word}" for i in (0, 2, 4) for word in ("weight", "bias")}
    judged = {f"discriminator.{i}.{word}" for i in (1, 3, 5) for word in ("weight", "bias")}
    expected = {f"{part}.{n}" for part in ("generator", "averaged.average") for n in written}
    assert made().state_dict().keys() == judged | expected | {"averaged.updates"}


# What a zoo file may change


class Conditional(AdversarialModel):
    """Gives the generator a class, and shows the discriminator those of each row."""

    card = GAN.card
    Config = AdversarialConfig

    def make_generator(self) -> nn.Module:
        return nn.Sequential(nn.Linear(74, self.shape.pixels), nn.Unflatten(1, self.shape.chw))

    def make_discriminator(self, channels: int) -> nn.Module:
        return _Reader(channels * self.shape.pixels, self.config.packing)

    def write(self, codes: Tensor, labels: Tensor) -> Tensor:
        written: Tensor = self.generator(torch.cat((codes, F.one_hot(labels, 10)), dim=1))
        return written

    def ask(self, rows: Tensor, labels: Tensor) -> tuple[Tensor, ...]:
        return rows, labels


class _Reader(nn.Module):
    def __init__(self, pixels: int, m: int) -> None:
        super().__init__()
        self.linear, self.words, self.m = nn.Linear(pixels, 1), nn.Embedding(10, 1), m

    def forward(self, rows: Tensor, labels: Tensor) -> Tensor:
        assert labels.shape == (len(rows), self.m)
        seen: Tensor = self.linear(rows.flatten(1))[:, 0] + self.words(labels).sum(dim=(1, 2))
        return seen


@pytest.mark.parametrize("packing", [1, 2])
def test_labels_come_to_both_networks(packing: int) -> None:
    model = Conditional(AdversarialConfig(packing=packing, unrolled=1, spectral_norm=True), HOME)
    for player in model.stages()[0].players:
        play(model, player, 1)
    assert model.score(digits(HOME), labels(HOME)).shape == (BATCH,)


# To be resumed


@pytest.fixture
def data(digits: Any, monkeypatch: pytest.MonkeyPatch) -> ResidentData:
    """Blobs, in a training that tells its losses after each round and draws small grids."""
    monkeypatch.setattr(Budget, "due", lambda budget: budget._least < 0.1)
    monkeypatch.setattr(preview, "GRID", 4)
    kinds = np.arange(len(digits), dtype=np.int64) % 10
    return ResidentData(Dataset("blobs", "train", digits, kinds, None, (), None), CPU)


CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("name", "settings", "stops"),
    [
        ("gan", CURES, (1, 5, 9)),
        ("dcgan", CURES, (5,)),
        ("gan", CURES | {"optimizer": "rmsprop", "crowd": "standard deviation"}, (5,)),
        ("gan", CURES | {"optimizer": "sgd", "crowd": "none", "packing": 1}, (5,)),
    ],
    ids=["gan", "dcgan", "rmsprop", "sgd"],
)
def test_a_game_with_all_cures_goes_on_exactly(
    name: str, settings: dict[str, object], stops: tuple[int, ...], data: ResidentData
) -> None:
    values = {**SMALL[name], **settings, "steps": 12, "batch_size": 8}
    config = models.spec(name).config.from_values(values)

    def make(given: ModelConfig, seed: int) -> GenerativeModel:
        return build(name, given, HOME, seed=seed, device=CPU)

    plan = interventions(config)
    whole = perform(make, config, data, plan)
    assert {"unrolled", "replay_share", "beta1", "moves_d"} <= whole.last.progress.live.keys()
    for at in stops:
        part = perform(make, config, data, plan, stop=ask.Stop(True), at=at)
        resumed = perform(make, config, data, plan, start=start_of(part.last))
        assert difference(whole, resumed) == "", f"stopped at {at}"
