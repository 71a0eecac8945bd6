"""A trained model in one file: its weights and what it takes to build the network around them.

The snapshots of a run and the models in `resources/` are such files, format "modescope-model",
version 2: a sealed safetensors file (see `container.py`) whose arrays are the model's state_dict
and whose spec is a `ModelSpec`. Version 1 had no `live`, `stage`, `draws`, `seconds` and `frozen`,
which it takes to begin a branch of the run where the weights were taken.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping  # noqa: TC003 (`restore` reads annotations)
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import safetensors.torch
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

import models
from models import GenerativeModel, ImageShape, ModelConfig
from studio.data.atomic import write_atomically
from studio.engine.progress import Plain, Progress
from studio.library import plain
from studio.library.container import BadRun, Entry, called, read, seal, unseal

if TYPE_CHECKING:
    from pathlib import Path

    from studio.engine.config import TrainConfig

FORMAT = "modescope-model"
VERSION = 2
MAX_PARAMETERS = 200_000_000

_DTYPES = {
    "BOOL": torch.bool,
    "U8": torch.uint8,
    "I32": torch.int32,
    "I64": torch.int64,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F32": torch.float32,
    "F64": torch.float64,
}


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """What the weights belong to: a word of the registry, never a path to code.

    Attributes:
        model: Name in the registry.
        settings: The model's config.
        shape: Of the images.
        step: Rounds played.
        data: Name of the data set it learned from, "" if unknown.
        seed: Of the run.
        live: Settings that have another value by now.
        stage, draws, seconds, frozen, memory: Where the training stood; see `Progress`.
    """

    model: str
    settings: ModelConfig
    shape: ImageShape
    step: int
    data: str = ""
    seed: int = 0
    live: Mapping[str, Plain] = field(default_factory=dict)
    stage: int = 0
    draws: int = 0
    seconds: float = 0.0
    frozen: tuple[str, ...] = ()
    memory: str = ""

    @classmethod
    def of(cls, config: TrainConfig, shape: ImageShape, progress: Progress) -> ModelSpec:
        """A run's model where the run stands."""
        return cls(
            model=config.model,
            settings=config.settings,
            shape=shape,
            step=progress.step,
            data=config.data,
            seed=config.seed,
            live=progress.live,
            stage=progress.stage,
            draws=progress.draws,
            seconds=progress.seconds,
            frozen=progress.frozen,
            memory=progress.memory,
        )

    def progress(self) -> Progress:
        """Where the training stood, with optimizers that remember nothing."""
        return Progress(
            step=self.step,
            stage=self.stage,
            draws=self.draws,
            seconds=self.seconds,
            live=self.live,
            frozen=self.frozen,
            memory=self.memory,
        )


@dataclass(frozen=True)
class LoadedModel:
    """A model from the disk, ready to answer: in eval mode, on the CPU, without gradients."""

    model: GenerativeModel
    spec: ModelSpec

    @property
    def step(self) -> int:
        """Rounds played."""
        return self.spec.step

    @property
    def data(self) -> str:
        """What it learned from."""
        return self.spec.data

    @property
    def title(self) -> str:
        """The model's name for people."""
        return self.model.card.title


def pack_model(weights: Mapping[str, Tensor], spec: ModelSpec) -> bytes:
    """The content of a model file.

    Raises:
        ValueError: the weights hold NaN or infinity, which no file shall.
    """
    draft = safetensors.torch.save(owned(weights, "the model"))
    return seal(draft, kind=FORMAT, version=VERSION, spec=plain.plain(spec))


def owned(tensors: Mapping[str, Tensor], owner: str) -> dict[str, Tensor]:
    """Copies on the CPU that share no memory, as the format wants them: tied weights do.

    Raises:
        ValueError: they hold NaN or infinity, which no file shall.
    """
    insist_on_finite(tensors, owner)
    return {
        name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        for name, tensor in tensors.items()
    }


def save_model_file(path: Path, model: GenerativeModel, spec: ModelSpec) -> None:
    """Writes a model file, whole or not at all.

    Raises:
        ValueError: the weights hold NaN or infinity.
        OSError: it cannot be written.
    """
    write_atomically(path, pack_model(model.state_dict(), spec))


def load_model_file(path: Path) -> LoadedModel:
    """The model in a file.

    Raises:
        BadRun: it is no model file, or a damaged one, or one for another model; one sentence.
    """
    return unpack_model(read(path), called(path))


def unpack_model(content: bytes, name: str) -> LoadedModel:
    """The model in the bytes of a file that messages call `name`; raises as `load_model_file`."""
    found, entries = unseal(content, name, kind=FORMAT, version=VERSION)
    try:
        spec = restore_spec(found)
        model = blank_model(spec)
        insist_on_fit(entries, model.state_dict())
        weights = safetensors.torch.load(content)
        insist_on_finite(weights, "it")
        model.load_state_dict(weights, strict=True)
        set_live(model, spec.live)
    except (ValueError, RuntimeError, safetensors.SafetensorError) as error:
        raise unusable(name, error) from None
    return LoadedModel(model.eval().requires_grad_(False), spec)


def unusable(name: str, error: Exception) -> BadRun:
    """What is wrong with a file, in one line."""
    line = str(error).splitlines()[0] if str(error) else type(error).__name__
    return BadRun(f"{name} cannot be used: {line[:200]}")


def blank_model(spec: ModelSpec) -> GenerativeModel:
    """The network that a spec describes, with weights that mean nothing.

    Raises:
        ValueError: its settings ask for too much memory, or do not fit together.
    """
    with torch.random.fork_rng(devices=[]), _Ration(MAX_PARAMETERS):
        return models.create(spec.model, spec.settings, spec.shape)


def set_live(model: GenerativeModel, live: Mapping[str, Plain]) -> None:
    """Applies what was changed during the training; its length is not the model's business."""
    for setting, value in live.items():
        if setting != "steps":
            model.set_live(setting, value)


def restore_spec(found: object) -> ModelSpec:
    """A spec from plain values, checked against the registry and the bounds of the settings.

    Raises:
        ValueError: one sentence.
    """
    if not isinstance(found, dict):
        raise ValueError("its spec is not a table")
    known = {f.name for f in dataclasses.fields(_Outline)}
    if unknown := set(found) - known:
        raise ValueError(f"its spec holds an unknown {sorted(unknown)[0][:40]!r}")
    outline = plain.restore(_Outline, found, "its spec")
    if min(outline.step, outline.stage, outline.draws, outline.seconds) < 0:
        raise ValueError("a number in its spec is below zero")
    config = models.spec(outline.model).config
    settings = config.from_values(outline.settings)
    config.from_values({**outline.settings, **outline.live})  # within bounds as well
    return ModelSpec(
        model=outline.model,
        settings=settings,
        shape=checked_shape(outline.shape),
        step=outline.step,
        data=outline.data,
        seed=outline.seed,
        live=outline.live,
        stage=outline.stage,
        draws=outline.draws,
        seconds=outline.seconds,
        frozen=outline.frozen,
        memory=outline.memory,
    )


def checked_shape(shape: ImageShape) -> ImageShape:
    """The shape, if images may have it, or points of the plane: two channels of one pixel.

    Raises:
        ValueError: they may not.
    """
    sides_fit = 1 <= shape.height <= 256 and 1 <= shape.width <= 256
    painted = shape.channels in (1, 3) or shape.chw == (2, 1, 1)
    if not (sides_fit and painted and 1 <= shape.classes <= 1_000):
        raise ValueError("its image shape is out of bounds")
    return shape


@dataclass(frozen=True)
class _Outline:
    """A spec as it stands in a file, before the registry has been asked about it."""

    model: str
    settings: Mapping[str, bool | int | float | str]
    shape: ImageShape
    step: int
    data: str = ""
    seed: int = 0
    live: Mapping[str, bool | int | float | str] = field(default_factory=dict)
    stage: int = 0
    draws: int = 0
    seconds: float = 0.0
    frozen: tuple[str, ...] = ()
    memory: str = ""


class _Ration(TorchFunctionMode):
    """Stops the building of a model that wants too much memory.

    Building on the meta device would tell its size for nothing, but imports 900 modules (3 s) for
    some functions, and the window loads a model while its user is watching.
    """

    _FACTORIES = frozenset(
        {torch.empty, torch.zeros, torch.ones, torch.full, torch.eye, torch.rand, torch.randn}
    )

    def __init__(self, numbers: int) -> None:
        super().__init__()
        self._left = numbers

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        if func in self._FACTORIES:
            self._left -= made.numel()
            if self._left < 0:
                raise ValueError("its model is too large")
        return made


def insist_on_fit(entries: Mapping[str, Entry], expected: Mapping[str, Tensor]) -> None:
    """ValueError unless a file's table names exactly the tensors that a model has."""
    if lost := sorted(set(expected) - set(entries)):
        raise ValueError(f"it lacks the weights {lost[0]!r} and {len(lost) - 1} more")
    if extra := sorted(set(entries) - set(expected)):
        raise ValueError(f"its weights {extra[0][:60]!r} do not belong to this model")
    for name, entry in entries.items():
        wanted = expected[name]
        if entry.shape != tuple(wanted.shape) or _DTYPES[entry.dtype] != wanted.dtype:
            raise ValueError(f"its weights {name!r} have another shape or type than the model's")


def insist_on_finite(weights: Mapping[str, Tensor], owner: str) -> None:
    """ValueError if a number is NaN or infinite."""
    for name, tensor in weights.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise ValueError(f"{owner} holds values that are not finite, in {name!r}")


def plain_settings(settings: ModelConfig) -> dict[str, bool | int | float | str]:
    """A config as JSON-ready values."""
    return {f.name: getattr(settings, f.name) for f in dataclasses.fields(settings)}
