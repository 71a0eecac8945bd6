"""The files that a run consists of: which names they may have, and how each is told to be whole.

Every check reads the file once from begin to end, a piece at a time, and hands on what it reads:
an export copies exactly the bytes that were checked.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO

from studio.library import checkpoint, format, history
from studio.library.container import MAX_FILE, BadRun, checked_spec, header_of, read_head
from studio.library.grids import unpack_grid
from studio.library.legacy import HISTORY, WEIGHTS
from studio.library.log import MAX_LOG
from studio.library.run_folder import (
    CHECKPOINTS,
    ERROR,
    GRIDS,
    HEAD,
    LABEL,
    LABEL_KIND,
    LOG,
    MAX_JSON,
    RUN,
    SAMPLES,
    SNAPSHOTS,
    VERSION,
)
from studio.library.sealed import unseal_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from studio.library.record import RunRecord

    Sink = Callable[[bytes], object]

PIECE = 2**20
MAX_PICTURE = 16 * 2**20
MAX_TRACE = 2**20
_PLAIN = {
    RUN: MAX_JSON,
    HEAD: MAX_JSON,
    LABEL: MAX_JSON,
    LOG: MAX_LOG,
    SAMPLES: MAX_PICTURE,
    ERROR: MAX_TRACE,
}
_V1 = {RUN: MAX_JSON, WEIGHTS: MAX_FILE, HISTORY: MAX_FILE, SAMPLES: MAX_PICTURE}
_NUMBERED = re.compile(rf"({CHECKPOINTS}|{SNAPSHOTS}|{GRIDS})/([0-9]{{8,16}})\.safetensors")


class Cancelled(Exception):
    """`cancelled()` said True; nothing was left behind."""


def limit(name: str, version: int) -> int | None:
    """How many bytes a file of a run may have; None where no run has a file of this name."""
    if version == 1:
        return _V1.get(name)
    return MAX_FILE if numbered(name) else _PLAIN.get(name)


def numbered(name: str) -> tuple[str, int] | None:
    """Kind and step of a checkpoint, snapshot or grid by its name inside the run; else None."""
    found = _NUMBERED.fullmatch(name)
    if found is None or found[2] != f"{int(found[2]):08d}":  # each step has one name
        return None
    return found[1], int(found[2])


class Checker:
    """Tells whether the files of one run are whole and belong to it.

    Arguments:
        record: Of the run, if it can be read.
        pulse: Called with each number of bytes read; it may raise to end the work.
    """

    def __init__(self, record: RunRecord | None, pulse: Callable[[int], None]) -> None:
        self._record, self._pulse = record, pulse

    def check(self, file: BinaryIO, size: int, name: str, sink: Sink = lambda piece: None) -> None:
        """Reads `size` bytes of the weights, grid, picture or text that a run calls `name`.

        Raises:
            BadRun: it is damaged, or belongs to another run or step; one sentence.
        """
        place = numbered(name)
        try:
            match place:
                case (kind, step) if kind == CHECKPOINTS:
                    self._checkpoint(file, size, name, step, sink)
                case (kind, step) if kind == SNAPSHOTS:
                    spec = self._sealed(file, size, name, format.FORMAT, format.VERSION, sink)
                    self._insist_on_run(spec, step)
                case (_, step):
                    content = self._whole(file, size, sink)
                    if unpack_grid(content, name).step != step:
                        raise ValueError("it belongs to another step")
                case _ if name == WEIGHTS:
                    spec = self._sealed(file, size, name, format.FORMAT, 1, sink)
                    self._insist_on_run(spec, None)
                case _ if name == HISTORY:
                    self._sealed(file, size, name, history.FORMAT, history.VERSION, sink)
                case _ if name == LABEL:
                    content = self._whole(file, size, sink)
                    unseal_json(content, name, kind=LABEL_KIND, version=VERSION)
                case _ if name == SAMPLES:
                    self._picture(file, size, sink)
                case _:
                    self._whole(file, size, sink).decode()
        except BadRun:
            raise
        except UnicodeDecodeError:
            raise BadRun(f"{name} is damaged: it is not text") from None
        except ValueError as error:
            raise BadRun(f"{name} is damaged: {str(error)[:200]}") from None

    def _checkpoint(self, file: BinaryIO, size: int, name: str, step: int, sink: Sink) -> None:
        spec = self._sealed(file, size, name, checkpoint.KIND, checkpoint.VERSION, sink)
        if isinstance(spec, dict):
            spec = {k: v for k, v in spec.items() if k not in ("numbers", "players")}
        self._insist_on_run(spec, step)
        # The head's own checksum of it may be another one: see `newest_checkpoint`.

    def _sealed(
        self, file: BinaryIO, size: int, name: str, kind: str, version: int, sink: Sink
    ) -> Any:
        """The spec of a sealed file."""
        head = read_head(file, size, name)
        header = header_of(head, size, name, kind=kind, version=version)
        self._pulse(len(head))
        sink(head)
        digest = header.digest()
        for piece in pieces(file, size - header.start, self._pulse):
            digest.update(piece)
            sink(piece)
        return checked_spec(header, digest.hexdigest(), name)

    def _insist_on_run(self, spec: object, step: int | None) -> None:
        found = format.restore_spec(spec)
        if step is not None and found.step != step:
            raise ValueError("it belongs to another step")
        record = self._record
        if record is None:
            return
        about = (found.model, found.shape, found.seed, found.data)
        if about != (record.model, record.shape, record.seed, record.data):
            raise ValueError("it belongs to another run")
        if found.settings != record.config():
            raise ValueError("it belongs to a run with other settings")

    def _picture(self, file: BinaryIO, size: int, sink: Sink) -> None:
        """A PNG keeps a checksum of each of its chunks."""
        content = self._whole(file, size, sink)
        at, kind = 8, b""
        if content[:8] != b"\x89PNG\r\n\x1a\n":
            raise ValueError("it is not a picture")
        while kind != b"IEND":
            length = int.from_bytes(content[at : at + 4], "big")
            kind, end = content[at + 4 : at + 8], at + 8 + length
            crc = content[end : end + 4]
            if len(crc) < 4 or int.from_bytes(crc, "big") != zlib.crc32(content[at + 4 : end]):
                raise ValueError("its checksum does not match")
            at = end + 4
        if at != len(content):
            raise ValueError("something follows its end")

    def _whole(self, file: BinaryIO, size: int, sink: Sink) -> bytes:
        read = list(pieces(file, size, self._pulse))
        for piece in read:
            sink(piece)
        return b"".join(read)


def pieces(file: BinaryIO, size: int, pulse: Callable[[int], None]) -> Iterator[bytes]:
    """The next `size` bytes of a file, a piece at a time.

    Raises:
        ValueError: it ends before.
    """
    while size:
        piece = file.read(min(size, PIECE))
        if not piece:
            raise ValueError("it ends too early")
        size -= len(piece)
        pulse(len(piece))
        yield piece
