"""Models are found by existing."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from models import ImageShape, available, create, spec
from models.capabilities import CAPABILITIES
from models.registry import register

if TYPE_CHECKING:
    from pathlib import Path

NEWCOMER = '''
"""A model of tomorrow."""

import torch

from models.base import GenerativeModel, ModelCard
from models.registry import register


@register("newcomer")
class Newcomer(GenerativeModel):
    card = ModelCard("Newcomer", "A family before all", 2030, "New.", "0", (), (), ())

    def stages(self):
        return ()

    def sample(self, count, *, generator, labels=None):
        return torch.zeros(count, *self.shape.chw)

    def score(self, images, labels=None):
        return images.mean(dim=(1, 2, 3))
'''

FIND = """
import sys
from models import available, create, spec, zoo

zoo.__path__.append(sys.argv[1])
assert available()[0] == "newcomer", available()
assert spec("newcomer").capabilities == ("samples", "scores"), spec("newcomer").capabilities
assert create("newcomer").sample(2, generator=None).shape == (2, 1, 28, 28)
print(len(available()))
"""


def test_a_new_file_is_a_new_model(tmp_path: Path) -> None:
    (tmp_path / "newcomer.py").write_text(NEWCOMER, encoding="utf-8")
    # In a process of its own: this one has already looked, and should not keep the newcomer.
    done = subprocess.run(
        [sys.executable, "-c", FIND, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == len(available()) + 1


def test_every_file_of_the_zoo_registers_a_model() -> None:
    import pkgutil

    from models import zoo

    files = {info.name for info in pkgutil.iter_modules(zoo.__path__)}
    assert {spec(name).cls.__module__.rsplit(".", 1)[1] for name in available()} == files


def test_models_come_by_family_then_year() -> None:
    keys = [(spec(n).card.family, spec(n).card.year, n) for n in available()]
    assert keys == sorted(keys)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=f"no model 'nonsense'; known: {available()[0]}"):
        spec("nonsense")


def test_a_name_is_given_once() -> None:
    name = available()[0]
    with pytest.raises(ValueError, match="registered twice"):
        register(name)(spec(name).cls)


def test_capabilities_are_known_words() -> None:
    for name in available():
        assert set(spec(name).capabilities) <= set(CAPABILITIES)


def test_created_models_have_the_default_settings_and_the_shape() -> None:
    name = available()[0]
    model = create(name, shape=ImageShape(channels=3, height=32, width=32))
    assert model.config == spec(name).config()
    assert model.shape.chw == (3, 32, 32)
