"""A long training through the whole pipeline, with the window open, does not grow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest


def soak(steps: int) -> dict[str, Any]:
    """What `python -m bench soak` says, of so many rounds; in a process of its own."""
    program = f"import json; from bench import soak; print(json.dumps(soak.measure({steps})))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    assert not done.stderr, done.stderr[-4_000:]
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(said)
    return said


def test_a_short_soak_goes_through() -> None:
    said = soak(600)
    assert said["rounds"] == 600
    assert said["checkpoints"] >= 10
    assert said["snapshots"] >= 10
    first, last = said["threads_and_files"]
    # A delivery or a save may be under way where one reading was taken.
    assert abs(last[0] - first[0]) <= 1
    assert abs(last[1] - first[1]) <= 4


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_fifty_thousand_rounds_grow_by_less_than_a_megabyte_in_ten_thousand() -> None:
    said = soak(50_000)
    assert said["rounds"] == 50_000
    assert said["checkpoints"] >= 500
    assert said["snapshots"] >= 2_000
    assert said["megabytes_per_10000_rounds"] <= 1
    first, last = said["threads_and_files"]
    assert abs(last[0] - first[0]) <= 1
    assert abs(last[1] - first[1]) <= 4
