"""Turns runs on the disk into cards: reads names, numbers and digits, remembers the digits."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from studio.instruments.gauges import GAUGES, NOISE, REAL, SHARES, is_gauge
from studio.state.shelf import RunCard, State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from studio.engine.catalogue import Entry, Setting
    from studio.library.record import Head, RunRecord
    from studio.library.runs import Listed

THUMBNAIL = 16
"""Digits on a card."""
AT_ONCE = 24
"""So many grids are read before the first answer; with more of them, the words come first."""
_NAMED_AT = re.compile(r"(\d{8}-\d{6})-")


class CardMaker:
    """Makes cards, on one thread only.

    The digits of a run are read again only when it has come farther.
    """

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._digits: dict[str, tuple[int, np.ndarray | None]] = {}

    def cards(self, runs: list[Listed]) -> Iterator[tuple[RunCard, ...]]:
        """The cards of these runs; first without new digits, if there are many to read."""
        self._read_catalogue()
        known = {run.folder.name for run in runs}
        self._digits = {name: kept for name, kept in self._digits.items() if name in known}
        cards = [self._card(run) for run in runs]
        fresh = [run for run in runs if not self._is_known(run)]
        if len(fresh) > AT_ONCE:
            yield tuple(self._with_digits(card) for card in cards)
        for run in fresh:
            self._digits[run.folder.name] = (_step(run), _first_digits(run))
        yield tuple(self._with_digits(card) for card in cards)

    def _read_catalogue(self) -> None:
        if not self._entries:
            from studio.engine.catalogue import entries

            self._entries = {entry.name: entry for entry in entries()}

    def _is_known(self, run: Listed) -> bool:
        kept = self._digits.get(run.folder.name)
        return kept is not None and kept[0] == _step(run)

    def _with_digits(self, card: RunCard) -> RunCard:
        kept = self._digits.get(card.id)
        return card if kept is None else replace(card, thumbnail=kept[1])

    def _card(self, run: Listed) -> RunCard:
        record, head = run.record, run.head
        state = _state(run)
        card = RunCard(
            id=run.folder.name,
            folder=str(run.folder),
            title=run.label.name or run.folder.name,
            name=run.label.name,
            notes=run.label.notes,
            tags=run.label.tags,
            created=_created(run),
            state=state,
            problem=run.problem,
            unfinished=run.unfinished,
            openable=record is not None and run.has_weights,
            resumable=record is not None and state != "running" and _has_checkpoint(run),
            bytes=run.bytes,
        )
        if record is not None:
            card = self._described(card, record)
        if head is not None:
            card = replace(
                card,
                step=head.step,
                seconds=head.seconds,
                total=head.total if head.total is not None else card.total,
                message=head.message,
            )
        if record is not None and head is not None:
            card = replace(card, measurements=tuple(_measurements(record, head)))
        return card

    def _described(self, card: RunCard, record: RunRecord) -> RunCard:
        entry = self._entries.get(record.model)
        steps = record.settings.get("steps")
        in_rounds = record.seconds_asked is None and type(steps) is int
        parent = record.parent
        card = replace(
            card,
            model=record.model,
            model_title=entry.card.title if entry else record.model,
            data=record.data,
            seed=record.seed,
            device=record.device,
            threads=record.threads,
            total=int(steps) if in_rounds and steps is not None else None,
            seconds_asked=record.seconds_asked,
            settings=dict(record.settings),
            changes=tuple(_changes(record, entry)) if entry else (),
            parent=f"{parent.run} at round {parent.step:,}" if parent else "",
        )
        return replace(card, title=card.name or card.kind)


def last_grid(folder: Path) -> np.ndarray | None:
    """The newest fixed-noise grid of a run, uint8 (N, H, W[, 3]), or None.

    Raises:
        BadRun: it is damaged; one sentence.
    """
    from studio.library.runs import listed

    return _grid(listed(folder))


def _grid(run: Listed) -> np.ndarray | None:
    from studio.library.legacy import HISTORY

    if run.thumbnail is not None:
        from studio.library.container import called, read
        from studio.library.grids import unpack_grid
        from studio.library.run_folder import GRIDS, numbered

        path = numbered(run.folder, GRIDS, run.thumbnail)
        return unpack_grid(read(path), called(path)).images
    if (run.folder / HISTORY).exists():
        from studio.library.opening import open_run, read_grid

        stored = open_run(run.folder)
        return read_grid(stored, stored.grids[-1]).images if stored.grids else None
    return None


def _first_digits(run: Listed) -> np.ndarray | None:
    try:
        images = _grid(run)
    except (ValueError, OSError):
        # The card says what can be said without; opening or verifying the run says why.
        return None
    # A copy, or sixteen digits would keep the whole grid in memory.
    return None if images is None else np.array(images[:THUMBNAIL], dtype=np.uint8)


def _step(run: Listed) -> int:
    if run.thumbnail is not None:
        return run.thumbnail
    return run.head.step if run.head is not None else -1


def _state(run: Listed) -> State:
    if run.problem or run.head is None:
        return "damaged"
    if run.head.state != "running":
        return run.head.state
    from studio.library.lock import is_locked

    return "running" if is_locked(run.folder) else "cut off"


def _has_checkpoint(run: Listed) -> bool:
    """Runs of version 1 kept none; where the head is lost, any checkpoint will do."""
    return run.has_weights if run.head is None else run.head.checkpoint is not None


def _created(run: Listed) -> str:
    if run.record is not None:
        return run.record.created
    # Damaged runs stay among their neighbours: folders are named after the time.
    named = _NAMED_AT.match(run.folder.name)
    try:
        moment = datetime.strptime(named[1] if named else "", "%Y%m%d-%H%M%S")
    except ValueError:
        return ""
    return moment.replace(tzinfo=UTC).isoformat()


def _measurements(record: RunRecord, head: Head) -> Iterator[tuple[str, str]]:
    for stage in record.stages:
        for player in stage.players:
            value = head.losses.get(player.name, {}).get(player.shown)
            if value is not None:
                yield f"{player.title} {player.shown.replace('_', ' ')}", f"{value:,.4g}"
    for one in GAUGES:
        value = head.measures.get(one.name)
        # The shares of single digits are a picture, on the Train page.
        if value is not None and one not in SHARES:
            yield one.title, one.text(value)
    for name, value in head.measures.items():
        if value is not None and not name.endswith((REAL, NOISE)) and not is_gauge(name):
            yield name.replace("_", " ").capitalize(), f"{value:,.4g}"


def _changes(record: RunRecord, entry: Entry) -> Iterator[tuple[str, str]]:
    for setting in entry.settings:
        value = record.settings.get(setting.name, setting.default)
        if value != setting.default:
            yield setting.label, f"{_said(value, setting)}, not {_said(setting.default, setting)}"


def _said(value: object, setting: Setting) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int):
        text = f"{value:,}"
    elif isinstance(value, float):
        text = f"{value:g}"
    else:
        text = str(value)
    return f"{text} {setting.unit}".rstrip()
