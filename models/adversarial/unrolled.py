"""Unrolled GANs (Metz et al., 2017, arXiv:1611.02163): the generator looks ahead.

Instead of the discriminator as it is, the generator faces the one that would answer it: after some
virtual steps that are part of its gradient. Running to the one spot that is believed today does not
pay for someone who sees that it will not be believed tomorrow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor, nn

_BETA2 = 0.999
# As in the authors' code; a discriminator that has won has gradients near 0, and 1e-8 would turn
# their noise into full steps.
_TINY = 1e-4


def unrolled_parameters(
    discriminator: nn.Module,
    loss_of: Callable[[Mapping[str, Tensor]], Tensor],
    rate: float,
    beta1: float,
    steps: int,
    *,
    scaled: bool = True,
) -> dict[str, Tensor]:
    """The discriminator's weights after `steps` virtual steps, as a function of the generator.

    The steps are those of plain gradient descent, or Adam's (Kingma and Ba, arXiv:1412.6980) with
    two differences. The memory starts empty, for the optimizer's belongs to the engine. And the
    scale sqrt(v) is one per tensor, not per number: Adam's first step is the sign of the gradient,
    whose derivative is 0, so that nothing would flow back to the generator.

    Arguments:
        discriminator: Stays as it is; neither its weights nor their gradients are touched.
        loss_of: The discriminator's loss for weights that are given by name (as
            `torch.func.functional_call` takes them); it holds the graph of who wrote the images.
        rate: The discriminator's learning rate.
        beta1: The discriminator's momentum, in [0, 1); 0 for an optimizer without.
        steps: At least 0; with 0 these are the discriminator's own weights, held still.
        scaled: Whether steps are divided by sqrt(v); False for plain gradient descent.

    Returns:
        By name. Gradients flow through the steps back to what `loss_of` is made of.
    """
    assert steps >= 0, steps
    weights = {name: weight.detach() for name, weight in discriminator.named_parameters()}
    if not steps:
        return weights
    names = list(weights)
    values = [weights[name].requires_grad_() for name in names]
    momenta = [torch.zeros_like(value) for value in values]
    squares = [value.new_zeros(()) for value in values]
    for step in range(1, steps + 1):
        loss = loss_of(dict(zip(names, values, strict=True)))
        slopes = torch.autograd.grad(loss, values, create_graph=True)
        for i, slope in enumerate(slopes):
            momenta[i] = beta1 * momenta[i] + (1 - beta1) * slope
            squares[i] = _BETA2 * squares[i] + (1 - _BETA2) * slope.square().mean()
            mean = momenta[i] / (1 - beta1**step)
            if scaled:
                # The root's derivative at 0 is not finite: hence inside, too.
                mean = mean / ((squares[i] / (1 - _BETA2**step) + _TINY**2).sqrt() + _TINY)
            values[i] = values[i] - rate * mean
    return dict(zip(names, values, strict=True))
