"""What a run can be taken along as: pictures, tables, drawings and films. Pillow and NumPy only."""

from __future__ import annotations

from studio.library.exports.caption import Caption
from studio.library.exports.curves import curves_csv, curves_svg
from studio.library.exports.film import ExportCancelled, training_film_gif
from studio.library.exports.grid import sample_grid_png

__all__ = [
    "Caption",
    "ExportCancelled",
    "curves_csv",
    "curves_svg",
    "sample_grid_png",
    "training_film_gif",
]
