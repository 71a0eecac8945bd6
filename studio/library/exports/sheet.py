"""Contact sheets: any number of digits of the map on one page, up to a poster."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from studio.library import VERSION
from studio.library.exports.caption import font
from studio.library.exports.film import ExportCancelled
from studio.library.exports.sheet_frame import DPI, Edges, Frame
from studio.library.exports.sheet_png import png
from studio.library.exports.sheet_svg import svg
from studio.library.exports.tiles import GROUND, PAPER, TEXT, TEXT_ON_PAPER, tile
from studio.library.files import export

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from studio.library.exports.caption import Caption

    Colour = tuple[int, int, int]

SUFFIXES = (".png", ".svg")
ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}


def write_sheet(
    path: Path,
    digits: NDArray[np.uint8],
    caption: Caption,
    metadata: Mapping[str, object],
    *,
    edges: Edges | None = None,
    gap: int = 1,
    scale: int = 1,
    paper: bool = False,
    progress: Callable[[float], None] = lambda fraction: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Writes digits in rows and columns, whole or not at all.

    A PNG is made for 300 dots per inch and an SVG holds the same pixels, one embedded picture per
    row, with letters as vectors. Besides the digits never more than a few rows of the picture are
    in memory, and what they have been packed to.

    Arguments:
        path: Ends with .png or .svg.
        digits: uint8 (rows, columns, H, W) or (..., 3), ink bright on dark, up to 40,000.
        caption: Stands below.
        metadata: JSON-ready values; with the caption and the layout they become the PNG text
            "modescope" or the SVG's <metadata>.
        edges: Which part of the plane is shown; its coordinates then stand along the edges.
        gap: Pixels of a digit between digits and around them.
        scale: Each pixel becomes scale x scale pixels.
        paper: Ink dark on light, for print.
        progress: Told the share that is done, in [0, 1].
        cancelled: Asked before each row.

    Raises:
        ValueError: there is no digit, there are too many, or `path` cannot be written; one
            sentence.
        ExportCancelled: `cancelled()` said True.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"a sheet is a PNG or an SVG: end {path.name!r} with .png or .svg")
    frame = frame_of(digits, caption, edges=edges, gap=gap, scale=scale)
    frame.check()
    about = {
        "model": caption.model,
        "step": caption.step,
        "seed": caption.seed,
        "data": caption.data,
        "sheet": {**frame.plain(), "paper": paper},
        **metadata,
    }
    ground, ink = (PAPER, TEXT_ON_PAPER) if paper else (GROUND, TEXT)
    rows = _rows(digits, frame, ground, paper, progress, cancelled)
    if path.suffix.lower() == ".svg":
        about["software"] = f"Modescope {VERSION}"
        content = svg(frame, rows, about=about, ground=_css(ground), ink=_css(ink))
    else:
        content = _png(frame, rows, about, ground, ink)
    progress(1.0)
    export(path, content)


def frame_of(
    digits: NDArray[np.uint8],
    caption: Caption,
    *,
    edges: Edges | None = None,
    gap: int = 1,
    scale: int = 1,
) -> Frame:
    """How large a sheet will be and what stands where; see `write_sheet`."""
    rows, columns, height, width = digits.shape[:4]
    return Frame(rows, columns, height, width, scale, gap, caption, edges)


def _rows(
    digits: NDArray[np.uint8],
    frame: Frame,
    ground: Colour,
    paper: bool,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> Iterator[NDArray[np.uint8]]:
    """Each row of digits with the gap above it, the last also with the one below; not enlarged."""
    for number, row in enumerate(digits):
        if cancelled():
            raise ExportCancelled
        progress(number / len(digits))
        strip = tile(
            255 - row if paper else row,
            columns=frame.columns,
            scale=1,
            gap=frame.gap,
            ground=ground,
        )
        last = number == len(digits) - 1
        yield strip if last else strip[: frame.height + frame.gap]


def _png(
    frame: Frame,
    rows: Iterator[NDArray[np.uint8]],
    about: Mapping[str, object],
    ground: Colour,
    ink: Colour,
) -> bytes:
    wide, tall = frame.size
    texts = {
        "modescope": json.dumps(about, sort_keys=True),
        "Software": f"Modescope {VERSION}",
        "Description": frame.caption.text(),
    }
    strips = _strips(frame, rows, ground, ink)
    return png(wide, tall, strips, texts=texts, dpi=DPI)


def _strips(
    frame: Frame, rows: Iterator[NDArray[np.uint8]], ground: Colour, ink: Colour
) -> Iterator[NDArray[np.uint8]]:
    """The whole picture from the top down."""
    wide, tall = frame.size
    foot = frame.top + frame.area[1]
    yield _lettering(frame, (0, 0, wide, frame.top), ground, ink)
    beside = _lettering(frame, (0, frame.top, frame.left, foot), ground, ink)
    done = 0
    for row in rows:
        enlarged = row.repeat(frame.scale, axis=0).repeat(frame.scale, axis=1)
        strip = np.empty((len(enlarged), wide, 3), np.uint8)
        strip[:] = ground
        strip[:, : frame.left] = beside[done : done + len(enlarged)]
        strip[:, frame.left : frame.left + frame.area[0]] = enlarged
        done += len(enlarged)
        yield strip
    yield _lettering(frame, (0, foot, wide, tall), ground, ink)


def _lettering(
    frame: Frame, part: tuple[int, int, int, int], ground: Colour, ink: Colour
) -> NDArray[np.uint8]:
    """What is written in one part (left, top, right, bottom) of the picture, uint8 (h, w, 3)."""
    left, top, right, bottom = part
    picture = Image.new("RGB", (right - left, bottom - top), ground)
    pen = ImageDraw.Draw(picture)
    letters = font(frame.letters)
    for text in frame.texts:
        place = (text.x - left, text.y - top)
        pen.text(place, text.words, fill=ink, font=letters, anchor=ANCHORS[text.anchor])
    for a, b, c, d in frame.marks:
        ends = (a - left, b - top, c - left, d - top)
        pen.line(ends, fill=ink, width=max(1, frame.letters // 16))
    return np.asarray(picture)


def _css(colour: Colour) -> str:
    return "#{:02X}{:02X}{:02X}".format(*colour)
