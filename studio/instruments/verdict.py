"""What one reading says in a sentence, and rules that watch readings over time.

The rules are collapse, rotation, no digits and imbalance. Each begins after a few readings in a
row, for one may be chance, and ends by an easier threshold than that by which it began. At the
start of a run nothing is varied and nothing a digit: a rule which says that something is lost waits
until it has been there, or until the run is so long that it should have been.

Nothing here imports PyTorch: the window asks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from studio.instruments import reading as words
from studio.instruments.gauges import REAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Kind = Literal["healthy", "few modes", "no digits", "imbalance", "early"]

PATIENCE = 2
"""Readings in a row, to begin with collapse or no digits."""
LONG_PATIENCE = 5
"""Readings in a row of a lost balance, which passes by itself at many times."""
LONG, LONG_PLANE = 3_000, 1_000
"""Rounds after which a run that has never got anywhere should have; points are quicker."""
LONG_READINGS = 8
BETTER = 0.95
"""A distance to the data below this part of the best so far is an improvement."""
WINDOW = 6
"""Readings over which modes are followed, to notice that they rotate."""
VARIED_KL = 0.35
EASE = 1.25
"""Alarms end at thresholds that are easier by this factor, so that they do not flicker."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One of five kinds, and a sentence for people.

    "few modes" is collapse; "no digits" failure to converge, or to stay; "imbalance" says that one
    player has won; "early" is on its way.
    """

    kind: Kind
    sentence: str


def verdict(values: Mapping[str, float]) -> Verdict:
    """Of one reading; with the ceilings (`NAME_real`) among the values more can be said."""
    if "modes" not in values:
        return Verdict("early", "Nothing has been measured yet.")
    if words.is_lost(values):
        return Verdict("no digits", words.lost_words(values))
    if words.is_few(values):
        who = words.writer(values).capitalize()
        return Verdict("few modes", f"{who} {words.few_words(values)}.")
    if words.is_one_sided(values):
        return Verdict("imbalance", f"{words.one_sided_words(values)}.".capitalize())
    if words.is_healthy(values):
        return Verdict("healthy", words.healthy_words(values))
    return Verdict("early", words.early_words(values))


@dataclass(frozen=True, slots=True)
class Alarm:
    """A rule, "collapse", "rotation", "no digits" or "imbalance", begins or ceases to hold."""

    rule: str
    begins: bool
    message: str


@dataclass(slots=True)
class _Rule:
    """Whether it holds, since when it seems to, and in how many readings in a row."""

    on: bool = False
    since: int = 0
    count: int = 0

    def see(self, step: int, holds: bool) -> None:
        if not holds:
            self.count = 0
            return
        if self.count == 0:
            self.since = step
        self.count += 1


@dataclass(slots=True)
class _Memory:
    """All that is remembered from one reading to the next; plain values."""

    ceilings: dict[str, float] = field(default_factory=dict)
    first: int = -1
    readings: int = 0
    varied: bool = False
    legible: bool = False
    best: float = math.inf
    best_step: int = 0
    main: list[list[int]] = field(default_factory=list)
    rules: dict[str, _Rule] = field(
        default_factory=lambda: {
            name: _Rule()
            for name in ("collapse", "rotation", "no digits", "imbalance", "varied", "legible")
        }
    )


class Judge:
    """Sees the readings of a run in turn, and says when a rule begins or ceases to hold.

    The rules, on top of the thresholds of `verdict`:

    - collapse: few modes in two readings in a row, once the samples have been varied (or, if they
      never were, after 3,000 rounds, points 1,000, and eight readings). Ends when they are varied
      in two readings in a row, or are nothing that could be counted.
    - rotation: during a collapse, the digits or spots that make up three quarters are others all
      the time: over six readings more than twice as many as at a time. Ends with the collapse, or
      when they stay the same.
    - no digits: most samples are none in two readings in a row, once they have been; or never have
      been in as long a time, and have stopped coming closer to the data.
    - imbalance: one player has won in five readings in a row.
    """

    def __init__(self, memory: Mapping[str, Any] | None = None) -> None:
        """Goes on from what `memory()` gave.

        Raises:
            ValueError: that is not it.
        """
        self._is = _Memory() if memory is None else _recall(memory)

    def memory(self) -> dict[str, Any]:
        """All that it takes to go on in another process: plain JSON."""
        at = self._is
        return {
            "ceilings": dict(at.ceilings),
            "first": at.first,
            "readings": at.readings,
            "varied": at.varied,
            "legible": at.legible,
            # JSON knows no infinity.
            "best": at.best if math.isfinite(at.best) else None,
            "best_step": at.best_step,
            "main": [list(modes) for modes in at.main],
            "rules": {name: [rule.on, rule.since, rule.count] for name, rule in at.rules.items()},
        }

    def see(self, step: int, values: Mapping[str, float]) -> list[Alarm]:
        """Takes in the reading of a step; steps rise. Ceilings may come with any reading."""
        at = self._is
        at.ceilings.update({k: v for k, v in values.items() if k.endswith(REAL)})
        if "modes" not in values:
            return []
        values = {**at.ceilings, **values}
        at.first = step if at.first < 0 else at.first
        at.readings += 1
        self._note_progress(step, values)
        alarms = [
            *self._lost(step, values),
            *self._few(step, values),
            *self._one_sided(step, values),
        ]
        at.varied |= at.rules["varied"].count >= PATIENCE
        at.rules["legible"].see(step, words.is_found(values))
        at.legible |= at.rules["legible"].count >= PATIENCE
        return alarms

    def _few(self, step: int, values: Mapping[str, float]) -> list[Alarm]:
        """Collapse, and whether it stays with the same few."""
        at, rules = self._is, self._is.rules
        few, lost = words.is_few(values), words.is_lost(values)
        collapse, varied, gone = rules["collapse"], rules["varied"], rules["no digits"]
        collapse.see(step, few and not lost)
        varied.see(step, _is_varied(values))
        if few and not lost:
            at.main = [*at.main, list(words.main(values))][-WINDOW:]
        if varied.count >= PATIENCE or gone.count >= PATIENCE:
            at.main = []
            return self._not_few(step, values)
        alarms = []
        could = self._could_have(step, values, at.varied)
        if not collapse.on and collapse.count >= PATIENCE and could:
            collapse.on = True
            text = f"{words.writer(values)} {words.few_words(values)}."
            alarms.append(Alarm("collapse", True, f"Since step {collapse.since:,} {text}"))
        return [*alarms, *self._turning(step, values)]

    def _not_few(self, step: int, values: Mapping[str, float]) -> list[Alarm]:
        """The ends of what was on, now that the samples are varied or nothing at all."""
        rules = self._is.rules
        if rules["varied"].count:
            since, kinds = rules["varied"].since, words.varied_words(values)
            text = f"Since step {since:,} the samples are varied again: {kinds}."
        else:
            since = rules["no digits"].since
            text = f"Since step {since:,} the samples are not of few kinds any more, but of none."
        ended = [name for name in ("collapse", "rotation") if rules[name].on]
        for name in ended:
            rules[name].on = False
        return [Alarm(name, False, text) for name in ended]

    def _turning(self, step: int, values: Mapping[str, float]) -> list[Alarm]:
        at, rule = self._is, self._is.rules["rotation"]
        turning = _rotates(at.main) and at.rules["collapse"].on
        things, who = "spots" if words.is_plane(values) else "digits", words.writer(values)
        if turning and not rule.on:
            rule.on = True
            most, among = max(map(len, at.main)), len({one for main in at.main for one in main})
            text = f"{who} moves from few {things} to others: {most} at most at a time"
            return [Alarm("rotation", True, f"By step {step:,} {text}, {among} in all.")]
        if rule.on and not turning:
            rule.on = False
            text = f"Since step {step:,} {who} stays with the same few {things}."
            return [Alarm("rotation", False, text)]
        return []

    def _lost(self, step: int, values: Mapping[str, float]) -> list[Alarm]:
        at, rule = self._is, self._is.rules["no digits"]
        lost = words.is_lost(values)
        rule.see(step, lost)
        on_spot = words.is_plane(values)
        if rule.on and not words.is_lost(values, ease=EASE):
            rule.on = False
            text = "points hit the spots" if on_spot else "samples can be read"
            return [Alarm("no digits", False, f"Since step {step:,} the {text} again.")]
        if rule.on or rule.count < PATIENCE:
            return []
        if at.legible:
            what = "leave the spots" if on_spot else "leave the digits"
            text = (
                f"Since step {rule.since:,} the samples {what}: {_lower(words.lost_words(values))}"
            )
        elif self._could_have(step, values, False) and self._stuck(step, values):
            text = (
                f"After {step - at.first:,} rounds the training has got nowhere: "
                f"{_lower(words.lost_words(values))}"
            )
        else:
            return []
        rule.on = True
        return [Alarm("no digits", True, text)]

    def _one_sided(self, step: int, values: Mapping[str, float]) -> list[Alarm]:
        rule = self._is.rules["imbalance"]
        holds = words.is_one_sided(values)
        rule.see(step, holds)
        if rule.on and not holds:
            rule.on = False
            return [Alarm("imbalance", False, f"Since step {step:,} both players learn again.")]
        if rule.on or rule.count < LONG_PATIENCE:
            return []
        rule.on = True
        text = f"Since step {rule.since:,} {words.one_sided_words(values)}."
        return [Alarm("imbalance", True, text)]

    def _note_progress(self, step: int, values: Mapping[str, float]) -> None:
        at = self._is
        # From one good point in a hundred to two is a step; from none to hardly any is none.
        distance = values.get("frechet", 1 / (values.get("quality", 0.0) + 0.005))
        if distance < BETTER * at.best:
            at.best, at.best_step = distance, step

    def _could_have(self, step: int, values: Mapping[str, float], had: bool) -> bool:
        """Whether what is missing has been there, or should have been by now."""
        at = self._is
        return had or (step - at.first >= _long(values) and at.readings >= LONG_READINGS)

    def _stuck(self, step: int, values: Mapping[str, float]) -> bool:
        """Whether the samples have not come closer to the data for a good while."""
        return step - self._is.best_step >= _long(values) / 3


def _long(values: Mapping[str, float]) -> int:
    return LONG_PLANE if words.is_plane(values) else LONG


def _is_varied(values: Mapping[str, float]) -> bool:
    """Clearly not few: some way beyond the thresholds, so that alarms do not flicker."""
    if words.is_lost(values) or words.is_few(values, ease=EASE):
        return False
    return "share_0" not in values or values["kl"] <= VARIED_KL


def _rotates(main: Sequence[Sequence[int]]) -> bool:
    """Whether few modes at each time are many together: more than twice as many as at a time."""
    union = {one for modes in main for one in modes}
    mean = sum(map(len, main)) / max(len(main), 1)
    return len(main) == WINDOW and len(union) >= 2 * mean + 1


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]


def _recall(memory: Mapping[str, Any]) -> _Memory:
    """From plain values, which may come from a damaged file."""
    try:
        at = _Memory(
            ceilings={str(k): float(v) for k, v in dict(memory["ceilings"]).items()},
            first=int(memory["first"]),
            readings=int(memory["readings"]),
            varied=bool(memory["varied"]),
            legible=bool(memory["legible"]),
            best=math.inf if memory["best"] is None else float(memory["best"]),
            best_step=int(memory["best_step"]),
            main=[[int(one) for one in modes] for modes in memory["main"]][-WINDOW:],
        )
        for name in at.rules:
            on, since, count = memory["rules"][name]
            at.rules[name] = _Rule(bool(on), int(since), int(count))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ValueError("This is not what a judge remembers.") from error
    return at
