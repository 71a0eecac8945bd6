"""The presets are sound: what they name exists, what they change may change, and so on."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

import models
from studio import data
from studio.instruments.gauges import gauge
from studio.lab.preset import GROUPS, Preset, Reading
from studio.lab.presets import PRESETS, find
from studio.lab.trial import play_trial

ROOT = Path(__file__).parents[2]
every = pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)


class Anything(dict[str, float]):
    """Readings of instruments that are all there, and all say the same."""

    def __init__(self, preset: Preset, value: float) -> None:
        super().__init__()
        self._spots = {"ring8": 8, "grid25": 25}.get(preset.data, 0)
        self._value = value

    def __missing__(self, name: str) -> float:
        gauge(name)
        return self._value

    def __contains__(self, name: object) -> bool:
        kind, _, number = str(name).partition("_")
        return kind != "mode" or int(number) < self._spots


def test_the_list_costs_no_pytorch() -> None:
    code = "import sys, studio.lab.presets; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_names_are_unique_and_found() -> None:
    assert len({preset.name for preset in PRESETS}) == len(PRESETS)
    assert len({preset.title for preset in PRESETS}) == len(PRESETS)
    for preset in PRESETS:
        assert find(preset.name) is preset
    with pytest.raises(ValueError, match="ring-collapse"):
        find("no-such")


def test_every_group_has_a_preset_and_they_stand_together() -> None:
    order = [list(GROUPS).index(preset.group) for preset in PRESETS]
    assert order == sorted(order)
    assert set(order) == set(range(len(GROUPS)))


@every
def test_model_data_and_settings_exist(preset: Preset) -> None:
    spec = models.spec(preset.model)
    spec.config.from_values({**preset.settings, "steps": preset.steps})
    assert preset.data in data.available()


@every
def test_acts_change_live_settings_of_players_that_there_are(preset: Preset) -> None:
    config = models.spec(preset.model).config
    values = {**preset.settings, "steps": preset.steps}
    fields = {field.name: field for field in dataclasses.fields(config)}
    for act in preset.acts:
        assert act.changes or act.freeze
        for name, value in act.changes.items():
            assert fields[name].metadata["live"], name
            values[name] = value
            config.from_values(values)
        assert act.freeze.keys() <= {"generator", "discriminator", "critic"}


@every
def test_acts_and_readings_are_in_order(preset: Preset) -> None:
    steps = [act.step for act in preset.acts]
    assert steps == sorted(steps)
    assert all(0 <= step < preset.steps for step in steps)
    assert list(preset.reads) == sorted(set(preset.reads))


@every
@pytest.mark.parametrize("value", [0.0, 1.0, 10.0])
def test_the_promise_asks_only_what_is_read(preset: Preset, value: float) -> None:
    readings = [Reading(step, Anything(preset, value)) for step in preset.reads]
    first = preset.promise.check(readings)
    assert isinstance(first, bool)
    assert preset.promise.check(readings) == first


@every
def test_a_game_that_stands_still_keeps_no_promise(preset: Preset) -> None:
    for value in (0.0, 0.5, 1.0, 10.0):
        readings = [Reading(step, Anything(preset, value)) for step in preset.reads]
        assert not preset.promise.check(readings)


@every
def test_the_text_is_whole(preset: Preset) -> None:
    assert len(preset.paragraphs) == 2
    assert all(200 < len(paragraph) < 800 for paragraph in preset.paragraphs)
    assert 3 <= len(preset.look_at) <= 4
    # One point is shown while waiting for each act, and one after the last.
    assert len(preset.look_at) > len(preset.acts)
    assert all(len(point) < 220 for point in preset.look_at)
    texts = [*preset.paragraphs, *preset.look_at, preset.promise.sentence]
    texts += [act.why for act in preset.acts]
    assert all(text[0].isupper() and text[-1] == "." for text in texts)
    assert all(len(act.caption) <= 45 and act.caption[-1] != "." for act in preset.acts)


@every
def test_the_count_is_of_ten_seeds_or_more(preset: Preset) -> None:
    kept, tried = preset.kept
    assert tried >= 10
    assert tried * 0.8 <= kept <= tried
    assert 0 < preset.seconds <= 120


def test_the_quickest_one_does_as_it_promises() -> None:
    quickest = min(PRESETS, key=lambda preset: preset.seconds)
    assert play_trial(quickest).kept


@every
def test_the_log_of_the_search_knows_its_count_and_its_promise(preset: Preset) -> None:
    kept, tried = preset.kept
    rows = (ROOT / "docs" / "lab.md").read_text(encoding="utf-8").splitlines()
    row = next(row for row in rows if row.startswith(f"| `{preset.name}` |"))
    assert row.split(" | ")[2] == f"{kept} of {tried}"
    assert row.endswith(f"| {preset.promise.sentence} |")
