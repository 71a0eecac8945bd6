"""A grid of samples as PNG, with a caption for people and the settings for programs."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from studio.library import VERSION
from studio.library.exports.caption import Caption, font
from studio.library.exports.tiles import (
    GROUND,
    PAPER,
    TEXT,
    TEXT_ON_PAPER,
    columns_for,
    scale_for,
    tile,
)
from studio.library.files import export

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

MARGIN = 16
FONT_SIZE = 16
LEAST_WIDTH = 280


def sample_grid_png(
    path: Path,
    images: NDArray[np.uint8],
    *,
    caption: Caption,
    metadata: Mapping[str, object],
    columns: int | None = None,
    scale: int | None = None,
    paper: bool = False,
) -> None:
    """Writes a grid of digits.

    Arguments:
        images: uint8 (N, H, W) or (N, H, W, 3), N at least 1, ink bright on dark.
        caption: Stands below the digits.
        metadata: JSON-ready values; with the caption they become the PNG text "modescope".
        columns, scale: Digits per row and size of a pixel; chosen to fit if None.
        paper: Ink dark on light, for print.

    Raises:
        ValueError: there is no image, or `path` cannot be written; one sentence.
    """
    picture = grid_picture(images, caption=caption, columns=columns, scale=scale, paper=paper)
    export(path, _png(picture, caption, metadata))


def sample_grid_bytes(
    images: NDArray[np.uint8], *, caption: Caption, metadata: Mapping[str, object]
) -> bytes:
    """What `sample_grid_png` writes, for those who write it in their own way."""
    return _png(grid_picture(images, caption=caption), caption, metadata)


def _png(picture: Image.Image, caption: Caption, metadata: Mapping[str, object]) -> bytes:
    info = PngInfo()
    about = {
        "model": caption.model,
        "step": caption.step,
        "seed": caption.seed,
        "data": caption.data,
        **metadata,
    }
    info.add_text("modescope", json.dumps(about, sort_keys=True))
    info.add_text("Software", f"Modescope {VERSION}")
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", pnginfo=info, optimize=True)
    return buffer.getvalue()


def grid_picture(
    images: NDArray[np.uint8],
    *,
    caption: Caption,
    columns: int | None = None,
    scale: int | None = None,
    paper: bool = False,
) -> Image.Image:
    """The picture of `sample_grid_png`, RGB; raises ValueError if there is no image."""
    if len(images) == 0:
        raise ValueError("there is no image to put into the grid")
    ground, ink = (PAPER, TEXT_ON_PAPER) if paper else (GROUND, TEXT)
    columns = columns or columns_for(len(images))
    scale = scale or scale_for(columns, images.shape[2])
    digits = Image.fromarray(
        tile(
            255 - images if paper else images,
            columns=columns,
            scale=scale,
            gap=max(1, scale // 2),
            ground=ground,
        )
    )
    letters = font(FONT_SIZE)
    width = max(digits.width, LEAST_WIDTH) + 2 * MARGIN
    lines = caption.lines(letters, width - 2 * MARGIN)
    line_height = FONT_SIZE + 6
    height = digits.height + 2 * MARGIN + len(lines) * line_height + (8 if lines else 0)
    picture = Image.new("RGB", (width, height), ground)
    picture.paste(digits, ((width - digits.width) // 2, MARGIN))
    pen = ImageDraw.Draw(picture)
    top = MARGIN + digits.height + 8
    for number, line in enumerate(lines):
        pen.text((MARGIN, top + number * line_height), line, fill=ink, font=letters)
    return picture
