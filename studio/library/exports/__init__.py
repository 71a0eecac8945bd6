"""What a run can be taken along as: pictures, tables, drawings and films. No Qt, no PyTorch."""

from __future__ import annotations

from studio.library.exports.caption import Caption
from studio.library.exports.curves import curves_csv, curves_svg
from studio.library.exports.digit_film import digit_film
from studio.library.exports.film import ExportCancelled
from studio.library.exports.film_gif import training_film_gif
from studio.library.exports.film_mp4 import training_film_mp4
from studio.library.exports.grid import sample_grid_png

__all__ = [
    "Caption",
    "ExportCancelled",
    "curves_csv",
    "curves_svg",
    "digit_film",
    "sample_grid_png",
    "training_film_gif",
    "training_film_mp4",
]
