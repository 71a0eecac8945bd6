"""The command `lab`: what there is to try, one experiment explained and played, or over seeds."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.cli.speech import Progress, duration
from studio.instruments.gauges import gauge
from studio.lab.preset import GROUPS
from studio.lab.presets import PRESETS, find

if TYPE_CHECKING:
    import argparse

    from studio.lab.preset import Preset, Reading
    from studio.lab.trial import Trial

ABOUT = "List the experiments of the collapse lab, or explain and play one."
WIDTH = 96
SHOWN = ("modes", "kl", "share_none", "quality", "diversity", "coverage", "told_apart")
PULLS = {"gradient_discriminator": "D's gradient", "gradient_critic": "critic's gradient"}
PULLS |= {"gradient_generator": "G's gradient"}
MOST = 1_000


def add_parser(subparsers: Any) -> None:
    """Adds the command, whose work is `run`."""
    parser = subparsers.add_parser("lab", help=ABOUT, description=ABOUT, allow_abbrev=False)
    parser.add_argument("name", nargs="?", metavar="NAME", help="an experiment that `lab` lists")
    seeds = parser.add_mutually_exclusive_group()
    seeds.add_argument("--seed", metavar="S", help="play it with this seed (default: its own)")
    seeds.add_argument("--seeds", metavar="K", help="play it K times, with seeds 0 to K - 1")
    parser.add_argument("--json", action="store_true", help="answer with one line of JSON")
    parser.add_argument("--root", type=Path, metavar="DIR", help="where the data lie already")
    parser.add_argument("--device", default="cpu", help="auto, cpu, cuda or mps (default: cpu)")
    parser.add_argument("--threads", metavar="T", help="CPU threads (default: 1)")


def run(options: argparse.Namespace) -> int:
    """Prints the answer; the exit status is 1 where a single trial did not keep its promise.

    Raises:
        ValueError: no such experiment, or it cannot be played here; one sentence.
    """
    if options.name is None:
        _list(as_json=options.json)
        return 0
    preset = find(options.name)
    first = preset.seed if options.seed is None else _whole("--seed", options.seed, 0, 2**63 - 1)
    count = 1 if options.seeds is None else _whole("--seeds", options.seeds, 1, MOST)
    seeds = [first] if options.seeds is None else list(range(count))
    threads = 1 if options.threads is None else _whole("--threads", options.threads, 1, 1_024)
    if not options.json:
        _explain(preset)
    trials = _play(preset, seeds, options, threads)
    kept = sum(trial.kept for trial in trials)
    if options.json:
        print(json.dumps(_described(preset) | {"trials": [_outcome(t) for t in trials]}))
    elif options.seeds is None:
        came = "came true" if kept else "did not come true"
        print(f"\nThe promise {came} with seed {first}, in {duration(trials[0].seconds)}.")
        print(f"It was tested before: {preset.record}.")
    else:
        print(f"\n{kept} of {count} seeds")
    return 0 if kept or options.seeds is not None else 1


def _play(
    preset: Preset, seeds: list[int], options: argparse.Namespace, threads: int
) -> list[Trial]:
    # PyTorch takes seconds to load; who only wants the list should not wait for it.
    import torch

    from studio.lab.trial import play_trial, prepare

    progress = Progress()
    progress.show(f"Opening {preset.data}")
    ground = prepare(preset, root=options.root)
    torch.set_num_threads(threads)
    single, loud = len(seeds) == 1, not options.json
    trials = []
    for seed in seeds:

        def told(reading: Reading) -> None:
            if loud and single:
                progress.say(_line(reading))

        def reached(step: int, seed: int = seed) -> None:
            progress.show(f"seed {seed}, round {step:,} of {preset.steps:,}")

        trial = play_trial(
            preset, seed, ground=ground, device=options.device, told=told, reached=reached
        )
        trials.append(trial)
        if loud and not single:
            progress.end()
            print(_row(preset, trial), flush=True)
        if loud and trial.failed:
            progress.say(trial.failed)
    progress.end()
    return trials


def _list(*, as_json: bool) -> None:
    if as_json:
        print(json.dumps([_described(preset) for preset in PRESETS]))
        return
    longest = max(len(preset.name) for preset in PRESETS)
    for group, heading in GROUPS.items():
        print(f"{heading}")
        for preset in (p for p in PRESETS if p.group == group):
            print(
                f"  {preset.name:{longest}}  {preset.title} "
                f"({preset.record}, {duration(preset.seconds)})"
            )
        print()
    print("Explain and play one: python main.py lab NAME; over seeds: --seeds 10")


def _explain(preset: Preset) -> None:
    print(preset.title)
    for paragraph in preset.paragraphs:
        print("\n" + textwrap.fill(paragraph, WIDTH))
    print("\nLook at")
    for point in preset.look_at:
        print(textwrap.fill(point, WIDTH, initial_indent="  - ", subsequent_indent="    "))
    settings = ", ".join(f"{name} {value}" for name, value in preset.settings.items())
    print("\n" + textwrap.fill(f"The game: {preset.model} on {preset.data}; {settings}.", WIDTH))
    for act in preset.acts:
        text = f"At round {act.step:,}: {act.caption}. {act.why}"
        print(textwrap.fill(text, WIDTH, initial_indent="  - ", subsequent_indent="    "))
    print("\n" + textwrap.fill(f"Promise: {preset.promise.sentence}", WIDTH))
    print(f"Tested: {preset.record}.\n", flush=True)


def _line(reading: Reading) -> str:
    return f"round {reading.step:6,}: " + ", ".join(_words(reading))


def _words(reading: Reading) -> list[str]:
    values = reading.values
    words = [
        f"{gauge(name).title.lower()} {gauge(name).text(values[name])}"
        for name in SHOWN
        if name in values
    ]
    return words + [f"{said} {values[name]:.3g}" for name, said in PULLS.items() if name in values]


def _row(preset: Preset, trial: Trial) -> str:
    """A seed in one line: kept or not, and modes and KL where something was done, and at last."""
    steps = {*(act.step for act in preset.acts), preset.steps}
    cells = [
        f"{reading.step:,}: {reading.values.get('modes', 0):.0f} modes, "
        f"KL {reading.values.get('kl', 0):.2f}, G's gradient "
        f"{reading.values.get('gradient_generator', 0):.2g}"
        for reading in trial.readings
        if reading.step in steps
    ]
    verdict = "kept" if trial.kept else "not kept"
    return f"seed {trial.seed:3}  {verdict:8}  " + "; ".join(cells)


def _described(preset: Preset) -> dict[str, Any]:
    return {
        "name": preset.name,
        "title": preset.title,
        "group": preset.group,
        "model": preset.model,
        "data": preset.data,
        "settings": dict(preset.settings),
        "seed": preset.seed,
        "acts": [
            {
                "step": act.step,
                "caption": act.caption,
                "why": act.why,
                "changes": dict(act.changes),
                "freeze": dict(act.freeze),
            }
            for act in preset.acts
        ],
        "paragraphs": list(preset.paragraphs),
        "look_at": list(preset.look_at),
        "promise": preset.promise.sentence,
        "steps": preset.steps,
        "kept": list(preset.kept),
        "seconds": preset.seconds,
    }


def _outcome(trial: Trial) -> dict[str, Any]:
    return {
        "seed": trial.seed,
        "kept": trial.kept,
        "failed": trial.failed,
        "seconds": round(trial.seconds, 2),
        "readings": [
            {"step": reading.step, "values": dict(reading.values)} for reading in trial.readings
        ],
    }


def _whole(option: str, text: str, low: int, high: int) -> int:
    try:
        value = int(text)
    except ValueError:
        raise ValueError(f"{option} must be a whole number, not {text!r}") from None
    if not low <= value <= high:
        raise ValueError(f"{option} must be from {low:,} to {high:,}, not {value:,}")
    return value
