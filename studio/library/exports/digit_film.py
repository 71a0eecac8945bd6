"""A digit that changes, as a film: a morph, or a way over the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from studio.library.exports.caption import font
from studio.library.exports.film import BAR, FONT_SIZE, LINE, MARGIN, ExportCancelled
from studio.library.exports.film_gif import write_gif
from studio.library.exports.film_mp4 import write_mp4
from studio.library.exports.tiles import GROUND, TEXT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from studio.library.exports.caption import Caption

SIDE = 336
"""About how many pixels wide and high the digit is in the film."""
MOST = 2000
"""More frames than this nobody watches: three minutes at twelve a second."""


def digit_film(
    path: Path,
    images: NDArray[np.uint8],
    *,
    caption: Caption,
    fps: float = 12,
    hold_seconds: float = 0.5,
    and_back: bool = True,
    progress: Callable[[float], None] = lambda fraction: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Writes a GIF where `path` ends with `.gif`, and otherwise an MP4.

    Arguments:
        images: uint8 (n, H, W), n from 2 to MOST, in the order in which they are shown.
        caption: Stands below the digit.
        fps: Frames per second.
        hold_seconds: How long the first and the last frame stay.
        and_back: The film runs back to its first frame, so that it can be shown endlessly.
        progress: Told the share that is done, in [0, 1].
        cancelled: Asked before each frame.

    Raises:
        ValueError: there are too few or too many images, `path` cannot be written, or this machine
            has no encoder for MP4; one sentence.
        ExportCancelled: `cancelled()` said True.
    """
    if len(images) < 2:
        raise ValueError("A film needs at least two digits: choose where the change leads to.")
    if len(images) > MOST:
        raise ValueError(f"A film has at most {MOST:,} digits: choose a shorter way.")
    hold = max(1, round(fps * hold_seconds))
    last = len(images) - 1
    order = [0] * hold + list(range(1, last)) + [last] * hold
    if and_back:
        order += list(range(last - 1, 0, -1))
    pictures = _pictures(images, order, caption, progress, cancelled)
    if path.suffix.lower() == ".gif":
        write_gif(path, pictures, [round(1000 / fps)] * len(order), grey=True)
    else:
        write_mp4(path, pictures, fps=fps, title=caption.text())
    progress(1.0)


def _pictures(
    images: NDArray[np.uint8],
    order: list[int],
    caption: Caption,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> Iterator[Image.Image]:
    """One picture, RGB, for each entry of `order`."""
    height, width = images.shape[1:]
    scale = max(1, round(SIDE / max(height, width)))
    letters = font(FONT_SIZE)
    wide = width * scale
    lines = caption.lines(letters, wide)
    size = wide + 2 * MARGIN, height * scale + 3 * MARGIN + BAR + len(lines) * LINE
    ground = Image.new("RGB", size, GROUND)
    pen = ImageDraw.Draw(ground)
    low = MARGIN + height * scale + MARGIN // 2
    for number, line in enumerate(lines):
        pen.text((MARGIN, low + BAR + 4 + number * LINE), line, fill=TEXT, font=letters)
    for number, index in enumerate(order):
        if cancelled():
            raise ExportCancelled
        progress(number / len(order))
        frame = ground.copy()
        digit = images[index].repeat(scale, axis=0).repeat(scale, axis=1)
        frame.paste(Image.fromarray(np.repeat(digit[..., None], 3, axis=-1)), (MARGIN, MARGIN))
        pen = ImageDraw.Draw(frame)
        pen.rectangle((MARGIN, low, MARGIN + wide - 1, low + BAR - 1), fill=(52, 56, 64))
        reached = round(index / max(len(images) - 1, 1) * (wide - 1))
        pen.rectangle((MARGIN, low, MARGIN + reached, low + BAR - 1), fill=(152, 160, 176))
        yield frame
