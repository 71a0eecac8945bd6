"""Sealed JSON: a small readable file that notices when it has been damaged or edited.

    {"format": KIND, "version": N, "sha256": of the canonical JSON of everything else, ...}

Like the checksum of `container.py` it finds damage, not forgery.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from studio.library import plain
from studio.library.container import BadRun

if TYPE_CHECKING:
    from collections.abc import Mapping

_OWN = {"format", "version", "sha256"}


def seal_json(kind: str, version: int, values: Mapping[str, Any]) -> bytes:
    """The content of a sealed file; `values` are JSON-ready (see `plain.plain`)."""
    assert not _OWN & set(values)
    body = {"format": kind, "version": version, **values}
    sealed = body | {"sha256": _checksum(body)}
    return (json.dumps(sealed, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()


def unseal_json(content: bytes, name: str, *, kind: str, version: int) -> dict[str, Any]:
    """The values in a sealed file that messages call `name`.

    Raises:
        BadRun: it is not such a file, is damaged or edited, or comes from a newer version.
    """
    try:
        found = plain.parse(content)
        if not isinstance(found, dict) or found.get("format") != kind:
            raise BadRun(f"{name} is not a {kind.replace('-', ' ')} file")
        if type(found.get("version")) is not int or not 1 <= found["version"] < 10**9:
            raise ValueError("it has no version")
        if found["version"] > version:
            raise BadRun(
                f"{name} was made by a newer Modescope "
                f"(format {found['version']}, this one reads {version})"
            )
        sealed = found.pop("sha256", None)
        if sealed != _checksum(found):
            raise ValueError("its checksum does not match")
    except BadRun:
        raise
    except RecursionError:
        raise BadRun(f"{name} is damaged: it is nested too deeply") from None
    except ValueError as error:
        raise BadRun(f"{name} is damaged: {str(error)[:100]}") from None
    return {key: value for key, value in found.items() if key not in _OWN}


def _checksum(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(plain.dump(body).encode()).hexdigest()
