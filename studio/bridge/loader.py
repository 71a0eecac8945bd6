"""Loads PyTorch behind the open window, so that the first click finds it there."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import importlib.util
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal


class Loader(QThread):
    """Imports PyTorch, the models and what the first optimizer needs, once."""

    progressed = Signal(str)
    ready = Signal(object)
    """tuple[engine.catalogue.Entry, ...]"""
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("loader")

    def run(self) -> None:
        """Loads; Qt calls this on the new thread."""
        # A full collection in the middle of a million new objects holds Python's lock for a tenth
        # of a second; what has been imported stays anyway, so it is taken out of later ones too.
        gc.disable()
        try:
            self.progressed.emit("Loading PyTorch")
            _map_libraries()
            import torch

            from studio.engine.catalogue import entries

            self.progressed.emit("Reading the models")
            self.ready.emit(entries())
            # The first optimizer imports a thousand modules; done now, it does not freeze the
            # first click on Start.
            weight = torch.nn.Parameter(torch.zeros(1))
            torch.optim.AdamW([weight], fused=True)
        except Exception as error:
            self.failed.emit(
                f"PyTorch could not be loaded: {error}. Run `make venv` and try again."
            )
        finally:
            gc.freeze()
            # At the end everything must be collected, or extension modules report leaks.
            atexit.register(gc.unfreeze)
            gc.enable()


def _map_libraries() -> None:
    """Maps PyTorch's big libraries into memory without holding Python's lock.

    `import` holds the lock during dlopen, for a second and more, and the window would stand still.
    A foreign call through ctypes lets go of it; the import then finds the libraries mapped.
    """
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None or not sys.platform.startswith("linux"):
        return
    folder = Path(spec.origin).parent / "lib"
    with contextlib.suppress(OSError, AttributeError):
        dlopen = ctypes.CDLL(None).dlopen
        dlopen.argtypes, dlopen.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
        for name in ("libtorch_global_deps.so", "libtorch_cpu.so", "libtorch_python.so"):
            dlopen(str(folder / name).encode(), 0x00102)  # RTLD_NOW | RTLD_GLOBAL
