"""What readings say: healthy, few modes, no digits, imbalance; and when alarms begin and end."""

from __future__ import annotations

import json
import math

import pytest

from studio.instruments.verdict import Alarm, Judge, verdict

FAIR = dict.fromkeys(range(10), 0.1)


def digits(shares: dict[int, float] | None = None, **others: float) -> dict[str, float]:
    """A reading of digits with these shares, the rest none, that fits together."""
    shares = FAIR if shares is None else shares
    total = sum(shares.values())
    parts = [share / total for share in shares.values() if share] if total else []
    kl = sum(p * math.log(10 * p) for p in parts) if parts else math.log(10)
    alive = sum(share >= 0.01 for share in shares.values())
    return {
        **{f"share_{digit}": shares.get(digit, 0.0) for digit in range(10)},
        "share_none": 1 - total,
        "modes": float(alive),
        "kl": kl,
        "confidence": 0.9,
        "diversity": 1.0,
        "within": 0.9,
        "frechet": 100.0 + 1_000 * (1 - total),
        "recall": 0.05 * alive if alive > 2 else 0.0,
        "coverage": 0.05 * alive,
        **others,
    }


COLLAPSED = digits({1: 0.5, 7: 0.28, 4: 0.12, 9: 0.1}, recall=0.02, coverage=0.1)
NOISE = digits({}, coverage=0.0)
HEALTHY = digits()


def plane(near: list[float], quality: float, modes: int, **others: float) -> dict[str, float]:
    return {
        **{f"mode_{spot}": share for spot, share in enumerate(near)},
        "quality": quality,
        "modes": float(modes),
        "kl": math.log(len(near) / max(modes, 1)),
        "diversity": 1.0,
        **others,
    }


RING = plane([0.125] * 8, 0.9, 8)


def spot(number: int, quality: float = 0.95) -> dict[str, float]:
    return plane([1.0 if one == number else 0.0 for one in range(8)], quality, int(quality > 0.3))


def watch(readings: list[dict[str, float]], judge: Judge | None = None, every: int = 100,
          start: int = 0) -> list[tuple[int, Alarm]]:  # fmt: skip
    judge = judge or Judge()
    return [
        (start + every * number, alarm)
        for number, values in enumerate(readings)
        for alarm in judge.see(start + every * number, values)
    ]


def rules(seen: list[tuple[int, Alarm]]) -> list[tuple[int, str, bool]]:
    return [(step, alarm.rule, alarm.begins) for step, alarm in seen]


@pytest.mark.parametrize(("values", "kind"), [
    (HEALTHY, "healthy"),
    (COLLAPSED, "few modes"),
    (NOISE, "no digits"),
    (digits({8: 0.05}), "no digits"),
    (digits({**dict.fromkeys(range(10), 0.05)}, coverage=0.1), "early"),
    (digits(within=0.1), "few modes"),
    (digits(ways=9.0, ways_real=22.0), "few modes"),
    (digits(ways=19.0, ways_real=22.0), "healthy"),
    (digits(told_apart=0.999, gradient_generator=1e-5), "imbalance"),
    (digits(told_apart=0.999, gradient_generator=0.3), "healthy"),
    (digits(told_apart=0.999), "healthy"),
    (digits(told_apart=0.02), "imbalance"),
    (RING, "healthy"),
    (spot(3), "few modes"),
    (spot(3, quality=0.0), "few modes"),
    (plane([0.125] * 8, 0.02, 0), "no digits"),
    (plane([0.125] * 8, 0.4, 6), "early"),
    ({"modes": 600.0, "modes_real": 632.0, "kl": 0.5, "share_none": 0.1}, "healthy"),
    ({"modes": 60.0, "modes_real": 632.0, "kl": 3.5, "share_none": 0.1}, "few modes"),
    ({"modes": 3.0, "modes_real": 632.0, "kl": 6.5, "share_none": 0.9}, "no digits"),
    ({"variety": 0.4}, "early"),
    ({}, "early"),
])  # fmt: skip
def test_verdicts(values: dict[str, float], kind: str) -> None:
    found = verdict(values)
    assert found.kind == kind
    assert found.sentence[0].isupper() or found.sentence[0].isdigit()
    assert found.sentence.endswith(".")


def test_sentences_name_digits_and_shares() -> None:
    assert verdict(digits({1: 0.5, 7: 0.28, 4: 0.12, 9: 0.1}, told_apart=0.8)).sentence == (
        "The generator writes almost only 1s and 7s: 78 % of the samples."
    )
    assert verdict(digits({3: 0.4, 5: 0.02})).sentence == (
        "The model writes almost only 3s: 95 % of the samples that can be read."
    )
    assert verdict(spot(2)).sentence == (
        "The model keeps to one of the 8 spots, which is nearest to 100 % of the points."
    )
    clump = plane([0.125] * 8, 0.0, 0, diversity=0.2)
    assert verdict(clump).sentence == (
        "The model makes a single clump: its points differ 20 % as much as real ones."
    )
    assert verdict(plane([0.125] * 8, 0.02, 0)).sentence == "Only 2 % of the points lie on a spot."
    few = digits({1: 0.25, 2: 0.25, 3: 0.25, 4: 0.25}, recall=0.2)
    assert verdict(few).sentence == (
        "The model writes almost only 1s, 2s and 3s: 75 % of the samples."
    )
    few = digits({1: 0.2, 2: 0.2, 3: 0.2, 4: 0.2, 5: 0.2}, recall=0.2)
    assert verdict(few).sentence == (
        "The model writes 5 of the ten digits, mostly 1s, 2s, 3s and 4s."
    )
    nothing = verdict(digits({0: 0.001})).sentence
    assert nothing == "More than 99 % of the samples are no clean digits."
    stacks = {"modes": 78.0, "modes_real": 1000.0, "kl": 4.0, "share_none": 0.0}
    assert verdict(stacks).sentence == (
        "The model writes 78 different stacks, where as many real ones have 1,000."
    )


def test_noise_that_looks_like_an_eight_is_no_collapse() -> None:
    """A class histogram alone would say: only 8s."""
    assert verdict(digits({8: 0.2}, confidence=0.99)).kind == "no digits"
    assert rules(watch([HEALTHY] * 3 + [digits({8: 0.2})] * 5)) == [(400, "no digits", True)]


def test_a_collapse_begins_after_two_readings_and_tells_since_when() -> None:
    seen = watch([HEALTHY] * 3 + [{**COLLAPSED, "told_apart": 0.9}] * 4)
    assert rules(seen) == [(400, "collapse", True)]
    assert seen[0][1].message == (
        "Since step 300 the generator writes almost only 1s and 7s: 78 % of the samples."
    )


def test_a_single_reading_is_chance() -> None:
    assert watch([HEALTHY] * 3 + [COLLAPSED] + [HEALTHY] * 3 + [NOISE] + [HEALTHY] * 3) == []


def test_a_collapse_ends_when_the_samples_are_varied_for_good() -> None:
    between = digits({**dict.fromkeys(range(6), 0.165), 6: 0.01}, recall=0.3)
    seen = watch(
        [HEALTHY] * 2 + [COLLAPSED] * 3 + [between] * 3 + [HEALTHY, COLLAPSED] + [HEALTHY] * 2
    )
    assert rules(seen) == [(300, "collapse", True), (1_100, "collapse", False)]
    assert seen[1][1].message == (
        "Since step 1,000 the samples are varied again: 10 of ten digits."
    )


def test_the_start_of_a_run_is_no_collapse() -> None:
    first = [NOISE] * 5 + [digits({8: 0.1, 9: 0.05})] * 3 + [digits({1: 0.4, 7: 0.3})] * 5
    assert watch(first + [digits({**FAIR, 1: 0.2})] * 3) == []


def test_points_that_have_not_found_the_spots_yet_have_not_left_them() -> None:
    """The first clump turns into a smear, and that into spots."""
    clump, smear = plane([0.125] * 8, 0.0, 0, diversity=0.2), plane([0.125] * 8, 0.03, 0)
    better = [plane([0.125] * 8, 0.01 * n, 0) for n in range(1, 20)]
    assert watch([clump] * 3 + [smear] * 3 + better + [RING] * 3) == []
    assert rules(watch([RING] * 3 + [smear] * 3)) == [(400, "no digits", True)]
    assert rules(watch([smear] * 12)) == [(1_000, "no digits", True)]


def test_a_run_that_has_only_ever_made_few_is_told_in_the_end() -> None:
    seen = watch([COLLAPSED] * 40)
    assert rules(seen) == [(3_000, "collapse", True)]
    assert rules(watch([spot(1)] * 40)) == [(1_000, "collapse", True)]


def test_a_run_that_never_gets_anywhere_is_told() -> None:
    seen = watch([NOISE] * 40)
    assert rules(seen) == [(3_000, "no digits", True)]
    assert "got nowhere" in seen[0][1].message


def test_a_slow_run_that_comes_closer_is_left_alone() -> None:
    slow = [digits({}, frechet=1_000 * 0.93**number) for number in range(80)]
    assert watch(slow) == []
    assert rules(watch(slow + [slow[-1]] * 20)) == [(8_900, "no digits", True)]


def test_leaving_the_digits_is_no_collapse() -> None:
    seen = watch([HEALTHY] * 4 + [NOISE] * 4 + [HEALTHY] * 3)
    assert rules(seen) == [(500, "no digits", True), (800, "no digits", False)]
    assert seen[0][1].message == (
        "Since step 400 the samples leave the digits: 100 % of the samples are no clean digits."
    )


def test_a_collapse_may_end_in_noise() -> None:
    seen = watch([HEALTHY] * 3 + [COLLAPSED] * 3 + [NOISE] * 3)
    assert rules(seen) == [
        (400, "collapse", True), (700, "no digits", True), (700, "collapse", False),
    ]  # fmt: skip


def test_hardly_readable_samples_do_not_flicker() -> None:
    odd, even = (digits(dict.fromkeys(range(10), share / 10)) for share in (0.23, 0.3))
    assert rules(watch([HEALTHY] * 3 + [odd, odd, even, odd, even, odd])) == [
        (400, "no digits", True)
    ]


def test_moving_from_mode_to_mode_is_rotation() -> None:
    turning = [digits({n % 10: 0.7, (n + 1) % 10: 0.3}, recall=0.0) for n in range(0, 20, 2)]
    seen = watch([HEALTHY] * 2 + turning)
    assert rules(seen) == [(300, "collapse", True), (700, "rotation", True)]
    assert "moves from few digits to others" in seen[1][1].message
    ring = watch([RING] * 2 + [spot(n % 8, quality=0.0) for n in range(8)])
    assert rules(ring) == [(300, "collapse", True), (700, "rotation", True)]
    assert "spots" in ring[1][1].message


def test_rotation_ends_when_it_stays_or_when_all_is_well() -> None:
    turning = [spot(n % 8) for n in range(8)]
    stays = watch([RING] * 2 + turning + [spot(7)] * 6)
    assert ("rotation", False) in [(alarm.rule, alarm.begins) for _, alarm in stays]
    well = watch([RING] * 2 + turning + [RING] * 3)
    assert rules(well)[2:] == [(1_100, "collapse", False), (1_100, "rotation", False)]


def test_the_same_few_with_noise_are_no_rotation() -> None:
    readings = [
        digits({1: 0.4 + 0.02 * (n % 3), 7: 0.3 - 0.02 * (n % 2), 4: 0.15, 9: 0.13}, recall=0.0)
        for n in range(20)
    ]
    assert rules(watch([HEALTHY] * 2 + readings)) == [(300, "collapse", True)]


def test_imbalance_takes_long() -> None:
    won = digits(told_apart=1.0, gradient_generator=1e-6)
    assert watch([HEALTHY] * 2 + [won] * 4 + [HEALTHY]) == []
    seen = watch([HEALTHY] * 2 + [won] * 6 + [HEALTHY])
    assert rules(seen) == [(600, "imbalance", True), (800, "imbalance", False)]
    assert "gradient has vanished" in seen[0][1].message


def test_ceilings_of_the_first_reading_are_remembered() -> None:
    few = {"modes": 60.0, "kl": 3.5, "share_none": 0.1}
    all_of_them = {"modes": 600.0, "kl": 0.5, "share_none": 0.1}
    seen = watch([{**all_of_them, "modes_real": 632.0}, all_of_them, few, few])
    assert rules(seen) == [(300, "collapse", True)]
    assert "632" in seen[0][1].message


def test_readings_without_samples_are_passed_over() -> None:
    assert watch([{}, {"variety": 0.2}, {"gradient_generator": 0.1}] * 30) == []


STORY = (
    [NOISE] * 4 + [HEALTHY] * 3 + [COLLAPSED] * 3 + [HEALTHY] * 3 + [NOISE] * 3
    + [digits({n % 10: 0.7, (n + 1) % 10: 0.3}, recall=0.0) for n in range(0, 20, 2)]
    + [digits(told_apart=0.0)] * 6
)  # fmt: skip


@pytest.mark.parametrize("cut", range(1, len(STORY), 3))
def test_a_run_that_goes_on_later_is_judged_the_same(cut: int) -> None:
    whole = watch(STORY)
    judge = Judge()
    first = watch(STORY[:cut], judge)
    kept = json.loads(json.dumps(judge.memory(), allow_nan=False))
    rest = watch(STORY[cut:], Judge(kept), start=100 * cut)
    assert first + rest == whole
    assert len(whole) > 6


@pytest.mark.parametrize("memory", [
    {}, {"rules": 3}, [], "text", 7,
    {**Judge().memory(), "rules": {}},
    {**Judge().memory(), "main": [["x"]]},
    {**Judge().memory(), "ceilings": 3},
    {**Judge().memory(), "first": "soon"},
])  # fmt: skip
def test_nonsense_is_not_remembered(memory: object) -> None:
    with pytest.raises(ValueError, match="not what a judge remembers"):
        Judge(memory)  # type: ignore[arg-type]
