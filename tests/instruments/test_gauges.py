"""Every measurement has a name for people, and the window can ask without PyTorch."""

from __future__ import annotations

import subprocess
import sys

import pytest

from studio.instruments.gauges import GAUGES, gauge


def test_names_are_unique_and_found() -> None:
    names = [one.name for one in GAUGES]
    assert len(set(names)) == len(names)
    assert all(gauge(one.name) is one for one in GAUGES)


def test_texts_are_sentences() -> None:
    for one in GAUGES:
        assert one.title[0].isupper() or one.title[0].isdigit(), one.name
        assert one.help.endswith("."), one.name
        assert len(one.title) < 32, one.name


@pytest.mark.parametrize("name", ["gradient_generator", "update_critic", "mode_0", "mode_24"])
def test_players_and_spots_are_made_on_the_spot(name: str) -> None:
    assert gauge(name).name == name


@pytest.mark.parametrize("name", ["", "gradient_", "mode_x", "share_10", "magic", "modes_real"])
def test_unknown_names_are_refused(name: str) -> None:
    with pytest.raises(KeyError):
        gauge(name)


def test_values_are_written_with_their_unit() -> None:
    assert gauge("share_3").text(0.123) == "12 %"
    assert gauge("quality").text(0.98765) == "98.8 %"
    assert gauge("modes").text(1000.0) == "1,000"
    assert gauge("kl").text(0.0449) == "0.04 nats"
    assert gauge("frechet").text(float("nan")) == "–"


def test_the_window_starts_without_pytorch() -> None:
    code = (
        "import sys; import studio.instruments.gauges, studio.instruments.verdict; "
        "import studio.instruments.microscope; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
