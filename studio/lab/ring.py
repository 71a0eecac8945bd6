"""Experiments on the ring of eight spots: seconds each, and all of the game can be seen at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.lab.checks import all_around, fullest, one_clump, spots, staying, value, visited
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
EVENLY = "at least seven spots have 5 % of all points near them and none has more than 35 %."


def _collapses_and_recovers(readings: Sequence[Reading]) -> bool:
    return one_clump(readings, FIRST, SICK) and all_around(readings, WELL)


REMEMBERED, STILL = 5_000, 1_900
"""How many old points are kept, and from when on the clumps should stand."""


def _rotates_and_stops(readings: Sequence[Reading]) -> bool:
    rotates = visited(readings, FIRST, SICK) >= 4 and staying(readings, FIRST, SICK) < 0.5
    return rotates and staying(readings, STILL, WELL) > 0.7


STUCK, FREED = 1_000, 2_000


def _gets_stuck_and_is_freed(readings: Sequence[Reading]) -> bool:
    stuck = spots(readings, STUCK) <= 4 and fullest(readings, STUCK) >= 0.5
    lost = value(readings, STUCK, "told_apart") > 0.85
    return stuck and lost and all_around(readings, FREED)


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
            f"{CLUMPED} 1,000 rounds after beta 1 is lowered, {EVENLY}",
            _collapses_and_recovers,
        ),
        reads=(*WATCHED, 2_000, WELL),
        kept=(9, 10),
        seconds=10.0,
    ),
    Preset(
        name="ring-oscillates",
        title="Oscillate: a clump that travels",
        group="oscillate",
        model="gan",
        data="ring8",
        settings={**RING, "replay_size": REMEMBERED, "replay_share": 0.0},
        acts=(
            Act(
                step=SICK,
                caption="Show the discriminator old points, too",
                why="Half of the written points that it sees then come from a memory.",
                changes={"replay_share": 0.5},
            ),
        ),
        paragraphs=(
            prose(
                """
                Collapse need not stand still. The discriminator learns that points at this spot
                are written, the generator moves all of them to the next one, and there it begins
                again: round and round, and every spot is visited without ever two of them being
                held. A single look shows one mode; over time there are many. That is why a
                histogram of one moment can mislead, and why the alarm tells a rotation from a
                plain collapse.
                """
            ),
            prose(
                """
                The chase goes on because the discriminator forgets: a spot that was left a hundred
                rounds ago looks real again. With experience replay half of the written points
                that it sees come from a memory of the last 5,000, so that a spot stays forbidden
                after it has been left. Most points then stay where they are, and more of them are
                good. But mind what it does not do: it is not enough to fill all the spots.
                """
            ),
        ),
        look_at=(
            "The plane: most points are near one spot, and a hundred rounds later near another.",
            "After the change most points stay near their spots; the share of good points grows.",
            "Modes alive settles below eight: the rotation is cured, the collapse only in part.",
        ),
        promise=Promise(
            prose(
                """
                From round 500 to 1,500, looked at every hundred rounds, at least four spots have
                their turn as the fullest, and on average less than half of the points are near the
                same spots as a look before. From 400 rounds after replay begins it is more than
                70 %.
                """
            ),
            _rotates_and_stops,
        ),
        reads=(*WATCHED, *range(STILL, WELL + 1, 100)),
        kept=(9, 10),
        seconds=11.0,
    ),
    Preset(
        name="ring-stuck",
        title="D wins on the ring: stuck",
        group="dominance",
        model="gan",
        data="ring8",
        settings={**RING, "beta1": 0.5, "moves_d": 5},
        acts=(
            Act(
                step=STUCK,
                caption="Turn on the R1 penalty",
                why="A discriminator that must be flat at real points lets go of the others.",
                changes={"gradient_penalty": 1.0},
            ),
        ),
        paragraphs=(
            prose(
                """
                More moves for the discriminator are often recommended. Here it moves five times
                for each move of the generator, and draws steep cliffs around the data before the
                generator has spread. Points that are on a spot stay there, for in every direction
                it goes down; from one spot to the next there is no slope that leads across. The
                loss has not vanished, the gradient is large, and still nothing changes: it
                points to where the points are already.
                """
            ),
            prose(
                """
                So a discriminator can win in two ways: by saturating, which leaves no gradient,
                and by becoming steep, which leaves one that is right only next to each point. The
                R1 penalty takes the cliffs away. The points get loose, and spread around the
                whole circle, with the same five moves per round. A critic of a WGAN, which may
                not be steep either, bears five moves and more for the same reason.
                """
            ),
        ),
        look_at=(
            prose(
                """
                The plane: one to four clumps that sit right on spots, and a field with hard
                edges. In most seeds nearly all points are good: perfect quality, and most modes
                missing.
                """
            ),
            "After the change the field becomes soft, and the clumps open within 500 rounds.",
            "The generator's gradient falls by more than ten times, and yet it gets somewhere now.",
        ),
        promise=Promise(
            prose(
                """
                After 1,000 rounds at most four spots have 5 % of all points near them, half of all
                points or more are nearest to one and the same, and the discriminator ranks more
                than 85 % of pairs rightly. 1,000 rounds after the penalty is turned on, at least
                seven spots have 5 % and none has more than 35 %.
                """
            ),
            _gets_stuck_and_is_freed,
        ),
        reads=(500, 750, STUCK, 1_250, 1_500, FREED),
        kept=(9, 10),
        seconds=22.0,
    ),
)
