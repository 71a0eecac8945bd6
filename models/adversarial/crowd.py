"""What lets a discriminator see a crowd: sameness becomes evidence that nobody real would leave.

A discriminator that looks at one image at a time cannot tell a generator that writes every digit
from one that writes a single perfect one: both show it real digits. Three cures, one idea.

B = batch, F = features, C, H, W = channels, height, width, m = images per pack.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

# Where all images are the same the derivative of their deviation is not defined; this keeps it so.
_TINY = 1e-8


class MinibatchDiscrimination(nn.Module):
    """How close each image is to the others of its batch (Salimans et al., arXiv:1606.03498).

    Features f_i are projected to K points M_ik in a space of few dimensions, and

        o_ik = mean over j != i of exp(-|M_ik - M_jk|_1), in [0, 1],

    is set beside them: 1 where the k-th points of all coincide. The paper sums over j, itself
    included; the mean means the same for a crowd of another size. Someone alone is close to nobody:
    o = 0. Judge batches of one kind, only real or only written images.

    Arguments:
        in_features: F.
        kernels: K, the features that are added.
        dims: Dimensions of the space in which distances are taken.
    """

    def __init__(self, in_features: int, kernels: int = 32, dims: int = 5) -> None:
        super().__init__()
        self.kernels, self.dims = kernels, dims
        self.projection = nn.Linear(in_features, kernels * dims, bias=False)
        # Features of unit size come to lie about 1 apart, where exp(-d) is neither 0 nor 1.
        nn.init.normal_(self.projection.weight, std=1 / (dims * in_features**0.5))

    def forward(self, features: Tensor) -> Tensor:
        """(B, F) to (B, F + K)."""
        count = len(features)
        points = self.projection(features).view(count, self.kernels, self.dims)
        # One dimension at a time: without gradients (B, B, K) numbers are all that is held.
        distances = sum(
            (points[:, None, :, d] - points[None, :, :, d]).abs() for d in range(self.dims)
        )
        closeness = torch.exp(-torch.as_tensor(distances)).sum(dim=1) - 1  # without oneself
        return torch.cat((features, closeness / max(count - 1, 1)), dim=1)


class MinibatchStddev(nn.Module):
    """How much the images of a batch differ, as one number (Karras et al., arXiv:1710.10196).

    The standard deviation over the batch of each feature at each place, averaged to one number,
    set beside the features of all images: as a feature, or as a channel that is the same
    everywhere. It is 0 for a batch of one image over and over, and for one alone.
    """

    def forward(self, features: Tensor) -> Tensor:
        """(B, F) to (B, F + 1), or (B, C, H, W) to (B, C + 1, H, W)."""
        variance = features.var(dim=0, correction=0)
        deviation = (variance + _TINY).sqrt().mean() - _TINY**0.5
        shape = (len(features), 1, *features.shape[2:])
        return torch.cat((features, deviation.expand(shape)), dim=1)


def pack(images: Tensor, m: int) -> Tensor:
    """Each image with its m - 1 followers, cyclic: (B, C, H, W) to (B, m * C, H, W).

    Row i holds the images i, i + 1, ..., i + m - 1 in its channels (PacGAN: Lin et al.,
    arXiv:1712.04086). Each image gets an opinion of its own, which is what scores are for; but
    neighbouring rows share images, and so are not the independent draws that a loss is made of:
    there use `packs`. A crowd smaller than m repeats itself, and is judged for that: give company.
    """
    assert m >= 1, m
    return torch.cat([images.roll(-i, dims=0) for i in range(m)], dim=1) if m > 1 else images


def packs(images: Tensor, m: int) -> Tensor:
    """The images in packs of m, each in one pack: (B, C, H, W) to (B // m, m * C, H, W).

    So PacGAN (Lin et al., arXiv:1712.04086) trains: row i holds the images i * m, ...,
    i * m + m - 1. From B images come B // m opinions (the paper draws m times as many images
    instead); B % m images at the end are left out.
    """
    count, channels, *size = images.shape
    assert 1 <= m <= count, f"no pack of {m} in a batch of {count}"
    whole = count // m
    return images[: whole * m].reshape(whole, m * channels, *size)
