"""Ten thousand damaged and forged files: none crashes, hangs, runs code, takes memory that it has
no right to, or is taken for what it is not; each refusal is one sentence.

`MODESCOPE_MUTANTS` asks for another number; `pytest -m slow` opens ten times as many.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults.mutations import damaged

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and RLIMIT_AS")

COUNT = int(os.environ.get("MODESCOPE_MUTANTS", "10000"))


def fuzz(folder: Path, count: int, seed: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.fuzzer", str(folder), str(count), str(seed)],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    found: dict[str, Any] = json.loads(done.stdout)
    print(json.dumps(found["counts"]), "slowest", found["slowest"], "largest", found["largest"])
    return found


def test_damaged_and_forged_files_do_no_harm(tmp_path: Path) -> None:
    found = fuzz(tmp_path, COUNT, seed=1)
    assert not found["faults"], json.dumps(found["faults"][:10], indent=1)
    assert sum(found["counts"].values()) == COUNT
    # Most of the damage is noticed: a mutant that is accepted is one that says the same.
    assert found["counts"]["damaged refused"] > 10 * found["counts"]["damaged accepted"] > 0


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("seed", range(2, 12))
def test_ten_times_as_many(tmp_path: Path, seed: int) -> None:
    found = fuzz(tmp_path, 10_000, seed)
    assert not found["faults"], json.dumps(found["faults"][:10], indent=1)


def test_the_damage_is_damage() -> None:
    dice = random.Random(0)
    content = dice.randbytes(5_000)
    assert sum(damaged(content, dice) == content for _ in range(1_000)) < 50
