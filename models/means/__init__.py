"""What a model lacks is supplied where mathematics allows: here, once, for all models.

A model without an encoder is inverted (one searches the code whose picture comes closest); a
decoder fills holes by the same search with the known pixels alone. Everything asks for
capabilities, never for a model's name.

- `ways`: which means a model has for what, and the sentences about them.
- `asking`: sample, encode, reconstruct.
- `filling`: holes that are given, several ways to fill one, and how likely each is.
- `gaps`: holes that are not given, found in a drawing.
- `searching`, `iterating`: the means themselves.
- `paths`: straight and spherical ways from one code to another.

Shapes: N = any number of images, C, H, W = channels, height, width, D = latent size, R = restarts.
Nothing here changes a model: parameters get no gradient, and randomness is the caller's.
"""

from models.means.asking import encode, reconstruct, sample
from models.means.filling import Filled, fill, inpaint
from models.means.gaps import Gap, gap
from models.means.likely import plausibility
from models.means.paths import lerp, slerp
from models.means.searching import ITERATIONS, PIXEL_DEVIATION, RESTARTS
from models.means.ways import Unsupported, What, can, labels_of, way

__all__ = [
    "ITERATIONS",
    "PIXEL_DEVIATION",
    "RESTARTS",
    "Filled",
    "Gap",
    "Unsupported",
    "What",
    "can",
    "encode",
    "fill",
    "gap",
    "inpaint",
    "labels_of",
    "lerp",
    "plausibility",
    "reconstruct",
    "sample",
    "slerp",
    "way",
]
