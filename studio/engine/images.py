"""The border between tensors, float32 (N, C, H, W) in [0, 1], and arrays, uint8 (N, H, W[, 3])."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def to_arrays(images: Tensor) -> np.ndarray:
    """(N, C, H, W) in [0, 1] to uint8 (N, H, W), or (N, H, W, C) with three channels."""
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
