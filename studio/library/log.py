"""What happened in a run, line by line: a file that only grows, and can be cut at any byte.

Each line is the CRC-32 of what follows, eight hexadecimal digits, a space, compact JSON, and the
end of the line; it is at most 1 MiB long. "k" says what it tells:

    losses    consecutive moves of a player: "steps" are int64, each of "terms" float32, little
              endian in base64, so that every bit survives
    mark      somebody changed the game            stage     a stage began
    measured  instruments were read                alarm     a rule of theirs was met, or no more

A line whose checksum does not fit, or whose numbers cannot be, ends what is believed; a sound
line of a kind that is not known here is passed over. Numbers that are not finite are kept: they
happened.
"""

from __future__ import annotations

from array import array
from collections import deque
from dataclasses import astuple, dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from studio.data.atomic import append_durably
from studio.data.disk import DISK
from studio.library import log_lines
from studio.library.history import Curves
from studio.library.log_lines import AlarmMark, Mark, StageMark
from studio.library.rows import MAX_MEASURES, MAX_NAMES, Rows, is_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from studio.data.disk import Disk
    from studio.engine.events import Alarmed, Intervened, Losses, Measured, StageChanged

__all__ = [
    "MAX_LOG",
    "AlarmMark",
    "Log",
    "LogWriter",
    "Mark",
    "Readings",
    "StageMark",
    "read_log",
    "trim",
]

MAX_LOG = 2**30
"""Bytes: a log is read whole."""
MAX_EVENTS = 100_000
"""Of marks, stages and alarms each, so many of the newest are read."""
_SLACK = 64 * 2**20


class Readings(NamedTuple):
    """What an instrument showed: steps int64 (n,), never falling, and values float64 (n,)."""

    steps: NDArray[np.int64]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Log:
    """All that a log tells.

    Attributes:
        players: Losses by player; NaN where a term was absent.
        measures: By name of the measure.
        good_bytes: How many bytes of the file are sound, from its beginning.
        damaged: What is wrong with the rest, one sentence; "" if nothing is.
    """

    players: Mapping[str, Curves] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    stages: tuple[StageMark, ...] = ()
    measures: Mapping[str, Readings] = field(default_factory=dict)
    alarms: tuple[AlarmMark, ...] = ()
    good_bytes: int = 0
    damaged: str = ""

    def until(self, step: int) -> Log:
        """The log as it was when `step` rounds had been played: their rows, and what is marked
        until that step; `good_bytes` and `damaged` still speak of the file."""
        return Log(
            {player: _before(step, curves) for player, curves in self.players.items()},
            tuple(mark for mark in self.marks if mark.step <= step),
            tuple(stage for stage in self.stages if stage.step <= step),
            {
                name: Readings(steps[steps <= step], values[steps <= step])
                for name, (steps, values) in self.measures.items()
            },
            tuple(alarm for alarm in self.alarms if alarm.step <= step),
            self.good_bytes,
            self.damaged,
        )


def _before(step: int, curves: Curves) -> Curves:
    # Rounds count from 0: when `step` of them have been played, the last is `step` - 1.
    end = int(np.searchsorted(curves.steps, step))
    return Curves(curves.steps[:end], {name: v[:end] for name, v in curves.terms.items()})


class LogWriter:
    """Collects what happens, and appends it to the file when asked to.

    Arguments:
        path: The file; its folder exists.
        disk: All writing goes through it.
        at: How many bytes of the file are good. What follows them is cut off.
    """

    def __init__(self, path: Path, disk: Disk = DISK, at: int = 0) -> None:
        self._path, self._disk, self._at = path, disk, at
        self._rows: dict[str, Rows] = {}
        self._lines: list[bytes] = []

    @property
    def pending(self) -> int:
        """How many rows and events have not been written yet."""
        return sum(len(rows) for rows in self._rows.values()) + len(self._lines)

    def losses(self, player: str, losses: Losses) -> None:
        """What consecutive moves of a player cost; `losses.steps` rise."""
        assert is_name(player)
        self._rows.setdefault(player, Rows()).add(*_as_bytes(losses.steps, losses.terms))

    def mark(self, event: Intervened) -> None:
        """Somebody changed the game."""
        self._lines.append(log_lines.mark_line(event.step, event.what, event.target, event.value))

    def stage(self, event: StageChanged) -> None:
        """A stage begins."""
        self._lines.append(log_lines.stage_line(event.step, event.index, event.stage.name))

    def measured(self, event: Measured) -> None:
        """Instruments have been read."""
        assert len(event.values) <= MAX_MEASURES
        assert all(map(is_name, event.values))
        self._lines.append(log_lines.measured_line(event.step, event.values))

    def alarm(self, event: Alarmed) -> None:
        """An instrument's rule has been met, or is no longer."""
        self._lines.append(
            log_lines.alarm_line(event.step, event.rule, event.begins, event.message)
        )

    def commit(self) -> int:
        """Appends all that is pending, and forces it onto the disk.

        Returns:
            How many bytes of the file are good from now on.

        Raises:
            OSError: it could not be written; it is still pending.
        """
        if self.pending:
            data = _joined(self._rows, self._lines)
            append_durably(self._path, data, at=self._at, disk=self._disk)
            self._at += len(data)
            self._rows, self._lines = {}, []
        return self._at


def trim(log: Log, step: int) -> bytes:
    """The content of a log that ends when `step` rounds had been played."""
    kept = log.until(step)
    rows: dict[str, Rows] = {}
    for player, curves in kept.players.items():
        rows[player] = Rows()
        rows[player].add(*_as_bytes(curves.steps, curves.terms))
    lines = [log_lines.stage_line(*astuple(stage)) for stage in kept.stages]
    lines += [log_lines.mark_line(*astuple(mark)) for mark in kept.marks]
    lines += [log_lines.alarm_line(*astuple(alarm)) for alarm in kept.alarms]
    for name, readings in kept.measures.items():
        for at, value in zip(*readings, strict=True):
            lines.append(log_lines.measured_line(at, {name: value}))
    return _joined(rows, lines)


def _as_bytes(
    steps: NDArray[Any], terms: Mapping[str, NDArray[Any]]
) -> tuple[bytes, dict[str, bytes]]:
    named = {name: np.asarray(values, "<f4").tobytes() for name, values in terms.items()}
    return np.asarray(steps, "<i8").tobytes(), named


def _joined(rows: Mapping[str, Rows], lines: list[bytes]) -> bytes:
    blocks = [line for player in rows for line in log_lines.losses_lines(player, rows[player])]
    return b"".join(blocks + lines)


def read_log(content: bytes, name: str) -> Log:
    """What the bytes of a log say, as far as they are sound; messages call the file `name`."""
    reader, start, number, damaged = _Reader(_SLACK + 4 * len(content)), 0, 1, ""
    while start < len(content):
        try:
            end, line = log_lines.parsed(content, start)
            reader.take(line)
        except (ValueError, KeyError) as error:
            problem = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
            damaged = (
                f"{name} is damaged in line {number:,}: {problem[:100]}; what comes before it "
                "is sound"
            )
            break
        start, number = end, number + 1
    return reader.log(start, damaged)


class _Reader:
    """Takes in parsed lines; holds at most `room` bytes of losses."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._rows: dict[str, Rows] = {}
        self._marks: deque[Mark] = deque(maxlen=MAX_EVENTS)
        self._stages: deque[StageMark] = deque(maxlen=MAX_EVENTS)
        self._alarms: deque[AlarmMark] = deque(maxlen=MAX_EVENTS)
        self._measures: dict[str, tuple[array[int], array[float]]] = {}

    def take(self, line: Mapping[str, Any]) -> None:
        """Believes a line, or none of it; ValueError or KeyError if it cannot be."""
        match line["k"]:
            case "losses":
                self._take_losses(*log_lines.losses(line))
            case "mark":
                self._marks.append(log_lines.mark(line))
            case "stage":
                stage = log_lines.stage(line)
                # A run that goes on enters again the stage in which it was.
                if not self._stages or self._stages[-1].index != stage.index:
                    self._stages.append(stage)
            case "alarm":
                self._alarms.append(log_lines.alarm(line))
            case "measured":
                self._take_measures(*log_lines.measured(line))

    def _take_losses(self, player: str, steps: bytes, terms: Mapping[str, bytes]) -> None:
        rows = self._rows.get(player)
        if rows is None:
            if len(self._rows) >= MAX_NAMES or not is_name(player):
                raise ValueError("its players are too many, or are none")
            rows = Rows()
        before = rows.size()
        rows.add(steps, terms, self._room)
        self._room -= rows.size() - before
        self._rows[player] = rows

    def _take_measures(self, step: int, values: Mapping[str, float]) -> None:
        new = values.keys() - self._measures.keys()
        if len(self._measures) + len(new) > MAX_MEASURES or not all(map(is_name, new)):
            raise ValueError("its measures are too many, or are none")
        for name, value in values.items():
            steps, readings = self._measures.setdefault(name, (array("q"), array("d")))
            steps.append(step)
            readings.append(value)

    def log(self, good_bytes: int, damaged: str) -> Log:
        """All that has been taken in."""
        return Log(
            {player: Curves(*rows.arrays()) for player, rows in self._rows.items()},
            tuple(self._marks),
            tuple(self._stages),
            {name: _in_order(*kept) for name, kept in self._measures.items()},
            tuple(self._alarms),
            good_bytes,
            damaged,
        )


def _in_order(steps: array[int], values: array[float]) -> Readings:
    at, read = np.array(steps, np.int64), np.array(values, np.float64)
    order = np.argsort(at, kind="stable")
    return Readings(at[order], read[order])
