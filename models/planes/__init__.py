"""How a map lies in a latent space: surfaces with coordinates of their own.

Shapes: N = any number of points, M = number of codes, D = latent size, K = number of directions.
"""

from models.planes.directions import Frame, by_pictures, by_spread, raw
from models.planes.flat import Flat
from models.planes.quantiles import Quantiles
from models.planes.sphere import Torus, Triangle
from models.planes.surface import CORNERS, Surface

__all__ = [
    "CORNERS",
    "Flat",
    "Frame",
    "Quantiles",
    "Surface",
    "Torus",
    "Triangle",
    "by_pictures",
    "by_spread",
    "raw",
]
