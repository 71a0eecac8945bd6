"""Images that are no digits, of many kinds: what a classifier must learn to call "none".

Each kind is a function (count, digits, labels, rng) to float32 (count, 28, 28) in [0, 1]. `SHOWN`
are the kinds that the classifier learns from, `UNSEEN` those that it is examined with.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch.nn import functional as F

SIDE = 28
Pictures = NDArray[np.float32]
Labels = NDArray[np.int64]
Rng = np.random.Generator
Kind = Callable[[int, Pictures, Labels, Rng], Pictures]


def blurred(images: Pictures, sigma: float) -> Pictures:
    """A Gaussian blur, zero outside."""
    reach = max(1, round(3 * sigma))
    bell = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma) ** 2)
    bell = (bell / bell.sum()).float()
    field = torch.from_numpy(np.ascontiguousarray(images, np.float32))[:, None]
    field = F.conv2d(F.pad(field, (reach, reach, 0, 0)), bell[None, None, None])
    field = F.conv2d(F.pad(field, (0, 0, reach, reach)), bell[None, None, :, None])
    return np.asarray(field[:, 0].numpy())


def stretched(images: Pictures) -> Pictures:
    """Each image with its own darkest at 0 and brightest at 1."""
    low = images.min((1, 2), keepdims=True)
    high = images.max((1, 2), keepdims=True)
    return np.asarray((images - low) / np.maximum(high - low, 1e-6), np.float32)


def _each(rng: Rng, low: float, high: float, count: int) -> Pictures:
    return rng.uniform(low, high, (count, 1, 1)).astype(np.float32)


def _picked(count: int, digits: Pictures, rng: Rng) -> Pictures:
    return digits[rng.integers(len(digits), size=count)]


def _pairs(count: int, digits: Pictures, labels: Labels, rng: Rng) -> tuple[Pictures, Pictures]:
    """Two digits of different classes."""
    one = rng.integers(len(digits), size=count)
    two = rng.integers(len(digits), size=count)
    while (same := labels[one] == labels[two]).any():
        two[same] = rng.integers(len(digits), size=int(same.sum()))
    return digits[one], digits[two]


def noise(count: int, digits: Pictures, labels: Labels, rng: Rng) -> Pictures:
    """Every pixel for itself: uniform, normal or salt, of any level."""
    level, spread = _each(rng, -0.4, 1, count), _each(rng, 0.02, 0.8, count)
    normal = level + spread * rng.standard_normal((count, SIDE, SIDE), np.float32)
    salt = rng.random((count, SIDE, SIDE)) < _each(rng, 0.01, 0.9, count)
    return np.where(_each(rng, 0, 1, count) < 0.6, normal, salt).clip(0, 1)


def blobs(count: int, digits: Pictures, labels: Labels, rng: Rng) -> Pictures:
    """Blurred noise, soft or cut at a level, often in the middle where digits are."""
    parts = []
    for _ in range(8):
        field = rng.standard_normal((-(-count // 8), SIDE, SIDE), np.float32)
        field = stretched(blurred(field, rng.uniform(0.8, 5)))
        cut = _each(rng, 0.2, 0.75, len(field))
        hard = 1 / (1 + np.exp(-(field - cut) * _each(rng, 3, 40, len(field))))
        parts.append(hard * _each(rng, 0.4, 1, len(field)))
    images = np.concatenate(parts)[:count]
    centred = rng.random(count) < 0.6
    axis = np.arange(SIDE) - 13.5
    distance = np.hypot(axis[:, None], axis[None, :])
    window = 1 / (1 + np.exp((distance - _each(rng, 4, 12, count)) / 1.2))
    return np.where(centred[:, None, None], images * window, images)


def mixtures(count: int, digits: Pictures, labels: Labels, rng: Rng) -> Pictures:
    """Weighted means of 2 to 40 digits, with or without noise: what a stuck generator draws."""
    one, two = _pairs(count, digits, labels, rng)
    share = _each(rng, 0.38, 0.62, count)
    images = share * one + (1 - share) * two
    many = count // 2
    for place in range(many):
        size = int(rng.integers(4, 40))
        crowd = digits[rng.integers(len(digits), size=size)]
        images[place] = np.tensordot(rng.dirichlet(np.ones(size)), crowd, 1)
    images[:many] = stretched(images[:many]) * _each(rng, 0.4, 1, many)
    speckle = _each(rng, -0.2, 0.3, count).clip(0)
    return images + speckle * rng.standard_normal(images.shape, np.float32)


def overlaps(count: int, digits: Pictures, labels: Labels, rng: Rng) -> Pictures:
    """Three digits, or two far apart, written over each other."""
    one, two = _pairs(count, digits, labels, rng)
    three = _picked(count, digits, rng)
    x, y = rng.integers(3, 9), rng.integers(-8, 9)
    apart = np.maximum(np.roll(one, (y, -x), (1, 2)), np.roll(two, (-y, x), (1, 2)))
    crowd = np.maximum(np.maximum(one, two), np.roll(three, int(rng.integers(-4, 5)), 2))
    return np.where(_each(rng, 0, 1, count) < 0.5, apart, crowd)


def shuffled(count: int, digits: Pictures, labels: Labels, rng: Rng) -> Pictures:
    """Digits cut into tiles of 4, 7 or 14 pixels that are mixed up, sometimes between digits."""
    images = _picked(count, digits, rng).copy()
    for place in range(count):
        tile = (4, 7, 7, 14)[int(rng.integers(4))]
        n = SIDE // tile
        tiles = images[place].reshape(n, tile, n, tile).transpose(0, 2, 1, 3)
        order = rng.permutation(n * n)
        if n == 2:
            order = np.array(((3, 2, 1, 0), (1, 3, 0, 2), (2, 0, 3, 1))[int(rng.integers(3))])
        tiles = tiles.reshape(n * n, tile, tile)[order].reshape(n, n, tile, tile)
        images[place] = tiles.transpose(0, 2, 1, 3).reshape(SIDE, SIDE)
    return images


def flats(count: int, digits: Pictures, labels: Labels, rng: Rng) -> Pictures:
    """Nothing at all, one grey, slopes and waves."""
    axis = np.linspace(-1, 1, SIDE, dtype=np.float32)
    angle = _each(rng, 0, 6.3, count)
    slope = np.cos(angle) * axis[None, :, None] + np.sin(angle) * axis[None, None, :]
    grey = _each(rng, 0, 1, count)
    waves = 0.5 + 0.5 * np.sin(slope * _each(rng, 4, 30, count) + angle * 7)
    kind = _each(rng, 0, 1, count)
    plain = np.where(kind < 0.3, grey, np.where(kind < 0.6, grey + slope / 2, grey * waves))
    plain[: count // 20] = 0
    return plain + 0.03 * rng.standard_normal((count, SIDE, SIDE), np.float32)


def scribbles(count: int, digits: Pictures, labels: Labels, rng: Rng) -> Pictures:
    """Three to seven strokes of a pen that cross as they like."""
    images = np.zeros((count, SIDE, SIDE), np.float32)
    for place in range(count):
        sheet = Image.new("L", (112, 112))
        pen = ImageDraw.Draw(sheet)
        for _ in range(int(rng.integers(3, 8))):
            corners = rng.uniform(10, 102, (4, 2))
            t = np.linspace(0, 1, 14)[:, None]
            curve = sum(
                weight * (1 - t) ** (3 - k) * t**k * corners[k]
                for k, weight in enumerate((1, 3, 3, 1))
            )
            path = [tuple(point) for point in np.asarray(curve)]
            pen.line(path, fill=255, width=int(rng.integers(4, 14)), joint="curve")
        images[place] = np.asarray(sheet.resize((SIDE, SIDE), Image.Resampling.BOX)) / 255
    return images


def halves(count: int, digits: Pictures, labels: Labels, rng: Rng) -> Pictures:
    """The left of one digit and the right of another that begins higher or lower."""
    one, two = _pairs(count, digits, labels, rng)
    shift = int(rng.choice((-7, -6, -5, 5, 6, 7)))
    images = one.copy()
    images[:, :, 14:] = np.roll(two, shift, 1)[:, :, 14:]
    upright = rng.random(count) < 0.5
    across = one.copy()
    across[:, 14:, :] = np.roll(two, shift, 2)[:, 14:, :]
    images[upright] = across[upright]
    return images


def faint(count: int, digits: Pictures, labels: Labels, rng: Rng) -> Pictures:
    """Digits of which hardly anything is seen, or that drown in noise."""
    images = _picked(count, digits, rng)
    drowned = _each(rng, 0, 1, count) < 0.5
    weight = np.where(drowned, _each(rng, 0.05, 0.3, count), _each(rng, 0.02, 0.12, count))
    spread = np.where(drowned, _each(rng, 0.3, 0.7, count), _each(rng, 0, 0.03, count))
    return images * weight + spread * rng.standard_normal(images.shape, np.float32)


def smears(count: int, digits: Pictures, labels: Labels, rng: Rng) -> Pictures:
    """Digits washed out beyond recognition, or dragged over the paper."""
    images = _picked(count, digits, rng)
    washed = stretched(blurred(images, rng.uniform(3.2, 6)))
    dragged = np.zeros_like(images)
    angle, length = rng.uniform(0, np.pi), int(rng.integers(12, 22))
    for step in range(length):
        x, y = (round((step - length / 2) * f(angle)) for f in (np.cos, np.sin))
        dragged += np.roll(images, (y, x), (1, 2)) / length
    dragged = stretched(dragged)
    return np.where(_each(rng, 0, 1, count) < 0.5, washed, dragged)


def networks(count: int, digits: Pictures, labels: Labels, rng: Rng) -> Pictures:
    """What untrained generators draw: dense and convolutional, of any gain."""
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    parts = []
    each = -(-count // 24)
    for turn in range(24):
        gain = float(rng.uniform(0.5, 6))
        z = torch.randn((each, 32), generator=generator) * float(rng.uniform(0.05, 1))
        hidden = torch.randn((32, 128), generator=generator) * gain / 32**0.5
        offset = torch.randn(784, generator=generator) * float(rng.uniform(0, 2))
        seen = torch.tanh(z @ hidden + 0.5 * torch.randn(128, generator=generator))
        if turn % 3 == 0:
            out = seen @ (torch.randn((128, 784), generator=generator) * gain / 128**0.5) + offset
            out = out.view(each, SIDE, SIDE)
        else:
            side = (4, 7)[turn % 2]
            field = (seen @ torch.randn((128, 8 * side**2), generator=generator)).view(
                each, 8, side, side
            )
            while field.shape[-1] < SIDE:
                field = F.interpolate(field, scale_factor=2, mode=("nearest", "bilinear")[turn % 2])
                kernel = torch.randn((8, 8, 3, 3), generator=generator) / 5
                field = torch.relu(F.conv2d(field, kernel, padding=1))
            start = (field.shape[-1] - SIDE) // 2
            out = field[:, 0, start : start + SIDE, start : start + SIDE]
            out = gain * (out - out.mean()) / (out.std() + 1e-6) - float(rng.uniform(-1, 2))
        ends = torch.sigmoid(2 * out) if turn % 2 else torch.tanh(out)
        parts.append(ends.numpy())
    return np.concatenate(parts)[:count]


def fractals(count: int, digits: Pictures, labels: Labels, rng: Rng) -> Pictures:
    """Noise as in clouds: its power falls with frequency."""
    across = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.fftfreq(SIDE)[None, :])
    across[0, 0] = 1
    waves = np.fft.fft2(rng.standard_normal((count, SIDE, SIDE)))
    field = np.fft.ifft2(waves / across ** rng.uniform(0.7, 1.6, (count, 1, 1))).real
    return stretched(field.astype(np.float32))


def checkers(count: int, digits: Pictures, labels: Labels, rng: Rng) -> Pictures:
    """Chessboards, which transposed convolutions draw when they are unhappy."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    size = rng.integers(1, 7, (count, 1, 1))
    shift = rng.integers(0, 7, (count, 1, 1))
    board = ((y + shift) // size + (x + shift) // size) % 2
    return board * _each(rng, 0.4, 1, count)


def shapes(count: int, digits: Pictures, labels: Labels, rng: Rng) -> Pictures:
    """Filled boxes and triangles, two or three at a time."""
    images = np.zeros((count, SIDE, SIDE), np.float32)
    for place in range(count):
        sheet = Image.new("L", (112, 112))
        pen = ImageDraw.Draw(sheet)
        for _ in range(int(rng.integers(2, 4))):
            corners = rng.uniform(16, 96, (int(rng.integers(3, 5)), 2))
            pen.polygon([tuple(corner) for corner in corners], fill=int(rng.integers(120, 256)))
        images[place] = np.asarray(sheet.resize((SIDE, SIDE), Image.Resampling.BOX)) / 255
    return images


def letters(count: int, digits: Pictures, labels: Labels, rng: Rng) -> Pictures:
    """Letters that look like no digit, in Pillow's own type."""
    type_face = ImageFont.load_default(size=22)
    images = np.zeros((count, SIDE, SIDE), np.float32)
    for place in range(count):
        sheet = Image.new("L", (SIDE, SIDE))
        letter = "AEFHKMNRWX"[int(rng.integers(10))]
        middle = tuple(rng.uniform(12, 16, 2))
        ImageDraw.Draw(sheet).text(middle, letter, fill=255, font=type_face, anchor="mm")
        images[place] = np.asarray(sheet) / 255
    return images


SHOWN: dict[str, Kind] = {
    "noise": noise,
    "blobs": blobs,
    "mixtures": mixtures,
    "overlaps": overlaps,
    "shuffled": shuffled,
    "flats": flats,
    "scribbles": scribbles,
    "halves": halves,
    "faint": faint,
    "smears": smears,
    "networks": networks,
}
UNSEEN: dict[str, Kind] = {
    "fractals": fractals,
    "checkers": checkers,
    "shapes": shapes,
    "letters": letters,
}


def make(kind: Kind, count: int, digits: Pictures, labels: Labels, rng: Rng) -> NDArray[np.uint8]:
    """`count` images of a kind as uint8; `digits` are float32 (N, 28, 28) in [0, 1]."""
    images = np.asarray(kind(count, digits, labels, rng))
    return np.round(255 * images.clip(0, 1)).astype(np.uint8)
