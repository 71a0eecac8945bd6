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


def convolutional_generator(inputs: int, channels: int, shape: ImageShape) -> nn.Sequential:
    """From (B, inputs) to (B, C, H, W) in [-1, 1], doubling the side twice (Radford et al., 2015,
    arXiv:1511.06434).

    Arguments:
        inputs: D.
        channels: Of the last hidden layer; the one before has twice as many.
        shape: Of the images; height and width must be multiples of 4.

    Raises:
        ValueError: they are not.
    """
    require_quarters(shape)
    height, width = shape.height // 4, shape.width // 4
    return nn.Sequential(
        nn.Linear(inputs, 2 * channels * height * width, bias=False),
        nn.Unflatten(1, (2 * channels, height, width)),
        nn.BatchNorm2d(2 * channels),
        nn.ReLU(),
        nn.ConvTranspose2d(2 * channels, channels, 4, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU(),
        nn.ConvTranspose2d(channels, shape.channels, 4, stride=2, padding=1),
        nn.Tanh(),
    )


def convolutional_trunk(
    given: int, channels: int, shape: ImageShape
) -> tuple[list[nn.Module], int]:
    """The layers from images to features, halving the side twice, and how many features these are.

    No batch normalisation: each image is judged by itself.

    Arguments:
        given: Channels of what is judged: those of a pack.
        channels: Of the first layer; the second has twice as many.
        shape: Of the images; height and width must be multiples of 4.

    Raises:
        ValueError: they are not.
    """
    require_quarters(shape)
    layers = [
        nn.Conv2d(given, channels, 4, stride=2, padding=1),
        nn.LeakyReLU(_SLOPE),
        nn.Conv2d(channels, 2 * channels, 4, stride=2, padding=1),
        nn.LeakyReLU(_SLOPE),
        nn.Flatten(),
    ]
    return layers, 2 * channels * (shape.height // 4) * (shape.width // 4)


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
