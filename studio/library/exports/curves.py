"""The loss curves as a table for programs and as a drawing for papers."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from studio.instruments import curves
from studio.library.files import export

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    Losses = tuple[NDArray[np.integer[Any]], Mapping[str, NDArray[np.floating[Any]]]]
    Players = Mapping[str, Losses]
    """By player: rounds (n,), and by term its losses (n,); `History.players` is one."""

# The light theme's colours: the discriminator and the generator look the same everywhere.
INK, QUIET, LINE, GROUND = "#1B1F27", "#5B6472", "#D4D8DF", "#FFFFFF"
ROLE_COLOURS = {"discriminator": "#A65F00", "generator": "#0072B2"}
OTHER_PLAYERS = ("#5F4BC9", "#A83A76", "#3F7F2B", "#80602F")

WIDTH, LEFT, RIGHT, TOP = 800, 76, 20, 64
TALL, SHORT, BETWEEN = 190, 84, 40


def curves_csv(path: Path, players: Players) -> None:
    """Writes all losses, one per row, in the columns player, term, step, value.

    Decimal points and no thousands separators whatever the language; nine digits give back the
    very float32. A term that a player did not have at a step has no row there.

    Raises:
        ValueError: `path` cannot be written; one sentence.
    """
    rows = ["player,term,step,value"]
    for player, (steps, terms) in players.items():
        for term, values in terms.items():
            rows += [
                f"{_cell(player)},{_cell(term)},{step},{value:.9g}"
                for step, value in zip(map(int, steps), values.tolist(), strict=True)
                if not math.isnan(value)
            ]
    export(path, ("\n".join(rows) + "\n").encode())


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\n') else text


def curves_svg(
    path: Path,
    players: Players,
    shown: Mapping[str, tuple[str, str, str]],
    *,
    heading: str,
    smoothing: float = 0.97,
) -> None:
    """Draws one panel per player, and a smaller one for each of its other terms.

    No two curves share a value axis: losses of different players cannot be compared by height.
    The raw values are thin, their exponential moving average is thick.

    Arguments:
        shown: By player, its title, its role and the term that matters; in order of drawing.
            Players that are not in it are left out.
        heading: Stands above, as "GAN on pen".
        smoothing: Share of the old in the average, in [0, 1).

    Raises:
        ValueError: there are no losses, or `path` cannot be written; one sentence.
    """
    export(path, drawing(players, shown, heading=heading, smoothing=smoothing).encode())


def drawing(
    players: Players,
    shown: Mapping[str, tuple[str, str, str]],
    *,
    heading: str,
    smoothing: float = 0.97,
) -> str:
    """The text of the SVG; see `curves_svg`."""
    panels = _panels(players, shown)
    if not panels:
        raise ValueError("there are no curves yet: train for a few rounds first")
    last = max(float(panel.steps[-1]) for panel in panels)
    time = _Axis(0.0, max(last, 1.0), LEFT, WIDTH - RIGHT)
    body: list[str] = []
    top = TOP
    for panel in panels:
        body += _draw(panel, time, top, smoothing)
        top += panel.height + BETWEEN
    height = top + 8
    body += _draw_steps(time, top - BETWEEN)
    title = escape(heading)
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
                f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">'
            ),
            f"<title>{title}</title>",
            f'<rect width="{WIDTH}" height="{height}" fill="{GROUND}"/>',
            f'<text x="{LEFT}" y="26" font-size="14" fill="{INK}">{title}</text>',
            *body,
            "</svg>",
            "",
        ]
    )


@dataclass(frozen=True)
class _Panel:
    title: str
    note: str
    colour: str
    height: int
    steps: FloatArray
    values: FloatArray


@dataclass(frozen=True)
class _Axis:
    """Values from `low` to `high` lie between the pixels `start` and `end`."""

    low: float
    high: float
    start: float
    end: float

    def place(self, values: FloatArray) -> FloatArray:
        share = (values - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def _panels(players: Players, shown: Mapping[str, tuple[str, str, str]]) -> list[_Panel]:
    panels = []
    others = itertools.cycle(OTHER_PLAYERS)
    for player, (title, role, main) in shown.items():
        colour = ROLE_COLOURS.get(role) or next(others)
        if player not in players:
            continue
        steps, terms = players[player]
        for term in sorted(terms, key=lambda name: (name != main, name)):
            known = np.isfinite(terms[term])
            if not known.any():
                continue
            panels.append(
                _Panel(
                    title=title if term == main else f"{title}: {spoken(term)}",
                    note=f"loss ({spoken(term)})" if term == main else "",
                    colour=colour,
                    height=TALL if term == main else SHORT,
                    steps=np.asarray(steps)[known].astype(np.float64),
                    values=np.asarray(terms[term])[known].astype(np.float64),
                )
            )
    return panels


def spoken(term: str) -> str:
    """The name of a term for people: `d_real` is "d real"."""
    return term.replace("_", " ")


def _draw(panel: _Panel, time: _Axis, top: float, smoothing: float) -> list[str]:
    smooth = curves.smooth(panel.values, smoothing)
    low, high = _value_range(panel.values, smooth)
    scale = _Axis(low, high, top + panel.height, top)
    parts = [
        (
            f'<text x="{LEFT}" y="{top - 8}" font-weight="600" fill="{panel.colour}">'
            f"{escape(panel.title)}</text>"
        ),
        (
            f'<text x="{WIDTH - RIGHT}" y="{top - 8}" text-anchor="end" fill="{QUIET}">'
            f"{escape(panel.note)}{' · ' if panel.note else ''}last {panel.values[-1]:.4g}</text>"
        ),
    ]
    for tick in ticks(low, high, 5 if panel.height == TALL else 3):
        y = float(scale.place(np.array(tick)))
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{LINE}"/>'
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="{QUIET}">{tick:g}</text>'
        )
    columns = WIDTH - LEFT - RIGHT
    raw = curves.decimate(panel.steps, np.clip(panel.values, low, high), columns)
    thick = curves.decimate(panel.steps, np.clip(smooth, low, high), columns)
    parts.append(_line(panel, time, scale, raw, "raw", 'stroke-width="0.75" opacity="0.4"'))
    parts.append(_line(panel, time, scale, thick, "smoothed", 'stroke-width="2"'))
    return parts


def _line(
    panel: _Panel,
    time: _Axis,
    scale: _Axis,
    curve: tuple[FloatArray, FloatArray],
    kind: str,
    style: str,
) -> str:
    x, y = time.place(curve[0]), scale.place(curve[1])
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
    return (
        f'<polyline fill="none" stroke="{panel.colour}" stroke-linejoin="round" {style} '
        f'data-curve={quoteattr(f"{panel.title} {kind}")} points="{points}"/>'
    )


def _draw_steps(time: _Axis, bottom: float) -> list[str]:
    parts = []
    for tick in ticks(time.low, time.high, 8):
        x = float(time.place(np.array(tick)))
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{bottom}" y2="{bottom + 5}" stroke="{QUIET}"/>'
            f'<text x="{x:.1f}" y="{bottom + 20}" text-anchor="middle" fill="{QUIET}">'
            f"{tick:,.0f}</text>"
        )
    parts.append(
        f'<text x="{WIDTH - RIGHT}" y="{bottom + 36}" text-anchor="end" fill="{QUIET}">'
        "step (rounds played) · thin: raw, thick: smoothed</text>"
    )
    return parts


def _value_range(values: FloatArray, smooth: FloatArray) -> tuple[float, float]:
    """What the axis shows: all of the smoothed curve, and the raw one without its rare peaks."""
    low = min(float(np.quantile(values, 0.005)), float(smooth.min()))
    high = max(float(np.quantile(values, 0.995)), float(smooth.max()))
    if high - low < 1e-9 * max(1.0, abs(high)):
        low, high = low - 0.5, high + 0.5
    margin = 0.06 * (high - low)
    return low - margin, high + margin


def ticks(low: float, high: float, wanted: int) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten apart) in [low, high], about `wanted`."""
    power = 10.0 ** math.floor(math.log10((high - low) / wanted))
    choices = []
    for apart in (power, 2 * power, 5 * power, 10 * power):
        first, last = math.ceil(low / apart - 1e-9), math.floor(high / apart + 1e-9)
        choices.append([round(k * apart, 12) for k in range(first, last + 1)])
    return min(choices, key=lambda numbers: abs(len(numbers) - wanted))
