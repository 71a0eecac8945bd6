"""Digits, masks and arrays that come from or go to files of the user's choosing.

Nothing in a foreign file is believed: pictures are of named formats and bounded size, arrays hold
numbers and no objects.
"""

from __future__ import annotations

import io
import struct
import warnings
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from PIL import Image, UnidentifiedImageError

from studio.data.framing import frame
from studio.library.files import export, reason

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

MAX_PIXELS = 16_000_000
MAX_BYTES = 512 * 2**20
FORMATS = ("PNG", "JPEG", "BMP")


def read_digits(path: Path, height: int = 28, width: int = 28) -> NDArray[np.float32]:
    """Grey digits, float32 (N, H, W) in [0, 1], ink bright on dark.

    A `.npy` holds (H, W) or (N, H, W), as uint8 in [0, 255] or float in [0, 1]. Anything else is a
    picture: taken as it is if it has the right size, else cut out, scaled and centred the way
    MNIST was made.

    Raises:
        ValueError: it cannot be read, or is no such thing; one sentence.
    """
    if path.suffix.lower() == ".npy":
        digits = _read_array(path)
        if digits.ndim == 2:
            digits = digits[None]
        if digits.ndim != 3 or digits.shape[1:] != (height, width) or len(digits) == 0:
            raise ValueError(
                f"{path} holds an array of shape {digits.shape}: "
                f"it must be ({height}, {width}) or (N, {height}, {width})"
            )
        return _in_unit_interval(digits, path)
    grey = _read_picture(path)
    if grey.shape != (height, width):
        if (height, width) != (28, 28):
            raise ValueError(f"{path} must be {width} x {height} pixels for this model")
        grey = frame(grey)
    return _unit(grey)[None]


def read_mask(path: Path, height: int = 28, width: int = 28) -> NDArray[np.bool_]:
    """Which pixels to fill, bool (H, W): those that are not zero in a `.npy` or a picture.

    Raises:
        ValueError: it cannot be read, has another size or marks nothing; one sentence.
    """
    mask = _read_array(path) if path.suffix.lower() == ".npy" else _read_picture(path)
    if mask.shape != (height, width):
        sizes = " x ".join(str(length) for length in mask.shape[::-1])
        raise ValueError(
            f"the mask {path} is {sizes}, but the digits are {width} x {height} pixels"
        )
    hole: NDArray[np.bool_] = mask != 0
    if not hole.any():
        raise ValueError(f"the mask {path} marks nothing: what is not zero in it gets filled")
    return hole


def write_npz(path: Path, **arrays: NDArray[Any]) -> None:
    """Writes named arrays, whole or not at all.

    Raises:
        ValueError: `path` cannot be written; one sentence.
    """
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **cast("dict[str, Any]", arrays))
    export(path, buffer.getvalue())


def _insist_on_file(path: Path) -> None:
    if not path.exists():
        raise ValueError(f"there is no file {path}")
    if not path.is_file():
        raise ValueError(f"{path} is not an ordinary file")
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path} is larger than {MAX_BYTES // 2**20} MiB")


def _read_array(path: Path) -> NDArray[Any]:
    _insist_on_file(path)
    try:
        # A mapping refuses a header that promises more than the file holds, before memory is taken.
        array = np.array(np.lib.format.open_memmap(path, mode="r"))
    except (OSError, ValueError, SyntaxError, TypeError, MemoryError):
        raise ValueError(f"{path} is not a NumPy array of numbers") from None
    if array.dtype.kind not in "buif":
        raise ValueError(f"{path} is not a NumPy array of numbers")
    return array


def _unit(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.divide(grey, 255, dtype=np.float32)


def _in_unit_interval(digits: NDArray[Any], path: Path) -> NDArray[np.float32]:
    if digits.dtype == np.uint8:
        return _unit(digits)
    if digits.dtype.kind not in "bf":
        raise ValueError(f"{path} holds {digits.dtype}: grey levels are uint8 or float in [0, 1]")
    grey = digits.astype(np.float32)
    if not (np.isfinite(grey).all() and grey.min() >= 0 and grey.max() <= 1):
        raise ValueError(f"{path} holds values outside [0, 1]; as uint8 they may reach 255")
    return grey


def _read_picture(path: Path) -> NDArray[np.uint8]:
    """Grey levels, uint8 (height, width); what is transparent counts as dark."""
    _insist_on_file(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise ValueError(f"{path} has more than {MAX_PIXELS // 10**6} million pixels")
                return _grey(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValueError(f"{path} has more than {MAX_PIXELS // 10**6} million pixels") from None
    except UnidentifiedImageError:
        raise ValueError(f"{path} is not a picture that can be read: give a PNG") from None
    except (OSError, SyntaxError, struct.error, EOFError) as error:
        why = reason(error) if isinstance(error, OSError) else "it is damaged"
        raise ValueError(f"{path} cannot be read: {why}") from None


def _grey(picture: Image.Image) -> NDArray[np.uint8]:
    if picture.mode.startswith("I"):  # 16 bits, which Pillow would cut off instead of scaling
        deep = np.asarray(picture, dtype=np.float64)
        return np.clip(np.rint(deep / 257), 0, 255).astype(np.uint8)
    if picture.mode in ("LA", "PA", "RGBA") or "transparency" in picture.info:
        ink = picture.convert("RGBA")
        ground = Image.new("RGBA", ink.size, (0, 0, 0, 255))
        picture = Image.alpha_composite(ground, ink)
    return np.asarray(picture.convert("L"), dtype=np.uint8)
