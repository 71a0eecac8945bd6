"""Shows what the microscope reads off the samples: the verdict, the classes, and every measure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Slot

from studio.instruments import reading
from studio.instruments.gauges import ALIVE, GAUGES, NOISE, REAL, gauge, is_gauge
from studio.instruments.overview import overview
from studio.instruments.verdict import verdict
from studio.state.microscope import Bar, Census, GaugeRow, Mood, VerdictRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from studio.engine.events import Alarmed
    from studio.instruments.gauges import Gauge
    from studio.state.run_data import RunData
    from studio.state.run_state import RunState
    from studio.state.timeline import Timeline

POINTS = 120
"""Of each gauge's curve, at most."""
STACKS = 1_000
DIGITS = 10
READING = "modes"
"""What every reading has, and nothing else."""

MOODS: dict[str, tuple[Mood, str]] = {
    "healthy": ("good", "Healthy"),
    "few modes": ("warning", "Few modes"),
    # Every training begins so: that it is wrong is for the alarm to say, which knows the time.
    "no digits": ("quiet", "Rough"),
    "imbalance": ("warning", "Imbalance"),
    "early": ("quiet", "Early"),
}
"""By the kind of a verdict: how serious it is, and its word."""
ALARMS: dict[str, tuple[Mood, str]] = {
    "collapse": ("warning", "Mode collapse"),
    "no digits": ("wrong", "No digits"),
    "imbalance": ("warning", "Imbalance"),
    "rotation": ("warning", "Rotation"),
}
"""By the rule of an alarm, the one that matters most first."""
OFF_SPOTS = "Off the spots"
"""What is called no digits elsewhere, on a plane."""
THRESHOLDS = {
    "modes": (
        f"At most {reading.FEW_CLASSES} digits of 10, or {reading.FEW:.0%} of the spots or stacks "
        "that real data have, count as few modes."
    ),
    "ways": f"At most {reading.FEW:.0%} of those that real data have count as few modes.",
    "kl": f"Of digits, more than {reading.GREAT_KL} nats count as few modes.",
    "within": f"Below {reading.ONE_SHAPE:.0%} each digit counts as having one shape only.",
    "share_none": f"From {reading.NO_DIGITS:.0%} on the samples count as no clean digits.",
    "quality": f"Below {reading.GOOD_POINTS:.0%} the spots count as not found.",
    "coverage": f"A healthy model has at least {reading.HEALTHY_COVERAGE:.0%}.",
    "told_apart": (
        f"From {reading.TOLD_APART:.0%} on, with a generator's gradient below "
        f"{reading.TINY_GRADIENT:g}, the discriminator has won."
    ),
    "gradient_generator": f"Below {reading.TINY_GRADIENT:g} nothing can be learnt of it.",
}
"""Where the verdict changes, by the name of the gauge."""
SIGNS = {"high": "Higher is better.", "low": "Lower is better."}


class Classes(Protocol):
    """Bars or cells."""

    def set_census(self, census: Census | None) -> None: ...


class Measures(Protocol):
    """Values and curves of the gauges."""

    def set_gauges(self, rows: Sequence[GaugeRow], last: int) -> None: ...
    def set_cursor(self, step: int | None) -> None: ...


class MicroscopeView(Protocol):
    """What this controller needs of the Train page."""

    @property
    def classes(self) -> Classes: ...
    @property
    def measures(self) -> Measures: ...
    def set_verdict(self, verdict: VerdictRow | None) -> None: ...
    def set_reading(self, text: str) -> None: ...


class MicroscopeController(QObject):
    """Keeps verdict, classes and measures in step with the run and its cursor.

    While the cursor looks back, all of them are those of its step; the curves show the whole run.
    """

    def __init__(
        self,
        state: RunState,
        timeline: Timeline,
        view: MicroscopeView,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state, self._timeline, self._view = state, timeline, view
        self._visible = True
        self._curves: dict[str, tuple[tuple[int, int], np.ndarray, np.ndarray]] = {}
        state.begun.connect(self._on_begun)
        state.measured.connect(self._show)
        state.alarmed.connect(self._show)
        timeline.cursor_changed.connect(self._show)

    def set_visible(self, visible: bool) -> None:
        """Whether the Train page is on screen: what nobody sees is not drawn."""
        self._visible = visible
        if visible:
            self._show()

    @Slot()
    def _on_begun(self) -> None:
        self._curves = {}
        self._show()

    @Slot()
    def _show(self) -> None:
        data, cursor = self._state.data, self._timeline.cursor
        if not self._visible or data is None:
            return
        values = data.measure_at(data.pace.step if cursor is None else cursor)
        if cursor is None:
            # The newest reading may be a few rounds ahead of the curves of the losses.
            values = {
                name: float(s.values[-1]) for name, s in data.measures.items() if len(s.steps)
            }
        self._view.set_verdict(_verdict(data, values, cursor))
        self._view.set_reading(_reading(data, cursor))
        self._view.classes.set_census(census(values))
        self._view.measures.set_gauges(self._rows(data, values), _last(data))
        self._view.measures.set_cursor(cursor)

    def _rows(self, data: RunData, values: Mapping[str, float]) -> list[GaugeRow]:
        """Every gauge that has been read in this run, whatever the cursor looks at."""
        return [self._row(data, one, values) for one in gauges_of(data.measures)]

    def _row(self, data: RunData, one: Gauge, values: Mapping[str, float]) -> GaugeRow:
        steps, curve = self._curve(data, one.name)
        value = values.get(one.name)
        # Real data are the same whatever the step: the ceiling holds for the whole run.
        ceiling, noise = (_newest(data, one.name + end) for end in (REAL, NOISE))
        return GaugeRow(
            one.name,
            one.title,
            "–" if value is None else one.text(value),
            value,
            steps,
            curve,
            ceiling,
            noise,
            "" if ceiling is None else one.text(ceiling),
            words(one, ceiling, noise),
        )

    def _curve(self, data: RunData, name: str) -> tuple[np.ndarray, np.ndarray]:
        """The series for the screen; the same arrays again as long as nothing came to it."""
        series = data.measures[name]
        known = (len(series.steps), int(series.steps[-1]))
        if name not in self._curves or self._curves[name][0] != known:
            self._curves[name] = (known, *overview(series.steps, series.values, POINTS))
        return self._curves[name][1:]


def gauges_of(measures: Mapping[str, object]) -> list[Gauge]:
    """The gauges of what has been measured: the samples', the players', then single classes."""
    named = [one for one in GAUGES if one.name in measures]
    fixed = [one for one in named if not _single(one.name)]
    players = [name for name in measures if name.startswith(("gradient_", "update_"))]
    spots = [name for name in measures if name.startswith("mode_") and _known(name)]
    single = [one for one in named if _single(one.name)]
    return [*fixed, *(gauge(name) for name in players if _known(name)), *single] + [
        gauge(name) for name in spots
    ]


def _single(name: str) -> bool:
    return name.startswith("share_") and name != "share_none"


def _known(name: str) -> bool:
    return is_gauge(name) and not name.endswith((REAL, NOISE))


def words(one: Gauge, ceiling: float | None, noise: float | None) -> str:
    """A gauge in words: what it is, which direction is better, and what real data have."""
    lines = [one.title, one.help]
    if one.better in SIGNS:
        lines.append(SIGNS[one.better])
    if one.name in THRESHOLDS:
        lines.append(THRESHOLDS[one.name].replace("%", " %"))
    if ceiling is not None:
        real = f"Real data at the same sample size: {one.text(ceiling)}"
        lines.append(
            f"{real}, ± {one.text(noise)} from reading to reading." if noise else f"{real}."
        )
    return "\n".join(lines)


def census(values: Mapping[str, float]) -> Census | None:
    """Which modes are still made, from one reading; None where nothing has counted them."""
    if READING not in values:
        return None
    alive = round(values[READING])
    if "share_0" in values:
        bars = [_digit_bar(digit, values) for digit in range(DIGITS)]
        if (none := values.get("share_none")) is not None:
            said = f"No digit: {_percent(none)} of the samples."
            bars.append(Bar("none", None, none, values.get(f"share_none{REAL}"), True, said))
        return Census(_summary(f"{alive} of {DIGITS} digits alive", values), tuple(bars))
    spots = sum(1 for name in values if name.startswith("mode_") and name[5:].isdigit())
    if spots:
        counted = f"{alive} of {spots} spots alive"
        return Census(
            _summary(counted, values), tuple(_spot_bar(k, spots, values) for k in range(spots))
        )
    real = values.get(READING + REAL)
    counted = f"{alive:,} stacks alive"
    if real is not None:
        counted += f", real data show {real:,.0f}"
    return Census(_summary(counted, values), alive=alive, total=round(real) if real else STACKS)


def _digit_bar(digit: int, values: Mapping[str, float]) -> Bar:
    share = values.get(f"share_{digit}", 0.0)
    expected = values.get(f"share_{digit}{REAL}")
    fair = 1 / DIGITS if expected is None else expected
    alive = share >= ALIVE * fair
    said = f"{digit}: {_percent(share)} of the samples"
    if expected is not None:
        said += f", {_percent(expected)} of the data"
    said += "." if alive else "; below a tenth of its fair share it counts as gone."
    return Bar(str(digit), digit, share, expected, alive, said)


def _spot_bar(spot: int, spots: int, values: Mapping[str, float]) -> Bar:
    share, fair = values.get(f"mode_{spot}", 0.0), 1 / spots
    said = (
        f"Spot {spot + 1}: {_percent(share)} of the points are nearest to it; a fair share is "
        f"{_percent(fair)}."
    )
    return Bar("", None, share, fair, True, said)


def _summary(counted: str, values: Mapping[str, float]) -> str:
    parts = [counted]
    if (ways := values.get("ways")) is not None:
        parts.append(f"{ways:.0f} ways of writing")
    if (quality := values.get("quality")) is not None:
        parts.append(f"{_percent(quality)} good")
    if (distance := values.get("kl")) is not None and math.isfinite(distance):
        parts.append(f"KL {distance:.2f} nats")
    if (confidence := values.get("confidence")) is not None:
        parts.append(f"confidence {_percent(confidence)}")
    return " · ".join(parts)


def _percent(share: float) -> str:
    digits = 1 if 0 < share < 0.0995 else 0
    return f"{100 * share:.{digits}f} %"


def _verdict(data: RunData, values: Mapping[str, float], cursor: int | None) -> VerdictRow | None:
    """The alarm that holds at the cursor, for it knows since when; else what the reading says."""
    holding = _holding(data.alarms, cursor)
    if holding:
        mood, word = ALARMS.get(holding[0].rule, ("warning", "Warning"))
        sentence = holding[0].message
    elif READING in values:
        said = verdict(values)
        mood, word = MOODS.get(said.kind, ("quiet", said.kind.capitalize()))
        sentence = said.sentence
    else:
        return None
    if word in ("No digits", "Rough") and reading.is_plane(values):
        word = OFF_SPOTS
    return VerdictRow(mood, word, sentence, tuple(alarm.message for alarm in holding[1:]))


def _holding(alarms: Sequence[Alarmed], cursor: int | None) -> list[Alarmed]:
    """The alarms that had begun and not ended at the cursor, the gravest first."""
    begun: dict[str, Alarmed] = {}
    for alarm in alarms:
        if cursor is not None and alarm.step > cursor:
            break
        if alarm.begins:
            begun[alarm.rule] = alarm
        else:
            begun.pop(alarm.rule, None)
    order = list(ALARMS)
    return sorted(
        begun.values(), key=lambda a: order.index(a.rule) if a.rule in order else len(order)
    )


def _reading(data: RunData, cursor: int | None) -> str:
    """Which reading is shown."""
    series = data.measures.get(READING)
    if series is None or not len(series.steps):
        return ""
    steps = series.steps if cursor is None else series.steps[series.steps <= cursor]
    return f"read at step {int(steps[-1]):,}" if len(steps) else "no reading yet"


def _newest(data: RunData, name: str) -> float | None:
    series = data.measures.get(name)
    return float(series.values[-1]) if series is not None and len(series.values) else None


def _last(data: RunData) -> int:
    """The newest step that anything is known of."""
    ends = [int(series.steps[-1]) for series in data.measures.values() if len(series.steps)]
    return max([data.pace.step, *ends])
