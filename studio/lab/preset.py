"""What an experiment of the lab is made of. Plain values: nothing here imports PyTorch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Plain = bool | int | float | str
Group = Literal["cause", "cure", "oscillate", "dominance"]

GROUPS: Mapping[Group, str] = {
    "cause": "Cause collapse",
    "cure": "Cure it",
    "oscillate": "Oscillate",
    "dominance": "When the discriminator wins",
}
"""In the order in which the lab shows them, with their headings."""


def prose(text: str) -> str:
    """Text that is broken into lines for the source alone, as one line."""
    return " ".join(text.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What is done to the running game, at a round.

    Attributes:
        step: After how many rounds; in the window it is offered from there on.
        caption: The button, a few words: "Divide the discriminator's rate by 30".
        why: What it does to the game, a sentence or two.
        changes: Live settings and their new values.
        freeze: By player, whether it stops moving (True) or moves again (False).
    """

    step: int
    caption: str
    why: str
    changes: Mapping[str, Plain] = field(default_factory=dict)
    freeze: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the instruments say after `step` rounds, before anything is done there.

    Attributes:
        values: By the names of `studio.instruments.gauges`: the microscope's measurements,
            `told_apart`, and the norm of each player's gradient, `gradient_PLAYER`.
    """

    step: int
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Promise:
    """What a preset claims, and how anybody can tell whether it came true.

    Attributes:
        sentence: The claim, with its numbers.
        check: Whether the readings of one trial, rising in their steps, bear it out. A pure
            function of them.
    """

    sentence: str
    check: Callable[[Sequence[Reading]], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One experiment: a game that is set up to go wrong or right, and what to look at.

    Attributes:
        name: In addresses and on the command line, lower case with hyphens.
        title: On the page.
        group: Under which heading it stands.
        model, data, settings, seed: The run; settings that are not named keep their defaults.
        acts: What is done meanwhile, in the order of their steps.
        paragraphs: What happens and why, two paragraphs of plain English.
        look_at: Three or four short points.
        promise: What is claimed.
        reads: The steps at which a trial reads the instruments, rising; the last one ends it.
        kept: In how many trials the promise came true, of how many, with fresh seeds: ones that
            nobody had looked at when its numbers were set.
        seconds: What a trial takes on one core of a recent computer, about.
    """

    name: str
    title: str
    group: Group
    model: str
    data: str
    settings: Mapping[str, Plain]
    seed: int = 0
    acts: tuple[Act, ...] = ()
    paragraphs: tuple[str, str]
    look_at: tuple[str, ...]
    promise: Promise
    reads: tuple[int, ...]
    kept: tuple[int, int]
    seconds: float

    @property
    def steps(self) -> int:
        """Rounds of the whole experiment."""
        return self.reads[-1]

    @property
    def record(self) -> str:
        """How often the promise came true, in words."""
        kept, tried = self.kept
        return f"{kept} of {tried} fresh seeds"
