"""What the microscope reads comes onto the Train page, as of the cursor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

import models
from models import ImageShape
from models.base import LossGuide
from studio.controllers.microscope import MicroscopeController, census, gauges_of
from studio.engine import events as ev
from studio.engine.config import TrainConfig
from studio.instruments import reading
from studio.state.microscope import Census, GaugeRow, VerdictRow
from studio.state.run_state import RunState
from studio.state.timeline import Timeline

GUIDE = LossGuide(None, 0.1, "", "", "", "", "", "")
STAGE = ev.StageInfo(
    "game",
    "Game",
    1.0,
    "samples",
    (ev.PlayerInfo("generator", "Generator", "generator", "total", GUIDE, "", "", 1e-3, 1, 9),),
)
HEALTHY = {f"share_{digit}": 0.098 for digit in range(10)} | {
    "share_none": 0.02,
    "modes": 10.0,
    "kl": 0.01,
    "confidence": 0.93,
    "within": 0.9,
    "coverage": 0.8,
    "frechet": 20.0,
    "gradient_generator": 0.2,
}
FEW = HEALTHY | {f"share_{digit}": 0.002 for digit in range(10)}
FEW |= {"share_1": 0.5, "share_7": 0.3, "modes": 2.0, "kl": 1.6, "share_none": 0.18}
CEILINGS = {"frechet_real": 7.5, "frechet_noise": 0.8, "share_1_real": 0.11, "modes_real": 10.0}


class Page:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.verdict: VerdictRow | None = None
        self.reading = ""
        self.census: Census | None = None
        self.rows: dict[str, GaugeRow] = {}
        self.cursor: int | None = None
        self.last = 0
        self.told = 0

    @property
    def classes(self) -> Page:
        return self

    @property
    def measures(self) -> Page:
        return self

    def set_verdict(self, verdict: VerdictRow | None) -> None:
        self.verdict = verdict
        self.told += 1

    def set_reading(self, text: str) -> None:
        self.reading = text

    def set_census(self, census: Census | None) -> None:
        self.census = census

    def set_gauges(self, rows: Sequence[GaugeRow], last: int) -> None:
        self.rows, self.last = {row.name: row for row in rows}, last

    def set_cursor(self, step: int | None) -> None:
        self.cursor = step


class Bench:
    """A run and the controller that shows it."""

    def __init__(self) -> None:
        self.state, self.timeline, self.page = RunState(), Timeline(), Page()
        self.controller = MicroscopeController(self.state, self.timeline, self.page)
        self.run = 0
        self.begin()

    def begin(self) -> None:
        self.run += 1
        settings = models.spec("gan").config()
        self.state.follow(TrainConfig(model="gan", settings=settings, run=self.run))
        self.state.apply(
            [
                ev.RunStarted(self.run, 0, "gan", ImageShape(), (STAGE,), "cpu", 1),
                ev.StageChanged(self.run, 0, 0, STAGE),
            ]
        )

    def read(self, step: int, values: dict[str, float]) -> None:
        self.state.apply([ev.Measured(self.run, step, values)])
        self.timeline.set_span(step)

    def alarm(self, step: int, rule: str, begins: bool, message: str) -> None:
        self.state.apply([ev.Alarmed(self.run, step, rule, begins, message)])


@pytest.fixture
def bench(qapp) -> Bench:
    return Bench()


def test_nothing_has_been_read_at_first(bench: Bench) -> None:
    bench.read(10, {"variety": 0.5})
    page = bench.page
    assert (page.verdict, page.census, page.reading) == (None, None, "")
    assert list(page.rows) == ["variety"]


def test_a_reading_comes_onto_the_page(bench: Bench) -> None:
    bench.read(100, CEILINGS)
    bench.read(100, HEALTHY)
    page = bench.page
    assert page.verdict is not None
    assert (page.verdict.mood, page.verdict.word) == ("good", "Healthy")
    assert page.reading == "read at step 100"
    assert page.census is not None
    assert page.census.summary == "10 of 10 digits alive · KL 0.01 nats · confidence 93 %"
    frechet = page.rows["frechet"]
    assert (frechet.text, frechet.ceiling, frechet.noise) == ("20.0", 7.5, 0.8)
    assert "Real data at the same sample size: 7.5, ± 0.8" in frechet.words
    assert "Lower is better." in frechet.words
    assert not any(name.endswith(("_real", "_noise")) for name in page.rows)


def test_everything_follows_the_cursor(bench: Bench) -> None:
    bench.read(100, CEILINGS | HEALTHY)
    bench.read(200, FEW)
    page = bench.page
    assert page.verdict is not None
    assert page.verdict.word == "Few modes"
    assert "1s and 7s" in page.verdict.sentence
    bench.timeline.go_to(150)
    assert page.verdict.word == "Healthy"
    assert page.reading == "read at step 100"
    assert page.cursor == 150
    assert page.rows["modes"].text == "10"
    assert len(page.rows["modes"].steps) == 2, "the curve is that of the whole run"
    bench.timeline.go_to(50)
    assert (page.verdict, page.census, page.reading) == (None, None, "no reading yet")
    assert page.rows["modes"].text == "–"
    bench.timeline.go_live()
    assert page.verdict is not None
    assert page.verdict.word == "Few modes"
    assert page.cursor is None


def test_the_alarm_knows_since_when(bench: Bench) -> None:
    bench.read(100, HEALTHY)
    bench.read(200, FEW)
    bench.alarm(200, "imbalance", True, "Since step 150 it is one-sided.")
    bench.alarm(210, "collapse", True, "Since step 150 the generator writes almost only 1s.")
    page = bench.page
    assert page.verdict is not None
    assert (page.verdict.mood, page.verdict.word) == ("warning", "Mode collapse")
    assert page.verdict.sentence == "Since step 150 the generator writes almost only 1s."
    assert page.verdict.more == ("Since step 150 it is one-sided.",)
    bench.read(300, HEALTHY)
    bench.alarm(300, "collapse", False, "Since step 300 the samples are varied again.")
    assert page.verdict.word == "Imbalance"
    bench.timeline.go_to(250)
    assert page.verdict.word == "Mode collapse"
    bench.timeline.go_to(120)
    assert page.verdict.word == "Healthy"


@pytest.mark.parametrize("rule", ["collapse", "no digits", "imbalance", "rotation", "unheard of"])
def test_every_rule_has_a_word(bench: Bench, rule: str) -> None:
    bench.alarm(10, rule, True, "A sentence.")
    assert bench.page.verdict is not None
    assert bench.page.verdict.word


def test_another_run_begins_without_readings(bench: Bench) -> None:
    bench.read(100, HEALTHY)
    bench.begin()
    assert (bench.page.verdict, bench.page.census, bench.page.rows) == (None, None, {})


def test_a_run_from_the_disk_is_shown(bench: Bench) -> None:
    bench.read(100, CEILINGS | HEALTHY)
    data = bench.state.data
    assert data is not None
    bench.begin()
    data.phase = ev.Phase.FINISHED
    bench.state.apply([ev.PhaseChanged(bench.run, 0, ev.Phase.FINISHED)])
    bench.state.show(data)
    assert bench.page.reading == "read at step 100"
    assert bench.page.rows["frechet"].ceiling == 7.5


def test_a_page_that_nobody_sees_catches_up(bench: Bench) -> None:
    bench.controller.set_visible(False)
    told = bench.page.told
    bench.read(100, HEALTHY)
    assert bench.page.told == told
    bench.controller.set_visible(True)
    assert bench.page.reading == "read at step 100"


def test_curves_are_thin_and_stay_the_same_until_something_comes(bench: Bench) -> None:
    for step in range(0, 1_000, 2):
        bench.state.data.measure(step, {"modes": 10.0, "kl": step / 1_000})  # type: ignore[union-attr]
    bench.read(1_000, {"modes": 10.0})
    before = bench.page.rows
    assert len(before["kl"].steps) <= 128
    assert bench.page.last == 1_000
    bench.read(1_001, {"modes": 9.0})
    assert bench.page.rows["kl"].steps is before["kl"].steps
    assert bench.page.rows["modes"].steps is not before["modes"].steps


def test_a_digit_below_a_tenth_of_its_share_is_gone() -> None:
    counted = census(FEW | CEILINGS)
    assert counted is not None
    bars = {bar.label: bar for bar in counted.bars}
    assert (bars["1"].alive, bars["1"].expected, bars["1"].digit) == (True, 0.11, 1)
    assert not bars["3"].alive
    assert "counts as gone" in bars["3"].words
    assert bars["1"].words == "1: 50 % of the samples, 11 % of the data."
    assert bars["none"].digit is None


def test_spots_and_stacks_are_counted_too() -> None:
    spots = census({f"mode_{k}": 1 / 8 for k in range(8)} | {"modes": 3.0, "quality": 0.6})
    assert spots is not None
    assert spots.summary == "3 of 8 spots alive · 60 % good"
    assert [bar.expected for bar in spots.bars] == [1 / 8] * 8
    stacks = census({"modes": 212.0, "modes_real": 632.0, "kl": 2.0})
    assert stacks is not None
    assert (stacks.alive, stacks.total, stacks.bars) == (212, 632, ())
    assert stacks.summary == "212 stacks alive, real data show 632 · KL 2.00 nats"
    assert census({"modes": 5.0}) == Census("5 stacks alive", (), 5, 1_000)


def test_gauges_come_in_the_order_in_which_they_are_read() -> None:
    named = ["share_3", "frechet", "update_generator", "modes", "modes_real", "kl_noise", "mode_2"]
    measures = dict.fromkeys([*named, "share_none", "nobody_knows", "update_generator_real"])
    order = ["modes", "share_none", "frechet", "update_generator", "share_3", "mode_2"]
    assert [one.name for one in gauges_of(measures)] == order


def test_numbers_that_are_none_do_no_harm(bench: Bench) -> None:
    bench.read(10, HEALTHY | {"kl": float(np.inf)})
    assert bench.page.census is not None
    assert "KL" not in bench.page.census.summary


def test_no_digits_is_calm_until_the_alarm_says_that_it_is_wrong(bench: Bench) -> None:
    bench.read(100, HEALTHY | {"share_none": 0.9})
    page = bench.page
    assert page.verdict is not None
    assert (page.verdict.mood, page.verdict.word) == ("quiet", "Rough")
    bench.alarm(100, "no digits", True, "Since step 90 the samples leave the digits.")
    assert (page.verdict.mood, page.verdict.word) == ("wrong", "No digits")


def test_on_a_plane_nobody_speaks_of_digits(bench: Bench) -> None:
    spots = {f"mode_{k}": 1 / 8 for k in range(8)}
    bench.read(100, spots | {"modes": 0.0, "quality": 0.05, "kl": 1.0})
    assert bench.page.verdict is not None
    assert bench.page.verdict.word == "Off the spots"
    assert "digits" not in bench.page.verdict.sentence


def test_a_gauge_says_where_the_verdict_changes(bench: Bench) -> None:
    bench.read(100, HEALTHY)
    known = f"From {reading.NO_DIGITS:.0%} on".replace("%", " %")
    assert known in bench.page.rows["share_none"].words
    assert f"more than {reading.GREAT_KL} nats" in bench.page.rows["kl"].words
