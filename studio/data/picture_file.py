"""Reads a picture of any size and colour, small and safe enough to work on.

Pillow decodes, and only the formats that are named here; nothing is decoded before its size is
known.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")
SUFFIXES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".gif", ".webp", ".tif", ".tiff")
WORKED_ON = 768
"""Longest side, in pixels, that a picture is reduced to: a digit ends up 20 pixels tall."""
MOST_PIXELS = 80_000_000
MOST_BYTES = 256 * 2**20
_ORIENTATION, _LYING = 0x0112, 5
"""The tag of EXIF that says how the camera was held, and its least value for "on its side"."""
_OPAQUE = 250
"""Opacity from which a pixel has a colour of its own."""


@dataclass(frozen=True)
class Picture:
    """A picture that was read.

    Attributes:
        colours: uint8 (h, w, 3), at most WORKED_ON pixels a side, over white or black where the
            picture was transparent.
        grey: Its luminance (ITU-R 601), float32 (h, w) in [0, 1].
        width, height: Of the picture as it was, in pixels.
    """

    colours: np.ndarray
    grey: np.ndarray
    width: int
    height: int


def read_picture(source: Path | bytes) -> Picture:
    """Reads a picture file, or the bytes of one; of a film, the first picture.

    Raises:
        ValueError: it cannot be read or is too large; one sentence says why and what to do.
    """
    name = source.name if isinstance(source, Path) else "This picture"
    with _opened(name, _bytes(name, source)) as image:
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise _too_large(name, width * height)
        try:
            return _picture(image, width, height)
        except Exception as error:
            # Pillow's decoders raise whatever a broken file leads them to.
            raise _damaged(name) from error


def _bytes(name: str, source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        size = source.stat().st_size
        if size <= MOST_BYTES:
            return source.read_bytes()
    except FileNotFoundError as error:
        raise ValueError(f"{name} is not there any more: choose another file.") from error
    except OSError as error:
        raise _damaged(name) from error
    raise ValueError(
        f"{name} has {size / 2**20:,.0f} MB; pictures of up to {MOST_BYTES // 2**20} MB can be "
        "read: make it smaller first."
    )


def _opened(name: str, data: bytes) -> Image.Image:
    """The picture with its size known and nothing decoded."""
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(name, None) from error
    except UnidentifiedImageError as error:
        raise ValueError(
            f"{name} is not a picture that can be read: choose a PNG, JPEG, BMP, GIF, WebP or "
            "TIFF file."
        ) from error
    except Exception as error:
        raise _damaged(name) from error


def picture_of(pixels: np.ndarray) -> Picture:
    """A picture from uint8 (H, W), (H, W, 3) or (H, W, 4): grey, RGB or RGB with opacity.

    Raises:
        ValueError: it is empty or too large.
    """
    height, width = pixels.shape[:2]
    if not width * height:
        raise ValueError("This picture is empty: copy another one.")
    if width * height > MOST_PIXELS:
        raise _too_large("This picture", width * height)
    return _picture(Image.fromarray(np.ascontiguousarray(pixels)), width, height)


def _too_large(name: str, pixels: int | None) -> ValueError:
    has = "too many" if pixels is None else f"{pixels / 1e6:,.0f} million"
    return ValueError(
        f"{name} has {has} pixels; up to {MOST_PIXELS // 1_000_000} million can be read: make it "
        "smaller first."
    )


def _damaged(name: str) -> ValueError:
    return ValueError(f"{name} is damaged or cannot be read: choose another file.")


def _picture(image: Image.Image, width: int, height: int) -> Picture:
    if image.getexif().get(_ORIENTATION, 1) >= _LYING:
        width, height = height, width
    if image.mode.startswith(("I", "F")):
        image = _eight_bits(image)
    elif image.mode in ("P", "LA", "PA", "La") or "transparency" in image.info:
        image = image.convert("RGBA")
    elif image.mode == "1":
        image = image.convert("L")
    if image.mode == "RGBA":
        # Premultiplied, so that what is transparent does not bleed into what is not.
        image = image.convert("RGBa")
    image.thumbnail((WORKED_ON, WORKED_ON), Image.Resampling.HAMMING, reducing_gap=2.0)
    image = ImageOps.exif_transpose(image)
    if image.mode == "RGBa":
        image = _over_paper(image.convert("RGBA"))
    colours = image.convert("RGB")
    grey = np.asarray(colours.convert("L"), np.float32) / 255
    return Picture(np.array(colours), grey, width, height)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 or 32 bits to 8: by the range of its type where it fits, or by its own."""
    values = np.nan_to_num(np.asarray(image, np.float32), posinf=0.0, neginf=0.0)
    low, high = min(float(values.min()), 0.0), float(values.max())
    if high > 255:
        high = max(high, 65535.0)
    elif image.mode == "F" and high <= 1:
        high = max(high, 1.0)
    else:
        high = 255.0
    return Image.fromarray(((values - low) * (255 / (high - low))).astype(np.uint8))


def _over_paper(image: Image.Image) -> Image.Image:
    """Lays a transparent picture over white, or over black where what is opaque is bright."""
    pixels = np.asarray(image)
    opaque = pixels[..., 3] > _OPAQUE
    if not opaque.any():
        opaque = pixels[..., 3] > 0
    bright = opaque.any() and np.asarray(image.convert("L"))[opaque].mean() > 127
    solid = bool((pixels[..., 3] == 255).all())
    paper = Image.new("RGBA", image.size, (0, 0, 0) if bright and not solid else (255, 255, 255))
    return Image.alpha_composite(paper, image)
