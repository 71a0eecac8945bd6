"""The training film as an MP4: small, and with a bar to scrub in wherever films are shown."""

from __future__ import annotations

import io
import itertools
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.library import VERSION
from studio.library.exports.film import check_film, frames
from studio.library.files import export

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL import Image

    from studio.library.exports.caption import Caption

_BT709, _LIMITED = 1, 1
"""The numbers under which H.264 files say what their colours mean, and the usual meaning."""

_CODECS: tuple[tuple[str, dict[str, str]], ...] = (
    ("libx264", {"crf": "16", "preset": "medium", "tune": "animation"}),
    ("mpeg4", {"b": "20M", "qmin": "2", "qmax": "3"}),
)
"""The first that this FFmpeg has is used; the numbers ask for a picture without visible losses."""


def training_film_mp4(
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
    """Writes an MP4 (H.264, 4:2:0), one frame per grid, with a step counter and a bar of progress.

    The arguments are those of `training_film_gif`. The last frame is repeated and not stretched:
    some players take the rate of a film from its first two frames.

    Raises:
        ValueError: there is no grid, `path` cannot be written, or this machine has no encoder;
            one sentence.
        ExportCancelled: `cancelled()` said True.
    """
    check_film(grids, steps)
    repeats = max(0, round(fps * hold_last_seconds) - 1)
    pictures = _held(frames(grids, steps, caption, progress, cancelled), repeats)
    titles = ("Training of " + caption.model, caption.data and f"data {caption.data}")
    write_mp4(path, pictures, fps=fps, title=_title((*titles, caption.extra)))
    progress(1.0)


def write_mp4(path: Path, pictures: Iterator[Image.Image], *, fps: float, title: str) -> None:
    """Writes at least one picture, all RGB and of one size, as an MP4.

    Raises:
        ValueError: `path` cannot be written, or this machine has no encoder; one sentence.
    """
    av = _library()
    rate = Fraction(fps).limit_denominator(1001)
    first = next(pictures)
    buffer = io.BytesIO()
    try:
        with av.open(buffer, "w", format="mp4") as film:
            film.metadata["title"] = title
            film.metadata["comment"] = f"Modescope {VERSION}"
            stream = _stream(av, film, rate, first)
            for number, picture in enumerate(itertools.chain((first,), pictures)):
                film.mux(stream.encode(_frame(av, picture, stream, number, 1 / rate)))
            film.mux(stream.encode(None))
    except av.FFmpegError as error:
        raise ValueError(f"the film cannot be encoded: {error}; export a GIF instead") from None
    export(path, buffer.getvalue())


def _library() -> Any:
    """PyAV, which brings FFmpeg along; late, because nothing else needs it."""
    try:
        import av
        import av.logging
    except ImportError:
        raise ValueError(
            "MP4 films need the package av, which does not load here: export a GIF instead"
        ) from None
    return av


def _title(parts: Sequence[str]) -> str:
    return " · ".join(part for part in parts if part)


def _stream(av: Any, film: Any, rate: Fraction, first: Image.Image) -> Any:
    """The film's only stream, of even width and height as 4:2:0 demands."""
    name, options = next(
        ((name, options) for name, options in _CODECS if name in av.codecs_available), (None, {})
    )
    if name is None:
        raise ValueError("this machine has no encoder for MP4 films: export a GIF instead")
    stream = film.add_stream(name, rate=rate, options=options)
    stream.pix_fmt = "yuv420p"
    stream.width, stream.height = (side + side % 2 for side in first.size)
    about = stream.codec_context
    about.color_range = _LIMITED
    about.colorspace = about.color_primaries = about.color_trc = _BT709
    return stream


def _frame(av: Any, picture: Image.Image, stream: Any, number: int, time_base: Fraction) -> Any:
    pixels = np.asarray(picture)
    height, width, _ = pixels.shape
    pixels = np.pad(
        pixels, ((0, stream.height - height), (0, stream.width - width), (0, 0)), mode="edge"
    )
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
    frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
    frame.pts, frame.time_base = number, time_base
    return frame


def _held(pictures: Iterator[Image.Image], repeats: int) -> Iterator[Image.Image]:
    """The pictures, the last of them `repeats` times more."""
    for picture in pictures:
        yield picture
    for _ in range(repeats):
        yield picture
