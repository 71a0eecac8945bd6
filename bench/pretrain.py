"""Makes the small model that ships in `resources/models/`: `python -m bench.pretrain`.

The window shows it at the first start, so that there is something to draw for and to walk on
before anything has been trained.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import models
from models import ImageShape
from studio.engine.config import TrainConfig
from studio.engine.controls import Controls
from studio.engine.events import RoundsPlayed, SnapshotTaken
from studio.engine.session import play
from studio.library.format import ModelSpec, pack_model

SHIPPED = {"latent_dim": 2, "hidden": 512, "steps": 8_000}
"""Two numbers in a code, so that the map shows the whole of the latent space."""

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "models"


def main() -> None:
    """Trains on pen and writes the weights."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--model", default="vae")
    parser.add_argument("--set", action="append", metavar="KEY=VALUE", help="instead of SHIPPED")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    shipped = SHIPPED if options.model == "vae" else {}
    values = dict(pair.split("=", 1) for pair in options.set) if options.set else shipped
    settings = models.spec(options.model).config.from_values(values)
    config = TrainConfig(model=options.model, settings=settings, threads=options.threads)
    snapshot = None
    for event in play(config, Controls()):
        if isinstance(event, SnapshotTaken):
            snapshot = event
        elif isinstance(event, RoundsPlayed):
            totals = {name: rows.terms["total"][-1] for name, rows in event.losses.items()}
            print(event.step, totals, end="\r", flush=True)
    assert snapshot is not None
    spec = ModelSpec(
        model=options.model,
        settings=settings,
        shape=ImageShape(),
        step=snapshot.step,
        data=config.data,
        seed=config.seed,
    )
    path = options.out or FOLDER / f"{options.model}_pen.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pack_model(snapshot.weights, spec))
    print(f"\n{path}: {path.stat().st_size:,} bytes")


main()
