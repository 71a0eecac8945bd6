"""One's own drawing written anew: identities that hold for every model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

import models
from models.capabilities import Conditional, Diffuses, HasCodebook
from studio.engine.class_codes import ClassCodes, class_codes, class_of
from studio.engine.images import to_arrays, to_tensor
from studio.engine.rewriting import Strip, Unsupported, convert, correct, morph
from studio.engine.seeding import generator
from studio.instruments.classifier import load_classifier
from tests.engine.subjects import CPU, Witness, pen_digits, shipped, small


@pytest.fixture(scope="module", params=models.available())
def witness(request: pytest.FixtureRequest) -> Witness:
    return Witness(small(request.param))


@pytest.fixture(autouse=True)
def hasty(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What holds for every model, trained or not, holds wherever a search ends."""
    if "witness" in request.fixturenames:
        monkeypatch.setattr("models.means.searching.ITERATIONS", 12)


@pytest.fixture(scope="module")
def vae() -> Witness:
    return Witness(shipped())


def drawing(index: int = 0) -> np.ndarray:
    return pen_digits().images[index]


def last(steps: Iterator[Strip], count: int) -> Strip:
    before = 0.0
    for strip in steps:
        assert 0 < strip.fraction <= 1
        assert strip.fraction >= before
        before = strip.fraction
        assert strip.images.shape == (count, 28, 28)
        assert strip.images.dtype == np.uint8
        assert len(strip.labels) == count
    assert strip.fraction == 1
    assert strip.how.endswith(".")
    return strip


@cache
def copy_of(witness: Witness, index: int = 0) -> np.ndarray:
    *_, reading = witness.explorer.read(drawing(index))
    return reading.reconstruction


# Correcting


@pytest.mark.parametrize("steps", [3, 8])
def test_a_correction_begins_with_the_drawing(witness: Witness, steps: int) -> None:
    strip = last(correct(witness, drawing(), steps), steps)
    assert np.array_equal(strip.images[0], drawing())
    assert strip.labels[0] == "your drawing"
    if not isinstance(witness.model, Diffuses):
        half = (steps - 1) // 2
        assert np.array_equal(strip.images[half], copy_of(witness))
        assert strip.labels[half] == "its copy"


def test_a_correction_fades_to_the_copy_pixel_by_pixel(vae: Witness) -> None:
    strip = last(correct(vae, drawing()), 9)
    middle = (drawing().astype(float) + copy_of(vae)) / 2
    assert np.abs(strip.images[2] - middle).max() <= 1


def test_a_correction_ends_with_a_plain_digit_of_its_class(vae: Witness) -> None:
    judge = load_classifier()
    labels = pen_digits().labels
    right = 0
    for index in range(20):
        strip = last(correct(vae, drawing(index)), 9)
        right += int(judge.judge(strip.images[-1:]).labels[0] == labels[index])
        assert strip.labels[-1] == f"a plain {class_of(vae, drawing(index))}"
    assert right >= 17


def test_a_correction_by_noise_is_gentle_at_first() -> None:
    witness = Witness(small("ddpm"))
    strip = last(correct(witness, drawing()), 9)
    apart = np.abs(strip.images.astype(float) - drawing()).mean(axis=(1, 2))
    assert (np.diff(apart) > 0).all(), "an untrained network finds less, the more noise there is"


def test_a_correction_by_noise_uses_the_same_noise_at_each_strength() -> None:
    witness = Witness(small("ddpm"))
    model = witness.model
    assert isinstance(model, Diffuses)
    strip = last(correct(witness, drawing()), 9)
    image = to_tensor(drawing()[None])
    for index in (3, 8):
        share = float(strip.labels[index].split("%")[0]) / 100
        noise = generator(CPU, 0, "refine")
        *_, step = model.refine(image, 0.7 * index / 8, generator=noise)
        assert share == pytest.approx(0.7 * index / 8, abs=0.006)
        assert np.array_equal(to_arrays(step.images)[0], strip.images[index])


# Converting


def test_the_own_class_is_the_copy_and_all_are_there(witness: Witness) -> None:
    model = witness.model
    if isinstance(model, HasCodebook | Diffuses):
        with pytest.raises(Unsupported, match=model.card.title):
            next(convert(witness, drawing()))
        return
    strip = last(convert(witness, drawing()), 10)
    own = class_of(witness, drawing())
    assert np.array_equal(strip.images[own], copy_of(witness))
    assert [label[0] for label in strip.labels] == list("0123456789")


def test_a_conditional_model_decodes_one_code_as_every_class() -> None:
    witness = Witness(small("cvae"))
    model = witness.model
    assert isinstance(model, Conditional)
    strip = last(convert(witness, drawing()), 10)
    *_, reading = witness.explorer.read(drawing())
    code = torch.from_numpy(reading.latent)[None].expand(10, -1)
    expected = to_arrays(model.decode(code, torch.arange(10)))  # type: ignore[attr-defined]
    assert np.abs(strip.images.astype(int) - expected).max() <= 1


def test_the_shipped_model_writes_most_digits_in_ones_own_hand(vae: Witness) -> None:
    judge = load_classifier()
    right = 0
    for index in range(6):
        strip = last(convert(vae, drawing(index)), 10)
        right += int((judge.judge(strip.images).labels == np.arange(10)).sum())
    assert right >= 48


class Anything:
    """Equal to every label."""

    def __eq__(self, other: object) -> object:  # type: ignore[override]
        return np.ones(6, dtype=bool)

    __hash__ = None  # type: ignore[assignment]


class Content:
    """A classifier that is content with all that it sees."""

    labels, confidences, digits = Anything(), np.ones(6), np.array([3])

    def judge(self, images: np.ndarray) -> Content:
        return self


def test_a_conversion_that_is_read_at_once_is_pure_arithmetic(
    vae: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = class_of(vae, drawing())
    *_, known = class_codes(vae)
    assert known is not None
    monkeypatch.setattr("studio.engine.rewriting.classifier", Content)
    strip = last(convert(vae, drawing()), 10)
    *_, reading = vae.explorer.read(drawing())
    moves = torch.stack([known.mean(label) - known.mean(own) for label in range(10)])
    expected = to_arrays(vae.model.decode(torch.from_numpy(reading.latent) + moves))  # type: ignore[operator]
    assert np.abs(strip.images.astype(int) - expected).max() <= 1


def test_a_class_that_is_never_written_stays_black(
    vae: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    *_, known = class_codes(vae)
    assert known is not None
    lost = (class_of(vae, drawing()) + 1) % 10
    fewer = replace(known, labels=known.labels.masked_fill(known.labels == lost, -1))
    monkeypatch.setattr("studio.engine.rewriting.class_codes", lambda _: iter([fewer]))
    strip = last(convert(vae, drawing()), 10)
    assert not strip.images[lost].any()
    assert strip.labels[lost] == f"{lost}: too few test digits"
    assert strip.images[(lost + 1) % 10].any()


@pytest.mark.parametrize("what", ["correct", "convert"])
def test_a_class_without_codes_is_not_spoken_of_as_if_it_had_some(
    vae: Witness, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    *_, known = class_codes(vae)
    assert known is not None
    own = class_of(vae, drawing())
    fewer = replace(known, labels=known.labels.masked_fill(known.labels == own, -1))
    for module in ("rewriting", "correcting"):
        monkeypatch.setattr(f"studio.engine.{module}.class_codes", lambda _: iter([fewer]))
    if what == "convert":
        strip = last(convert(vae, drawing()), 10)
        assert f"for want of a {own}" in strip.how
        assert strip.labels[own] == f"{own}: too few test digits"
    else:
        strip = last(correct(vae, drawing()), 9)
        assert not any(f"a plain {own}" in label for label in strip.labels)
        assert strip.labels[-1] == "a plain picture"
        assert "of all classes" in strip.how


@pytest.mark.parametrize("name", ["vae", "gan", "cvae"])
def test_a_model_that_learned_from_few_classes_is_asked_about_any_digit(name: str) -> None:
    """One's own digits may be zeros to twos alone, and then a 7 is drawn."""
    witness = Witness(small(name, classes=3))
    seven = int(np.flatnonzero(pen_digits().labels == 7)[0])
    assert name == "cvae" or class_of(witness, drawing(seven)) == 7
    strip = last(convert(witness, drawing(seven)), 10)
    last(correct(witness, drawing(seven)), 9)
    if name == "cvae":
        assert strip.images[:3].any(axis=(1, 2)).all()
        assert not strip.images[3:].any()
        assert strip.labels[3].startswith("3: none")
    else:
        assert np.array_equal(strip.images[7], copy_of(witness, seven))


# Morphing


@pytest.mark.parametrize("path", ["linear", "spherical"])
def test_a_morph_goes_from_copy_to_copy(witness: Witness, path: str) -> None:
    strip = last(morph(witness, drawing(0), drawing(1), path=path, steps=6), 6)  # type: ignore[arg-type]
    assert np.array_equal(strip.images[0], copy_of(witness, 0))
    assert np.array_equal(strip.images[-1], copy_of(witness, 1))
    assert strip.labels[0] == "0%"
    assert strip.labels[-1] == "100%"


def test_a_morph_from_a_drawing_to_itself_stands_still(vae: Witness) -> None:
    for path in ("linear", "spherical"):
        strip = last(morph(vae, drawing(), drawing(), path=path, steps=5), 5)  # type: ignore[arg-type]
        assert np.abs(strip.images.astype(int) - strip.images[0]).max() <= 1


def test_a_morph_decodes_the_codes_on_the_way(vae: Witness) -> None:
    codes = []
    for index in (0, 1):
        *_, reading = vae.explorer.read(drawing(index))
        codes.append(torch.from_numpy(reading.latent))
    shares = torch.linspace(0, 1, 7)[:, None]
    way = (1 - shares) * codes[0] + shares * codes[1]
    expected = to_arrays(vae.model.decode(way))  # type: ignore[operator]
    strip = last(morph(vae, drawing(0), drawing(1), steps=7), 7)
    assert np.abs(strip.images.astype(int) - expected).max() <= 1


def test_the_shortest_morph_has_two_ends(vae: Witness) -> None:
    strip = last(morph(vae, drawing(0), drawing(1), steps=2), 2)
    assert np.array_equal(strip.images[1], copy_of(vae, 1))


def test_between_classes_a_morph_fades() -> None:
    witness = Witness(small("cvae"))
    model = witness.model
    indices = [
        i for i in range(60) if class_of(witness, drawing(i)) != class_of(witness, drawing())
    ]
    if not indices:
        pytest.skip("this untrained model takes every digit for the same one")
    strip = last(morph(witness, drawing(0), drawing(indices[0]), steps=3), 3)
    codes, labels = [], []
    for index in (0, indices[0]):
        *_, reading = witness.explorer.read(drawing(index))
        codes.append(torch.from_numpy(reading.latent))
        labels.append(torch.tensor([reading.label]))
    middle = ((codes[0] + codes[1]) / 2)[None]
    ends = [model.decode(middle, label) for label in labels]  # type: ignore[operator]
    expected = to_arrays((ends[0] + ends[1]) / 2)
    assert np.abs(strip.images[1:2].astype(int) - expected).max() <= 1


def test_a_model_without_codes_cannot_morph() -> None:
    model = small("vae")
    mute = type("Mute", (models.GenerativeModel,), {"card": model.card, "stages": lambda _: ()})
    silent = Witness(mute(model.config, model.shape))
    with pytest.raises(Unsupported, match="no code that could go"):
        next(morph(silent, drawing(0), drawing(1)))
    with pytest.raises(Unsupported, match="no code that could be changed"):
        next(convert(silent, drawing()))
    with pytest.raises(Unsupported, match="neither an encoder nor a decoder"):
        next(correct(silent, drawing()))


# Codes of classes


def test_a_class_written_in_two_ways_has_two_middles() -> None:
    noise = torch.Generator().manual_seed(0)
    ways = torch.tensor([[-5.0, 0.0], [5.0, 0.0]]).repeat_interleave(60, dim=0)
    codes = ways + 0.5 * torch.randn(120, 2, generator=noise)
    known = ClassCodes(codes, torch.zeros(120, dtype=torch.int64), "")
    assert float(known.mean(0).abs().max()) < 1
    for side in (-1.0, 1.0):
        middle = known.plain(0, torch.tensor([2.0 * side, 1.0]))
        assert float((middle - torch.tensor([5.0 * side, 0.0])).norm()) < 0.6
        torch.testing.assert_close(known.plain(0, middle), middle)
    assert not known.has(1)
    torch.testing.assert_close(known.mean(1), codes.mean(dim=0))


def test_codes_of_classes_are_worked_out_once(vae: Witness) -> None:
    *_, first = class_codes(vae)
    assert list(class_codes(vae)) == [first]
    assert first is not None
    assert torch.equal(first.labels, torch.from_numpy(vae.labels().copy()))
