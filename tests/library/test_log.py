"""A log gives back every bit of every sound line, and never a line that is not."""

from __future__ import annotations

import json
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.data.disk import DISK
from studio.engine.events import (
    Alarmed,
    Intervened,
    Losses,
    Measured,
    StageChanged,
    StageInfo,
)
from studio.library import log as log_module
from studio.library import log_lines, rows
from studio.library.log import AlarmMark, Log, LogWriter, Mark, StageMark, read_log, trim
from tests.data.disks import Dying, Failing, Killed


def losses(first: int, count: int, *terms: str, seed: int = 0) -> Losses:
    rng = np.random.default_rng(seed + first)
    values = {name: rng.normal(size=count).astype(np.float32) for name in terms}
    return Losses(np.arange(first, first + count), values)


def stage(step: int, index: int, name: str) -> StageChanged:
    return StageChanged(1, step, index, StageInfo(name, name.title(), 1.0, "", ()))


def write(path: Path) -> bytes:
    """A small log with a line of every kind, in two commits."""
    writer = LogWriter(path)
    writer.stage(stage(0, 0, "autoencoder"))
    writer.losses("encoder", losses(0, 3, "total", "kl"))
    writer.mark(Intervened(1, 2, "change", "learning_rate", 0.1 + 0.2))
    assert writer.pending == 5
    assert writer.commit() == path.stat().st_size
    writer.losses("encoder", losses(3, 2, "total", "kl"))
    writer.losses("encoder", losses(5, 2, "total", "kl"))
    writer.losses("critic", losses(4, 1, "total"))
    writer.measured(Measured(1, 5, {"ink": 0.1, "variety": math.nan}))
    writer.alarm(Alarmed(1, 6, "collapse", True, "The pictures become alike."))
    assert writer.commit() == path.stat().st_size
    assert writer.pending == 0
    return path.read_bytes()


def line(values: object) -> bytes:
    text = json.dumps(values).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def as_bytes(log: Log) -> dict[str, dict[str, bytes]]:
    return {
        player: {"steps": curves.steps.tobytes()}
        | {name: values.tobytes() for name, values in curves.terms.items()}
        for player, curves in log.players.items()
    }


def test_there_and_back(tmp_path: Path) -> None:
    content = write(tmp_path / "log")
    log = read_log(content, "log")
    assert (log.damaged, log.good_bytes) == ("", len(content))
    assert content.count(b"\n") == 7
    steps, terms = log.players["encoder"]
    assert steps.dtype == np.int64
    assert steps.tolist() == list(range(7))
    assert list(terms) == ["total", "kl"]
    expected = [
        losses(first, n, "total", "kl").terms["kl"] for first, n in ((0, 3), (3, 2), (5, 2))
    ]
    assert terms["kl"].dtype == np.float32
    assert terms["kl"].tobytes() == np.concatenate(expected).tobytes()
    assert log.players["critic"].steps.tolist() == [4]
    assert log.marks == (Mark(2, "change", "learning_rate", 0.1 + 0.2),)
    assert log.stages == (StageMark(0, 0, "autoencoder"),)
    assert log.alarms == (AlarmMark(6, "collapse", True, "The pictures become alike."),)
    assert log.measures["ink"].steps.tolist() == [5]
    assert log.measures["ink"].values.tolist() == [0.1]
    assert math.isnan(log.measures["variety"].values[0])


def test_every_float_survives_to_the_bit(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(0, 2**32, 5_000, dtype=np.uint32).view(np.float32)
    values[:6] = [np.nan, np.inf, -np.inf, -0.0, np.finfo(np.float32).tiny, 1e-45]
    values[6:][np.isnan(values[6:])] = np.nan
    steps = np.cumsum(rng.integers(1, 2**40, 5_000))
    steps[-1] = 2**62
    writer = LogWriter(tmp_path / "log")
    writer.losses("g", Losses(steps, {"total": values}))
    measured = [0.1, 1e300, -0.0, 5e-324, math.inf, -math.inf, float(np.float32(0.1)), 1.0]
    for step, value in enumerate(measured):
        writer.measured(Measured(1, step, {"x": value}))
    writer.measured(Measured(1, 99, {"x": np.float32(0.7)}))  # type: ignore[dict-item]
    writer.commit()
    log = read_log((tmp_path / "log").read_bytes(), "log")
    assert log.players["g"].steps.tolist() == steps.tolist()
    assert log.players["g"].terms["total"].tobytes() == values.tobytes()
    expected = np.array([*measured, np.float32(0.7)], np.float64)
    assert log.measures["x"].values.tobytes() == expected.tobytes()


def test_terms_come_and_go(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path / "log")
    for commits in (False, True):
        first = 100 * commits
        for start, terms in ((0, ("a",)), (2, ("a", "b")), (4, ("b",)), (6, ())):
            writer.losses("p", losses(first + start, 2, *terms))
            if commits:
                writer.commit()
    log = read_log((tmp_path / "log").read_bytes(), "log")
    steps, terms = log.players["p"]
    assert steps.tolist() == [*range(8), *range(100, 108)]
    gaps = {name: np.flatnonzero(np.isnan(values)).tolist() for name, values in terms.items()}
    assert gaps == {"a": [4, 5, 6, 7, 12, 13, 14, 15], "b": [0, 1, 6, 7, 8, 9, 14, 15]}


def test_a_cut_at_every_byte_leaves_the_whole_lines_before_it(tmp_path: Path) -> None:
    content = write(tmp_path / "log")
    ends = [0, *(i + 1 for i, byte in enumerate(content) if byte == ord("\n"))]
    whole = {end: read_log(content[:end], "log") for end in ends}
    for cut in range(len(content)):
        log = read_log(content[:cut], "runs/a/log.jsonl")
        end = max(end for end in ends if end <= cut)
        assert log.good_bytes == end
        assert as_bytes(log) == as_bytes(whole[end])
        assert (log.marks, log.alarms) == (whole[end].marks, whole[end].alarms)
        if cut == end:
            assert log.damaged == ""
        else:
            assert log.damaged == (
                f"runs/a/log.jsonl is damaged in line {ends.index(end) + 1}: it is cut short; "
                "what comes before it is sound"
            )


def test_no_flipped_bit_is_believed(tmp_path: Path) -> None:
    content = write(tmp_path / "log")
    ends = [0, *(i + 1 for i, byte in enumerate(content) if byte == ord("\n"))]
    for index in range(len(content)):
        for bit in range(8):
            mutant = bytearray(content)
            mutant[index] ^= 1 << bit
            log = read_log(bytes(mutant), "log")
            assert log.good_bytes == max(end for end in ends if end <= index)
            assert log.damaged


GOOD_STEPS = "AAAAAAAAAAABAAAAAAAAAA=="  # 0, 1
GOOD_VALUES = "AACAPwAAAEA="  # 1, 2
LOSSES = {"k": "losses", "player": "p", "steps": GOOD_STEPS, "terms": {"total": GOOD_VALUES}}
MARK = {"k": "mark", "step": 1, "what": "change", "target": "rate", "value": 0.5}
STAGE = {"k": "stage", "step": 1, "index": 0, "name": "gan"}
ALARM = {"k": "alarm", "step": 1, "rule": "r", "begins": True, "message": "m"}
MEASURED = {"k": "measured", "step": 1, "values": {"ink": 0.5}}


@pytest.mark.parametrize("good", [LOSSES, MARK, STAGE, ALARM, MEASURED])
def test_what_the_next_ones_spoil_is_good(good: dict[str, Any]) -> None:
    log = read_log(line(good), "log")
    assert log.damaged == ""
    for key in set(good) - {"k"}:
        lacking = {name: value for name, value in good.items() if name != key}
        assert f"it lacks '{key}'" in read_log(line(lacking), "log").damaged


@pytest.mark.parametrize(
    "bad",
    [
        [],
        "losses",
        {},
        {"k": 5},
        {"k": ["losses"]},
        LOSSES | {"steps": "AQAAAAAAAAAAAAAAAAAAAA=="},  # 1, 0
        LOSSES | {"steps": "AAAAAAAAAAAAAAAAAAAAAA=="},  # 0, 0
        LOSSES | {"steps": "//////////8BAAAAAAAAAA=="},  # -1, 1
        LOSSES | {"steps": "AAAAAAAAAAA="},  # one step, two values
        LOSSES | {"steps": "AAAAAAAAAAABAAAAAAAA"},  # one and seven eighths
        LOSSES | {"steps": "AAAAAAAAAAABAAAAAAAAAA"},  # no padding
        LOSSES | {"steps": "AAAAAAAAAAAB AAAAAAAAAA=="},
        LOSSES | {"steps": "é"},
        LOSSES | {"steps": 5},
        LOSSES | {"steps": [0, 1]},
        LOSSES | {"terms": []},
        LOSSES | {"terms": {"total": None}},
        LOSSES | {"terms": {"total": "AACAPw=="}},
        LOSSES | {"terms": {"": GOOD_VALUES}},
        LOSSES | {"terms": {"a\nb": GOOD_VALUES}},
        LOSSES | {"terms": {"a" * 101: GOOD_VALUES}},
        LOSSES | {"terms": {f"t{i}": GOOD_VALUES for i in range(65)}},
        LOSSES | {"player": ""},
        LOSSES | {"player": None},
        LOSSES | {"player": "\ud800"},
        MARK | {"step": -1},
        MARK | {"step": 2**63},
        MARK | {"step": 1.0},
        MARK | {"step": True},
        MARK | {"what": None},
        MARK | {"target": "x" * 2_001},
        MARK | {"value": [1]},
        MARK | {"value": {}},
        STAGE | {"index": -1},
        STAGE | {"name": 5},
        ALARM | {"begins": 1},
        MEASURED | {"values": [0.5]},
        MEASURED | {"values": {"ink": "much"}},
        MEASURED | {"values": {"ink": None}},
        MEASURED | {"values": {"ink": True}},
        MEASURED | {"values": {"ink": 10**400}},
        MEASURED | {"values": {"ink\x00": 0.5}},
        MEASURED | {"values": {f"m{i}": 0.5 for i in range(257)}},
    ],
)
def test_a_sealed_lie_ends_what_is_believed(bad: object) -> None:
    before = line(MARK) + line(LOSSES | {"player": "other"})
    log = read_log(before + line(bad) + line(MARK), "log")
    assert log.good_bytes == len(before)
    assert log.damaged.startswith("log is damaged in line 3: ")
    assert "\n" not in log.damaged
    assert len(log.damaged) < 200
    assert len(log.marks) == 1
    assert list(log.players) == ["other"]
    assert log.measures == {}


def test_steps_rise_across_lines() -> None:
    twice = line(LOSSES) + line(LOSSES)
    log = read_log(twice, "log")
    assert log.players["p"].steps.tolist() == [0, 1]
    assert "its steps do not rise" in log.damaged


def test_json_that_would_hurt() -> None:
    for text in (b"[" * 300_000, b'{"k":"x","k":"x"}', b'{"k":"x","v":NaN}', b"\xff\xfe", b""):
        log = read_log(b"%08x %s\n" % (zlib.crc32(text), text), "log")
        assert log.damaged
    log = read_log(line(MARK | {"what": "a" * 2**20}), "log")
    assert "too long" in log.damaged
    assert read_log(b"\n" * 100, "log").good_bytes == 0
    assert read_log(b"", "log") == Log()


def test_a_few_bytes_do_not_unfold_to_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "_SLACK", 1_000)
    steps = np.arange(10_000, dtype="<i8")
    many = line(LOSSES | {"steps": log_lines._base64(memoryview(steps.tobytes())), "terms": {}})
    one = np.array([10_000], "<i8").tobytes()
    wide = LOSSES | {
        "steps": log_lines._base64(memoryview(one)),
        "terms": {f"t{i}": "AACAPw==" for i in range(64)},
    }
    log = read_log(many + line(wide), "log")
    assert "unfolds to more" in log.damaged
    assert log.good_bytes == len(many)


def test_a_later_version_may_tell_more() -> None:
    log = read_log(line({"k": "weather", "sun": [1, 2]}) + line(MARK | {"new": 5}), "log")
    assert log.damaged == ""
    assert len(log.marks) == 1


def test_words_that_cannot_be_printed_and_values_that_are_not_simple(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path / "log")
    values = [True, 3, 0.25, "x\ny\u202e", None, Path("a"), math.nan, 2**70, np.float64(0.5), [1]]
    for value in values:
        writer.mark(Intervened(1, np.int64(2**53 + 1), "do\x1b", "x" * 5_000, value))  # type: ignore[arg-type]
    writer.commit()
    log = read_log((tmp_path / "log").read_bytes(), "log")
    assert log.damaged == ""
    assert [mark.value for mark in log.marks] == [
        True, 3, 0.25, "x y ", None, "a", "nan", str(2**70), 0.5, "[1]",
    ]  # fmt: skip
    assert type(log.marks[0].value) is bool
    assert (log.marks[0].step, log.marks[0].what) == (2**53 + 1, "do ")
    assert len(log.marks[0].target) == 2_000


def test_lines_are_never_longer_than_one_mebibyte(tmp_path: Path) -> None:
    names = [f"{i:02}" + "\U0001f600" * 98 for i in range(rows.MAX_NAMES)]
    writer = LogWriter(tmp_path / "log")
    wide = losses(0, 20_000, *names)
    writer.losses("\U0001f600" * 100, wide)
    writer.losses("narrow", losses(0, 200_000, "total"))
    writer.commit()
    content = (tmp_path / "log").read_bytes()
    lengths = [len(part) + 1 for part in content.split(b"\n")]
    assert max(lengths) <= log_lines.MAX_LINE
    assert 10 < len(lengths) < 25
    log = read_log(content, "log")
    assert log.damaged == ""
    found = log.players["\U0001f600" * 100].terms
    assert all(found[name].tobytes() == wide.terms[name].tobytes() for name in names)
    assert len(log.players["narrow"].steps) == 200_000


def test_only_the_newest_of_very_many_marks_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "MAX_EVENTS", 10)
    content = b"".join(line(MARK | {"step": step}) for step in range(25))
    log = read_log(content, "log")
    assert [mark.step for mark in log.marks] == list(range(15, 25))
    assert log.damaged == ""


def test_a_stage_that_is_entered_again_when_a_run_goes_on_is_one_stage() -> None:
    steps = [(0, 0), (40, 0), (50, 1), (70, 1)]
    content = b"".join(line(STAGE | {"step": step, "index": index}) for step, index in steps)
    found = read_log(content, "log").stages
    assert [(mark.step, mark.index) for mark in found] == [(0, 0), (50, 1)]


def test_trimmed_to_every_step(tmp_path: Path) -> None:
    content = write(tmp_path / "log")
    log = read_log(content, "log")
    for step in range(9):
        kept = read_log(trim(log, step), "log")
        assert kept.damaged == ""
        assert kept.players.get("encoder", ((), {}))[0] == pytest.approx(range(min(step, 7)))
        assert len(kept.marks) == (step >= 2)
        assert len(kept.stages) == 1
        assert len(kept.measures) == (2 if step >= 5 else 0)
        assert len(kept.alarms) == (step >= 6)
        until = log.until(step)
        assert {p: c for p, c in as_bytes(until).items() if c["steps"]} == as_bytes(kept)
        assert until.good_bytes == len(content)
    assert as_bytes(read_log(trim(log, 100), "log")) == as_bytes(log)
    assert trim(read_log(trim(log, 100), "log"), 100) == trim(log, 100)


# -- the disk -----------------------------------------------------------------------------------


def test_nothing_pending_writes_nothing(tmp_path: Path) -> None:
    disk = Failing(0, times=math.inf)
    assert LogWriter(tmp_path / "log", disk).commit() == 0
    assert LogWriter(tmp_path / "log", disk, at=700).commit() == 700
    writer = LogWriter(tmp_path / "log", disk)
    writer.losses("p", losses(0, 0, "total"))
    assert writer.pending == 0
    assert writer.commit() == 0
    assert disk.calls == []


def test_a_commit_fails_at_every_call_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log"
    for at in range(100):
        path.unlink(missing_ok=True)
        disk = Failing(at)
        writer = LogWriter(path, disk)
        good = 0
        for first in range(0, 50, 10):
            writer.losses("p", losses(first, 5, "total"))
            writer.losses("p", losses(first + 5, 5, "total"))
            writer.mark(Intervened(1, first, "round", "", None))
            pending = writer.pending
            try:
                good = writer.commit()
                assert writer.pending == 0
                assert path.stat().st_size == good
            except OSError:
                assert writer.pending == pending
                assert not path.exists() or read_log(path.read_bytes(), "log").good_bytes >= good
        if writer.pending:
            good = writer.commit()
        log = read_log(path.read_bytes(), "log")
        assert (log.damaged, log.good_bytes) == ("", good)
        assert log.players["p"].steps.tolist() == list(range(50))
        expected = [losses(first, 5, "total").terms["total"] for first in range(0, 50, 5)]
        assert log.players["p"].terms["total"].tobytes() == np.concatenate(expected).tobytes()
        assert len(log.marks) == 5
        if not disk.failed:
            break
    assert at > 20


def test_killed_at_every_call_and_taken_up_again(tmp_path: Path) -> None:
    path = tmp_path / "log"
    for at in range(100):
        path.unlink(missing_ok=True)
        good, told = 0, 0
        try:
            writer = LogWriter(path, Dying(at))
            for first in range(0, 50, 10):
                writer.losses("p", losses(first, 10, "total"))
                good, told = writer.commit(), first + 10
        except Killed:
            pass
        content = path.read_bytes() if path.exists() else b""
        log = read_log(content[:good], "log")
        assert log.damaged == ""
        assert [*log.players["p"].steps] == [*range(told)] if told else not log.players
        if told == 50:
            break
        writer = LogWriter(path, DISK, at=good)
        writer.losses("p", losses(told, 50 - told, "total"))
        assert writer.commit() == path.stat().st_size
        log = read_log(path.read_bytes(), "log")
        assert log.damaged == ""
        assert log.players["p"].steps.tolist() == list(range(50))
    assert at > 20


def test_steps_that_do_not_rise_are_the_programs_fault(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path / "log")
    writer.losses("p", losses(5, 2, "total"))
    with pytest.raises(ValueError, match="do not rise"):
        writer.losses("p", losses(6, 2, "total"))
    assert writer.pending == 2
