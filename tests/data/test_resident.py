"""The order in which images are dealt follows from (seed, round) alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from studio.data import Dataset
from studio.data.resident import ResidentData, sample_indices


def numbered(count: int) -> Dataset:
    """A data set in which every image says which one it is."""
    images = np.zeros((count, 2, 3), np.uint8)
    images[:, 0, 0] = np.arange(count)
    return Dataset("numbered", "train", images, np.arange(count))


@pytest.mark.parametrize("size", [1, 4, 7, 10, 23])
def test_an_epoch_deals_every_image_once(size: int) -> None:
    data = ResidentData(numbered(10), "cpu")
    rounds = 10 * size // np.gcd(10, size) // size
    dealt = torch.cat([data.batch(size, seed=5, round=k)[1] for k in range(3 * rounds)])
    for epoch in dealt.reshape(-1, 10):
        assert sorted(epoch.tolist()) == list(range(10))
    assert len({tuple(epoch.tolist()) for epoch in dealt.reshape(-1, 10)}) > 1


@pytest.mark.parametrize("size", [3, 10, 25])
def test_a_round_is_the_same_by_step_and_by_jump(size: int) -> None:
    walking = ResidentData(numbered(10), "cpu")
    walked = [walking.batch(size, seed=1, round=k) for k in range(12)]
    for k in (11, 0, 7, 3):
        images, labels = ResidentData(numbered(10), "cpu").batch(size, seed=1, round=k)
        assert torch.equal(images, walked[k][0])
        assert torch.equal(labels, walked[k][1])
        assert torch.equal(walking.batch(size, seed=1, round=k)[1], labels)


def test_the_seed_decides() -> None:
    data = ResidentData(numbered(100), "cpu")
    one, two = (data.batch(100, seed=seed, round=0)[1] for seed in (1, 2))
    assert not torch.equal(one, two)
    assert torch.equal(one, data.batch(100, seed=1, round=0)[1])


def test_the_order_is_the_same_as_ever() -> None:
    """A changed order would make every run that is resumed a different run."""
    assert sample_indices(10, seed=0, epoch=0).tolist() == [5, 2, 4, 8, 7, 6, 0, 1, 3, 9]


def test_images_become_floats_with_channels() -> None:
    data = ResidentData(numbered(10), "cpu")
    images, labels = data.batch(4, seed=0, round=0)
    assert images.shape == (4, 1, 2, 3)
    assert images.dtype == torch.float32
    assert labels.dtype == torch.int64
    assert torch.equal((images[:, 0, 0, 0] * 255).round().long(), labels)
    assert data.shape == (1, 2, 3)
    assert len(data) == 10


def test_colour_goes_to_the_front() -> None:
    images = np.zeros((5, 4, 6, 3), np.uint8)
    images[..., 1] = 255
    data = ResidentData(Dataset("colour", "train", images, np.zeros(5, np.int64)), "cpu")
    batch, _ = data.batch(2, seed=0, round=0)
    assert batch.shape == (2, 3, 4, 6)
    assert batch[:, 1].eq(1).all()
    assert batch[:, 0].eq(0).all()


def test_the_data_set_itself_is_left_alone() -> None:
    source = numbered(6)
    source.images.setflags(write=False)
    data = ResidentData(source, "cpu")
    data.images.zero_()
    assert source.images.any()
