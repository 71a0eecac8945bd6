"""What the Lab page shows of a preset, and where a lesson stands: plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ActRow:
    """Something that is done to the game while it is played.

    Attributes:
        step: When it is done if nobody does it by hand before.
        caption: What the button says.
        why: One sentence.
    """

    step: int
    caption: str
    why: str


@dataclass(frozen=True)
class LessonCard:
    """A preset of the collapse lab.

    Attributes:
        group: The heading under which it is listed.
        game: Model, data and length, in words.
        paragraphs: What happens, and why.
        look_at: What to watch, point by point.
        promise: What is going to happen, one sentence.
        kept, seeds: In how many of how many seeds it did.
        seed: The one that the lesson begins with.
    """

    name: str
    title: str
    group: str
    game: str
    paragraphs: tuple[str, ...]
    look_at: tuple[str, ...]
    acts: tuple[ActRow, ...]
    promise: str
    kept: int
    seeds: int
    seed: int = 0


@dataclass(frozen=True)
class LessonState:
    """Where the lesson that is being played stands.

    Attributes:
        title: Of the lesson.
        line: What to look at now.
        act: The next act, None after the last one.
        number: Of the next act, from 1.
        acts: How many there are.
        by_itself: Whether acts are done at their steps without anybody's doing.
    """

    title: str
    line: str
    act: ActRow | None
    number: int
    acts: int
    by_itself: bool
