"""Pictures of any size and colour become drawings; what cannot says why in one sentence."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

from studio.data.framing import ink_box, mass_centre
from studio.data.importing import Importing, Prepared, Settings, picture_of, prepare, read_picture
from studio.data.inking import grown, otsu, stroke_width, without_specks
from studio.data.pen import generate
from studio.data.picture_file import MOST_PIXELS, WORKED_ON

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DIGITS = generate(12, seed=11).images


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """The best correlation when one of them may be moved by a pixel."""
    moved = (np.roll(other, (y, x), (0, 1)) for y in (-1, 0, 1) for x in (-1, 0, 1))
    return max(float(np.corrcoef(one.ravel().astype(float), m.ravel())[0, 1]) for m in moved)


def photo(digit: np.ndarray, ink: int, paper: int, *, seed: int = 0, scale: int = 400) -> Any:
    """A sheet with a gradient of light, the edge of a shadow, noise and a little blur."""
    rng = np.random.default_rng(seed)
    height, width = 750, 1000
    large = Image.fromarray(digit).resize((scale, scale), Image.Resampling.BICUBIC)
    cover = np.zeros((height, width))
    top, left = rng.integers(40, height - scale - 40), rng.integers(40, width - scale - 40)
    cover[top : top + scale, left : left + scale] = np.clip(
        np.asarray(large, float) / 255 * 1.6 - 0.3, 0, 1
    )
    y, x = np.mgrid[:height, :width]
    light = (1 - 0.5 * (x / width * 0.6 + y / height * 0.4)) * np.where(x + y / 2 > 900, 0.8, 1)
    seen = (paper + (ink - paper) * cover) * light + rng.normal(0, 5, cover.shape)
    grey = Image.fromarray(np.clip(seen, 0, 255).astype(np.uint8))
    return grey.filter(ImageFilter.GaussianBlur(1.5)).convert("RGB")


@pytest.mark.parametrize(("ink", "paper"), [(40, 215), (225, 70), (120, 200)])
def test_photos_in_uneven_light(ink: int, paper: int) -> None:
    for number, digit in enumerate(DIGITS[:4]):
        done = prepare(picture_of(np.asarray(photo(digit, ink, paper, seed=number))))
        assert done.bright == (ink > paper)
        assert likeness(done.framed, digit) > 0.93
        assert "light evened out" in done.steps[0]
        assert done.ink.shape[0] <= WORKED_ON + 80


def written(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF"])
@pytest.mark.parametrize("bright", [True, False])
def test_every_format_and_polarity(kind: str, bright: bool, tmp_path: Path) -> None:
    digit = DIGITS[1]
    large = Image.fromarray(digit if bright else 255 - digit).resize((140, 140), 0)
    path = tmp_path / f"digit.{kind.lower()}"
    path.write_bytes(written(large.convert("RGB"), kind))
    done = prepare(read_picture(path))
    assert done.bright == bright
    assert likeness(done.framed, digit) > 0.95
    assert not done.as_it_is


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"])
def test_every_mode(mode: str) -> None:
    digit = DIGITS[2]
    large = Image.fromarray(255 - digit).resize((280, 280), Image.Resampling.BILINEAR)
    if mode in ("I;16", "I", "F"):
        wide = np.asarray(large, np.float32) * (1 / 255 if mode == "F" else 257)
        kind = {"I;16": np.uint16, "I": np.int32, "F": np.float32}[mode]
        image = Image.fromarray(wide.astype(kind))
    else:
        image = large.convert(mode, dither=Image.Dither.NONE)
    assert image.mode == mode
    done = prepare(read_picture(written(image, "TIFF")))
    assert not done.bright
    assert likeness(done.framed, digit) > 0.9


@pytest.mark.parametrize("ink", [0, 255])
def test_ink_on_nothing_is_laid_over_what_shows_it(ink: int) -> None:
    digit = DIGITS[3]
    opacity = Image.fromarray(digit).resize((200, 200), Image.Resampling.BILINEAR)
    pixels = np.full((200, 200, 4), ink, np.uint8)
    pixels[..., 3] = np.asarray(opacity)
    done = prepare(read_picture(written(Image.fromarray(pixels), "PNG")))
    assert done.bright == (ink == 255)
    assert likeness(done.framed, digit) > 0.9


def test_coloured_ink_counts_by_its_luminance() -> None:
    sheet = np.full((120, 90, 3), (250, 245, 200), np.uint8)
    sheet[20:100, 40:50] = (30, 60, 200)
    done = prepare(picture_of(sheet))
    assert not done.bright
    assert ink_box(done.framed) is not None
    assert (done.framed > 127).any(axis=1).sum() == 20


@pytest.mark.parametrize("bright", [True, False])
def test_a_digit_of_28_by_28_is_taken_to_the_bit(bright: bool) -> None:
    for digit in DIGITS:
        shown = digit if bright else 255 - digit
        done = prepare(read_picture(written(Image.fromarray(shown), "PNG")))
        assert np.array_equal(done.framed, digit)
        assert done.as_it_is
    changed = prepare(picture_of(shown), Settings(threshold=0.9))
    assert not changed.as_it_is, "a threshold that is asked for is set"


def test_a_photo_on_its_side_is_set_upright() -> None:
    digit = DIGITS[4]
    large = Image.fromarray(255 - digit).resize((280, 280), 0).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = written(large.rotate(90), "JPEG", exif=exif, quality=95)
    done = prepare(read_picture(turned))
    assert likeness(done.framed, digit) > 0.95


def test_the_light_of_a_flat_picture_is_left_alone() -> None:
    sheet = np.full((100, 100), 255, np.uint8)
    sheet[10:90, 20:80] = 0  # so much ink that a median would take it for paper
    done = prepare(picture_of(sheet))
    assert not done.bright
    assert "evenly lit" in done.steps[0]
    assert (done.framed > 250).sum() >= 20 * 14


def sheet_with_dirt() -> np.ndarray:
    sheet = np.full((600, 600), 235, np.uint8)
    large = Image.fromarray(DIGITS[5]).resize((336, 336), Image.Resampling.BILINEAR)
    sheet[130:466, 130:466] -= (np.asarray(large) * 0.8).astype(np.uint8)
    for row, column in ((20, 30), (40, 500), (560, 300), (300, 20)):
        sheet[row : row + 6, column : column + 6] = 60
    sheet[:, 592:] = 30  # the table beside the paper
    return sheet


def test_specks_and_the_edge_of_the_paper_go() -> None:
    sheet = sheet_with_dirt()
    clean = prepare(picture_of(sheet))
    assert likeness(clean.framed, DIGITS[5]) > 0.9
    assert "5 specks removed" in clean.steps[1]
    dirty = prepare(picture_of(sheet), Settings(clean=False))
    assert likeness(dirty.framed, DIGITS[5]) < 0.5


def test_two_strokes_of_one_digit_stay() -> None:
    sheet = np.zeros((100, 100), np.uint8)
    sheet[20:80, 40:48] = 255
    sheet[10:16, 40:70] = 255
    done = prepare(picture_of(sheet))
    assert done.ink[12, 55] == 255


def test_thin_lines_are_thickened_to_what_digits_have() -> None:
    sheet = np.full((700, 700), 255, np.uint8)
    sheet[100:600, 300:303] = 0
    sheet[100:103, 200:400] = 0
    clean = prepare(picture_of(sheet))
    assert "thin lines thickened" in clean.steps[1]
    plain = prepare(picture_of(sheet), Settings(clean=False))
    assert int(clean.framed.sum(dtype=int)) > 1.5 * int(plain.framed.sum(dtype=int))
    assert clean.framed.max() == 255


def test_the_threshold_and_the_polarity_can_be_set() -> None:
    ramp = np.full((80, 200), 255.0)
    ramp[20:60, 20:180] = np.linspace(255, 0, 160)
    job = Importing(picture_of(ramp.astype(np.uint8)))
    wide = [
        int((job.prepare(Settings(threshold=level)).ink > 127).any(axis=0).sum())
        for level in (0.2, 0.5, 0.8)
    ]
    assert wide[0] > wide[1] > wide[2]
    assert job.prepare(Settings(threshold=0.3)).threshold == 0.3
    ring = np.zeros((90, 90), np.uint8)
    ring[30:60, 30:60] = 255
    assert prepare(picture_of(ring), Settings(polarity="bright")).bright
    with pytest.raises(ValueError, match="No ink was found"):
        prepare(picture_of(ring), Settings(polarity="dark"))


def test_the_soft_edges_of_smooth_strokes_stay() -> None:
    smooth = Image.fromarray(DIGITS[6]).resize((112, 112), Image.Resampling.BICUBIC)
    done = prepare(picture_of(np.asarray(smooth)))
    assert len(np.unique(done.ink)) > 60
    assert done.ink.max() == 255


def test_the_result_is_framed_as_mnist_does() -> None:
    for seed in range(3):
        done = prepare(picture_of(np.asarray(photo(DIGITS[7], 30, 220, seed=seed, scale=200))))
        box = ink_box(done.framed)
        assert box is not None
        assert max(box[2] - box[0], box[3] - box[1]) in (19, 20)
        assert all(abs(value - 14) <= 0.6 for value in mass_centre(done.framed))


@pytest.mark.parametrize(
    "sheet",
    [
        np.full((50, 60, 3), 128, np.uint8),
        np.zeros((28, 28), np.uint8),
        np.random.default_rng(0).normal(200, 6, (300, 300)).clip(0, 255).astype(np.uint8),
        np.linspace(90, 220, 400)[None].repeat(300, 0).astype(np.uint8),
    ],
    ids=["grey", "black", "noisy", "a gradient of light"],
)
def test_an_empty_sheet_says_so(sheet: np.ndarray) -> None:
    with pytest.raises(ValueError, match="No ink was found"):
        prepare(picture_of(sheet))


def test_files_that_are_no_pictures_say_so(tmp_path: Path) -> None:
    cases = {
        "text.png": (b"not a picture at all", "not a picture that can be read"),
        "empty.png": (b"", "not a picture that can be read"),
        "cut.png": (written(Image.fromarray(DIGITS[0]), "PNG")[:-60], "is damaged"),
        "vector.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture"),
    }
    for name, (data, sentence) in cases.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError, match=sentence) as caught:
            read_picture(tmp_path / name)
        assert name in str(caught.value)
    with pytest.raises(ValueError, match="not there any more"):
        read_picture(tmp_path / "gone.png")
    with pytest.raises(ValueError, match="damaged or cannot be read"):
        read_picture(tmp_path)
    with pytest.raises(ValueError, match="empty"):
        picture_of(np.zeros((0, 4), np.uint8))


def reason(job: Callable[[], Prepared]) -> str:
    """Why there is no digit; "" where there is one."""
    try:
        framed = job().framed
    except ValueError as error:
        return str(error)
    assert (framed.shape, framed.dtype) == ((28, 28), np.uint8)
    return ""


# What Pillow warns of is no error for whoever opens the file.
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_broken_files_are_refused_in_a_sentence_of_ours() -> None:
    rng = np.random.default_rng(5)
    image = Image.fromarray(255 - DIGITS[8]).resize((84, 84))
    kinds = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")
    reasons = []
    for turn in range(120):
        data = bytearray(written(image, kinds[turn % len(kinds)]))
        for place in rng.integers(0, min(len(data), 300), rng.integers(1, 9)):
            data[place] = rng.integers(0, 256)
        reasons.append(reason(lambda data=data: prepare(read_picture(bytes(data)))))
    assert all(not told or told.startswith(("This picture", "No ink")) for told in reasons)
    assert 10 < reasons.count("") < 110, "some are still pictures, and some are not"


def test_pictures_of_every_shape_give_a_digit_or_a_reason() -> None:
    rng = np.random.default_rng(6)
    reasons = []
    for height, width in ((1, 1), (1, 300), (300, 1), (2, 3), (28, 28), (29, 27), (5, 700)):
        for _ in range(6):
            sheet = np.where(rng.random((height, width)) < 0.1, 255, rng.integers(0, 90))
            picture = picture_of(sheet.astype(np.uint8))
            for settings in (Settings(), Settings(0.5, "bright", False), Settings(0.02, "dark")):
                reasons.append(reason(lambda p=picture, s=settings: prepare(p, s)))
    assert all(not told or told.startswith("No ink") for told in reasons)
    assert reasons.count("") > 10


def test_a_decompression_bomb_is_refused_before_it_goes_off() -> None:
    header = Image.new("1", (1, 1))
    small = bytearray(written(header, "BMP"))
    for side in (12_000, 40_000):
        small[18:22] = side.to_bytes(4, "little")
        small[22:26] = side.to_bytes(4, "little")
        with pytest.raises(ValueError, match=f"up to {MOST_PIXELS // 1_000_000} million"):
            read_picture(bytes(small))


def test_a_large_photo_is_made_small_at_once() -> None:
    large = Image.effect_noise((5000, 4000), 20).point(lambda v: min(v + 90, 255))
    picture = read_picture(written(large, "JPEG"))
    assert (picture.width, picture.height) == (5000, 4000)
    assert max(picture.grey.shape) == WORKED_ON


def test_otsu_parts_two_peaks_in_the_middle() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(0.2, 0.03, 5000), rng.normal(0.8, 0.03, 1000)])
    assert 0.35 < otsu(values) < 0.65
    assert otsu(np.array([0.0] * 9 + [1.0])) == pytest.approx(0.5, abs=0.01)


def test_pieces_are_joined_over_corners_and_around_bends() -> None:
    spiral = np.zeros((40, 40), np.float32)
    for k in range(0, 18, 4):
        spiral[k, k : 40 - k] = spiral[39 - k, k : 40 - k] = 1
        spiral[k : 40 - k, 39 - k] = 1
        spiral[k + 4 : 40 - k, k] = 1
        spiral[k + 4, k : k + 4] = 1
    diagonal = np.eye(40, dtype=np.float32)
    for ink in (spiral, diagonal):
        kept, gone = without_specks(ink)
        assert gone == 0
        assert np.array_equal(kept, ink)


def test_the_width_of_strokes_is_measured() -> None:
    y, x = np.mgrid[:200, :200]
    for width in (3, 8, 15):
        for turn in (0.0, 0.6, 0.785):
            across = np.abs(np.cos(turn) * (x - 100) + np.sin(turn) * (y - 100))
            along = np.abs(-np.sin(turn) * (x - 100) + np.cos(turn) * (y - 100))
            line = ((across < width / 2) & (along < 70)).astype(np.float32)
            assert stroke_width(line) == pytest.approx(width, rel=0.45)


def test_growing_is_nearly_round() -> None:
    point = np.zeros((41, 41), np.uint8)
    point[20, 20] = 1
    reach = grown(point, 10).sum()
    assert reach == pytest.approx(np.pi * 10.5**2, rel=0.15)
