"""What was published, row by row, and how much of it is run: plain values, no PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Published = tuple[float, float | None]
"""A mean and its standard error over the trials; None where the paper gives none."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A column of the table: its name in results, its heading, and how it is written."""

    name: str
    title: str
    digits: int
    percent: bool = False

    def text(self, mean: float, error: float | None) -> str:
        """As 98.2 ± 0.2."""
        factor = 100 if self.percent else 1
        number = f"{factor * mean:,.{self.digits}f}"
        return number if error is None else f"{number} ± {factor * error:,.{self.digits}f}"


@dataclass(frozen=True, slots=True)
class Row:
    """A method and its published figures, by the names of the columns.

    Attributes:
        packing: Samples that the discriminator sees at once; None where the row is only quoted.
    """

    method: str
    packing: int | None
    published: Mapping[str, Published]


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """An experiment that can be run again.

    Attributes:
        name: On the command line.
        kind: Which game it is; the `plane` games differ in their mixture.
        title, source: What it is called, and where the figures stand.
        recipe: Everything that was done, a few sentences.
        trials: Runs from which the published means come.
        steps: Rounds of a full run.
        short_steps, short_trials: Of a shortened run, for a CPU.
        shortened: What else is less in a shortened run, "" if nothing is.
        figures, rows: The columns and rows of the table.
    """

    name: str
    kind: Literal["ring", "grid", "stack"]
    title: str
    source: str
    recipe: str
    trials: int
    steps: int
    short_steps: int
    short_trials: int
    shortened: str = ""
    figures: tuple[Figure, ...]
    rows: tuple[Row, ...]


_PLANE = (
    Figure("modes", "modes", 1),
    Figure("quality", "high quality, %", 1, percent=True),
    Figure("kl", "reverse KL", 2),
)
_PLANE_RECIPE = (
    "{mixture}. 100,000 points, 400 epochs, batches of 100, Adam at 1e-4 with beta1 0.8, both "
    "players moving at once. Generator: 2 normal numbers, four layers of 400 with batch norm and "
    "ReLU; discriminator: three maxout layers of 200 with 5 pieces; all weights from N(0, 0.02). "
    "2,500 samples; one is of high quality within three standard deviations of a centre, and a "
    "centre with one such sample is a mode."
)


def _plane_row(
    method: str, packing: int | None, modes: Published, quality: Published, kl: Published | None
) -> Row:
    figures = {"modes": modes, "quality": (quality[0] / 100, quality[1] and quality[1] / 100)}
    return Row(method, packing, figures if kl is None else {**figures, "kl": kl})


PROTOCOLS: tuple[Protocol, ...] = (
    Protocol(
        name="pacgan-ring",
        kind="ring",
        title="Ring of 8 Gaussians",
        source="PacGAN, arXiv 1712.04086, table 1; VEEGAN, arXiv 1705.07761, table 1",
        recipe=_PLANE_RECIPE.format(
            mixture="8 Gaussians on the unit circle, standard deviation 0.01"
        ),
        trials=10,
        steps=400_000,
        short_steps=6_000,
        short_trials=2,
        figures=_PLANE,
        rows=(
            _plane_row("GAN", 1, (6.3, 0.5), (98.2, 0.2), (0.45, 0.09)),
            _plane_row("PacGAN2", 2, (7.9, 0.1), (95.6, 2.0), (0.07, 0.03)),
            _plane_row("PacGAN3", 3, (7.8, 0.1), (97.7, 0.3), (0.10, 0.02)),
            _plane_row("PacGAN4", 4, (7.8, 0.1), (95.9, 1.4), (0.07, 0.02)),
            _plane_row("ALI, quoted", None, (6.6, 0.3), (97.6, 0.4), (0.36, 0.04)),
            _plane_row("GAN by VEEGAN, quoted", None, (1, None), (99.3, None), None),
            _plane_row("VEEGAN, quoted", None, (8, None), (52.9, None), None),
        ),
    ),
    Protocol(
        name="pacgan-grid",
        kind="grid",
        title="Grid of 25 Gaussians",
        source="PacGAN, arXiv 1712.04086, table 1; VEEGAN, arXiv 1705.07761, table 1",
        recipe=_PLANE_RECIPE.format(
            mixture="25 Gaussians at -4, -2, 0, 2, 4 in both directions, standard deviation 0.05"
        ),
        trials=10,
        steps=400_000,
        short_steps=6_000,
        short_trials=2,
        figures=_PLANE,
        rows=(
            _plane_row("GAN", 1, (17.3, 0.8), (94.8, 0.7), (0.70, 0.07)),
            _plane_row("PacGAN2", 2, (23.8, 0.7), (91.3, 0.8), (0.13, 0.04)),
            _plane_row("PacGAN3", 3, (24.6, 0.4), (94.2, 0.4), (0.06, 0.02)),
            _plane_row("PacGAN4", 4, (24.8, 0.2), (93.6, 0.6), (0.04, 0.01)),
            _plane_row("ALI, quoted", None, (24.1, 0.4), (95.7, 0.6), (0.14, 0.03)),
            _plane_row("GAN by VEEGAN, quoted", None, (3.3, None), (0.5, None), None),
            _plane_row("VEEGAN, quoted", None, (24.6, None), (40.0, None), None),
        ),
    ),
    Protocol(
        name="pacgan-stacked",
        kind="stack",
        title="Stacked MNIST, 1,000 modes",
        source="PacGAN, arXiv 1712.04086, table 2; VEEGAN, arXiv 1705.07761, table 2",
        recipe=(
            "128,000 stacks of three digits out of all 70,000, made once and dealt 50 times in the "
            "same order, batches of 64. DCGAN of 64 to 512 channels with 5 x 5 kernels, 100 "
            "uniform numbers, Adam at 2e-4 with beta1 0.5, two moves of the generator for each of "
            "the discriminator. The data lie in [0, 1] while the generator ends in tanh. 26,000 "
            "samples, each channel read by a classifier of ten digits on the raw output (ours "
            "instead of theirs); KL of the 1,000 shares from uniform, in nats."
        ),
        trials=10,
        steps=100_000,
        short_steps=2_500,
        short_trials=2,
        shortened="networks of a quarter of the channels (16 to 128)",
        figures=(Figure("modes", "modes", 1), Figure("kl", "KL", 3)),
        rows=(
            Row("DCGAN", 1, {"modes": (78.9, 6.46), "kl": (4.50, 0.127)}),
            Row("PacDCGAN2", 2, {"modes": (1000.0, 0.0), "kl": (0.06, 0.003)}),
            Row("DCGAN by VEEGAN, quoted", None, {"modes": (99.0, None), "kl": (3.40, None)}),
            Row("Unrolled GAN, quoted", None, {"modes": (48.7, None), "kl": (4.32, None)}),
            Row("VEEGAN, quoted", None, {"modes": (150.0, None), "kl": (2.95, None)}),
        ),
    ),
)


def protocol(name: str) -> Protocol:
    """The protocol of a name.

    Raises:
        ValueError: there is none; lists those there are.
    """
    for known in PROTOCOLS:
        if known.name == name:
            return known
    names = ", ".join(known.name for known in PROTOCOLS)
    raise ValueError(f"there is no published protocol called {name!r}; known: {names}")
