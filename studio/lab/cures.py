"""Cures, each put on the very ring that collapses without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.lab.checks import all_around, one_clump
from studio.lab.preset import Act, Preset, Promise, prose
from studio.lab.ring import CLUMPED, EVENLY, FIRST, RING, SICK, WELL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.lab.preset import Reading

SOONER = 1_750


def _r1_cures(readings: Sequence[Reading]) -> bool:
    return one_clump(readings, FIRST, SICK) and all_around(readings, WELL)


def _is_packed_well(readings: Sequence[Reading]) -> bool:
    return all_around(readings, WELL, reached=6)


def _is_crowd_well(readings: Sequence[Reading]) -> bool:
    return all_around(readings, SICK, reached=6)


def _is_well_sooner(readings: Sequence[Reading]) -> bool:
    return all_around(readings, SICK)


PRESETS = (
    Preset(
        name="cure-r1",
        title="Cure it: a flat discriminator (R1)",
        group="cure",
        model="gan",
        data="ring8",
        settings=RING,
        acts=(
            Act(
                step=SICK,
                caption="Turn on the R1 penalty",
                why="Slopes of the discriminator at real points now cost something.",
                changes={"gradient_penalty": 1.0},
            ),
        ),
        paragraphs=(
            prose(
                """
                The ring again, with the momentum that makes it collapse. What keeps the clump
                travelling is a discriminator that is steep everywhere: wherever the points are, it
                tilts, and they slide on together. The R1 penalty makes it pay for its slope at
                real points. Near the data it becomes flat, so that there is nothing to slide
                along once the points are there.
                """
            ),
            prose(
                """
                The momentum is still there: nothing else has been changed. This is what theory
                asks for, as the game without penalty need not settle even where it starts next to
                its solution, and with it does (Mescheder et al., 2018). The price can be seen, too.
                A flat discriminator has no sharp opinion, and so the points stay a haze around
                the spots: all modes are reached, few points are good.
                """
            ),
        ),
        look_at=(
            "The clump travels, and modes alive is 0 or 1 of 8.",
            "Within 250 rounds the clump opens to a ring. The discriminator's field turns soft.",
            "Both gradients fall and stay low: the game has come to rest.",
        ),
        promise=Promise(
            f"{CLUMPED} 1,000 rounds after the penalty is turned on, {EVENLY}", _r1_cures
        ),
        reads=(*range(FIRST, SICK + 1, 100), SOONER, 2_000, WELL),
        kept=(10, 10),
        seconds=12.0,
    ),
    Preset(
        name="cure-packing",
        title="Cure it: four points at a time (PacGAN)",
        group="cure",
        model="gan",
        data="ring8",
        settings={**RING, "packing": 4},
        paragraphs=(
            prose(
                """
                A discriminator that judges one point at a time cannot know that all the others are
                at the same place. With packing it judges four at once, all real or all written
                (PacGAN, Lin et al., 2018). Four real points are hardly ever at one spot; four
                points of a clump always are. So sameness itself becomes the evidence, and the
                generator is pushed to differ.
                """
            ),
            prose(
                """
                Nothing else is changed: the optimizers have the momentum with which the ring
                collapses otherwise, and at first there is a clump here, too. It takes the
                discriminator longer to learn about fours than about single points, since in each
                batch there are four times fewer of them. That is why this cure is a slow one.
                It works from the start only: the discriminator's first layer is built for four.
                """
            ),
        ),
        look_at=(
            "The first thousand rounds: a clump that travels, as without packing.",
            "Then it opens, slowly, until there are points near every spot.",
            "Modes alive stays low for long: the points are near the spots, not yet on them.",
        ),
        promise=Promise(
            prose(
                """
                After 2,500 rounds at least six of eight spots have 5 % of all points near them, and
                none has more than 35 %.
                """
            ),
            _is_packed_well,
        ),
        reads=(FIRST, 1_000, SICK, 2_000, WELL),
        kept=(9, 10),
        seconds=11.0,
    ),
    Preset(
        name="cure-no-momentum",
        title="Cure it: no momentum at all (RMSprop)",
        group="cure",
        model="gan",
        data="ring8",
        settings={
            **RING,
            "optimizer": "rmsprop",
            "learning_rate_d": 1e-3,
            "learning_rate_g": 1e-3,
        },
        paragraphs=(
            prose(
                """
                RMSprop scales each step as Adam does, but carries nothing of it on into the next.
                The authors of the WGAN found that momentum makes a critic's training unstable and
                took RMSprop for that reason. Here it is on the ring: the same networks and the
                same loss, without the swing that makes all points travel as a clump.
                """
            ),
            prose(
                """
                In games, momentum is not the harmless help that it is elsewhere. Where one player
                only walks downhill, the past is a good guess of the future. Where the other one
                answers, the past is exactly what will be wrong next: the place that was bad a
                moment ago is empty now. The steps are a third as long as in the experiment that
                collapses, since RMSprop's are longer at the same rate.
                """
            ),
        ),
        look_at=(
            prose(
                """
                Points spread around the circle from the first hundreds of rounds on; there is no
                clump.
                """
            ),
            "Modes alive rises early, and so do good points.",
            "Told apart stays between 70 and 95 %: neither side wins.",
        ),
        promise=Promise(f"After 1,500 rounds {EVENLY}", _is_well_sooner),
        reads=(FIRST, 1_000, SICK),
        kept=(10, 10),
        seconds=7.0,
    ),
    Preset(
        name="cure-minibatch",
        title="Cure it: seeing the crowd (minibatch discrimination)",
        group="cure",
        model="gan",
        data="ring8",
        settings={
            **RING,
            "batch_size": 64,
            "learning_rate_d": 1e-3,
            "crowd": "minibatch discrimination",
        },
        paragraphs=(
            prose(
                """
                Minibatch discrimination (Salimans et al., 2016) tells the discriminator of each
                point how close it is to the others of its batch, in a space that it learns for
                itself. A clump betrays itself at once: its points are all each other's
                neighbours, and real ones are not. The generator cannot fool such a discriminator
                with one good point; it has to fool it with a good crowd.
                """
            ),
            prose(
                """
                The momentum is the one that makes a clump without it, at this rate and with these
                smaller batches, too. It is strong medicine: with the discriminator's rate at that
                of the generator, three of ten seeds ended with all points at one spot and a
                discriminator that knew everything. A third of the rate keeps it within bounds.
                The simpler variant, one channel with the standard deviation over the batch, did
                not help here in either of two seeds.
                """
            ),
        ),
        look_at=(
            "The points are spread from the beginning; nothing travels.",
            prose(
                """
                Told apart stays near 100 %: this discriminator knows far more than one that sees
                single points, and the generator learns from it all the same.
                """
            ),
            "It is slower per round, for each point is compared with all others.",
        ),
        promise=Promise(
            prose(
                """
                After 1,500 rounds at least six of eight spots have 5 % of all points near them, and
                none has more than 35 %.
                """
            ),
            _is_crowd_well,
        ),
        reads=(FIRST, 1_000, SICK),
        kept=(10, 10),
        seconds=18.0,
    ),
)
