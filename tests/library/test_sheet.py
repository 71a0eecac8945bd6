"""Contact sheets hold the very digits, wherever they are read again."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from studio.library.exports import Caption, ExportCancelled
from studio.library.exports.sheet import write_sheet
from studio.library.exports.sheet_frame import MOST_DIGITS, Edges, Frame

CAPTION = Caption("VAE <β>", step=2310, seed=7, data="pen", extra="components 1 & 2")
EDGES = Edges(-2.0, -1.0, 4.0, 3.0, ("component 1", "component 2"))
SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"


@pytest.fixture
def sheet() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (4, 6, 28, 28), dtype=np.uint8)


def cut(pixels: np.ndarray, about: dict) -> np.ndarray:
    """The digits of a picture, as anybody can cut them out who has read what it says of itself."""
    where = about["sheet"]
    step = where["scale"]
    wide, tall = where["width"] * step, where["height"] * step
    across = wide + where["gap"] * step
    down = tall + where["gap"] * step
    digits = []
    for row in range(where["rows"]):
        for column in range(where["columns"]):
            x, y = where["left"] + column * across, where["top"] + row * down
            digit = pixels[y : y + tall, x : x + wide]
            assert (digit == digit[::step, ::step].repeat(step, 0).repeat(step, 1)).all()
            digits.append(digit[::step, ::step])
    stacked = np.stack(digits)
    return stacked.reshape(where["rows"], where["columns"], *stacked.shape[1:])


def read_png(path: Path) -> tuple[np.ndarray, dict[str, str]]:
    with Image.open(path) as picture:
        picture.load()
        assert picture.mode == "RGB"
        return np.asarray(picture), picture.text  # type: ignore[attr-defined]


def read_svg(path: Path) -> tuple[ET.Element, dict]:
    root = ET.fromstring(path.read_bytes())
    told = root.find(f"{SVG}metadata")
    assert told is not None
    assert told.text is not None
    return root, json.loads(told.text)


@pytest.mark.parametrize(("scale", "gap"), [(1, 1), (3, 1), (2, 0), (1, 4)])
@pytest.mark.parametrize("edges", [None, EDGES])
def test_a_png_holds_every_pixel(
    tmp_path: Path, sheet: np.ndarray, scale: int, gap: int, edges: Edges | None
) -> None:
    path = tmp_path / "sheet.png"
    write_sheet(path, sheet, CAPTION, {"plane": "x"}, edges=edges, scale=scale, gap=gap)
    pixels, texts = read_png(path)
    about = json.loads(texts["modescope"])
    assert (cut(pixels, about) == sheet[..., None]).all()
    assert (about["model"], about["step"], about["plane"]) == ("VAE <β>", 2310, "x")
    assert texts["Software"].startswith("Modescope ")
    assert texts["Description"] == CAPTION.text()
    assert (pixels[0, 0] == (0x14, 0x16, 0x1A)).all()
    if edges is not None:
        assert about["sheet"]["region"] == [-2.0, -1.0, 4.0, 3.0]


def test_colours_and_paper(tmp_path: Path) -> None:
    sheet = np.random.default_rng(1).integers(0, 256, (2, 3, 28, 28, 3), dtype=np.uint8)
    write_sheet(tmp_path / "a.png", sheet, CAPTION, {}, paper=True)
    pixels, texts = read_png(tmp_path / "a.png")
    assert (cut(pixels, json.loads(texts["modescope"])) == 255 - sheet).all()
    assert (pixels[0, 0] == (0xF4, 0xF5, 0xF7)).all()


def test_a_png_says_how_large_it_is_on_paper(tmp_path: Path, sheet: np.ndarray) -> None:
    write_sheet(tmp_path / "a.png", sheet, CAPTION, {})
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.01)


@pytest.mark.parametrize(("scale", "gap"), [(1, 1), (3, 2), (2, 0)])
def test_an_svg_holds_every_pixel(tmp_path: Path, sheet: np.ndarray, scale: int, gap: int) -> None:
    path = tmp_path / "sheet.svg"
    write_sheet(path, sheet, CAPTION, {"plane": "x"}, edges=EDGES, scale=scale, gap=gap)
    root, about = read_svg(path)
    images = root.findall(f"{SVG}image")
    assert len(images) == 4
    where = about["sheet"]
    for number, (row, image) in enumerate(zip(sheet, images, strict=True)):
        link = image.get(LINK)
        assert link is not None
        assert link.startswith("data:image/png;base64,")
        with Image.open(io.BytesIO(base64.b64decode(link.partition(",")[2]))) as picture:
            pixels = np.asarray(picture)
        alone = {"sheet": where | {"rows": 1, "scale": 1, "left": gap, "top": gap}}
        assert (cut(pixels, alone)[0] == row[..., None]).all()
        assert float(image.get("width")) == pixels.shape[1] * scale  # type: ignore[arg-type]
        assert float(image.get("height")) == pixels.shape[0] * scale  # type: ignore[arg-type]
        top = where["top"] - gap * scale + number * (28 + gap) * scale
        assert float(image.get("y")) == top  # type: ignore[arg-type]
        assert "pixelated" in str(image.get("style"))
    words = " ".join(text.text or "" for text in root.iter(f"{SVG}text"))
    for part in ("VAE <β>", "components 1 & 2", "component 1", "component 2"):
        assert part in words
    assert not [e for e in root.iter() if e.tag.endswith(("script", "foreignObject"))]


def test_another_program_draws_the_svg_as_the_png(
    tmp_path: Path, sheet: np.ndarray, qapp: object
) -> None:
    for suffix in (".png", ".svg"):
        write_sheet(tmp_path / f"a{suffix}", sheet, CAPTION, {}, edges=EDGES)
    pixels, texts = read_png(tmp_path / "a.png")
    drawing = QSvgRenderer(QByteArray((tmp_path / "a.svg").read_bytes()))
    assert drawing.isValid()
    size = drawing.defaultSize()
    assert (size.width(), size.height()) == pixels.shape[1::-1]
    picture = QImage(size, QImage.Format.Format_RGB888)
    painter = QPainter(picture)
    drawing.render(painter)
    painter.end()
    shown = np.frombuffer(picture.constBits(), np.uint8).reshape(size.height(), -1)
    shown = shown[:, : 3 * size.width()].reshape(size.height(), size.width(), 3)
    assert (cut(shown, json.loads(texts["modescope"])) == sheet[..., None]).all()


def test_numbers_stand_where_they_belong() -> None:
    frame = Frame(4, 6, 28, 28, 3, 1, CAPTION, EDGES)
    across = {text.words: text.x for text in frame.texts if text.anchor == "middle"}
    down = {text.words: text.y - 0.35 * frame.letters for text in frame.texts}
    # One unit is one digit here: column 2 begins at 0, row 0 at 3.
    assert across["0"] == pytest.approx(frame.left + 2 * 87 + 1.5)
    assert across["-2"] == pytest.approx(frame.left + 1.5)
    assert down["3"] == pytest.approx(frame.top + 1.5)
    wide, tall = frame.size
    for text in frame.texts:
        assert 0 <= text.x <= wide
        assert 0 <= text.y <= tall


def test_the_numbers_are_drawn_beside_the_digits(tmp_path: Path) -> None:
    sheet = np.zeros((4, 6, 28, 28), np.uint8)
    write_sheet(tmp_path / "a.png", sheet, Caption(""), {}, edges=EDGES)
    pixels, texts = read_png(tmp_path / "a.png")
    about = json.loads(texts["modescope"])["sheet"]
    ground = (pixels == (0x14, 0x16, 0x1A)).all(axis=2)
    beside = ~ground[about["top"] : about["top"] + 4 * 29, : about["left"] - 1]
    below = ~ground[about["top"] + 4 * 29 :]
    assert beside.sum() > 20
    assert below.sum() > 20


def test_a_narrow_sheet_has_room_for_its_caption(tmp_path: Path) -> None:
    sheet = np.zeros((1, 1, 28, 28), np.uint8)
    for edges in (None, EDGES):
        frame = Frame(1, 1, 28, 28, 1, 1, CAPTION, edges)
        assert frame.size[0] >= 280
        assert len(frame.lines) > 1
        write_sheet(tmp_path / "a.png", sheet, CAPTION, {}, edges=edges)


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_a_poster(tmp_path: Path, suffix: str) -> None:
    """40,000 digits, in a process whose memory can be read: the picture is never there whole."""
    code = """
import resource, sys, numpy as np
from pathlib import Path
from studio.library.exports import Caption
from studio.library.exports.sheet import write_sheet
digits = np.zeros((200, 200, 28, 28), np.uint8)
digits[:, :, 10:18, 10:18] = np.random.default_rng(0).integers(0, 256, (200, 200, 8, 8))
told = []
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
write_sheet(Path(sys.argv[1]).with_name("small" + sys.argv[1][-4:]), digits[:2], Caption("x"), {})
before = peak()
write_sheet(Path(sys.argv[1]), digits, Caption("x"), {}, progress=told.append)
assert len(told) == 201 and told == sorted(told) and told[-1] == 1.0
print(peak() - before)
"""
    path = tmp_path / f"poster{suffix}"
    said = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    unit = 1 if sys.platform == "darwin" else 1024
    size = path.stat().st_size
    # The picture would take 108 MB. Pieces, their join and a text of it are three times the file.
    assert int(said.stdout) * unit < 40 * 2**20 + 3 * size
    assert size < 20 * 2**20


def test_what_cannot_be_a_sheet_is_refused(tmp_path: Path, sheet: np.ndarray) -> None:
    def refused(match: str, digits: np.ndarray, name: str = "a.png", **more: int) -> None:
        with pytest.raises(ValueError, match=match):
            write_sheet(tmp_path / name, digits, CAPTION, {}, **more)  # type: ignore[arg-type]

    refused("no digit", sheet[:0])
    refused("no digit", sheet[:, :0])
    refused("end 'a.jpg' with .png or .svg", sheet, "a.jpg")
    many = np.broadcast_to(sheet[:1, :1], (201, 200, 28, 28))
    refused(f"40,200 digits are too many for one sheet: choose at most {MOST_DIGITS:,}", many)
    refused("pixels: choose fewer digits or a smaller enl", many[:200], scale=4)
    (tmp_path / "folder.png").mkdir()
    refused("is a folder", sheet, "folder.png")
    assert [path.name for path in tmp_path.iterdir()] == ["folder.png"]


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_calling_it_off_leaves_what_was_there(
    tmp_path: Path, sheet: np.ndarray, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"old")
    asked = iter([False, False, True])
    with pytest.raises(ExportCancelled):
        write_sheet(path, sheet, CAPTION, {}, cancelled=lambda: next(asked))
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1
