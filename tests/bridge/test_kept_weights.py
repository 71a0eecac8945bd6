"""Weights that are looked at again are not read again, unless their file has been written anew."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch

from studio.bridge.kept_weights import KeptWeights
from studio.library.format import LoadedModel
from studio.library.run_folder import SNAPSHOTS, numbered

FLOATS = 1000


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, int | None]]:
    """What has been read from the disk."""
    log: list[tuple[Path, int | None]] = []

    def load_model(path: Path, at: int | None = None) -> LoadedModel:
        log.append((path, at))
        network: Any = torch.nn.Linear(FLOATS, 1, bias=False)
        return LoadedModel(network, None)  # type: ignore[arg-type]

    monkeypatch.setattr("studio.library.load_model", load_model)
    return log


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / SNAPSHOTS).mkdir()
    for step in (10, 20, 30):
        numbered(tmp_path, SNAPSHOTS, step).write_bytes(b"weights")
    return tmp_path


def test_scrubbing_to_and_fro_reads_each_step_once(
    run: Path, read: list[tuple[Path, int | None]]
) -> None:
    kept = KeptWeights()
    first = kept.load(run, 10)
    for step in (20, 30, 20, 10, 20):
        kept.load(run, step)
    assert kept.load(run, 10) is first
    assert read == [(run, 10), (run, 20), (run, 30)]


def test_a_file_that_was_written_anew_is_read_anew(
    run: Path, read: list[tuple[Path, int | None]]
) -> None:
    kept = KeptWeights()
    first = kept.load(run, 10)
    file = numbered(run, SNAPSHOTS, 10)
    file.write_bytes(b"others!")  # as long as those before
    os.utime(file, ns=(1, 1))
    assert kept.load(run, 10) is not first
    file.unlink()
    kept.load(run, 10)
    assert len(read) == 3


def test_the_last_state_of_a_run_is_always_read(
    run: Path, read: list[tuple[Path, int | None]]
) -> None:
    kept = KeptWeights()
    assert kept.load(run, None) is not kept.load(run, None)
    assert read == [(run, None), (run, None)]


def test_only_so_many_bytes_are_kept(run: Path, read: list[tuple[Path, int | None]]) -> None:
    kept = KeptWeights(most=2 * 4 * FLOATS)
    for step in (10, 20, 10, 30, 10, 20):  # 30 takes the place of 20, which was longer not seen
        kept.load(run, step)
    assert [step for _, step in read] == [10, 20, 30, 20]


def test_weights_larger_than_the_bound_are_handed_out_all_the_same(
    run: Path, read: list[tuple[Path, int | None]]
) -> None:
    kept = KeptWeights(most=10)
    for _ in range(2):
        assert kept.load(run, 10).model is not None
    assert len(read) == 2
