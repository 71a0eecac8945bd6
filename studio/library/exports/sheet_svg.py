"""A contact sheet as SVG: vector letters around the very pixels, in one file for itself."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from studio.library.exports.sheet_png import png

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from studio.library.exports.sheet_frame import Frame


def svg(
    frame: Frame,
    rows: Iterable[NDArray[np.uint8]],
    *,
    about: Mapping[str, object],
    ground: str,
    ink: str,
) -> bytes:
    """The bytes of the SVG.

    Every row of digits is one embedded PNG, not enlarged, that viewers are told not to smooth;
    the settings lie in <metadata> as JSON.

    Arguments:
        rows: By row, uint8 (height + gap, width, 3), in pixels of the digits; of the last row also
            the gap below it.
        ground, ink: Colours as CSS has them.
    """
    wide, tall = frame.size
    title = escape(frame.caption.text())
    em = frame.letters
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{wide}" height="{tall}" viewBox="0 0 {wide} {tall}" '
        f'font-family="sans-serif" font-size="{em}">\n'
        f"<title>{title}</title>\n"
        f"<metadata>{escape(json.dumps(about, sort_keys=True))}</metadata>\n"
        f'<rect width="{wide}" height="{tall}" fill="{ground}"/>\n'
    )
    parts = [head]
    area, (_, down) = frame.area[0], frame.pitch
    for number, row in enumerate(rows):
        height, width = row.shape[:2]
        packed = base64.b64encode(png(width, height, [row], texts={}, dpi=72)).decode()
        parts.append(
            f'<image x="{frame.left}" y="{frame.top + number * down}" width="{area}" '
            f'height="{height * frame.scale}" preserveAspectRatio="none" '
            f'image-rendering="optimizeSpeed" style="image-rendering:pixelated" '
            f'xlink:href="data:image/png;base64,{packed}"/>\n'
        )
    parts += [
        f'<line x1="{a:.1f}" y1="{b:.1f}" x2="{c:.1f}" y2="{d:.1f}" stroke="{ink}" '
        f'stroke-width="{max(1, em // 16)}"/>\n'
        for a, b, c, d in frame.marks
    ]
    parts += [
        f'<text x="{text.x:.1f}" y="{text.y:.1f}" text-anchor={quoteattr(text.anchor)} '
        f'fill="{ink}">{escape(text.words)}</text>\n'
        for text in frame.texts
    ]
    return "".join([*parts, "</svg>\n"]).encode()
