"""Experiments on the ring of eight spots: seconds each, and all of the game can be seen at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.lab.checks import all_around, one_clump
from studio.lab.preset import Act, Preset, Promise, prose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from studio.lab.preset import Plain, Reading

RING: Mapping[str, Plain] = {
    "width": 64,
    "batch_size": 128,
    "learning_rate_d": 3e-3,
    "learning_rate_g": 3e-3,
    "beta1": 0.9,
    "gradient_penalty": 0.0,
    "ema_decay": 0.0,
}
"""A small, fast game whose optimizers carry nine tenths of each step on into the next."""
FIRST, SICK, WELL = 500, 1_500, 2_500
WATCHED = tuple(range(FIRST, SICK + 1, 100))
"""Read every hundred rounds, for a clump that travels is seldom twice at one place."""
CLUMPED = prose(
    """
    From round 500 to 1,500 there is never more than one spot of eight alive, and on average at
    least 40 % of all points are nearest to one and the same spot.
    """
)


def _collapses_and_recovers(readings: Sequence[Reading]) -> bool:
    return one_clump(readings, FIRST, SICK) and all_around(readings, WELL)


PRESETS = (
    Preset(
        name="ring-collapse",
        title="Cause collapse: the ring",
        group="cause",
        model="gan",
        data="ring8",
        settings=RING,
        acts=(
            Act(
                step=SICK,
                caption="Set Adam's beta 1 to 0.5",
                why="Both players forget their last steps faster, and stop where they wanted to.",
                changes={"beta1": 0.5},
            ),
        ),
        paragraphs=(
            prose(
                """
                The data are eight small spots on a circle. One number is wrong: Adam's beta 1,
                which says how much of each step is carried on into the next, is 0.9, the usual
                value outside of games. The discriminator finds the place where too many points are
                and pushes its opinion down there; with so much momentum it goes on pushing long
                after the generator has left. The generator does the same a moment later. The pair
                swings instead of settling, and all points travel as a clump.
                """
            ),
            prose(
                """
                With beta 1 at 0.5 both players stop where they wanted to stop. The discriminator
                can then hold its opinion down at a full spot while it stays up at the empty ones,
                and the points spread around the circle. One thing surprised us: a ring that is
                already covered stays so when beta 1 is raised to 0.9. Momentum prevents the modes
                from being found; it does not make this game lose those that it has.
                """
            ),
        ),
        look_at=(
            prose(
                """
                The plane: a clump or two, seldom at a spot for long, while most of the circle is
                empty. Modes alive is 0 or 1 of 8.
                """
            ),
            prose(
                """
                After the change the clump tears, and within some hundred rounds there are points
                near every spot.
                """
            ),
            prose(
                """
                Few points are good at first: the spots are small, and it takes a few thousand
                rounds more until the points lie right on them.
                """
            ),
        ),
        promise=Promise(
            f"{CLUMPED} 1,000 rounds after beta 1 is lowered, at least seven spots have 5 % of all "
            "points near them and none has more than 35 %.",
            _collapses_and_recovers,
        ),
        reads=(*WATCHED, 2_000, WELL),
        kept=(10, 10),
        seconds=10.0,
    ),
)
