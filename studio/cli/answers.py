"""The commands that ask a trained model for something: `sample`, `encode` and `inpaint`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.cli.outputs import insist_on_suffix, pixels

if TYPE_CHECKING:
    import argparse

    import torch

    from studio.cli.outputs import Json
    from studio.cli.speech import Progress
    from studio.library.format import LoadedModel

CHUNK = 500
"""Digits that are sampled at a time; part of what a seed means."""
ENCODE_CHUNK = 64


def sample(arguments: argparse.Namespace, progress: Progress) -> tuple[Json, int]:
    """Draws new digits into an array or a picture; the same seed draws the same digits."""
    insist_on_suffix(arguments.out, ".npz", ".png")
    import torch

    from models import means
    from studio.data import plane_of
    from studio.engine.images import to_pictures, to_points
    from studio.engine.seeding import generator
    from studio.library.exports.caption import Caption
    from studio.library.exports.grid import sample_grid_png
    from studio.library.pictures import write_npz

    loaded, device = _open(arguments)
    labels = _labels(loaded, arguments.label, arguments.count)
    noise = generator(device, arguments.seed, "sample")
    pieces = []
    with torch.no_grad():
        for first in range(0, arguments.count, CHUNK):
            progress.show(f"sampled {first:,} of {arguments.count:,}")
            count = min(CHUNK, arguments.count - first)
            told = None if labels is None else labels[first : first + count].to(device)
            drawn = means.sample(loaded.model, count, generator=noise, labels=told)
            pieces.append(drawn.clamp(0, 1).cpu())
    images, plane = torch.cat(pieces), plane_of(loaded.data)
    how = means.way(loaded.model, "sample")
    if arguments.out.suffix.lower() == ".png":
        sample_grid_png(
            arguments.out,
            to_pictures(images, plane),
            caption=Caption(
                loaded.title,
                step=loaded.step,
                seed=arguments.seed,
                data=loaded.data,
                extra="" if arguments.label is None else f"label {arguments.label}",
            ),
            metadata=_about(loaded),
        )
    elif plane is not None:
        write_npz(arguments.out, points=to_points(images, plane))
    else:
        write_npz(arguments.out, images=pixels(images))
    return _result(arguments, loaded, how, count=arguments.count, seed=arguments.seed), 0


def encode(arguments: argparse.Namespace, progress: Progress) -> tuple[Json, int]:
    """Writes the codes of given digits, what the model makes of them, and the mean error."""
    insist_on_suffix(arguments.out, ".npz")
    import numpy as np
    import torch

    from models import means
    from models.capabilities import HasCodebook
    from studio.engine.seeding import generator
    from studio.library.pictures import read_digits, write_npz

    loaded, device = _open(arguments)
    model = loaded.model
    for ability in ("encode", "reconstruct"):
        if not means.can(model, ability):
            raise ValueError(means.way(model, ability))
    _insist_on_grey(loaded)
    digits = torch.from_numpy(read_digits(arguments.image, *model.shape.chw[1:]))[:, None]
    noise = generator(device, arguments.seed, "encode")
    latents, copies, codes = [], [], []
    for first in range(0, len(digits), ENCODE_CHUNK):
        chunk = digits[first : first + ENCODE_CHUNK].to(device)
        for step in means.reconstruct(model, chunk, generator=noise):
            share = (first + step.fraction * len(chunk)) / len(digits)
            progress.show(f"encoding {share:.0%}")
        copies.append(step.images.clamp(0, 1).cpu())
        if step.state is None:  # the model copies by itself; its codes are another question
            *_, step = means.encode(model, chunk, generator=noise)
        assert step.state is not None, "the last step of an encoding holds the codes"
        latents.append(step.state.float().cpu())
        if isinstance(model, HasCodebook):
            with torch.no_grad():
                codes.append(model.codes(chunk).cpu())
    arrays = {
        "latents": torch.cat(latents).numpy(),
        "reconstructions": pixels(torch.cat(copies)),
    }
    if codes:
        arrays["codes"] = torch.cat(codes).numpy()
    write_npz(arguments.out, **arrays)
    error = float(np.mean((arrays["reconstructions"] - digits[:, 0].numpy()) ** 2))
    return (
        _result(
            arguments,
            loaded,
            means.way(model, "encode"),
            count=len(digits),
            latents=list(arrays["latents"].shape),
            error=error,
        ),
        0,
    )


def inpaint(arguments: argparse.Namespace, progress: Progress) -> tuple[Json, int]:
    """Fills the hole in one digit in several ways and leaves the rest of it alone.

    The ways are chosen among more tries, from the most likely to the most varied. Without a mask
    the model finds out by itself what is missing.
    """
    insist_on_suffix(arguments.out, ".npz")
    import numpy as np
    import torch

    from models import means
    from studio.engine.explorer import Explorer
    from studio.engine.filling import CANDIDATES, fill
    from studio.engine.images import to_arrays
    from studio.instruments.choosing import choose
    from studio.library.pictures import read_digits, read_mask, write_npz

    loaded, _ = _open(arguments)
    model = loaded.model
    if not means.can(model, "inpaint"):
        raise ValueError(means.way(model, "inpaint"))
    _insist_on_grey(loaded)
    sides = model.shape.chw[1:]
    digits = read_digits(arguments.image, *sides)
    if len(digits) != 1:
        raise ValueError(f"{arguments.image} holds {len(digits):,} digits: give one at a time")
    drawing = to_arrays(torch.from_numpy(digits)[:, None])[0]
    hole = None if arguments.mask is None else read_mask(arguments.mask, *sides)
    steps = fill(
        Explorer(model),
        drawing,
        hole,
        candidates=max(CANDIDATES, arguments.count),
        seed=arguments.seed,
    )
    for filled in steps:
        progress.show(f"filling the hole {filled.fraction:.0%}")
    order = choose(filled.images, filled.plausibility, arguments.variety, arguments.count)
    written = np.divide(filled.images[order], 255, dtype=np.float32)
    write_npz(
        arguments.out,
        # What was given may be finer than bytes.
        images=np.where(filled.hole, written, digits[0]).astype(np.float32),
        plausibility=filled.plausibility[order],
        hole=filled.hole,
    )
    told = _result(arguments, loaded, filled.how, count=len(order), seed=arguments.seed)
    return told | {"plausibility": filled.by}, 0


def _open(arguments: argparse.Namespace) -> tuple[LoadedModel, torch.device]:
    import torch

    from studio.engine.device import resolve
    from studio.library.opening import load_model

    device = resolve(arguments.device)
    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    loaded = load_model(arguments.run, arguments.at)
    loaded.model.to(device)
    return loaded, device


def _labels(loaded: LoadedModel, label: int | None, count: int) -> torch.Tensor | None:
    import torch

    from models.capabilities import Conditional

    if label is None:
        return None
    if not isinstance(loaded.model, Conditional):
        raise ValueError(f"{loaded.title} cannot be told which digit to draw: leave out --label")
    classes = loaded.spec.shape.classes
    if not 0 <= label < classes:
        raise ValueError(f"--label must be from 0 to {classes - 1}, not {label}")
    return torch.full((count,), label, dtype=torch.int64)


def _insist_on_grey(loaded: LoadedModel) -> None:
    if loaded.spec.shape.pixels == 2:
        raise ValueError(
            f"{loaded.title} in this run draws points of the plane; only digits can be read"
        )
    if loaded.spec.shape.channels != 1:
        raise ValueError(
            f"{loaded.title} in this run paints in colour; only grey digits can be read"
        )


def _about(loaded: LoadedModel) -> dict[str, object]:
    from studio.library.format import plain_settings

    return {"name": loaded.spec.model, "settings": plain_settings(loaded.spec.settings)}


def _result(arguments: argparse.Namespace, loaded: LoadedModel, how: str, **more: Json) -> Json:
    return {
        "out": str(arguments.out),
        "model": loaded.spec.model,
        "step": loaded.step,
        "how": how,
        **more,
    }
