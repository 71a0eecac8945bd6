"""How the measurements of one reading are read together, and the words for it.

No measurement tells a collapse by itself: noise can be read as a single digit, and failed training
can be confident. So the first question is whether the samples are digits at all, and only then how
many kinds of them there are. Thresholds are those of `studio/instruments/verdict.py`'s rules.

Nothing here imports PyTorch: the window asks.
"""

from __future__ import annotations

from collections.abc import Mapping

from studio.instruments.gauges import ALIVE, REAL

Values = Mapping[str, float]

NO_DIGITS = 0.75
"""Share of samples that are no digits, from which on nothing else is asked."""
FEW_CLASSES = 5
GREAT_KL = 0.7
"""Few modes: at most 5 digits of 10 alive, or a KL of more than 0.7 nats."""
CLEAR_KL, NO_RECALL = 0.4, 0.1
"""Few modes: a KL above this while next to no real digit is within the samples' reach."""
FEW = 0.5
"""Few modes: at most this part of the spots, stacks or ways that real data of as many have."""
ONE_SHAPE = 0.35
"""Few modes: the diversity within digits, as a share of real ones, at which each has one shape."""
GOOD_POINTS = 0.1
"""Share of good points below which a model of the plane has not found the spots."""
MOSTLY_GOOD = 0.4
"""Share of good points from which on the spots that are hit are all that there is."""
CLUMP = 0.5
"""Few modes: points that differ by less than this part of what real ones do are one clump."""
HEALTHY_NONE, HEALTHY_KL, HEALTHY_COVERAGE = 0.25, 0.3, 0.3
TOLD_APART = 0.98
FOOLED = 0.1
"""From here on, or down, the discriminator always knows which is which, or is always wrong."""
TINY_GRADIENT = 1e-3
"""Norm of the generator's gradient of which nothing can be learnt."""


def is_plane(values: Values) -> bool:
    """Whether these are measurements of points."""
    return "quality" in values


def is_lost(values: Values, ease: float = 1.0) -> bool:
    """Whether most samples are nothing that could be counted; ease > 1 says so a little longer."""
    if is_plane(values):
        # A single travelling spot may never be at rest on a centre: that is no blob.
        return values["quality"] < ease * GOOD_POINTS and not _few_cells(values)
    return values.get("share_none", 0.0) >= NO_DIGITS / ease


def is_found(values: Values) -> bool:
    """Whether there is something that could be lost again."""
    return not is_lost(values) and values.get("quality", 1.0) >= GOOD_POINTS


def is_few(values: Values, ease: float = 1.0) -> bool:
    """Whether good samples are of few kinds; with ease > 1 this holds a little longer."""
    if is_plane(values):
        few = values["modes"] <= ease * FEW * len(spots(values))
        return (few and values["quality"] >= MOSTLY_GOOD) or _few_cells(values, ease)
    if "share_0" not in values:
        return values["modes"] <= ease * FEW * values.get("modes" + REAL, 0.0)
    return _few_classes(values, ease) or _few_shapes(values, ease)


def is_one_sided(values: Values) -> bool:
    """Whether one player has won so clearly that the other learns nothing."""
    told = values.get("told_apart", 0.5)
    gradient = values.get("gradient_generator", 1.0)
    return told <= FOOLED or (told >= TOLD_APART and gradient < TINY_GRADIENT)


def is_healthy(values: Values) -> bool:
    """Whether all kinds are there and most samples are good."""
    if is_plane(values):
        return values["modes"] >= 0.9 * len(spots(values)) and values["quality"] >= MOSTLY_GOOD
    if "share_0" not in values:
        enough = values["modes"] >= 0.85 * values.get("modes" + REAL, 0.0)
        return enough and values.get("share_none", 0.0) <= HEALTHY_NONE
    return (
        values.get("share_none", 0.0) <= HEALTHY_NONE
        and values["kl"] <= HEALTHY_KL
        and values.get("coverage", 1.0) >= HEALTHY_COVERAGE
    )


def shares(values: Values) -> dict[int, float]:
    """The share of each digit, or of each spot by the nearest points; empty for stacks."""
    name = "mode" if is_plane(values) else "share"
    found: dict[int, float] = {}
    while (share := values.get(f"{name}_{len(found)}")) is not None:
        found[len(found)] = share
    return found


def spots(values: Values) -> dict[int, float]:
    """The share of points nearest to each spot of the plane."""
    return shares(values) if is_plane(values) else {}


def alive(values: Values) -> tuple[int, ...]:
    """Digits or spots with at least a tenth of a fair share, good or not."""
    found = shares(values)
    return tuple(which for which, share in found.items() if share >= ALIVE / len(found))


def main(values: Values) -> tuple[int, ...]:
    """The fewest digits or spots that make up three quarters of what there is, in order."""
    found = shares(values)
    total, held = sum(found.values()), 0.0
    chosen: list[int] = []
    for which in sorted(found, key=lambda one: (-found[one], one)):
        if chosen and held >= 0.75 * total:
            break
        chosen.append(which)
        held += found[which]
    return tuple(sorted(chosen))


def writer(values: Values) -> str:
    """Who makes the samples."""
    return "the generator" if {"told_apart", "gradient_generator"} & set(values) else "the model"


def few_words(values: Values) -> str:
    """What the samples are few of, to follow "the generator"."""
    found, chosen = shares(values), main(values)
    if is_plane(values):
        near = percent(sum(found[which] for which in chosen))
        if len(chosen) == 1:
            return (
                f"keeps to one of the {len(found)} spots, which is nearest to {near} of the points"
            )
        if len(chosen) <= 3:
            spots_left = f"{len(chosen)} of the {len(found)} spots"
            return f"keeps to {spots_left}, which are nearest to {near} of the points"
        if values.get("diversity", 1.0) < CLUMP:
            differ = percent(values["diversity"])
            return f"makes a single clump: its points differ {differ} as much as real ones"
        return f"makes {len(alive(values))} of the {len(found)} spots"
    if not found:
        possible = values.get("modes" + REAL, 1000.0)
        return (
            f"writes {values['modes']:,.0f} different stacks, "
            f"where as many real ones have {possible:,.0f}"
        )
    if _few_classes(values) or not _few_shapes(values):
        if len(chosen) <= 3:
            read = max(sum(found.values()), 1e-9)
            of = "samples" if read > 0.9 else "samples that can be read"
            share = percent(sum(found[which] for which in chosen) / read)
            return f"writes almost only {listed(chosen)}: {share} of the {of}"
        shapes = ", in few shapes" if values.get("recall", 1.0) < NO_RECALL else ""
        return f"writes {values['modes']:.0f} of the ten digits, mostly {listed(chosen)}{shapes}"
    if values.get("within", 1.0) < ONE_SHAPE:
        differ = percent(values["within"])
        return f"writes each digit in almost one shape: they differ {differ} as much as real ones"
    possible = values.get("ways" + REAL, 0.0)
    return f"knows {values.get('ways', 0):.0f} of {possible:.0f} ways of writing the digits"


def varied_words(values: Values) -> str:
    """How many kinds there are, to follow "the samples are varied again:"."""
    if is_plane(values):
        return f"{values['modes']:.0f} of {len(shares(values))} spots"
    if "share_0" not in values:
        return f"{values['modes']:,.0f} different stacks"
    return f"{values['modes']:.0f} of ten digits"


def lost_words(values: Values) -> str:
    """That the samples are nothing that could be counted."""
    if is_plane(values):
        few = values["quality"]
        share = "Hardly any" if few < 0.01 else f"Only {percent(few)}"
        return f"{share} of the points lie on a spot."
    # The classifier is strict: what a friendly eye still reads may be too ragged for it.
    thing = "stacks of digits" if "share_0" not in values else "digits"
    text = f"{percent(values['share_none'])} of the samples are no clean {thing}."
    return text[0].upper() + text[1:]


def one_sided_words(values: Values) -> str:
    """Who has won."""
    if values.get("told_apart", 0.5) <= FOOLED:
        return (
            "the discriminator takes the samples for more real than real ones, "
            "and teaches the generator nothing"
        )
    return (
        f"the discriminator tells {percent(values['told_apart'])} of the samples from real ones, "
        "and the generator's gradient has vanished"
    )


def healthy_words(values: Values) -> str:
    """That all is well."""
    if is_plane(values):
        good = percent(values["quality"])
        return f"{varied_words(values)} are made, and {good} of the points are good.".capitalize()
    good = percent(1 - values.get("share_none", 0.0))
    return f"{varied_words(values)} are written, {good} of the samples readable.".capitalize()


def early_words(values: Values) -> str:
    """What there is so far."""
    if is_plane(values):
        good = percent(values["quality"])
        return f"On its way: {varied_words(values)}, {good} of the points good."
    good = percent(1 - values.get("share_none", 0.0))
    return f"On its way: {varied_words(values)}, {good} of the samples readable."


def listed(digits: tuple[int, ...]) -> str:
    """ "1s", "1s and 7s", "1s, 3s and 7s"."""
    names = [f"{digit}s" for digit in digits]
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def percent(share: float) -> str:
    """ "78 %"; what is not quite all or nothing is not rounded to it."""
    whole = round(100 * share)
    if whole == 100 and share < 1:
        return "more than 99 %"
    return "less than 1 %" if whole == 0 and share > 0 else f"{whole} %"


def _few_classes(values: Values, ease: float = 1.0) -> bool:
    """Whether most of the ten digits are missing."""
    unlike = values["kl"] > CLEAR_KL / ease and values.get("recall", 1.0) < NO_RECALL * ease
    return values["modes"] <= ease * FEW_CLASSES or values["kl"] > GREAT_KL / ease or unlike


def _few_shapes(values: Values, ease: float = 1.0) -> bool:
    """Whether digits are written in few of the ways, or in one shape each."""
    ways = values.get("ways", 1.0) <= ease * FEW * values.get("ways" + REAL, 0.0)
    return ways or values.get("within", 1.0) < ease * ONE_SHAPE


def _few_cells(values: Values, ease: float = 1.0) -> bool:
    """Whether points are one clump, or keep to the neighbourhood of few spots, hit or not."""
    found = spots(values)
    clump = values.get("diversity", 1.0) < ease * CLUMP
    return bool(found) and (clump or len(alive(values)) <= ease * FEW * len(found))
