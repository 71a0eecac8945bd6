"""The line under a picture: enough to make the picture again."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True)
class Caption:
    """What the picture shows.

    Attributes:
        model: Title of the model.
        step: Rounds played, or None where that means nothing.
        seed: Of the run or of the samples.
        data: Name of the data set.
        extra: Anything more, as "label 7".
    """

    model: str
    step: int | None = None
    seed: int | None = None
    data: str = ""
    extra: str = ""

    def parts(self) -> list[str]:
        """The pieces that are not empty, in reading order."""
        return [
            part
            for part in (
                self.model,
                "" if self.step is None else f"step {self.step:,}",
                "" if self.seed is None else f"seed {self.seed}",
                self.data and f"data {self.data}",
                self.extra,
            )
            if part
        ]

    def text(self) -> str:
        """In one line."""
        return " · ".join(self.parts())

    def lines(self, font: Font, width: int) -> list[str]:
        """Broken between its parts into lines of at most `width` pixels where possible."""
        lines: list[str] = []
        for part in self.parts():
            longer = f"{lines[-1]} · {part}" if lines else part
            if lines and font.getlength(longer) <= width:
                lines[-1] = longer
            else:
                lines.append(part)
        return lines


def font(size: int) -> Font:
    """The font that comes with Pillow, so that a picture looks alike on every machine."""
    return ImageFont.load_default(size)
