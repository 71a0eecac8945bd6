"""Files from somebody who means harm are refused in one sentence, by every way into the program;
what is in their texts is shown as it stands, and does nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio.library.record import Label
from studio.library.run_folder import LABEL, read_label, write_label
from tests.faults.payloads import rewritten


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and RLIMIT_AS")
def test_hostile_files_are_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.ambush", str(tmp_path)],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    results = json.loads(done.stdout)
    slowest = sorted(results, key=lambda result: -result["seconds"])[:5]
    print(f"{len(results)} attempts; the slowest:")
    for result in slowest:
        print(f"  {result['seconds'] * 1_000:6.1f} ms  {result['name']}")
    faults = [f"{result['name']} {result['fault']}" for result in results if result["fault"]]
    assert not faults, "\n".join(faults)
    assert len(results) > 300
    # None of them may be talked into torch's own way of opening such a file.
    assert not [result for result in results if "weights_only" in result["said"]]


def test_texts_from_strangers_are_plain_and_short(tmp_path: Path) -> None:
    label = Label(
        name="<img src='http://example.org/x.png'><b>bold</b>‮evil‬\x1b[31m\n" + "x" * 500,
        notes="<script>alert(1)</script>\u2066\u202e\x00\x07\nnext line" + "y" * 5_000,
        tags=("a\nb", "\u200b", "<i>", *(f"t{n}" for n in range(100))),
    )
    write_label(tmp_path, label)
    _insist_on_plain(read_label(tmp_path))
    # And where somebody has written the file by hand, with a checksum that fits.
    content = (tmp_path / LABEL).read_bytes()
    forged = rewritten(
        content, name=label.name, notes=label.notes.split("\n")[:1], tags=list(label.tags)
    )
    (tmp_path / LABEL).write_bytes(forged)
    _insist_on_plain(read_label(tmp_path))


def _insist_on_plain(label: Label) -> None:
    assert all(c.isprintable() for c in label.name)
    assert all(c.isprintable() or c == "\n" for c in label.notes)
    assert all(c.isprintable() for tag in label.tags for c in tag)
    assert len(label.name) <= 200
    assert len(label.notes) <= 2_000
    assert len(label.tags) <= 32
