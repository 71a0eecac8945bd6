"""Runs on disk: the folder of a run, model files, and what can be exported from them.

Nothing here runs code from a file: weights and arrays are safetensors, descriptions are JSON, a
model is named by its word in the registry, and every file is checked before it is used.

    from studio.library import record, load_model, BadRun
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio.library.container import BadRun
    from studio.library.format import LoadedModel, ModelSpec, save_model_file
    from studio.library.opening import load_model
    from studio.library.recorder import Recorder, record

__all__ = [
    "VERSION",
    "BadRun",
    "LoadedModel",
    "ModelSpec",
    "Recorder",
    "load_model",
    "record",
    "save_model_file",
]

VERSION = "0.4.0"
"""The version of Modescope, written into every run."""

_HOMES = {
    "BadRun": "container",
    "LoadedModel": "format",
    "ModelSpec": "format",
    "Recorder": "recorder",
    "load_model": "opening",
    "record": "recorder",
    "save_model_file": "format",
}


def __getattr__(name: str) -> object:
    # Late, because these bring PyTorch along, and the window asks for paths and version before.
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
