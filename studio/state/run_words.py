"""How lengths, sizes and moments of runs are said in words, everywhere in the library."""

from __future__ import annotations

from datetime import datetime, timedelta

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def rounds(step: int, total: int | None) -> str:
    """`2,310 rounds`, or `2,310 of 5,000 rounds` where more were planned."""
    word = "round" if (total if total and step < total else step) == 1 else "rounds"
    if total is not None and step < total:
        return f"{step:,} of {total:,} {word}"
    return f"{step:,} {word}"


def span(seconds: float) -> str:
    """A length of time in its largest unit, and the next one where it still says something."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    hours, minutes = whole // 3600, whole // 60 % 60
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours // 24} days"


def size(count: int) -> str:
    """Bytes in the unit in which the number has up to three figures."""
    if count < 1000:
        return f"{count} bytes" if count != 1 else "1 byte"
    number, units = count / 1000, ["kB", "MB", "GB", "TB"]
    while number >= 999.5 and len(units) > 1:
        number /= 1000
        del units[0]
    unit = units[0]
    return f"{number:.1f} {unit}" if number < 9.95 else f"{number:,.0f} {unit}"


def moment(created: str, now: datetime) -> str:
    """When, as one would say it today.

    Arguments:
        created: ISO 8601; an empty text for nothing where it is none.
        now: With the time zone in which to speak.
    """
    then = _parsed(created)
    if then is None:
        return ""
    then = then.astimezone(now.tzinfo)
    clock = f"{then.hour}:{then.minute:02}"
    if then.date() == now.date():
        return f"today {clock}"
    if then.date() == now.date() - timedelta(days=1):
        return f"yesterday {clock}"
    day = f"{then.day} {MONTHS[then.month - 1]}"
    return f"{day} {clock}" if then.year == now.year else f"{day} {then.year}"


def exactly(created: str, now: datetime) -> str:
    """When, to the minute, with the year: `21 Nov 2026, 14:05`."""
    then = _parsed(created)
    if then is None:
        return "unknown"
    then = then.astimezone(now.tzinfo)
    month = MONTHS[then.month - 1]
    return f"{then.day} {month} {then.year}, {then.hour}:{then.minute:02}"


def _parsed(created: str) -> datetime | None:
    try:
        then = datetime.fromisoformat(created)
    except ValueError:
        return None
    return then if then.tzinfo is not None else None
