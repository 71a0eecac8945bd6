"""The commands that need no trained model: `models` lists them, `data pen` writes digits."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from studio.cli.outputs import insist_on_suffix

if TYPE_CHECKING:
    import argparse

    from studio.cli.outputs import Json
    from studio.cli.speech import Progress


def list_models(arguments: argparse.Namespace, progress: Progress) -> tuple[Json, int]:
    """All models, with all that a form for their settings needs."""
    import models

    return [_described(models.spec(name)) for name in models.available()], 0


def _described(spec: Any) -> Json:
    return {
        "name": spec.name,
        "title": spec.card.title,
        "family": spec.card.family,
        "year": spec.card.year,
        "sentence": spec.card.sentence,
        "capabilities": list(spec.capabilities),
        "settings": [
            {
                "name": field.name,
                "label": field.metadata["label"],
                "type": type(field.default).__name__,
                "default": field.default,
                "low": field.metadata["low"],
                "high": field.metadata["high"],
                "choices": list(field.metadata["choices"]),
                "unit": field.metadata["unit"],
                "live": field.metadata["live"],
                "help": field.metadata["help"],
            }
            for field in dataclasses.fields(spec.config)
        ],
    }


def write_pen(arguments: argparse.Namespace, progress: Progress) -> tuple[Json, int]:
    """Writes digits of the procedural pen, their classes and their ways of writing."""
    insist_on_suffix(arguments.out, ".npz")
    import numpy as np

    from studio.data import pen
    from studio.library.pictures import write_npz

    written = pen.generate(
        arguments.count,
        arguments.seed,
        progress=lambda message, fraction: progress.show(f"{message} {fraction:.0%}"),
    )
    assert written.ways is not None
    write_npz(
        arguments.out,
        images=written.images,
        labels=written.labels,
        ways=written.ways,
        way_names=np.array(written.way_names),
    )
    return {
        "out": str(arguments.out),
        "data": "pen",
        "count": len(written),
        "seed": arguments.seed,
        "checksum": written.checksum,
    }, 0
