"""The training as a film: the same noise, drawn again and again while the model learns."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from studio.library.exports.caption import Caption, font
from studio.library.exports.tiles import GROUND, columns_for, tile
from studio.library.files import export

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

FONT_SIZE = 14
MARGIN = 8
BAR = 3
LINE = FONT_SIZE + 6

# Black and white stay what they are, and 32 greys are as many as an eye tells apart in motion.
_FEWER_GREYS = [round(round(grey / 255 * 31) / 31 * 255) for grey in range(256)]


class ExportCancelled(Exception):
    """`cancelled()` said True; nothing was written."""


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
    if len(grids) == 0 or grids.shape[1] == 0:
        raise ValueError("there is no training film yet: train for a few seconds first")
    assert len(grids) == len(steps)
    frames = _frames(grids, steps, caption, progress, cancelled)
    first = next(frames)
    durations = [round(1000 / fps)] * (len(grids) - 1) + [round(1000 * hold_last_seconds)]
    buffer = io.BytesIO()
    first.save(
        buffer,
        "GIF",
        save_all=True,
        append_images=frames,
        duration=durations,
        loop=0,
        optimize=True,
    )
    progress(1.0)
    export(path, buffer.getvalue())


def _frames(
    grids: NDArray[np.uint8],
    steps: Sequence[int] | NDArray[np.int64],
    caption: Caption,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> Iterator[Image.Image]:
    """The frames in palette form: 256 greys, or the colours of the picture."""
    columns = columns_for(grids.shape[1])
    scale = max(1, min(4, round(560 / (columns * grids.shape[3]))))
    still = Caption(caption.model, None, caption.seed, caption.data, caption.extra)
    final = max(1, int(steps[-1]))
    for number, (grid, step) in enumerate(zip(grids, map(int, steps), strict=True)):
        if cancelled():
            raise ExportCancelled
        progress(number / len(grids))
        digits = tile(grid, columns=columns, scale=scale, gap=1, ground=GROUND)
        frame = _framed(Image.fromarray(digits), still, step, step / final)
        if grid.ndim == 3:
            # Early grids are noise, which GIF cannot pack: fewer greys make the file half as large.
            yield frame.convert("L").point(_FEWER_GREYS)
        else:
            yield frame.quantize(256, dither=Image.Dither.NONE)


def _framed(digits: Image.Image, caption: Caption, step: int, done: float) -> Image.Image:
    letters = font(FONT_SIZE)
    width = max(digits.width, 240) + 2 * MARGIN
    lines = caption.lines(letters, width - 2 * MARGIN)
    height = digits.height + 2 * MARGIN + (len(lines) + 1) * LINE + BAR + 4
    frame = Image.new("RGB", (width, height), GROUND)
    frame.paste(digits, ((width - digits.width) // 2, MARGIN))
    pen = ImageDraw.Draw(frame)
    top = MARGIN + digits.height + 4
    pen.rectangle((MARGIN, top, width - MARGIN - 1, top + BAR - 1), fill=(52, 56, 64))
    reached = MARGIN + round((width - 2 * MARGIN - 1) * min(1.0, done))
    pen.rectangle((MARGIN, top, reached, top + BAR - 1), fill=(152, 160, 176))
    top += BAR + 4
    pen.text((MARGIN, top), f"step {step:,}", fill=(230, 233, 239), font=letters)
    for number, line in enumerate(lines, start=1):
        pen.text((MARGIN, top + number * LINE), line, fill=(152, 161, 176), font=letters)
    return frame
