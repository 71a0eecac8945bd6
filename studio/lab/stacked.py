"""The experiment on stacked digits: a collapse counted in hundreds of modes, not in ten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.lab.checks import value
from studio.lab.preset import Act, Preset, Promise, prose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.lab.preset import Reading

RATE = 1e-3
HEALTHY, SLOWED, CURED = 4_000, 5_000, 5_800


def _loses_stacks_and_recovers(readings: Sequence[Reading]) -> bool:
    fewer = value(readings, SLOWED, "modes") < value(readings, HEALTHY, "modes") / 4
    collapsed = fewer and value(readings, SLOWED, "coverage") < 0.15
    return _is_varied(readings, HEALTHY) and collapsed and _is_varied(readings, CURED)


def _is_varied(readings: Sequence[Reading], step: int) -> bool:
    return value(readings, step, "modes") >= 50 and value(readings, step, "coverage") > 0.2


PRESETS = (
    Preset(
        name="stacked-collapse",
        title="Cause collapse: stacked digits",
        group="cause",
        model="gan",
        data="stacked-pen",
        settings={
            "width": 128,
            "batch_size": 32,
            "learning_rate_d": RATE,
            "learning_rate_g": RATE,
            "beta1": 0.5,
            "gradient_penalty": 0.0,
            "ema_decay": 0.0,
        },
        acts=(
            Act(
                step=HEALTHY,
                caption="Divide the discriminator's rate by 30",
                why="It goes on learning, but thirty times too slowly to follow the generator.",
                changes={"learning_rate_d": RATE / 30},
            ),
            Act(
                step=SLOWED,
                caption="Give the discriminator its rate back",
                why="It can follow again, and every repeated stack is punished at once.",
                changes={"learning_rate_d": RATE},
            ),
        ),
        paragraphs=(
            prose(
                """
                Each image holds three digits, one in red, one in green and one in blue, which makes
                a thousand different stacks. Papers on mode collapse count in such stacks, because
                with a thousand modes a loss shows long before whole digits are gone. A small,
                plain GAN is still learning here: most of its samples have a colour that is no
                digit, and those count as no stack at all. But those that can be read are varied.
                """
            ),
            prose(
                """
                Then the discriminator is slowed down thirtyfold, as in the experiment with single
                digits, and the generator runs after whatever it believes at the moment: a few
                shapes, most of which are no digits any more. Hardly a stack is left, and coverage,
                the share of real stacks that have a sample nearby, falls with the modes. When the
                discriminator gets its rate back, both return within some hundred rounds, many
                times faster than they were learned.
                """
            ),
        ),
        look_at=(
            prose(
                """
                Wait until modes alive is in the dozens. It is counted in 1,000 samples, of which
                even real stacks would show only about 632 kinds.
                """
            ),
            prose(
                """
                Modes alive and coverage fall together, and the grid fills with the same few
                colours and shapes.
                """
            ),
            "Both come back in a fifth of the rounds that they took at first.",
        ),
        promise=Promise(
            prose(
                """
                After 4,000 rounds at least 50 different stacks are found in 1,000 samples, and
                coverage is above 20 %. 1,000 rounds at a thirtieth of the rate later there are
                fewer than a quarter as many, and coverage is below 15 %. 800 rounds after the
                rate is given back, at least 50 are found again, and coverage is above 20 %.
                """
            ),
            _loses_stacks_and_recovers,
        ),
        reads=(HEALTHY, 4_500, SLOWED, 5_400, CURED),
        kept=(9, 10),
        seconds=80.0,
    ),
)
