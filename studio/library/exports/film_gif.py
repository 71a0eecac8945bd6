"""The training film as a GIF: plays in every program that shows pictures."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image

from studio.library.exports.film import check_film, frames
from studio.library.files import export

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from studio.library.exports.caption import Caption

# Black and white stay what they are, and 32 greys are as many as an eye tells apart in motion.
_FEWER_GREYS = [round(round(grey / 255 * 31) / 31 * 255) for grey in range(256)]


def training_film_gif(
    path: Path,
    grids: NDArray[np.uint8],
    steps: Sequence[int] | NDArray[np.int64],
    *,
    caption: Caption,
    fps: float = 12,
    hold_last_seconds: float = 2,
    progress: Callable[[float], None] = lambda fraction: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Writes an endless GIF, one frame per grid, with a step counter and a bar of progress.

    Arguments:
        grids: uint8 (T, N, H, W) or (T, N, H, W, 3), T and N at least 1.
        steps: (T,), burnt into the frames; `caption.step` is not used.
        fps: Frames per second.
        hold_last_seconds: How long the last frame stays.
        progress: Told the share that is done, in [0, 1].
        cancelled: Asked before each frame.

    Raises:
        ValueError: there is no grid, or `path` cannot be written; one sentence.
        ExportCancelled: `cancelled()` said True.
    """
    check_film(grids, steps)
    durations = [round(1000 / fps)] * (len(grids) - 1) + [round(1000 * hold_last_seconds)]
    write_gif(path, frames(grids, steps, caption, progress, cancelled), durations, grids.ndim == 4)
    progress(1.0)


def write_gif(
    path: Path, pictures: Iterator[Image.Image], durations: Sequence[int], grey: bool
) -> None:
    """Writes at least one picture, RGB, as an endless GIF.

    Arguments:
        durations: How long each stays, in milliseconds.
        grey: They have no colours.

    Raises:
        ValueError: `path` cannot be written; one sentence.
    """
    pictures = _palettes(pictures, grey)
    first = next(pictures)
    buffer = io.BytesIO()
    first.save(
        buffer,
        "GIF",
        save_all=True,
        append_images=pictures,
        duration=list(durations),
        loop=0,
        optimize=True,
    )
    export(path, buffer.getvalue())


def _palettes(pictures: Iterator[Image.Image], grey: bool) -> Iterator[Image.Image]:
    """The pictures with a palette: greys, or the 256 colours of their own."""
    for picture in pictures:
        if grey:
            # Early grids are noise, which GIF cannot pack: fewer greys make the file half as large.
            yield picture.convert("L").point(_FEWER_GREYS)
        else:
            # A hundred times faster than the median cut, and digits show no difference.
            how = Image.Quantize.FASTOCTREE
            yield picture.quantize(256, method=how, dither=Image.Dither.NONE)
