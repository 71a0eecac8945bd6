"""Experience replay: what is recalled was written, in the share that was asked for."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from models.adversarial.replay import ReplayBuffer
from tests.models.checks import seeded

CHW = (1, 2, 2)


def written(move: int, count: int = 16) -> Tensor:
    """Images that say when they were written, exactly so in float16."""
    numbers = move * count + torch.arange(count)
    return (numbers / 1024).view(count, 1, 1, 1).expand(count, *CHW).contiguous()


def numbers(images: Tensor) -> list[int]:
    assert (images == images[:, :1, :1, :1]).all()
    return [round(1024 * float(v)) for v in images[:, 0, 0, 0]]


def filled(size: int = 32, moves: int = 40) -> ReplayBuffer:
    buffer, source = ReplayBuffer(size, CHW), seeded()
    for move in range(moves):
        buffer.mix(written(move), 0.0, source)
    return buffer


def test_without_a_size_there_is_nothing() -> None:
    buffer, fresh = ReplayBuffer(0, CHW), written(0)
    assert not buffer.state_dict()
    assert buffer.mix(fresh, 1.0, seeded()) is fresh


@pytest.mark.parametrize(("share", "old"), [(0.0, 0), (0.25, 4), (0.5, 8), (1.0, 16)])
def test_the_share_is_exact_and_the_old_images_were_written(share: float, old: int) -> None:
    fresh = written(40)
    mixed = filled().mix(fresh, share, seeded(1))
    assert torch.equal(mixed[: 16 - old], fresh[: 16 - old])
    recalled = numbers(mixed[16 - old :])
    assert len(recalled) == old
    # In each move the first two of sixteen are remembered.
    assert all(number < 40 * 16 and number % 16 < 2 for number in recalled)


def test_as_long_as_nothing_is_remembered_the_batch_stays_fresh() -> None:
    fresh = written(0)
    assert torch.equal(ReplayBuffer(32, CHW).mix(fresh, 1.0, seeded()), fresh)


@pytest.mark.parametrize("size", [1, 3, 31, 32, 33])
def test_the_memory_fills_without_gaps(size: int) -> None:
    buffer, source = ReplayBuffer(size, CHW), seeded()
    for move in range(40):
        places = numbers(buffer.images)
        held = [place for place in places if place]
        assert len(held) == min(move * min(2, size), size)
        assert len(set(held)) == len(held)
        assert not any(places[len(held) :])
        buffer.mix(written(move + 1), 0.0, source)


def test_recalled_images_are_never_the_empty_places_of_a_new_memory() -> None:
    buffer, source = ReplayBuffer(1000, CHW), seeded()
    buffer.mix(written(0) + 1, 1.0, source)
    for move in range(1, 20):
        assert (buffer.mix(written(move) + 1, 1.0, source) >= 1).all()


def test_it_forgets_slowly_and_evenly() -> None:
    """An image stays for size / 2 moves on average: geometric, so old ones are still there."""
    buffer = filled(size=200, moves=600)
    ages = torch.tensor([600 - number // 16 for number in numbers(buffer.images)]).float()
    assert 70 < float(ages.mean()) < 130
    assert float(ages.max()) > 250


def test_it_remembers_at_share_zero_and_pixels_come_back_as_they_were() -> None:
    buffer = ReplayBuffer(4, CHW)
    fresh = torch.rand(16, *CHW, generator=seeded()) * 2 - 1
    for seed in range(4):
        buffer.mix(fresh, 0.0, seeded(seed))
    recalled = buffer.mix(fresh, 1.0, seeded())
    assert recalled.dtype == torch.float32
    nearest = torch.cdist(recalled.flatten(1), fresh.flatten(1)).min(dim=1).values
    assert float(nearest.max()) < 2e-3


def test_a_copy_of_the_state_goes_on_in_the_same_way() -> None:
    one, other = filled(), ReplayBuffer(32, CHW)
    other.load_state_dict(one.state_dict())
    for move in range(40, 45):
        mixed = [b.mix(written(move), 0.5, seeded(move)) for b in (one, other)]
        assert torch.equal(*mixed)
    assert torch.equal(one.images, other.images)


def test_neither_the_batch_nor_the_global_generator_is_touched() -> None:
    fresh, before = written(1).requires_grad_(), torch.get_rng_state()
    given = fresh.detach().clone()
    mixed = filled().mix(fresh, 0.5, seeded())
    assert torch.equal(fresh, given)
    assert not mixed.requires_grad
    assert torch.equal(torch.get_rng_state(), before)
