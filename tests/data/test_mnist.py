"""MNIST from folders, mirrors and bad places, with a small stand-in for the real files."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import socket
import struct
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from studio.data import DataUnavailable, LoadCancelled, fetch, load, mnist
from studio.data.idx import read_idx, unpack
from studio.data.places import cache_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OFFICIAL = mnist.PARTS
SORRY = (
    r"^MNIST is not on this computer and could not be downloaded \(.+\): put its four "
    r"files into .+mnist, name a folder or a mirror on the command line "
    r"\(--data-root, --mirror\), or train on pen\.$"
)


def idx(array: np.ndarray) -> bytes:
    head = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return head + array.astype(np.uint8).tobytes()


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty cache, and no way out of this computer."""
    monkeypatch.setenv("MODESCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(mnist, "_official_mirrors", lambda: ("http://127.0.0.1:9/",))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with four small files in the form of MNIST's, which pass for the official ones."""
    folder = tmp_path / "files"
    folder.mkdir()
    parts = {}
    rng = np.random.default_rng(0)
    for split, count in (("train", 30), ("test", 12)):
        contents = (rng.integers(0, 256, (count, 28, 28)), np.arange(count) % 10)
        entries = []
        for part, content in zip(OFFICIAL[split], contents, strict=True):  # type: ignore[index]
            packed = gzip.compress(idx(content), mtime=0)
            (folder / f"{part.name}.gz").write_bytes(packed)
            entries.append(
                replace(
                    part,
                    md5=hashlib.md5(packed, usedforsecurity=False).hexdigest(),
                    sha256=hashlib.sha256(idx(content)).hexdigest(),
                    size=len(packed),
                )
            )
        parts[split] = tuple(entries)
    monkeypatch.setattr(mnist, "PARTS", parts)
    return folder


def images_of(folder: Path) -> Path:
    return folder / "train-images-idx3-ubyte.gz"


def test_our_table_is_torchvisions() -> None:
    from torchvision.datasets import MNIST

    ours = [(f"{part.name}.gz", part.md5) for parts in OFFICIAL.values() for part in parts]
    assert ours == MNIST.resources
    assert set(mnist._MIRRORS) <= set(MNIST.mirrors)


def test_the_real_files(mnist_root: Path) -> None:
    data = load("mnist", "train", root=mnist_root)
    assert data.images.shape == (60_000, 28, 28)
    assert np.bincount(data.labels).tolist()[:2] == [5923, 6742]
    assert load("mnist", "test", root=mnist_root).images.shape == (10_000, 28, 28)
    assert not cache_dir().exists()


@pytest.mark.parametrize("layout", ["", "MNIST/raw", "raw"])
def test_a_folder_of_files_is_read_where_it_is(stand_in: Path, tmp_path: Path, layout: str) -> None:
    root = tmp_path / "given"
    (root / layout).parent.mkdir(parents=True, exist_ok=True)
    stand_in.rename(root / layout)
    before = sorted(root.rglob("*"))
    data = load("mnist", root=root)
    assert data.images.shape == (30, 28, 28)
    assert data.labels.tolist() == [i % 10 for i in range(30)]
    assert data.name == "mnist"
    assert data.ways is None
    assert len(load("mnist", "test", root=root)) == 12
    assert sorted(root.rglob("*")) == before
    assert not cache_dir().exists()


def test_unpacked_files_are_taken_if_they_are_the_official_ones(stand_in: Path) -> None:
    packed = images_of(stand_in)
    raw = packed.with_suffix("")
    content = gzip.decompress(packed.read_bytes())
    packed.unlink()
    raw.write_bytes(content)
    assert len(load("mnist", root=stand_in)) == 30
    raw.write_bytes(content[:-1] + b"\x00" if content[-1] else content[:-1] + b"\x01")
    with pytest.raises(DataUnavailable, match="checksum is wrong"):
        load("mnist", root=stand_in)


def test_a_file_mirror_fills_the_cache_and_is_not_needed_again(stand_in: Path) -> None:
    told: list[tuple[str, float]] = []
    data = load(
        "mnist",
        mirror=stand_in.as_uri(),
        progress=lambda message, fraction: told.append((message, fraction)),
    )
    fractions = [fraction for _, fraction in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert any("train-images-idx3-ubyte.gz" in message for message, _ in told)
    again = load("mnist")
    assert again.checksum == data.checksum
    assert not list(cache_dir().rglob("*.part"))


@pytest.mark.parametrize("damage", ["cut", "flipped", "html", "empty"])
def test_a_damaged_file_is_refused_with_its_name(stand_in: Path, damage: str) -> None:
    path = images_of(stand_in)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(
        {
            "cut": bytes(data[: len(data) // 2]),
            "flipped": bytes(data),
            "html": b"<html>Please log in</html>",
            "empty": b"",
        }[damage]
    )
    with pytest.raises(DataUnavailable, match=SORRY) as caught:
        load("mnist", root=stand_in)
    assert f"{path} is damaged" in str(caught.value)
    with pytest.raises(DataUnavailable, match="not the official file"):
        load("mnist", mirror=stand_in.as_uri())
    assert not cache_dir().exists()


def test_a_damaged_cache_is_replaced(stand_in: Path) -> None:
    whole = load("mnist", mirror=stand_in.as_uri()).checksum
    cached = images_of(cache_dir() / "mnist")
    cached.write_bytes(cached.read_bytes()[:100])
    assert load("mnist", mirror=stand_in.as_uri()).checksum == whole
    assert cached.read_bytes() == images_of(stand_in).read_bytes()


def test_a_damaged_folder_is_made_good_by_the_mirror_and_left_alone(
    stand_in: Path, tmp_path: Path
) -> None:
    given = tmp_path / "given"
    given.mkdir()
    images_of(given).write_bytes(b"rubbish")
    assert len(load("mnist", root=given, mirror=stand_in.as_uri())) == 30
    assert images_of(given).read_bytes() == b"rubbish"


def test_missing_and_unreadable_files_say_so(stand_in: Path, tmp_path: Path) -> None:
    with pytest.raises(DataUnavailable, match=SORRY) as caught:
        load("mnist", root=tmp_path / "nowhere")
    assert "train-images-idx3-ubyte.gz is not in" in str(caught.value)
    # A folder in place of the file stands for a file without permission: root may read all.
    images_of(stand_in).unlink()
    images_of(stand_in).mkdir()
    with pytest.raises(DataUnavailable, match="cannot be read"):
        load("mnist", root=stand_in)


def test_a_cache_that_cannot_be_written_does_not_matter(stand_in: Path, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    assert len(load("mnist", mirror=stand_in.as_uri())) == 30


def test_a_mirror_must_be_an_address() -> None:
    with pytest.raises(ValueError, match="begin it with https://"):
        load("mnist", mirror="/some/folder")


def test_cancelling_between_the_files(stand_in: Path) -> None:
    asked = []

    def cancelled() -> bool:
        asked.append(True)
        return len(asked) > 4

    with pytest.raises(LoadCancelled):
        load("mnist", mirror=stand_in.as_uri(), cancelled=cancelled)
    assert not list(cache_dir().rglob("*.part"))


def test_without_torchvision_our_own_mirrors_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setitem(__import__("sys").modules, "torchvision.datasets", None)
    assert mnist._official_mirrors() == mnist._MIRRORS


def test_official_mirrors_are_encrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert mnist._official_mirrors()
    assert all(mirror.startswith("https://") for mirror in mnist._official_mirrors())


@contextmanager
def server(answer: Callable[[http.server.BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A web server on this computer that answers everything in one (bad) way."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_address[1]}/"
        finally:
            running.shutdown()
            thread.join()


def test_a_web_mirror(stand_in: Path) -> None:
    def good(handler: http.server.BaseHTTPRequestHandler) -> None:
        data = (stand_in / handler.path.lstrip("/")).read_bytes()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    with server(good) as mirror:
        assert len(load("mnist", mirror=mirror)) == 30


def test_a_connection_that_breaks(stand_in: Path) -> None:
    def cut(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "5000")
        handler.end_headers()
        handler.wfile.write(b"x" * 100)

    with server(cut) as mirror, pytest.raises(DataUnavailable, match="broke after 100 of 5,000"):
        load("mnist", mirror=mirror)


def test_a_missing_page(stand_in: Path) -> None:
    with (
        server(lambda handler: handler.send_error(404)) as mirror,
        pytest.raises(DataUnavailable, match="the server says 404 Not Found"),
    ):
        load("mnist", mirror=mirror)


def test_a_server_that_never_ends(stand_in: Path) -> None:
    def flood(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(100):
                handler.wfile.write(b"x" * 100_000)
        except OSError:
            pass  # The reader has hung up, as it should.

    with server(flood) as mirror, pytest.raises(DataUnavailable, match="far more than"):
        load("mnist", mirror=mirror)


def test_a_silent_server_is_given_up(stand_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        mirror = f"http://127.0.0.1:{mute.getsockname()[1]}/"
        with pytest.raises(DataUnavailable, match="the server said nothing"):
            load("mnist", mirror=mirror)


def test_a_redirect_may_not_leave_encryption() -> None:
    import urllib.request

    request = urllib.request.Request("https://example.org/file")
    with pytest.raises(OSError, match="open connection"):
        fetch._NoDowngrade().redirect_request(request, None, 302, "", {}, "http://example.org/file")


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "too short"),
        (b"\x00\x00\x08", "too short"),
        (struct.pack(">HBBI", 1, 8, 1, 0), "not an IDX file"),
        (struct.pack(">HBBI", 0, 13, 1, 0), "not an IDX file"),
        (struct.pack(">HBBII", 0, 8, 2, 0, 0), "2 dimensions instead of 1"),
        (struct.pack(">HBBI", 0, 8, 1, 5) + b"1234", "says 5 values but it holds 4"),
        (struct.pack(">HBBI", 0, 8, 1, 3) + b"1234", "says 3 values but it holds 4"),
        (struct.pack(">HBBI", 0, 8, 1, 0xFFFFFFFF) + b"1", "says 4,294,967,295 values"),
    ],
)
def test_a_wrong_header_is_refused(data: bytes, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_idx(data, 1)


def test_sizes_may_not_overflow_into_a_match() -> None:
    head = struct.pack(">HBBIII", 0, 8, 3, 1 << 31, 1 << 31, 4)
    with pytest.raises(ValueError, match="says"):
        read_idx(head, 3)


def test_idx_and_back() -> None:
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    assert np.array_equal(read_idx(unpack(gzip.compress(idx(array))), 3), array)


@pytest.mark.parametrize("data", [b"", b"plain", gzip.compress(b"x" * 1000)[:-9]])
def test_what_does_not_unpack(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"does not unpack|too short"):
        read_idx(unpack(data), 1)
