"""What every model promises, as functions that take its class and assert.

They know the contract alone, no model by name: a new file in `models/zoo/` is covered by existing.
`test_conformance.py` calls them on all models, and on broken ones that they must catch. The file is
long because it is one contract, to be read from top to bottom.
"""

from __future__ import annotations

import copy
import dataclasses
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import torch

from models.base import Batch, GenerativeModel, ImageShape, Player, Stage
from models.capabilities import (
    CAPABILITIES,
    Conditional,
    Decodes,
    Denoises,
    Diffuses,
    Encodes,
    HasCodebook,
    HasLikelihood,
    HasTrajectory,
    Inpaints,
    Reconstructs,
    Samples,
    Scores,
)
from models.config import ModelConfig

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from torch import Tensor

    from models.base import SamplerStep

MODEL = type[GenerativeModel]
HOME = ImageShape()
COLOUR = ImageShape(channels=3, height=32, width=32)
BATCH = 8


# Making things


def build(cls: MODEL, shape: ImageShape = HOME) -> GenerativeModel:
    """A model with known fresh weights; the global generator is as before."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return cls(cls.Config(), shape)


def build_or_skip(cls: MODEL, shape: ImageShape) -> GenerativeModel:
    """As `build`; a shape that the model refuses in its constructor, in a sentence, is skipped."""
    try:
        return build(cls, shape)
    except ValueError as error:
        refusal = str(error)
    assert _is_one_sentence(refusal), f"{refusal}: refuse in one sentence"
    pytest.skip(refusal)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def digits(shape: ImageShape, count: int = BATCH) -> Tensor:
    """(count, C, H, W) in [0, 1]: dark pictures with a bright bar each, unlike one another."""
    images = torch.zeros(count, *shape.chw)
    for i in range(count):
        row, column = (3 * i) % (shape.height - 8), (5 * i) % (shape.width - 4)
        images[i, :, row : row + 8, column : column + 3] = 0.9
    return (images + 0.05 * torch.rand(images.shape, generator=seeded(7))).clamp(0, 1)


def labels(shape: ImageShape, count: int = BATCH) -> Tensor:
    return torch.arange(count) % shape.classes


def batch_of(shape: ImageShape, seed: int = 0, progress: float = 0.0) -> Batch:
    return Batch(digits(shape), labels(shape), seeded(seed), progress)


def entered_stages(model: GenerativeModel) -> Iterator[Stage]:
    """The stages in order, each after its own beginning."""
    model.train()
    for stage in model.stages():
        if stage.on_enter is not None:
            stage.on_enter(batch_of(model.shape))
        yield stage


def play(model: GenerativeModel, player: Player, moves: int, *, fixed: bool = False) -> list[float]:
    """Lets one player move; the totals before each move. `fixed`: the same noise in each."""
    rate = getattr(model.config, player.rate_field)
    optimizer = player.optimizer(player.parameters(), rate)
    totals = []
    for move in range(moves):
        optimizer.zero_grad()
        total = player.loss(batch_of(model.shape, seed=0 if fixed else move))["total"]
        total.backward()
        if player.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(player.parameters(), player.clip_norm)
        optimizer.step()
        if player.after_move is not None:
            player.after_move()
        totals.append(float(total.detach()))
    return totals


# What is written about a model


def check_config(cls: MODEL) -> None:
    """The settings describe and defend themselves."""
    config = cls.Config()
    assert dataclasses.is_dataclass(config)
    assert isinstance(config, ModelConfig)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.steps = 1  # type: ignore[misc]
    fields = dataclasses.fields(config)
    for spec in fields:
        assert spec.metadata.get("help"), f"{spec.name} has no help: make it with param()"
        assert _is_one_sentence(spec.metadata["help"]), f"{spec.name}: help is one sentence"
        assert type(spec.default) in (bool, int, float, str), f"{spec.name} has an odd type"
    as_text = {spec.name: str(getattr(config, spec.name)) for spec in fields}
    assert cls.Config.from_values(as_text) == config, "the defaults break their own bounds"
    with pytest.raises(ValueError, match="no setting 'nonsense'"):
        cls.Config.from_values({"nonsense": 1})
    for spec in fields:
        for value in _wrong_values(spec):
            with pytest.raises(ValueError, match=spec.name):
                cls.Config.from_values({spec.name: value})


def _wrong_values(spec: dataclasses.Field[Any]) -> Iterator[object]:
    low, high, choices = (spec.metadata[key] for key in ("low", "high", "choices"))
    if low is not None:
        yield low - 1
    if high is not None:
        yield high + 1
    if choices or not isinstance(spec.default, str):
        yield "neither a number nor a known word"


def check_live_settings(cls: MODEL) -> None:
    """What is declared live can change; the rest, and bad values, cannot."""
    model = build(cls)
    for spec in dataclasses.fields(cls.Config):
        value = getattr(model.config, spec.name)
        if spec.metadata["live"]:
            model.set_live(spec.name, str(value))
            assert getattr(model.config, spec.name) == value
        else:
            with pytest.raises(ValueError, match=spec.name):
                model.set_live(spec.name, value)


def check_card(cls: MODEL) -> None:
    """The picker has all that it shows."""
    card = cls.card
    assert card.title
    assert card.family
    assert card.objective
    assert 1900 < card.year < 2100
    assert _is_one_sentence(card.sentence), "the sentence ends with a full stop"
    assert card.strengths
    assert card.weaknesses
    assert card.references, "every model has a source"
    for title, link in card.references:
        assert title
        assert link.startswith("https://"), f"{link} is no https link"


def check_ways(cls: MODEL) -> None:
    """It is said how the model does what it does by itself, and nothing else."""
    native = {
        "sample": issubclass(cls, Samples),
        "encode": issubclass(cls, Encodes),
        "decode": issubclass(cls, Decodes),
        "inpaint": issubclass(cls, Inpaints),
    }
    for what, has in native.items():
        assert bool(cls.ways.get(what)) == has, f"ways[{what!r}] and the capability disagree"
    assert set(cls.ways) <= {*native, "reconstruct"}, "ways speaks of something unknown"
    assert cls.latent_geometry in ("gaussian", "free", "sphere")


def _is_one_sentence(text: str) -> bool:
    return bool(text) and "\n" not in text and not re.search(r"[.!?] +[A-Z].*[.!?] +[A-Z]", text)


# The game


def check_stages(cls: MODEL) -> None:
    """The stages fill the training, and their players are complete and own different things."""
    model = build(cls)
    stages = model.stages()
    assert sum(stage.share for stage in stages) == pytest.approx(1)
    assert _all_different(stage.name for stage in stages)
    moved: set[int] = set()
    settings = {spec.name: spec for spec in dataclasses.fields(cls.Config)}
    for stage in stages:
        assert stage.players, f"nobody plays in {stage.name}"
        assert _all_different(player.name for player in stage.players)
        owned: set[int] = set()
        for player in stage.players:
            _check_player(player, settings)
            mine = {id(parameter) for parameter in player.parameters()}
            assert mine, f"{player.name} owns nothing"
            assert not mine & owned, f"{player.name} owns what another player owns"
            owned |= mine
        moved |= owned
    for name, parameter in model.named_parameters():
        assert id(parameter) in moved, f"nobody ever moves {name}"


def _check_player(player: Player, settings: dict[str, dataclasses.Field[Any]]) -> None:
    assert player.role in ("discriminator", "generator", "learner")
    assert player.title
    rate = settings[player.rate_field]
    assert isinstance(rate.default, float)
    assert rate.metadata["live"], f"{player.rate_field} is changed in the players' panel: live"
    if player.moves_field:
        assert type(settings[player.moves_field].default) is int
    if player.rate_factor is not None:
        assert player.rate_factor(0.0) > 0, "an endless training stays at progress 0"
    guide = player.guide
    assert guide.rising
    assert guide.falling
    assert guide.steady
    if guide.equilibrium is not None:
        assert guide.tolerance > 0
        assert guide.near
        assert guide.above
        assert guide.below


def check_losses(cls: MODEL, shape: ImageShape = HOME) -> None:
    """Each loss is finite scalars, `total` and what is shown among them, all from the batch."""
    model = build_or_skip(cls, shape)
    for stage in entered_stages(model):
        for player in stage.players:
            before = torch.get_rng_state()
            batch = batch_of(shape)
            given = batch.images.clone()
            terms = player.loss(batch)
            assert torch.equal(torch.get_rng_state(), before), (
                f"{player.name} draws from the global generator instead of the batch's"
            )
            assert torch.equal(batch.images, given), f"{player.name} writes into the batch"
            assert "total" in terms
            assert player.shown in terms
            assert terms["total"].requires_grad
            for name, value in terms.items():
                assert re.fullmatch("[a-z][a-z0-9_]*", name), f"{name} is no snake_case"
                assert value.shape == (), f"{player.name}.{name} is no scalar"
                assert torch.isfinite(value), f"{player.name}.{name} is {value}"


def check_gradients(cls: MODEL) -> None:
    """Every parameter of a player learns: within a few moves its gradient is not zero."""
    model = build(cls)
    for stage in entered_stages(model):
        for player in stage.players:
            waiting = {
                name: parameter
                for i, module in enumerate(player.modules)
                for name, parameter in module.named_parameters(prefix=str(i))
                if parameter.requires_grad
            }
            # Several, since behind a layer that starts at zero the gradient starts at zero.
            for _ in range(4):
                play(model, player, 1)
                waiting = {
                    name: parameter
                    for name, parameter in waiting.items()
                    if parameter.grad is None or not parameter.grad.any()
                }
            assert not waiting, f"no gradient reaches {player.name}'s {', '.join(waiting)}"


def check_learning(cls: MODEL, moves: int = 30) -> None:
    """Each player alone, the others still, lowers its loss on one fixed batch."""
    model = build(cls)
    for stage in entered_stages(model):
        for player in stage.players:
            others = [
                p.detach().clone() for q in stage.players if q is not player for p in q.parameters()
            ]
            totals = play(model, player, moves, fixed=True)
            fall = totals[0] - totals[-1]
            assert fall > 0.02 * abs(totals[0]), f"{player.name}: {totals[0]} to {totals[-1]}"
            after = [p for q in stage.players if q is not player for p in q.parameters()]
            assert all(map(torch.equal, others, after)), f"{player.name} moves another's weights"


# What a model can do


def check_sampling(cls: MODEL, shape: ImageShape = HOME) -> None:
    """Samples are images, and depend on the weights and the generator alone."""
    model = build_or_skip(cls, shape).eval()
    if not isinstance(model, Samples):
        pytest.skip("does not sample")
    buffers = {name: value.clone() for name, value in model.named_buffers()}
    before = torch.get_rng_state()
    first, again, other = (model.sample(3, generator=seeded(s)) for s in (1, 1, 2))
    _check_images(first, 3, shape)
    assert torch.equal(first, again), "the same seed gives another sample"
    assert not torch.equal(first, other), "another seed gives the same sample"
    _check_images(model.sample(1, generator=seeded()), 1, shape)
    assert torch.equal(torch.get_rng_state(), before), "sampling draws from the global generator"
    for name, value in model.named_buffers():
        assert torch.equal(value, buffers[name]), f"sampling changes {name}"


def check_saving(cls: MODEL) -> None:
    """The state dict is all that there is to a trained model, and a copy goes its own way."""
    model = _a_little_trained(cls)
    fresh = build(cls)
    fresh.load_state_dict(model.state_dict())
    copied = copy.deepcopy(model)
    model.eval(), fresh.eval(), copied.eval()
    for twin in (fresh, copied):
        for name, (one, other) in _results(model, twin).items():
            assert torch.equal(one, other), f"{name} of the restored model differs"
    before = {name: value.clone() for name, value in copied.state_dict().items()}
    for stage in entered_stages(model):
        for player in stage.players:
            play(model, player, 1)
    for name, value in copied.state_dict().items():
        assert torch.equal(value, before[name]), f"training moves {name} of a copy"


def _a_little_trained(cls: MODEL) -> GenerativeModel:
    model = build(cls)
    for stage in entered_stages(model):
        for player in stage.players:
            play(model, player, 2)
    return model


def _results(a: GenerativeModel, b: GenerativeModel) -> dict[str, tuple[Tensor, Tensor]]:
    results = {}
    images = digits(a.shape, 2)
    with torch.no_grad():
        if isinstance(a, Samples) and isinstance(b, Samples):
            results["sample"] = (
                a.sample(2, generator=seeded()),
                b.sample(2, generator=seeded()),
            )
        if isinstance(a, Encodes) and isinstance(b, Encodes):
            results["encode"] = (a.encode(images), b.encode(images))
        if isinstance(a, Decodes) and isinstance(b, Decodes):
            latents = torch.randn(2, a.latent_dim(), generator=seeded())
            results["decode"] = (a.decode(latents), b.decode(latents))
        if isinstance(a, Scores) and isinstance(b, Scores):
            results["score"] = (a.score(images), b.score(images))
    return results


def check_capabilities(cls: MODEL, shape: ImageShape = HOME) -> None:
    """What the model claims to do, it does, for several images and for one."""
    model = build_or_skip(cls, shape).eval()
    before = torch.get_rng_state()
    for count in (3, 1):
        images = digits(shape, count)
        given = images.clone()
        for protocol in CAPABILITIES.values():
            if protocol in _USES and isinstance(model, protocol):
                _USES[protocol](model, images)
        assert torch.equal(images, given), "writes into the images that it is given"
    assert torch.equal(torch.get_rng_state(), before), "draws from the global generator"


@torch.no_grad()
def _use_encode(model: Any, images: Tensor) -> None:
    latents = model.encode(images)
    assert latents.shape[0] == len(images)
    assert latents.dim() == 2
    assert torch.isfinite(latents).all()
    if isinstance(model, Decodes):
        assert latents.shape[1] == model.latent_dim()
        _check_images(model.decode(latents), len(images), model.shape)


@torch.no_grad()
def _use_decode(model: Any, images: Tensor) -> None:
    latents = torch.randn(len(images), model.latent_dim(), generator=seeded())
    decoded = model.decode(latents)
    _check_images(decoded, len(images), model.shape)
    assert torch.equal(decoded, model.decode(latents)), "decode is not deterministic"


@torch.no_grad()
def _use_reconstruct(model: Any, images: Tensor) -> None:
    _check_images(model.reconstruct(images), len(images), model.shape)


def _use_inpaint(model: Any, images: Tensor) -> None:
    hole = torch.zeros(len(images), 1, *images.shape[2:], dtype=torch.bool)
    hole[..., images.shape[3] // 2 :] = True
    results = []
    for given in (images, images.masked_fill(hole, float("nan"))):
        path = list(model.inpaint(given, hole, generator=seeded()))
        _check_path(path, len(images), model.shape)
        results.append(path[-1].images)
        known = ~hole.expand_as(images)
        assert torch.equal(path[-1].images[known], images[known]), "known pixels change"
    assert torch.equal(results[0], results[1]), "the pixels under the hole are read"


def _use_denoise(model: Any, images: Tensor) -> None:
    for time in (0.0, 0.4, 1.0):
        t = torch.full((len(images),), time)
        _check_images(model.denoise(images * 2 - 1, t), len(images), model.shape)


def _use_diffuse(model: Any, images: Tensor) -> None:
    noise = torch.randn(images.shape, generator=seeded())
    clean, pure = (
        model.noised(images, torch.full((len(images),), time), noise) for time in (0.0, 1.0)
    )
    # Data and noise are of the same size, in whatever scale the model works.
    assert torch.allclose(pure, noise, atol=0.1), "at time 1 something is left of the images"
    assert torch.allclose(clean, images * 2 - 1, atol=0.1), "at time 0 there is noise"
    for strength in (0.05, 1.0):
        path = list(model.refine(images, strength, generator=seeded()))
        _check_path(path, len(images), model.shape)
        again = list(model.refine(images, strength, generator=seeded()))
        assert torch.equal(path[-1].images, again[-1].images), "the same seed refines otherwise"


def _use_trajectory(model: Any, images: Tensor) -> None:
    path = list(model.trajectory(len(images), generator=seeded(), steps=3))
    _check_path(path, len(images), model.shape)
    again = list(model.trajectory(len(images), generator=seeded(), steps=3))
    assert torch.equal(path[-1].images, again[-1].images), "the same seed gives another path"


@torch.no_grad()
def _use_score(model: Any, images: Tensor) -> None:
    scores = model.score(images)
    assert scores.shape == (len(images),)
    assert torch.isfinite(scores).all()
    if len(images) > 1:
        alone = torch.cat([model.score(image[None]) for image in images])
        assert torch.allclose(scores, alone, atol=1e-4), "an image's score depends on the others"


@torch.no_grad()
def _use_likelihood(model: Any, images: Tensor) -> None:
    values = model.log_likelihood(images, generator=seeded(), draws=2)
    assert values.shape == (len(images),)
    assert torch.isfinite(values).all()
    assert torch.equal(values, model.log_likelihood(images, generator=seeded(), draws=2))


@torch.no_grad()
def _use_labels(model: Any, images: Tensor) -> None:
    evidence = model.class_evidence(images)
    assert evidence.shape == (len(images), model.shape.classes)
    assert torch.isfinite(evidence).all()
    if isinstance(model, Samples):
        one, other = (
            model.sample(
                len(images),
                generator=seeded(),
                labels=torch.full((len(images),), digit, dtype=torch.int64),
            )
            for digit in (0, 1)
        )
        assert not torch.equal(one, other), "the labels change nothing"


@torch.no_grad()
def _use_codes(model: Any, images: Tensor) -> None:
    codes = model.codes(images)
    assert codes.dtype == torch.int64
    assert codes.dim() == 3
    assert codes.shape[0] == len(images)
    assert codes.min() >= 0
    assert codes.max() < model.codebook_size()
    _check_images(model.decode_codes(codes), len(images), model.shape)


_USES = {
    Encodes: _use_encode,
    Decodes: _use_decode,
    Reconstructs: _use_reconstruct,
    Inpaints: _use_inpaint,
    Denoises: _use_denoise,
    Diffuses: _use_diffuse,
    Scores: _use_score,
    HasLikelihood: _use_likelihood,
    Conditional: _use_labels,
    HasTrajectory: _use_trajectory,
    HasCodebook: _use_codes,
}


def _check_images(images: Tensor, count: int, shape: ImageShape) -> None:
    assert images.shape == (count, *shape.chw), f"shape {tuple(images.shape)}"
    assert images.dtype == torch.float32
    # Not only min and max: they pass NaN on, and NaN fails both comparisons.
    assert ((images >= 0) & (images <= 1)).all(), "pixels lie outside [0, 1]"


def _check_path(path: list[SamplerStep], count: int, shape: ImageShape) -> None:
    fractions = [step.fraction for step in path]
    assert fractions[-1] == 1, "the last step is not the result"
    assert all(a < b for a, b in pairwise([0.0, *fractions])), "the progress goes back"
    for step in path:
        _check_images(step.images, count, shape)
        assert not step.images.requires_grad, "steps are frozen"


def _all_different(names: Iterable[str]) -> bool:
    listed = list(names)
    return all(listed) and len(set(listed)) == len(listed)
