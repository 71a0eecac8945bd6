"""A small frozen network that reads digits, and says when there is none to read.

Every measure of the microscope sees samples through this network. A classifier that knows ten
digits alone calls almost any noise an "8", so that a generator of garbage passes for a collapsed
one; this one has an eleventh answer, "none", and learnt it from garbage of many kinds (outlier
exposure, Hendrycks et al. 2019, arXiv 1812.04606). `python -m bench.classifier` trains it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import safetensors
import safetensors.numpy
import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIGITS = 10
NONE = 10
"""The label of what is no digit."""
NO_STACK = 1000
"""The label of a stack of which at least one channel is no digit."""
FEATURES = 64
SIDE = 28
CHUNK = 200
"""Images at a time: what fits a core's cache is twice as fast as everything at once."""
WEIGHTS = Path(__file__).resolve().parents[2] / "resources" / "classifier" / "digits.safetensors"
_MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class Judged:
    """What the classifier says of N images. For stacks the three channels are read one by one.

    Attributes:
        labels: int64 (N,), the digit 0..9 or NONE. Stacks: 100 a + 10 b + c for the digits of
            red, green and blue, or NO_STACK where a channel is no digit.
        digits: int64 (N,), the same among digits alone: what it is if it must be one.
        confidences: float32 (N,), the greatest probability among the ten digits, which sum to
            one without "none"; the mean of the channels.
        none: float32 (N,), probability that it is no digit; the greatest of the channels.
        features: float32 (N, F), F = FEATURES, or 3 FEATURES for stacks: the last layer before
            the answer, not negative.
    """

    labels: NDArray[np.int64]
    digits: NDArray[np.int64]
    confidences: NDArray[np.float32]
    none: NDArray[np.float32]
    features: NDArray[np.float32]


class DigitClassifier(nn.Module):
    """Three convolutions with ReLU and pooling, 64 features, 11 answers; 61,000 weights.

    Takes no part in any training: its parameters need no gradients.
    """

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.Linear(64 * 9, FEATURES), nn.ReLU()),
        )
        self.answer = nn.Linear(FEATURES, DIGITS + 1)
        self.requires_grad_(False)
        # Half the time of the usual layout on a CPU.
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """float (N, 1, 28, 28) in [0, 1] to features (N, 64) and logits (N, 11)."""
        features = self.body(images)
        return features, self.answer(features)

    @torch.no_grad()
    def judge(self, images: NDArray[Any] | Tensor) -> Judged:
        """Reads images: uint8 in [0, 255] or floats in [0, 1].

        Args:
            images: (N, 28, 28) or (N, 1, 28, 28); colour stacks (N, 28, 28, 3) or
                (N, 3, 28, 28). N may be 0.

        Raises:
            ValueError: another shape.
        """
        planes = _planes(images)
        count, channels = planes.shape[:2]
        flat = planes.reshape(count * channels, 1, SIDE, SIDE)
        if not len(flat):
            return _judged(np.empty((0, channels, FEATURES)), np.empty((0, channels, DIGITS + 1)))
        parts = [self(_unit(flat[first : first + CHUNK])) for first in range(0, len(flat), CHUNK)]
        features = torch.cat([part[0] for part in parts]).numpy()
        odds = torch.cat([part[1] for part in parts]).numpy()
        return _judged(features.reshape(count, channels, -1), odds.reshape(count, channels, -1))


def load_classifier(path: Path | None = None) -> DigitClassifier:
    """The classifier that ships with the program, or the one in a file.

    Raises:
        ValueError: there is no such file, or it is not this classifier; says what to do.
    """
    path = path or WEIGHTS
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("it is far too large")
        arrays = safetensors.numpy.load(path.read_bytes())
    except (OSError, ValueError, KeyError, safetensors.SafetensorError) as error:
        raise _unusable(path, getattr(error, "strerror", None) or str(error)) from None
    # On no device: first weights would be drawn from the generator that a training may be using.
    with torch.device("meta"):
        model = DigitClassifier()
    wanted = model.state_dict()
    if set(arrays) != set(wanted):
        raise _unusable(path, "it holds other layers")
    for name, array in arrays.items():
        if array.shape != tuple(wanted[name].shape) or array.dtype not in (np.float16, np.float32):
            raise _unusable(path, f"{name} has another shape or type")
        if not np.isfinite(array).all():
            raise _unusable(path, f"{name} is not finite")
    weights = {name: torch.from_numpy(array.astype(np.float32)) for name, array in arrays.items()}
    model.load_state_dict(weights, assign=True)
    return model.to(memory_format=torch.channels_last).eval()


def save_classifier(model: DigitClassifier, path: Path) -> None:
    """Writes the weights as float16: of 10,000 answers on MNIST none changed when it was tried."""
    arrays = {
        name: np.ascontiguousarray(value.numpy().astype(np.float16))
        for name, value in model.state_dict().items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(safetensors.numpy.save(arrays))


def _unusable(path: Path, why: str) -> ValueError:
    return ValueError(
        f"The digit classifier {path} cannot be used ({why[:100]}): "
        "get the file anew or train it by `python -m bench.classifier`."
    )


def _planes(images: NDArray[Any] | Tensor) -> Tensor:
    """Any of the shapes as (N, C, 28, 28), C 1 or 3."""
    # A copy, because torch warns about (and must not share) read-only memory.
    pixels = images if isinstance(images, Tensor) else torch.from_numpy(np.array(images))
    shape = tuple(pixels.shape[1:])
    if shape == (SIDE, SIDE):
        return pixels[:, None]
    if shape in ((1, SIDE, SIDE), (3, SIDE, SIDE)):
        return pixels
    if shape == (SIDE, SIDE, 3):
        return pixels.permute(0, 3, 1, 2)
    raise ValueError(f"The digit classifier reads images of 28 x 28, not {tuple(pixels.shape)}.")


def _unit(pixels: Tensor) -> Tensor:
    grey = pixels.cpu()
    return grey.float() / 255 if grey.dtype == torch.uint8 else grey.float()


def _judged(features: NDArray[Any], odds: NDArray[Any]) -> Judged:
    """From features (N, C, F) and logits (N, C, 11)."""
    count, channels = odds.shape[:2]
    likely = _softmax(odds)
    among = _softmax(odds[..., :DIGITS])
    place = 10 ** np.arange(channels - 1, -1, -1)
    guesses = odds.argmax(-1)
    no_label = NONE if channels == 1 else NO_STACK
    labels = np.where((guesses == NONE).any(1), no_label, (guesses * place).sum(1))
    return Judged(
        labels=labels.astype(np.int64),
        digits=(odds[..., :DIGITS].argmax(-1) * place).sum(1).astype(np.int64),
        confidences=among.max(-1).mean(1).astype(np.float32),
        none=likely[..., NONE].max(1).astype(np.float32),
        features=features.reshape(count, channels * FEATURES).astype(np.float32),
    )


def _softmax(odds: NDArray[Any]) -> NDArray[np.float64]:
    powers = np.exp(odds - odds.max(-1, keepdims=True), dtype=np.float64)
    return np.asarray(powers / powers.sum(-1, keepdims=True))
