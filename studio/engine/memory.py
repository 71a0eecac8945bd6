"""Running out of memory: how to tell, how to give back what is free, and what to say."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from models import ModelConfig

SMALLEST_BATCH = 2

# PyTorch has a class of its own for CUDA alone; other allocators throw a RuntimeError with one of
# these texts (CPU on Linux and macOS, CPU on Windows, MPS and drivers).
_TEXTS = ("can't allocate memory", "not enough memory", "out of memory", "alloc_failed")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that there was no memory left, on the host or on the device."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(words in text for words in _TEXTS)


def give_back(device: torch.device) -> None:
    """Frees what nobody refers to any more, also in PyTorch's own stock.

    Of no use inside an `except` block: there the error still holds the frames in which it was
    raised, and they hold their tensors.
    """
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def advice(settings: ModelConfig) -> str:
    """One sentence for the user: what was too much, and what to try."""
    size = settings.batch_size
    if size <= SMALLEST_BATCH:
        return (
            "The memory is full: close other programs, or choose a smaller model and start again."
        )
    half = max(SMALLEST_BATCH, size // 2)
    return f"The memory is full with batches of {size:,} digits: go on with batches of {half:,}."
