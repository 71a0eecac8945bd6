"""Networks that several models of the wing play with.

Shapes: B = batch, D = size of what a generator is given, C, H, W = channels, height, width.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

if TYPE_CHECKING:
    from models.base import ImageShape

_SLOPE = 0.2


def dense_generator(inputs: int, width: int, shape: ImageShape) -> nn.Sequential:
    """From (B, inputs) to (B, C, H, W) in [-1, 1]: two hidden layers, wider towards the image."""
    return nn.Sequential(
        nn.Linear(inputs, width),
        nn.LeakyReLU(_SLOPE),
        nn.Linear(width, 2 * width),
        nn.LeakyReLU(_SLOPE),
        nn.Linear(2 * width, shape.pixels),
        nn.Tanh(),
        nn.Unflatten(1, shape.chw),
    )


def dense_trunk(pixels: int, width: int) -> tuple[list[nn.Module], int]:
    """The layers from images with so many numbers to features, and how many these are."""
    layers = [
        nn.Flatten(),
        nn.Linear(pixels, 2 * width),
        nn.LeakyReLU(_SLOPE),
        nn.Linear(2 * width, width),
        nn.LeakyReLU(_SLOPE),
    ]
    return layers, width


def convolutional_generator(
    inputs: int, channels: int, shape: ImageShape, *, deep: bool = False
) -> nn.Sequential:
    """From (B, inputs) to (B, C, H, W) in [-1, 1], doubling the side twice (Radford et al., 2015,
    arXiv:1511.06434), or three times.

    Arguments:
        inputs: D.
        channels: Of the last hidden layer; each one before has twice as many.
        shape: Of the images; height and width must be multiples of 4.
        deep: Begins at an eighth of the side, rounded up (4 of 28), instead of a quarter.

    Raises:
        ValueError: they are not.
    """
    require_quarters(shape)
    quarter = (shape.height // 4, shape.width // 4)
    wide = 2 * channels
    first: list[nn.Module]
    if deep:
        (height, width), most = _halves(quarter), 2 * wide
        # One more row or column where the quarter is even: from 4 come 7 or 8.
        missing = (1 - quarter[0] % 2, 1 - quarter[1] % 2)
        first = [
            *_seed(inputs, most, height, width),
            nn.ConvTranspose2d(
                most, wide, 3, stride=2, padding=1, output_padding=missing, bias=False
            ),
            nn.BatchNorm2d(wide),
            nn.ReLU(),
        ]
    else:
        first = _seed(inputs, wide, *quarter)
    return nn.Sequential(
        *first,
        nn.ConvTranspose2d(wide, channels, 4, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU(),
        nn.ConvTranspose2d(channels, shape.channels, 4, stride=2, padding=1),
        nn.Tanh(),
    )


def _seed(inputs: int, channels: int, height: int, width: int) -> list[nn.Module]:
    return [
        nn.Linear(inputs, channels * height * width, bias=False),
        nn.Unflatten(1, (channels, height, width)),
        nn.BatchNorm2d(channels),
        nn.ReLU(),
    ]


def convolutional_trunk(
    given: int, channels: int, shape: ImageShape, *, deep: bool = False
) -> tuple[list[nn.Module], int]:
    """The layers from images to features, halving the side twice or three times, and how many
    features these are.

    No batch normalisation: each image is judged by itself.

    Arguments:
        given: Channels of what is judged: those of a pack.
        channels: Of the first layer; each one after has twice as many.
        shape: Of the images; height and width must be multiples of 4.
        deep: A third layer, whose features each see most of a digit.

    Raises:
        ValueError: they are not.
    """
    require_quarters(shape)
    height, width = shape.height // 4, shape.width // 4
    most = 2 * channels
    layers: list[nn.Module] = [
        nn.Conv2d(given, channels, 4, stride=2, padding=1),
        nn.LeakyReLU(_SLOPE),
        nn.Conv2d(channels, most, 4, stride=2, padding=1),
        nn.LeakyReLU(_SLOPE),
    ]
    if deep:
        layers += [nn.Conv2d(most, 2 * most, 3, stride=2, padding=1), nn.LeakyReLU(_SLOPE)]
        (height, width), most = _halves((height, width)), 2 * most
    return [*layers, nn.Flatten()], most * height * width


def _halves(size: tuple[int, int]) -> tuple[int, int]:
    """Half of a size, rounded up."""
    return -(-size[0] // 2), -(-size[1] // 2)


def require_quarters(shape: ImageShape) -> None:
    """Refuses images that cannot be halved twice.

    Raises:
        ValueError: height or width is no multiple of 4.
    """
    if shape.height % 4 or shape.width % 4:
        raise ValueError(
            "convolutional networks need a height and a width that are multiples of 4, not "
            f"{shape.height} x {shape.width}: choose a dense model"
        )
