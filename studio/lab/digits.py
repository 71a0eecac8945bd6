"""Experiments on digits: collapse by a slow discriminator, and discriminators that win."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.lab.checks import favourites, value
from studio.lab.preset import Act, Preset, Promise, prose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from studio.lab.preset import Plain, Reading

RATE = 1e-3
SLOW = RATE / 30
DIGITS: Mapping[str, Plain] = {
    "width": 128,
    "batch_size": 64,
    "learning_rate_d": RATE,
    "learning_rate_g": RATE,
    "beta1": 0.5,
    "gradient_penalty": 0.0,
    "ema_decay": 0.0,
}
"""A plain GAN that writes nine or ten digits after 2,500 rounds: no penalty, and no averaging,
which would hide for a while what the generator does."""
HEALTHY, SLOWED, CURED = 2_500, 3_300, 4_100

SLOW_DOWN = Act(
    step=HEALTHY,
    caption="Divide the discriminator's rate by 30",
    why="It goes on learning, but thirty times too slowly to follow the generator.",
    changes={"learning_rate_d": SLOW},
)
GIVE_BACK = Act(
    step=SLOWED,
    caption="Give the discriminator its rate back",
    why="It can follow again, and every repeated digit is punished at once.",
    changes={"learning_rate_d": RATE},
)


def _collapses_and_recovers(readings: Sequence[Reading]) -> bool:
    collapsed = (
        value(readings, SLOWED, "recall") < 0.05
        and value(readings, SLOWED, "kl") > 0.3
        and favourites(readings, SLOWED, 3) > favourites(readings, HEALTHY, 3)
        and value(readings, SLOWED, "ways") < value(readings, HEALTHY, "ways")
    )
    return _is_healthy(readings, HEALTHY) and collapsed and _is_healthy(readings, CURED)


def _is_healthy(readings: Sequence[Reading], step: int) -> bool:
    return (
        value(readings, step, "modes") >= 9
        and value(readings, step, "kl") < 0.25
        and value(readings, step, "recall") > 0.15
        and favourites(readings, step, 3) < 0.6
    )


FROZEN, THAWED, SWITCHED = 500, 1_000, 2_000
SOON = THAWED + 20
"""Late enough that the generator has felt the switch, too early for more than that."""


def _vanishes(readings: Sequence[Reading]) -> bool:
    def pull(step: int) -> float:
        return value(readings, step, "gradient_generator")

    vanished = pull(FROZEN) < pull(0) / 6
    stuck = value(readings, THAWED, "diversity") < 0.25
    back = pull(SOON) > 10 * pull(THAWED)
    moved = value(readings, SWITCHED, "diversity") > 0.4
    return vanished and stuck and back and moved


HELD, WRITES = 300, 900


def _stays(readings: Sequence[Reading]) -> bool:
    def pull(step: int) -> float:
        return value(readings, step, "gradient_generator")

    certain = value(readings, HELD, "told_apart") > 0.99
    kept = min(pull(HELD), pull(WRITES)) > 5 * pull(0)
    return certain and kept and value(readings, WRITES, "modes") >= 8


PRESETS = (
    Preset(
        name="digits-collapse",
        title="Cause collapse: digits",
        group="cause",
        model="gan",
        data="pen",
        settings=DIGITS,
        acts=(SLOW_DOWN, GIVE_BACK),
        paragraphs=(
            prose(
                """
                A healthy GAN writes nine or ten digits. Then one number is changed: the learning
                rate of the discriminator is divided by thirty. The generator answers the
                discriminator of this very moment, and for a discriminator that stands still the
                best answer is a single digit, the one that it takes for real most readily. Only a
                discriminator that moves away from there in time keeps the generator from running
                to it. This one no longer moves in time, and so the codes run to the same few
                shapes.
                """
            ),
            prose(
                """
                Nothing has been forgotten that could not be learned again: the networks, the data
                and the generator's rate are the same all along. When the discriminator gets its
                rate back, it learns within a few dozen rounds that these shapes come too often to
                be real, pushes the generator away from them, and the lost digits return one by
                one. Averaging of the weights and the R1 penalty are off: both soften what is to
                be seen.
                """
            ),
        ),
        look_at=(
            prose(
                """
                Wait until the class histogram shows nine or ten digits and recall has risen: the
                share of real digits that the generator could have written.
                """
            ),
            prose(
                """
                First the samples leave the digits for some hundred rounds. Then the grid shows the
                same few shapes over and over, and recall is near 0 %, although some samples are
                still legible.
                """
            ),
            prose(
                """
                The lost bars of the histogram come back, recall rises again, and with it the
                number of the pen's ways of writing that are alive.
                """
            ),
        ),
        promise=Promise(
            prose(
                """
                After 2,500 rounds at least nine digits are written, the three commonest make less
                than 60 % of all that is legible, the distance from fair shares is below 0.25 nats,
                and recall is above 15 %. 800 rounds at a thirtieth of the rate later recall is
                below 5 %, the three commonest make more than before, the distance is above 0.3
                nats, and ways of writing have been lost. 800 rounds after the rate is given back,
                what held in the beginning holds again.
                """
            ),
            _collapses_and_recovers,
        ),
        reads=(HEALTHY, 2_900, SLOWED, 3_700, CURED),
        kept=(10, 10),
        seconds=35.0,
    ),
    Preset(
        name="gradients-vanish",
        title="D wins: gradients vanish",
        group="dominance",
        model="gan",
        data="pen",
        settings={
            **DIGITS,
            "optimizer": "sgd",
            "learning_rate_d": 0.1,
            "learning_rate_g": 0.1,
            "saturating": True,
        },
        acts=(
            Act(
                step=0,
                caption="Freeze the generator",
                why="The discriminator learns alone, until it is certain.",
                freeze={"generator": True},
            ),
            Act(
                step=FROZEN,
                caption="Let the generator move again",
                why="It may move, but its gradient is next to nothing.",
                freeze={"generator": False},
            ),
            Act(
                step=THAWED,
                caption="Switch to the non-saturating loss",
                why=prose(
                    """
                    Same game, same networks: the generator now maximises log D instead of
                    minimising log(1 - D).
                    """
                ),
                changes={"saturating": False},
            ),
        ),
        paragraphs=(
            prose(
                """
                In the original game the generator minimises log(1 - D): how surely it is found
                out. Where the discriminator is certain, D is 0 all around the samples, this loss
                is flat, and its slope is about D itself. So a discriminator that has learned
                alone for a while leaves the generator almost nothing to learn from, although it
                is allowed to move. The better the detective, the less the forger learns from him.
                """
            ),
            prose(
                """
                The cure is in the same paper: maximise log D instead. Both losses want the same
                thing, but this one is steepest exactly where the generator loses, so the gradient
                is back in the very next round. The steps here are those of plain gradient
                descent. Adam divides each step by the size of recent gradients, which hides the
                effect: it turns even a vanishing gradient into full steps.
                """
            ),
        ),
        look_at=(
            "D on real goes to 1 and D on written to 0: the discriminator tells all apart.",
            prose(
                """
                The balance panel: the generator's gradient has fallen by a factor of ten. The
                grid does not change.
                """
            ),
            "The generator moves for 500 rounds, and still all samples are the same grey.",
            prose(
                """
                After the switch its gradient jumps by more than ten times at once, and the
                samples begin to differ.
                """
            ),
        ),
        promise=Promise(
            prose(
                """
                While the discriminator learns alone, the generator's gradient falls to less than
                a sixth. In 500 rounds in which it may move, the samples do not spread (diversity
                below a quarter of the data's). 20 rounds after the switch the gradient is more
                than ten times as large, and 1,000 rounds after it diversity is above 40 % of the
                data's.
                """
            ),
            _vanishes,
        ),
        reads=(0, FROZEN, THAWED, SOON, 1_500, SWITCHED),
        kept=(10, 10),
        seconds=20.0,
    ),
    Preset(
        name="wgan-does-not-saturate",
        title="WGAN does not saturate",
        group="dominance",
        model="wgan_gp",
        data="pen",
        settings={"width": 128, "batch_size": 64, "n_critic": 2, "ema_decay": 0.0},
        acts=(
            Act(
                step=0,
                caption="Freeze the generator",
                why="The critic learns alone, as the discriminator does in the other experiment.",
                freeze={"generator": True},
            ),
            Act(
                step=HELD,
                caption="Let the generator move again",
                why="The critic is as far ahead as it can be, and the slope is still there.",
                freeze={"generator": False},
            ),
        ),
        paragraphs=(
            prose(
                """
                A critic does not say how likely a digit is real; it gives it a value, and the gap
                between the values of real and written digits measures how far one would have to
                carry the ink to turn one into the other. There is no certainty at which this
                ends: a critic that tells all apart is just a good measure. The gradient penalty
                keeps its slope near 1 everywhere between the two, so the generator is told where
                to go however far behind it is.
                """
            ),
            prose(
                """
                That is why the critic may, and should, be ahead. The experiment gives it the same
                head start that silences the discriminator of the original game: the generator is
                frozen while the critic learns alone. Then the generator is let go, and within a
                few hundred rounds there are digits.
                """
            ),
        ),
        look_at=(
            "Told apart is at 100 %: this critic has won as completely as a discriminator can.",
            prose(
                """
                The generator's gradient in the balance panel is larger than at the start, not
                smaller.
                """
            ),
            "The gap in the critic's loss falls as the digits get better.",
        ),
        promise=Promise(
            prose(
                """
                After the critic has learned alone for 300 rounds it ranks more than 99 % of pairs
                rightly, and the generator's gradient is more than five times that of the start. It
                still is 600 rounds after the generator is let go, and at least eight digits are
                written.
                """
            ),
            _stays,
        ),
        reads=(0, HELD, 500, 700, WRITES),
        kept=(10, 10),
        seconds=20.0,
    ),
)
