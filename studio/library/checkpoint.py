"""All that it takes to go on with a training exactly where it was, in one file.

Format "modescope-checkpoint", version 2 (there was no 1): a sealed safetensors file (see
`container.py`) with

    model/NAME                     the model's state_dict, which holds averages and buffers too
    optimizer/PLAYER/INDEX/KEY     what the player's optimizer remembers of its parameter INDEX

and as its spec a `ModelSpec`, which says where the training stood, and `numbers`, what optimizers
remember that is not a tensor. Data order and noise need no state: they follow from seed and draws.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import safetensors.torch
import torch

from studio.engine.progress import OptimizerState, Progress, Start
from studio.library import plain
from studio.library.container import seal, unseal
from studio.library.format import (
    ModelSpec,
    blank_model,
    insist_on_finite,
    insist_on_fit,
    owned,
    restore_spec,
    set_live,
    unusable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

KIND = "modescope-checkpoint"
VERSION = 2
MODEL, OPTIMIZER = "model/", "optimizer/"


@dataclass(frozen=True)
class Checkpoint:
    """A training that can go on: what it is, and where it stood."""

    spec: ModelSpec
    start: Start


def pack_checkpoint(
    weights: Mapping[str, Tensor], progress: Progress, spec: ModelSpec
) -> tuple[bytes, str]:
    """The content of a checkpoint file, and its SHA-256.

    Raises:
        ValueError: weights or optimizers hold NaN or infinity, which no file shall.
    """
    tensors = {f"{MODEL}{name}": tensor for name, tensor in weights.items()}
    numbers: dict[str, bool | int | float | None] = {}
    for player, state in progress.optimizers.items():
        assert "/" not in player
        tensors |= {f"{OPTIMIZER}{player}/{key}": t for key, t in state.tensors.items()}
        numbers |= {f"{player}/{key}": value for key, value in state.numbers.items()}
    draft = safetensors.torch.save(owned(tensors, "the training"))
    described = plain.plain(spec) | {
        "numbers": numbers,
        "players": sorted(progress.optimizers),
    }
    content = seal(draft, kind=KIND, version=VERSION, spec=described)
    return content, hashlib.sha256(content).hexdigest()


def unpack_checkpoint(content: bytes, name: str) -> Checkpoint:
    """The checkpoint in the bytes of a file that messages call `name`.

    The optimizers' memory is checked for finite numbers and plain names here, and against the
    parameters when they take it back.

    Raises:
        BadRun: it is no checkpoint, or a damaged one, or one for another model; one sentence.
    """
    found, entries = unseal(content, name, kind=KIND, version=VERSION)
    try:
        if not isinstance(found, dict):
            raise ValueError("its spec is not a table")
        numbers, players = found.pop("numbers", {}), found.pop("players", [])
        spec = restore_spec(found)
        model = blank_model(spec)
        set_live(model, spec.live)
        insist_on_fit(_below(MODEL, entries), model.state_dict())
        tensors = safetensors.torch.load(content)
        insist_on_finite(tensors, "it")
        optimizers = _optimizers(players, tensors, numbers)
        if extra := [n for n in entries if not n.startswith((MODEL, OPTIMIZER))]:
            raise ValueError(f"its array {extra[0][:60]!r} does not belong there")
    except (ValueError, RuntimeError, safetensors.SafetensorError) as error:
        raise unusable(name, error) from None
    progress = replace(spec.progress(), optimizers=optimizers)
    return Checkpoint(spec, Start(_below(MODEL, tensors), progress))


def _below(prefix: str, table: Mapping[str, Any]) -> dict[str, Any]:
    return {name[len(prefix) :]: value for name, value in table.items() if name.startswith(prefix)}


def _optimizers(
    players: object, tensors: Mapping[str, Tensor], numbers: object
) -> dict[str, OptimizerState]:
    if not isinstance(players, list) or not all(isinstance(player, str) for player in players):
        raise ValueError("its list of players is broken")
    if not isinstance(numbers, dict):
        raise ValueError("what its optimizers remember is broken")
    kept = {player: OptimizerState({}, {}) for player in players}
    found: dict[str, Any] = _below(OPTIMIZER, tensors) | numbers
    for name, value in found.items():
        player, _, key = name.partition("/")
        index, _, word = key.partition("/")
        if player not in kept or not index.isdecimal() or not word.isidentifier():
            raise ValueError(f"its optimizers remember {name[:60]!r}, which means nothing")
        if isinstance(value, torch.Tensor):
            kept[player].tensors[key] = value  # type: ignore[index]
        elif value is None or type(value) in (bool, int, float):
            kept[player].numbers[key] = value  # type: ignore[index]
        else:
            raise ValueError(f"its optimizers remember {name[:60]!r}, which is not a number")
    return kept
