"""Files that somebody made who means harm, and what is left where one of them has its way."""

from __future__ import annotations

import io
import json
import os
import pickle
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from studio.library import plain
from studio.library.container import seal
from studio.library.sealed import seal_json

PROOF = "was-here"


class _Bomb:
    """Runs a command when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {self._folder / PROOF}",)


def _zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _tarred(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        about = tarfile.TarInfo(name)
        about.size = len(content)
        archive.addfile(about, io.BytesIO(content))
    return buffer.getvalue()


def _saved(write: Callable[[io.BytesIO], object]) -> bytes:
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def _with_header(header: bytes, data: bytes = b"") -> bytes:
    return len(header).to_bytes(8, "little") + header + data


def foreign(folder: Path) -> dict[str, bytes]:
    """What runs code in programs that open it, and what exhausts those that believe a header."""
    bomb = pickle.dumps(_Bomb(folder))
    script = {
        "model/code/__torch__.py": b"import os",
        "model/data.pkl": bomb,
        "model/version": b"3",
    }
    objects = np.array([_Bomb(folder)], dtype=object)
    many = {str(n): {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(300_000)}
    lying = {"w": {"dtype": "F32", "shape": [2**20, 2**20], "data_offsets": [0, 2**42]}}
    twice = b'{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},' * 2
    return {
        "a pickle": bomb,
        "a pickle of protocol 0": pickle.dumps(_Bomb(folder), protocol=0),
        "a file of torch.save": _saved(lambda file: torch.save({"w": _Bomb(folder)}, file)),
        "the old kind of it": _saved(
            lambda file: torch.save(
                {"w": _Bomb(folder)}, file, _use_new_zipfile_serialization=False
            )
        ),
        "TorchScript": _zipped(script),
        "a tar of pickles": _tarred("storages", bomb),
        "an npz of objects": _saved(lambda file: np.savez(file, w=objects, allow_pickle=True)),
        "a zip bomb": _zipped({"weights": bytes(64 * 2**20)}),
        "a header of 2^63 bytes": (2**63).to_bytes(8, "little") + b"{" + bytes(100),
        "a header of 2^64 - 1 bytes": (2**64 - 1).to_bytes(8, "little") + b"{" + bytes(100),
        "300,000 arrays": _with_header(json.dumps(many).encode()),
        "an array of 4 TiB": _with_header(json.dumps(lying).encode(), bytes(1_000)),
        "the same name twice": _with_header(twice[:-1] + b"}", b"\0"),
        "100,000 brackets": _with_header(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        "a number of a million digits": _with_header(b'{"a":' + b"9" * 1_000_000 + b"}"),
        "NaN in the header": _with_header(b'{"a":NaN,"b":Infinity}'),
        "nothing": b"",
        "one bracket": _with_header(b"{"),
        "a web page": b"<html><script>alert(1)</script></html>",
        "UTF-16": '{"format": "modescope-run"}'.encode("utf-16"),
    }


def special(folder: Path) -> list[Path]:
    """Things that are no files, each of which can be waited for in vain or read for ever."""
    made = [folder / name for name in ("pipe", "zeros", "loop", "dangling", "folder", "sparse")]
    pipe, zeros, loop, dangling, inner, sparse = made
    os.mkfifo(pipe)
    zeros.symlink_to("/dev/zero")
    loop.symlink_to(loop)
    dangling.symlink_to(folder / "nowhere")
    inner.mkdir()
    with sparse.open("wb") as file:  # says that 100 MB of header follow, and they do: zeros
        file.write((100 * 10**6).to_bytes(8, "little") + b"{")
        file.truncate(120 * 10**6)
    return made


def resealed(content: bytes, change: Callable[[dict[str, Any], Any], Any]) -> bytes:
    """A sealed file whose table and spec `change` has changed; it gives back the spec."""
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    about = header.pop("__metadata__")
    spec = change(header, json.loads(about["spec"]))
    draft = _with_header(plain.dump(header).encode(), content[8 + size :])
    return seal(draft, kind=about["format"], version=int(about["version"]), spec=spec)


def renamed(bundle: bytes, old: str, new: str) -> bytes:
    """A bundle in which a member has another name, checksums and all."""

    def change(table: dict[str, Any], spec: Any) -> Any:
        table[new] = table.pop(old)
        return json.loads(json.dumps(spec).replace(json.dumps(old), json.dumps(new)))

    return resealed(bundle, change)


def rewritten(content: bytes, **values: Any) -> bytes:
    """A sealed JSON file with other values, and the checksum to match."""
    found = json.loads(content)
    kind, version = found.pop("format"), found.pop("version")
    del found["sha256"]
    return seal_json(kind, version, found | values)
