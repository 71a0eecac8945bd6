"""Which maps there may be of a model, and what they may be coloured by; if not, why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from models.capabilities import Decodes, HasCodebook, Reconstructs
from studio.engine.ground import KindChoice, PlaneSpec

if TYPE_CHECKING:
    from studio.engine.explorer import Explorer
    from studio.engine.ground import Kind

_DIGIT = (1, 28, 28)
_STRANGE = "The map shows grey digits of 28 x 28 pixels, and this model makes something else."
_NO_MAP = "This model makes no pictures from codes, so there is no plane to walk on."
_NOISE = "Its code is noise, one number per pixel: two of them alone change nothing."
_GRID = "Its code is a grid of codewords: two numbers of one of them change a corner at most."
_UNREAD = "It cannot tell the codes of pictures."
_SINGLE = "Its code has only one number."
_APART = "On a sheet of samples neighbours have nothing to do with each other."


def kinds(explorer: Explorer) -> tuple[KindChoice, ...]:
    """What maps there may be of a model, the one to begin with first."""
    model = explorer.model
    decodes, encodes = explorer.can("decode"), explorer.can("encode")
    gaussian, sphere = (model.latent_geometry == g for g in ("gaussian", "sphere"))
    dim = dim_of(explorer)
    jumps = " Codes are rounded to codewords, so the picture jumps." if _rounds(explorer) else ""

    def choice(kind: str, reasons: list[tuple[bool, str]], note: str) -> KindChoice:
        reasons = [(model.shape.chw != _DIGIT, _STRANGE), *reasons]
        reason = next((why for holds, why in reasons if holds), None)
        return KindChoice(kind, reason is None, reason or note)

    if sphere:
        principal = "An endless torus on the shell of noise, between four test digits."
    elif explorer.encodes_fast or dim <= 2:
        principal = "The plane in which the codes of test digits differ most."
    else:
        principal = "The plane of codes along which its pictures change most."
    planes = (
        choice(
            "principal",
            [(not decodes, _NO_MAP), (not (encodes or gaussian), _UNREAD)],
            principal + jumps,
        ),
        choice(
            "anchors",
            [
                (not decodes, _NO_MAP),
                (not encodes, _UNREAD),
                (dim < (3 if sphere else 2), _SINGLE),
            ],
            "Three digits or drawings in the corners, and all that lies between them." + jumps,
        ),
        choice(
            "dimensions",
            [
                (not decodes, _NO_MAP),
                (sphere, _NOISE),
                (_rounds(explorer), _GRID),
                (dim < 2, _SINGLE),
            ],
            "Two numbers of the code as they are.",
        ),
        choice(
            "quantiles",
            [
                (not decodes, _NO_MAP),
                (not gaussian, "Its codes do not follow N(0, I)."),
                (dim < 2, _SINGLE),
            ],
            "Two numbers of the code in a square where all places are equally likely.",
        ),
    )
    samples = choice(
        "samples",
        [(not explorer.can("sample"), explorer.way("sample"))],
        "No plane: an endless sheet of fresh samples, each place always the same one.",
    )
    # Between codewords a plane shows jumps; what such a model is good at is sampling.
    return (samples, *planes) if _rounds(explorer) or not decodes else (*planes, samples)


def first_plane(explorer: Explorer) -> PlaneSpec:
    """The map to begin with.

    Raises:
        ValueError: there is none; one sentence.
    """
    for choice in kinds(explorer):
        if choice.possible and choice.kind != "anchors":
            return PlaneSpec(kind=cast("Kind", choice.kind))
    raise ValueError(f"There is no map of this model. {kinds(explorer)[0].note}")


def shade_kinds(explorer: Explorer, *, plane: bool) -> tuple[KindChoice, ...]:
    """What a map of the model may be coloured by; `plane` is False for a sheet of samples."""
    model = explorer.model
    copies = explorer.encodes_fast or (
        isinstance(model, Reconstructs) and model.latent_geometry != "sphere"
    )
    if not plane:
        density = _APART
    elif not explorer.can("encode"):
        density = _UNREAD
    elif has_clouds(explorer):
        density = "Where the encoder puts test digits, as wide as each one's cloud of codes."
    else:
        density = "Where test digits lie: the middles of their codes, smoothed."
    return (
        KindChoice(
            "classes", True, "Which digit the studio's classifier reads here, and how certainly."
        ),
        KindChoice("density", plane and explorer.can("encode"), density),
        KindChoice(
            "error",
            copies,
            "How far its own copy of this picture is off (mean squared error per pixel)."
            if copies
            else "It has no quick way to copy a picture: each place would be a search.",
        ),
        KindChoice(
            "score",
            explorer.judges,
            "How real its discriminator finds this picture."
            if explorer.judges
            else "It has no discriminator.",
        ),
        KindChoice(
            "jacobian",
            plane,
            "How fast the picture changes here: grey levels per unit of the map."
            if plane
            else _APART,
        ),
    )


def has_clouds(explorer: Explorer) -> bool:
    """Whether its encoder gives a Gaussian cloud of codes (mean and log variance) per picture."""
    return explorer.encodes_fast and hasattr(explorer.model, "posterior")


def dim_of(explorer: Explorer) -> int:
    """D, or 0 if it has no codes to decode."""
    return explorer.model.latent_dim() if isinstance(explorer.model, Decodes) else 0


def _rounds(explorer: Explorer) -> bool:
    return isinstance(explorer.model, HasCodebook)
