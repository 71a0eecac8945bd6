"""What the commands leave behind: results as JSON, and files with pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import torch
    from numpy.typing import NDArray

Json = Any


def insist_on_suffix(path: Path, *suffixes: str, what: str = "--out") -> None:
    """Refuses, before hours of work, a path that cannot become a file of one of these kinds."""
    if path.suffix.lower() not in suffixes:
        raise ValueError(f"{what} must end in {' or '.join(suffixes)}, not {path.name!r}")
    if path.is_dir():
        raise ValueError(f"{path} is a folder; give the name of a file")
    ground = next(folder for folder in path.absolute().parents if folder.exists())
    if not ground.is_dir():
        raise ValueError(f"cannot write {path}: {ground} is not a folder")


def pixels(images: torch.Tensor) -> NDArray[np.float32]:
    """(N, C, H, W) on the CPU to float32 (N, H, W), or (N, H, W, C) with colours."""
    import numpy as np

    array = images.detach().permute(0, 2, 3, 1).numpy().astype(np.float32)
    return array[..., 0] if array.shape[-1] == 1 else array
