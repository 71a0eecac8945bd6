"""Experience replay: the discriminator is shown old forgeries, too, so that it does not forget.

Without a memory, the generator can come back to a trick that the discriminator has unlearned
meanwhile, and both walk in circles (Shrivastava et al., 2017, arXiv:1612.07828, section 2.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Sequence

# Of each batch, one image in so many is remembered.
_REMEMBERED = 8


class ReplayBuffer(nn.Module):
    """A memory of written images, saved with the model.

    One image in eight of each batch is remembered. Once the memory is full, each takes the place
    of a random old one; so it forgets slowly and never at once: an image stays for
    8 * size / batch moves on average, which are 312 for 5,000 images and batches of 128.

    Arguments:
        size: Images that are remembered; 0 for none: then there is no buffer either.
        chw: (C, H, W) of an image. Kept as float16, exact to 0.0005 for pixels in [-1, 1].
    """

    images: Tensor
    stored: Tensor

    def __init__(self, size: int, chw: Sequence[int]) -> None:
        super().__init__()
        assert size >= 0, size
        self.size = size
        if size:
            self.register_buffer("images", torch.zeros(size, *chw, dtype=torch.float16))
            self.register_buffer("stored", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def mix(self, fresh: Tensor, share: float, generator: torch.Generator) -> Tensor:
        """Shows `share` of the batch from memory instead, and remembers some of the fresh images.

        The images at the end of the batch are replaced, so that packs of neighbours are mostly of
        one age. The memory is kept up to date when `share` is 0, too, so that the share can be
        raised in the middle of a training; as long as it is empty the batch stays fresh.

        Arguments:
            fresh: (B, C, H, W), just written; no gradient flows through the result.
            share: In [0, 1]; round(share * B) images are replaced.
            generator: Chooses what is recalled and forgotten.

        Returns:
            (B, C, H, W), a new tensor unless nothing is replaced.
        """
        assert 0 <= share <= 1, share
        if not self.size:
            return fresh
        mixed = self._recall(fresh, round(share * len(fresh)), generator)
        self._remember(fresh, generator)
        return mixed

    def _recall(self, fresh: Tensor, count: int, generator: torch.Generator) -> Tensor:
        if not count:
            return fresh
        # Places are computed on the device: an .item() would make an accelerator wait each move.
        held = self.stored.clamp(max=self.size)
        luck = torch.rand(count, generator=generator, device=fresh.device)
        # A float32 product can round up to `held` itself.
        places = (luck * held).long().minimum((held - 1).clamp(min=0))
        kept, given = fresh[: len(fresh) - count], fresh[len(fresh) - count :]
        old = self.images[places].to(fresh.dtype)
        return torch.cat((kept, torch.where(held > 0, old, given)))

    def _remember(self, fresh: Tensor, generator: torch.Generator) -> None:
        count = min(max(len(fresh) // _REMEMBERED, 1), self.size)
        next_places = (self.stored + torch.arange(count, device=fresh.device)) % self.size
        # All different: who wins where two are copied to one place would be chance.
        any_places = torch.randperm(self.size, generator=generator, device=fresh.device)[:count]
        places = torch.where(self.stored >= self.size, any_places, next_places)
        self.images.index_copy_(0, places, fresh[:count].to(self.images.dtype))
        self.stored.add_(count)
