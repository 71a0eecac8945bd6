"""The training as a film: the same noise, drawn again and again while the model learns.

Here are the pictures of the film; `film_gif.py` and `film_mp4.py` put them into a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from studio.library.exports.caption import Caption, font
from studio.library.exports.tiles import GROUND, columns_for, tile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

FONT_SIZE = 14
MARGIN = 8
BAR = 3
LINE = FONT_SIZE + 6


class ExportCancelled(Exception):
    """`cancelled()` said True; nothing was written."""


def check_film(grids: NDArray[np.uint8], steps: Sequence[int] | NDArray[np.int64]) -> None:
    """Raises ValueError, one sentence, where there is nothing to show."""
    if len(grids) == 0 or grids.shape[1] == 0:
        raise ValueError("there is no training film yet: train for a few seconds first")
    assert len(grids) == len(steps)


def frames(
    grids: NDArray[np.uint8],
    steps: Sequence[int] | NDArray[np.int64],
    caption: Caption,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> Iterator[Image.Image]:
    """One picture per grid, RGB and all of one size: digits, a bar of progress, step, caption.

    Arguments:
        grids: uint8 (T, N, H, W) or (T, N, H, W, 3), T and N at least 1.
        steps: (T,), burnt into the pictures; `caption.step` is not used.
        progress: Told the share that is done, in [0, 1).
        cancelled: Asked before each picture.

    Raises:
        ExportCancelled: `cancelled()` said True.
    """
    columns = columns_for(grids.shape[1])
    scale = max(1, min(4, round(560 / (columns * grids.shape[3]))))
    still = Caption(caption.model, None, caption.seed, caption.data, caption.extra)
    final = max(1, int(steps[-1]))
    for number, (grid, step) in enumerate(zip(grids, map(int, steps), strict=True)):
        if cancelled():
            raise ExportCancelled
        progress(number / len(grids))
        digits = tile(grid, columns=columns, scale=scale, gap=1, ground=GROUND)
        yield _framed(Image.fromarray(digits), still, step, step / final)


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
