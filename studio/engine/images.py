"""The border between tensors, float32 (N, C, H, W) in [0, 1], and arrays, uint8 (N, H, W[, 3]).

Points of the plane, (N, 2, 1, 1), become one picture of them all, or numbers: never bytes, in which
a cluster would be a handful of values wide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from studio.data.plane import Plane


def to_arrays(images: Tensor) -> np.ndarray:
    """(N, C, H, W) in [0, 1] to uint8 (N, H, W), or (N, H, W, 3) with three channels."""
    assert images.shape[1] in (1, 3), "points are no pictures: see to_pictures"
    pixels = images.detach().clamp(0, 1).mul(255).round().to(torch.uint8)
    channels_last = pixels.permute(0, 2, 3, 1).cpu().numpy()
    grey = channels_last.shape[-1] == 1
    return np.ascontiguousarray(channels_last[..., 0] if grey else channels_last)


def to_tensor(images: np.ndarray, device: torch.device | str = "cpu") -> Tensor:
    """uint8 (N, H, W) or (N, H, W, C) to float32 (N, C, H, W) in [0, 1]."""
    pixels = torch.from_numpy(np.array(images, dtype=np.uint8)).to(device)
    if pixels.ndim == 3:
        pixels = pixels.unsqueeze(-1)
    return pixels.permute(0, 3, 1, 2).to(torch.float32).div_(255)


def to_pictures(images: Tensor, plane: Plane | None) -> np.ndarray:
    """What people are shown: `to_arrays`, or with a plane all points in one, uint8 (1, S, S)."""
    if plane is None:
        return to_arrays(images)
    from studio.instruments.plane_picture import draw_plane

    return draw_plane(to_points(images, plane), plane)[None]


def to_points(images: Tensor, plane: Plane) -> np.ndarray:
    """(N, 2, 1, 1) in [0, 1] to float64 (N, 2) in the units of the plane."""
    return plane.to_points(images.detach().float().cpu().numpy())
