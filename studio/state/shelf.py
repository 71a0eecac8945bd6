"""The runs on the shelf, as plain values, and how one finds and sorts them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np

State = Literal["running", "finished", "stopped", "suspended", "cut off", "failed", "damaged"]
"""`running` is being written now; `cut off` would be, had its program not died."""

Plain = bool | int | float | str

MAX_NAME, MAX_NOTES, MAX_TAGS, MAX_TAG = 200, 2_000, 32, 40


@dataclass(frozen=True, kw_only=True)
class RunCard:
    """A run as the library shows it.

    Attributes:
        id: The name of its folder.
        folder: The path of its folder.
        name: The user's own name for it, or "".
        title: That name, or what it is: model and data.
        total: Rounds that were planned; None where the budget was in seconds.
        seconds: Spent training.
        created: UTC, ISO 8601, or "" where nobody knows.
        unfinished: It was cut off or suspended: it would still be running.
        openable: There is something to look at, even if it is not whole.
        resumable: Its training can go on, and nobody is at it.
        message: Why it failed, or "".
        problem: Why it cannot be used, in one sentence, or "".
        measurements: Last losses and what the instruments read, (label, text) each.
        changes: Settings that differ from the model's own, (label, text) each.
        settings: All settings of the model, as the run began.
        parent: What it branched off, in words, or "".
        thumbnail: The first digits of its last grid, uint8 (N, H, W) or (N, H, W, 3).
    """

    id: str
    folder: str
    title: str
    name: str = ""
    model: str = ""
    model_title: str = ""
    data: str = ""
    seed: int = 0
    device: str = ""
    threads: int = 0
    step: int = 0
    total: int | None = None
    seconds_asked: float | None = None
    seconds: float = 0.0
    created: str = ""
    state: State = "finished"
    unfinished: bool = False
    openable: bool = True
    resumable: bool = True
    message: str = ""
    problem: str = ""
    measurements: tuple[tuple[str, str], ...] = ()
    changes: tuple[tuple[str, str], ...] = ()
    settings: Mapping[str, Plain] = field(default_factory=dict)
    notes: str = ""
    tags: tuple[str, ...] = ()
    bytes: int = 0
    parent: str = ""
    thumbnail: np.ndarray | None = field(default=None, compare=False, repr=False)

    @property
    def kind(self) -> str:
        """What it is, whatever its user calls it."""
        return " on ".join(filter(None, (self.model_title, self.data))) or self.id


ORDERS: tuple[tuple[str, str], ...] = (
    ("newest", "Newest first"),
    ("name", "By name"),
    ("model", "By model"),
    ("steps", "Most rounds first"),
    ("duration", "Longest first"),
    ("size", "Largest first"),
)
"""Ways of sorting, and what they are called."""

_KEYS: dict[str, Callable[[RunCard], tuple[object, ...]]] = {
    "newest": lambda card: (),
    "name": lambda card: (card.title.casefold(),),
    "model": lambda card: (not card.model, card.model_title.casefold(), card.data),
    "steps": lambda card: (-card.step,),
    "duration": lambda card: (-card.seconds,),
    "size": lambda card: (-card.bytes,),
}

_FIELDS: dict[str, Callable[[RunCard], Sequence[str]]] = {
    "tag": lambda card: card.tags,
    "model": lambda card: (card.model, *card.model_title.split()),
    "data": lambda card: (card.data,),
    "state": lambda card: (card.state,),
}


def matches(card: RunCard, query: str) -> bool:
    """Whether a run answers to every word of a search.

    A word may occur anywhere in what a run says of itself. After `tag:`, `model:`, `data:` or
    `state:` it has to be the beginning of just that; alone, `tag:` asks for any tag at all.
    """
    said = "\n".join(
        (
            *(card.title, card.model, card.model_title, card.data),
            *(card.state, card.notes, card.id, *card.tags),
        )
    ).casefold()
    return all(_answers(card, said, word) for word in query.casefold().split())


def _answers(card: RunCard, said: str, word: str) -> bool:
    prefix, colon, rest = word.partition(":")
    if colon and prefix in _FIELDS:
        return any(text.casefold().startswith(rest) for text in _FIELDS[prefix](card) if text)
    return word in said


def ordered(cards: Sequence[RunCard], order: str) -> list[RunCard]:
    """The runs in one of the `ORDERS`; equals by time, the newest first."""
    newest = sorted(cards, key=lambda card: (card.created, card.id), reverse=True)
    return sorted(newest, key=_KEYS[order])


def tags_from(text: str) -> tuple[str, ...]:
    """Tags as they are typed, with commas between them: trimmed, each once, within bounds."""
    tags = (" ".join(part.split())[:MAX_TAG] for part in text.split(","))
    return tuple(dict.fromkeys(tag for tag in tags if tag))[:MAX_TAGS]


def counted(shown: int, total: int) -> str:
    """`34 runs`, or `12 of 34 runs` where a search has left some out."""
    word = "run" if total == 1 else "runs"
    return f"{shown:,} of {total:,} {word}" if shown != total else f"{total:,} {word}"
