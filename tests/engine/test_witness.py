"""What a model says about a drawing: cheap facts first, measured by digits without delay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

import models
from models import ImageShape
from studio import data
from studio.data import pen
from studio.data.dataset import Dataset, DataUnavailable, LoadCancelled
from studio.engine import references as at_hand
from studio.engine import witness as testimony_of
from studio.engine import yardstick
from studio.engine.build import build
from studio.engine.explorer import Explorer
from studio.engine.kin import Kin
from studio.engine.references import References
from studio.engine.witness import Witness
from studio.library import load_model

if TYPE_CHECKING:
    from studio.engine.testimony import Testimony

PRETRAINED = Path(__file__).parents[2] / "resources" / "models" / "vae_pen.safetensors"
SMALL = {
    "vae": {"hidden": 8, "latent_dim": 2},
    "cvae": {"hidden": 8, "latent_dim": 2},
    "dense_ae": {},
    "gan": {"width": 16},
    "cgan": {"channels": 8},
}


@pytest.fixture(scope="module")
def sets() -> dict[str, Dataset]:
    return {split: pen.generate(300, split=split) for split in ("train", "test")}  # type: ignore[arg-type]


@pytest.fixture
def references(monkeypatch: pytest.MonkeyPatch, sets: dict[str, Dataset]) -> References:
    monkeypatch.setattr(data, "load", lambda name, split="train", **_: sets[split])
    return References()


def a_witness(name: str, references: References, classes: int = 10) -> Witness:
    settings = models.spec(name).config.from_values(SMALL[name])
    shape = ImageShape(classes=classes)
    model = build(name, settings, shape, seed=0, device=torch.device("cpu"))
    return Witness(Explorer(model), "pen", references)


@pytest.fixture
def trained(references: References) -> Witness:
    return Witness(Explorer(load_model(PRETRAINED).model), "pen", references)


def answered(witness: Witness, drawing: np.ndarray) -> Testimony:
    *_, last = witness.answer(drawing)
    return last


def deepened(witness: Witness, drawing: np.ndarray, *, thorough: bool = True) -> Testimony | None:
    values = [v for v in witness.deepen(drawing, thorough=thorough) if v is not None]
    assert len(values) <= 1
    return values[0] if values else None


def test_a_model_with_an_encoder_says_all_in_one_step(
    trained: Witness, sets: dict[str, Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(testimony_of, "SPARE", 0.0)
    drawing, label = sets["test"].images[0], int(sets["test"].labels[0])
    steps = list(trained.answer(drawing))
    assert len(steps) == 1
    said = steps[0]
    assert said.reading is not None
    assert said.fraction == 1
    assert said.shares is not None
    assert int(said.shares.argmax()) == label
    assert float(said.shares.sum()) + said.none == pytest.approx(1, abs=1e-5)
    assert said.opinion_by == "the classifier"
    assert said.score is None
    assert said.seconds > 0
    # Nobody waits for what has to be worked out from other digits.
    assert said.yardstick is not None
    assert said.yardstick.name == "log-likelihood"
    assert said.yardstick.percentile is None
    assert len(said.neighbours) == 0


def test_an_answer_that_has_been_given_is_measured_if_that_is_quick(
    trained: Witness, sets: dict[str, Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(testimony_of, "SPARE", 60.0)
    assert len(list(trained.answer(sets["test"].images[1]))) == 1, "nobody waits for a data set"
    trained.test()
    steps = list(trained.answer(sets["test"].images[0]))
    shares = [said.yardstick.percentile for said in steps if said.yardstick is not None]
    assert shares[0] is None
    assert shares[1] is not None
    assert steps[1].seconds == steps[0].seconds, "that is no part of its answer"
    # Asked again about the same drawing, it knows the answer.
    again = list(trained.answer(sets["test"].images[0].copy()))
    assert [id(said) for said in again] == [id(steps[1])]


def test_real_digits_stand_above_scribbles(trained: Witness, sets: dict[str, Dataset]) -> None:
    scribble = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
    answered(trained, scribble)
    poor = deepened(trained, scribble)
    assert poor is not None
    assert poor.yardstick is not None
    assert poor.yardstick.percentile == 0
    assert poor.yardstick.count == yardstick.DIGITS
    standings = []
    for digit in sets["test"].images[200:240]:
        fit = answered(trained, digit).yardstick
        assert fit is not None
        assert fit.percentile is not None
        standings.append(fit.percentile)
    assert 0.3 < np.mean(standings) < 0.7


def test_a_training_digit_is_its_own_nearest(trained: Witness, sets: dict[str, Dataset]) -> None:
    drawing = sets["train"].images[7]
    answered(trained, drawing)
    said = deepened(trained, drawing)
    assert said is not None
    assert said.neighbours.shape == (3, 28, 28)
    assert np.array_equal(said.neighbours[0], drawing)
    assert said.neighbour_labels[0] == sets["train"].labels[7]
    assert said.neighbours_by == "codes"
    # From now on it is known at once.
    again = answered(trained, sets["train"].images[8])
    assert np.array_equal(again.neighbours[0], sets["train"].images[8])
    assert again.neighbours_by == "codes"


def test_a_search_shows_what_is_known_before_it_and_how_far_it_is(
    references: References, sets: dict[str, Dataset]
) -> None:
    steps = list(a_witness("gan", references).answer(sets["test"].images[0]))
    assert steps[0].reading is None
    assert steps[0].fraction == 0
    assert steps[0].score is not None
    assert steps[0].score.real.shape == (63,)
    fractions = [step.fraction for step in steps]
    assert len(fractions) > 5
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    seconds = [step.seconds for step in steps]
    assert seconds == sorted(seconds)
    fit = steps[-1].yardstick
    assert fit is not None
    assert (fit.name, fit.unit) == ("error", "per pixel")
    assert fit.value == steps[-1].reading.error  # type: ignore[union-attr]


def test_time_is_counted_only_while_it_works(
    references: References, sets: dict[str, Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    from studio.engine import witness as module

    now = [0.0]

    class Time:
        @staticmethod
        def perf_counter() -> float:
            now[0] += 1
            return now[0]

        thread_time = perf_counter

    monkeypatch.setattr(module, "time", Time)
    seconds = []
    for said in a_witness("gan", references).answer(sets["test"].images[0]):
        seconds.append(said.seconds)
        now[0] += 1_000  # something more urgent
    assert seconds[-1] < 100


def test_a_conditional_model_reads_the_class_itself(
    references: References, sets: dict[str, Dataset]
) -> None:
    for name in ("cvae", "cgan"):
        witness = a_witness(name, references)
        first = next(iter(witness.answer(sets["test"].images[0])))
        assert first.opinion_by == "the model"
        assert first.shares is not None
        assert float(first.shares.sum()) == pytest.approx(1, abs=1e-5)
        assert first.none == 0


def test_searched_digits_are_measured_a_few_at_a_time_and_never_twice(
    references: References, sets: dict[str, Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yardstick, "SEARCHED", 6)
    witness = a_witness("gan", references)
    drawing = sets["test"].images[0]
    answered(witness, drawing)
    whole = sum(1 for _ in a_witness("gan", references).deepen(drawing))
    assert whole > 12, "it makes way for something more urgent all the time"
    part = witness.deepen(drawing)
    assert set(islice(part, whole // 2)) == {None}
    part.close()  # type: ignore[attr-defined]
    rest = list(witness.deepen(drawing))
    assert len(rest) < whole, "it goes on where it was"
    said = rest[-1]
    assert said is not None
    assert said.yardstick is not None
    assert said.yardstick.count == 6
    assert said.yardstick.percentile is not None
    assert said.neighbours_by == "pixels"
    assert len(said.neighbours) == 3


def test_only_the_newest_drawing_is_told_more_of(
    trained: Witness, sets: dict[str, Dataset]
) -> None:
    answered(trained, sets["test"].images[0])
    assert deepened(trained, sets["test"].images[1]) is None
    said = deepened(trained, sets["test"].images[0])
    assert said is not None
    assert said.yardstick is not None
    assert said.yardstick.percentile is not None
    assert deepened(trained, sets["test"].images[0]) is None, "there is nothing more to say"


def test_weights_that_will_be_replaced_soon_are_measured_only_where_that_is_quick(
    references: References, sets: dict[str, Dataset]
) -> None:
    drawing = sets["test"].images[0]
    fast, slow = a_witness("dense_ae", references), a_witness("gan", references)
    for witness in (fast, slow):
        answered(witness, drawing)
    said = deepened(fast, drawing, thorough=False)
    assert said is not None
    assert said.yardstick is not None
    assert said.yardstick.name == "error"
    assert said.yardstick.percentile is not None
    assert said.neighbours_by == "pixels"
    searched = deepened(slow, drawing, thorough=False)
    assert searched is not None
    assert searched.yardstick is not None
    assert searched.yardstick.percentile is None
    assert searched.neighbours_by == "pixels"


def test_without_real_digits_the_model_answers_all_the_same(
    monkeypatch: pytest.MonkeyPatch, sets: dict[str, Dataset]
) -> None:
    asked: list[str] = []

    def load(name: str, split: str = "train", **_: object) -> Dataset:
        asked.append(split)
        raise DataUnavailable("MNIST is not on this computer.")

    monkeypatch.setattr(data, "load", load)
    references = References()
    witness = a_witness("gan", references)
    for number in range(3):
        said = answered(witness, sets["test"].images[number])
        assert said.score is None
        assert said.reading is not None
    assert asked == ["test"], "a download that failed is not tried again at every stroke"
    with pytest.raises(ValueError, match="not on this computer"):
        list(witness.deepen(sets["test"].images[0]))
    monkeypatch.setattr(at_hand, "PATIENCE", 0.0)
    answered(witness, sets["test"].images[5])
    assert asked[-1] == "test"
    assert len(asked) > 1


def test_loading_training_digits_makes_way_for_whoever_is_in_a_hurry(
    monkeypatch: pytest.MonkeyPatch, sets: dict[str, Dataset]
) -> None:
    hurried = [True]

    def load(name: str, split: str = "train", *, cancelled: object = None, **_: object) -> Dataset:
        if callable(cancelled) and cancelled():
            raise LoadCancelled("Somebody waits.")
        return sets[split]

    monkeypatch.setattr(data, "load", load)
    references = References(lambda: hurried[0])
    witness = a_witness("vae", references)
    answered(witness, sets["test"].images[0])
    steps: Iterator[Testimony | None] = witness.deepen(sets["test"].images[0])
    for _ in range(20):
        assert next(steps) is None
    assert references.kin_at_hand("pen") is None
    hurried[0] = False
    *_, said = steps
    assert said is not None
    assert len(said.neighbours) == 3


def test_neighbours_by_pixels_are_the_nearest(sets: dict[str, Dataset]) -> None:
    kin = Kin(sets["train"])
    pixels = sets["train"].images.reshape(300, -1).astype(float)
    for drawing in sets["test"].images[:40]:
        distances = np.square(pixels - drawing.reshape(-1)).sum(1)
        assert kin.by_pixels(drawing).tolist() == np.argsort(distances)[:3].tolist()


def test_digits_that_change_meanwhile_do_not_mix_with_those_it_knows(
    monkeypatch: pytest.MonkeyPatch, sets: dict[str, Dataset]
) -> None:
    """Codes of the old ones under the labels of the new ones would be nobody's."""

    def upside_down(known: Dataset) -> Dataset:
        return replace(known, images=known.images[::-1], labels=(known.labels[::-1] + 1) % 10)

    now = dict(sets)
    monkeypatch.setattr(data, "load", lambda name, split="train", **_: now[split])
    references = References()
    witness = a_witness("vae", references)
    codes, labels = witness.codes(), witness.labels().copy()
    drawing = sets["test"].images[0]
    answered(witness, drawing)
    first = deepened(witness, drawing)
    assert first is not None
    assert first.neighbours_by == "codes"
    now |= {split: upside_down(known) for split, known in sets.items()}
    references.forget("pen")
    assert witness.codes() is codes
    assert np.array_equal(witness.labels(), labels)
    # What is nearest is looked for among the new ones, by codes of these alone.
    references.kin("pen")
    told = answered(witness, sets["test"].images[1])
    assert told.neighbours_by == "pixels"
    said = deepened(witness, sets["test"].images[1])
    assert said is not None
    assert said.neighbours_by == "codes"
    places = {image.tobytes(): number for number, image in enumerate(now["train"].images)}
    found = [places[image.tobytes()] for image in said.neighbours]
    assert said.neighbour_labels.tolist() == now["train"].labels[found].tolist()
    # Another witness of the same kind is measured by the new ones from the beginning.
    assert not np.array_equal(a_witness("vae", references).test().labels, labels)


def test_a_model_of_few_classes_has_an_opinion_of_ten(
    references: References, sets: dict[str, Dataset]
) -> None:
    said = answered(a_witness("cvae", references, classes=3), sets["test"].images[0])
    assert said.shares is not None
    assert said.shares.shape == (10,)
    assert said.shares[:3].sum() == pytest.approx(1)
    assert not said.shares[3:].any()


def test_digits_that_two_measure_at_a_time_count_once(
    references: References, sets: dict[str, Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drawing may come while the digits are being measured in the background."""
    monkeypatch.setattr(yardstick, "DIGITS", 80)
    drawing = sets["test"].images[0]
    alone, disturbed = (a_witness("dense_ae", references) for _ in range(2))
    for witness in (alone, disturbed):
        witness.test()
        monkeypatch.setattr(testimony_of, "SPARE", -1.0)
        answered(witness, drawing)
    monkeypatch.setattr(testimony_of, "SPARE", 60.0)
    quietly = deepened(alone, drawing)
    steps = disturbed.deepen(drawing)
    next(steps)
    answered(disturbed, sets["test"].images[1])
    for _ in steps:
        pass
    told = answered(disturbed, drawing)
    assert quietly is not None
    assert quietly.yardstick is not None
    assert told.yardstick == quietly.yardstick
    assert told.yardstick.count == 80
