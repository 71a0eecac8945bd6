"""The command `evaluate`: every measure of a trained model beside what real data would get."""

from __future__ import annotations

import json
import shutil
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.cli import options
from studio.cli.speech import Progress

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    import torch
    from torch import Tensor

    from studio.cli.outputs import Json
    from studio.data.dataset import Dataset
    from studio.library.format import LoadedModel

ABOUT = "Measure what a trained model draws beside what real data would get."
COUNT = 1_000
FEWEST = 200
"""Samples without which no measure says anything."""
CHUNK = 500
"""As in `sample`, so that both draw the same digits from a seed."""
WIDTH, NARROWEST = 120, 40
"""Columns of the table where no terminal says, and those that explanations need at least."""
JUDGED = 256
"""Images of each kind that the discriminator ranks."""


def add_parser(commands: Any) -> None:
    """Adds the command to the sub-parsers of `python main.py`."""
    parser = commands.add_parser("evaluate", help=ABOUT, description=ABOUT, allow_abbrev=False)
    parser.add_argument("folder", type=Path, metavar="RUNDIR", help="a run folder or a model file")
    parser.add_argument("--against", metavar="DATA", help="mnist or pen (default: its own data)")
    parser.add_argument(
        "--at", type=options.step, metavar="STEP", help="at its last snapshot until STEP"
    )
    parser.add_argument("--json", action="store_true", help="print one object and no table")
    parser.add_argument(
        "--count", type=_enough, default=COUNT, metavar="N", help=f"samples (default: {COUNT:,})"
    )
    parser.add_argument("--root", type=Path, metavar="DIR", help="where the data's files lie")
    parser.add_argument("--seed", type=options.seed, default=0, metavar="S", help="default: 0")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: auto)")
    parser.add_argument("--threads", type=options.threads, metavar="T", help="CPU threads")


def run(arguments: argparse.Namespace) -> int:
    """Draws samples, measures them and prints a table, or one line of JSON; the exit status.

    Raises:
        ValueError: the run, the data or their kinds do not allow it, in one sentence.
    """
    progress = Progress()
    loaded, result = _measured(arguments, progress)
    progress.end()
    print(json.dumps(result) if arguments.json else _table(loaded, result), flush=True)
    return 0


def _measured(
    arguments: argparse.Namespace, progress: Progress
) -> tuple[LoadedModel, dict[str, Json]]:
    import numpy as np
    import torch

    from studio import data
    from studio.engine.device import resolve
    from studio.instruments.microscope import open_microscope
    from studio.library.opening import load_model

    device = resolve(arguments.device)
    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    loaded = load_model(arguments.folder, arguments.at)
    against = arguments.against or loaded.data
    if not against:
        raise ValueError("this file does not say what it learned from: choose by --against")
    real = data.load(
        against,
        root=arguments.root,
        progress=lambda message, fraction: progress.show(f"{message} {fraction:.0%}"),
    )
    _insist_on_the_same_shape(loaded, real)
    microscope = open_microscope(real, seed=arguments.seed, count=arguments.count)
    if microscope is None:
        raise ValueError(f"no instrument reads {against}: choose other data by --against")
    loaded.model.to(device)
    samples = _draw(loaded, arguments, device, progress)
    progress.show("measuring")
    values = dict(microscope.look(_pictures(samples, real)))
    verdict = _verdict(values)
    progress.show("measuring real data")
    ceilings = microscope.ceilings()
    chosen = np.random.default_rng(arguments.seed).permutation(len(real))[:JUDGED]
    values |= _told_apart(loaded, samples, real.images[chosen])
    result: dict[str, Json] = {
        "run": str(arguments.folder),
        "model": loaded.spec.model,
        "step": loaded.step,
        "data": loaded.data,
        "against": against,
        "count": arguments.count,
        "seed": arguments.seed,
        "verdict": verdict,
        "measures": {
            name: {
                "value": value,
                "real": ceilings.get(f"{name}_real"),
                "noise": ceilings.get(f"{name}_noise"),
            }
            for name, value in values.items()
        },
    }
    return loaded, result


def _enough(text: str) -> int:
    return options.number(text, FEWEST, options.MAX_COUNT)


def _insist_on_the_same_shape(loaded: LoadedModel, real: Dataset) -> None:
    height, width, *channels = real.images.shape[1:]
    there = (channels[0] if channels else 1, height, width)
    if real.plane is not None:
        there = loaded.model.shape.chw if loaded.data == real.name else (0, 0, 0)
    if loaded.model.shape.chw != there:
        raise ValueError(
            f"{loaded.title} in this run draws other images than those of {real.name}: "
            f"leave out --against, or name data like {loaded.data or 'its own'}"
        )


def _draw(
    loaded: LoadedModel, arguments: argparse.Namespace, device: torch.device, progress: Progress
) -> Tensor:
    """New samples, float32 (N, C, H, W) in [0, 1], on the model's device."""
    import torch

    from models import means
    from studio.engine.seeding import generator

    noise = generator(device, arguments.seed, "sample")
    pieces = []
    with torch.no_grad():
        for first in range(0, arguments.count, CHUNK):
            progress.show(f"sampled {first:,} of {arguments.count:,}")
            count = min(CHUNK, arguments.count - first)
            drawn = means.sample(loaded.model, count, generator=noise)
            pieces.append(drawn.nan_to_num(0.0, 1.0, 0.0).clamp(0, 1))
    return torch.cat(pieces)


def _pictures(samples: Tensor, real: Dataset) -> Any:
    from studio.engine.images import to_arrays

    if real.plane is not None:
        return real.plane.to_points(samples.cpu().numpy())
    return to_arrays(samples)


def _verdict(values: Mapping[str, float]) -> Json:
    from studio.instruments.verdict import verdict

    said = verdict(values)
    return {"kind": said.kind, "sentence": said.sentence}


def _told_apart(loaded: LoadedModel, samples: Tensor, real: Any) -> dict[str, float]:
    """How well a model's own discriminator, if any, ranks real images above its samples."""
    import torch

    from models.capabilities import Scores
    from studio.engine.images import to_tensor
    from studio.instruments.measures import auc

    if not isinstance(loaded.model, Scores):
        return {}
    device = samples.device
    if real.dtype.kind == "f":
        truth = torch.from_numpy(real.copy()).to(device).permute(0, 3, 1, 2)
    else:
        truth = to_tensor(real, device)
    with torch.no_grad():
        on_fake = loaded.model.score(samples[: len(truth)]).cpu().numpy()
        on_real = loaded.model.score(truth).cpu().numpy()
    return {"told_apart": auc(real_scores=on_real, scores=on_fake)}


def _table(loaded: LoadedModel, result: Mapping[str, Json]) -> str:
    """The measures in rows: title, value, what real data get, the noise, what it means."""
    from studio.instruments.gauges import GAUGES, gauge

    order = {known.name: place for place, known in enumerate(GAUGES)}
    rows = [("", "value", "real", "noise", "")]
    for name in sorted(result["measures"], key=lambda name: order.get(name, len(order))):
        known, found = gauge(name), result["measures"][name]
        real, noise = (
            "" if found[column] is None else known.text(found[column])
            for column in ("real", "noise")
        )
        meaning = known.help.split(". ")[0].split(": ")[0].rstrip(".")
        rows.append((known.title, known.text(found["value"]), real, noise, meaning))
    wide = [max(len(row[column]) for row in rows) for column in range(4)]
    head = f"{loaded.title} at step {loaded.step:,}, trained on {loaded.data or 'unknown data'}"
    head += f", {result['count']:,} samples against {result['against']}."
    lines = [head, result["verdict"]["sentence"], ""]
    used = sum(wide) + 8
    room = max(NARROWEST, shutil.get_terminal_size((WIDTH, 24)).columns - used)
    for title, value, real, noise, meaning in rows:
        first, *others = textwrap.wrap(meaning, room) or [""]
        numbers = f"{value:>{wide[1]}}  {real:>{wide[2]}}  {noise:>{wide[3]}}"
        lines.append(f"{title:<{wide[0]}}  {numbers}  {first}")
        lines += [" " * used + other for other in others]
    lines += [
        "",
        "real: what as many real ones get. noise: the standard deviation of that over draws.",
    ]
    return "\n".join(line.rstrip() for line in lines)
