"""Judging an image without teaching the judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from torch.func import functional_call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn


def judge(
    judging: nn.Module, *given: Tensor, weights: Mapping[str, Tensor] | None = None
) -> Tensor:
    """The opinion of `judging`, as a function of what it is given alone.

    In the generator's move the discriminator is part of the landscape, not of the parameters:
    its weights are held still, so that the gradient of the loss is neither computed for them (a
    third of the backward pass) nor left behind in them.

    Arguments:
        judging: Any module from images (B, C, H, W) to opinions.
        given: Its arguments; the images with the graph of who painted them.
        weights: Other weights to judge with (those that it will have), by parameter name.
    """
    if weights is None:
        weights = {name: weight.detach() for name, weight in judging.named_parameters()}
    return cast("Tensor", functional_call(judging, dict(weights), given))
