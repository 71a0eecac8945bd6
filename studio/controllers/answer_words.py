"""What a model says about a drawing, in words and in the values that a row shows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from studio.controllers.judgement import standing
from studio.state.answer_rows import AnswerRow

if TYPE_CHECKING:
    from studio.engine.explorer import Reading
    from studio.engine.testimony import Testimony, Yardstick
    from studio.state.panel import Member


def as_row(said: Testimony) -> AnswerRow:
    """An answer as its row shows it."""
    reading = said.reading
    fit = said.yardstick
    return AnswerRow(
        copy=None if reading is None else reading.reconstruction,
        fraction=said.fraction,
        vector=None if reading is None or reading.codes is not None else reading.latent,
        codes=None if reading is None else reading.codes,
        code_size=0 if reading is None else reading.codebook_size,
        code_note="" if reading is None else code_words(reading),
        shares=said.shares,
        none=said.none,
        read_by=f"by {said.opinion_by}" + (" itself" if said.opinion_by == "the model" else ""),
        fit="" if fit is None else fit_words(fit),
        standing=said.lacks if fit is None else standing_words(fit),
        percentile=None if fit is None else fit.percentile,
        score="" if said.score is None else standing(said.score, 0),
        neighbours=said.neighbours,
        neighbour_labels=tuple(said.neighbour_labels.tolist()),
        neighbours_by=f"by {said.neighbours_by}",
        time=time_words(said.seconds),
        how=how_words(said),
    )


def carried(row: AnswerRow, before: AnswerRow) -> AnswerRow:
    """A row in the middle of an answer: what is still to come looks as it did before, for nothing
    may blink at each stroke."""
    if row.copy is None and row.fraction < 1:
        known = row.shares is not None
        row = replace(
            row,
            copy=before.copy,
            vector=before.vector,
            codes=before.codes,
            code_size=before.code_size,
            code_note=before.code_note,
            shares=row.shares if known else before.shares,
            none=row.none if known else before.none,
            fit=before.fit,
            standing=before.standing,
            percentile=before.percentile,
        )
    elif row.percentile is None:
        row = replace(row, standing=before.standing, percentile=before.percentile)
    if not len(row.neighbours):
        row = replace(
            row,
            neighbours=before.neighbours,
            neighbour_labels=before.neighbour_labels,
            neighbours_by=before.neighbours_by,
        )
    return row


def details_of(member: Member) -> str:
    """What a member was trained on and how far, where its title does not say so."""
    parts = [] if member.data in member.title.split() else [member.data]
    if member.at is not None or member.step:
        parts.append(f"step {member.at if member.at is not None else member.step:,}")
    return ", ".join(part for part in parts if part)


def code_words(reading: Reading) -> str:
    """What a code is."""
    if reading.codes is not None:
        note = f"{reading.codes.size} of {reading.codebook_size:,} codewords, one per patch"
    elif reading.latent is not None:
        note = f"{len(reading.latent):,} numbers"
    else:
        note = "No code"
    return note if reading.label is None else f"{note}, read as a {reading.label}"


def fit_words(fit: Yardstick) -> str:
    """How well the drawing is explained, as short as it can be said."""
    if fit.name == "error":
        return f"error {fit.value:.4f}"
    number = f"{fit.value:,.1f}" if abs(fit.value) < 100 else f"{fit.value:,.0f}"
    return f"log p ≥ {number.replace('-', '−')} nats"


def standing_words(fit: Yardstick) -> str:
    """How many real digits are explained worse."""
    if fit.percentile is None:
        return ""
    worse, count = round(fit.percentile * fit.count), fit.count
    if worse == 0:
        return f"worse than all {count} test digits"
    if worse == count:
        return f"better than all {count} test digits"
    return f"better than {min(max(round(100 * fit.percentile), 1), 99)} % of {count} test digits"


def time_words(seconds: float) -> str:
    """A time from milliseconds to seconds."""
    if seconds < 0.01:
        return f"{max(1000 * seconds, 0.1):.1f} ms"
    return f"{1000 * seconds:.0f} ms" if seconds < 0.9995 else f"{seconds:.2f} s"


def how_words(said: Testimony) -> str:
    """By what means the copy was found, how far off it is, and what the numbers are."""
    if said.reading is None:
        return said.lacks
    words = (
        f"{said.reading.how} Its copy is off by {said.reading.error:.4f} per pixel (mean square)."
    )
    if said.yardstick is not None and said.yardstick.name == "log-likelihood":
        words += " The fit is a lower bound on the log-likelihood of the drawing."
    if said.neighbours_by == "codes":
        words += " Its nearest training digits are those with the nearest codes."
    return words
