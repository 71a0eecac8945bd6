"""Fetching one file from a mirror, without waiting for ever and without trusting anybody."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

from studio.data.dataset import stop_if

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.data.dataset import Cancelled

TIMEOUT = 15.0
"""Seconds that a server may stay silent, when connecting and between any two pieces."""

_PIECE = 1 << 16
_SCHEMES = ("https://", "http://", "file://")


def checked_mirror(mirror: str) -> str:
    """The mirror as a prefix that ends in a slash.

    Raises:
        ValueError: it is not an http(s):// or file:// address.
    """
    if not mirror.lower().startswith(_SCHEMES):
        raise ValueError(
            f"The mirror {mirror!r} is not an address: begin it with https://, http:// or file://."
        )
    return mirror if mirror.endswith("/") else mirror + "/"


def fetch(
    url: str,
    *,
    most: int,
    progress: Callable[[float], None],
    cancelled: Cancelled | None = None,
) -> bytes:
    """Everything behind an address, at most `most` bytes.

    `progress` is told the fraction done, as far as the server says how much there is. Unlike
    torchvision's download this never falls back from https to http.

    Raises:
        OSError: it could not be fetched; the message says why in a few words.
        LoadCancelled: `cancelled()` said True.
    """
    opener = urllib.request.build_opener(_NoDowngrade)
    request = urllib.request.Request(url, headers={"User-Agent": "modescope"})
    pieces: list[bytes] = []
    count = 0
    try:
        with opener.open(request, timeout=TIMEOUT) as answer:
            total = int(answer.headers.get("Content-Length") or 0)
            # read1 returns what has arrived: a slow server must not hold up cancelling. Files
            # have no read1, and no slow servers either.
            read = getattr(answer, "read1", answer.read)
            while piece := read(_PIECE):
                stop_if(cancelled)
                pieces.append(piece)
                count += len(piece)
                if count > most:
                    raise OSError("the server sends far more than the file should hold")
                progress(min(count / (total or most), 1.0))
    except urllib.error.HTTPError as error:
        with error:
            raise OSError(f"the server says {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise OSError(_SILENT) from error
        raise OSError(_words(error.reason)) from error
    except TimeoutError as error:
        raise OSError(_SILENT) from error
    except (http.client.HTTPException, ValueError) as error:
        raise OSError(f"the server's answer makes no sense ({_words(error)})") from error
    except OSError as error:
        raise OSError(_words(error)) from error
    if total and count != total:
        raise OSError(f"the connection broke after {count:,} of {total:,} bytes")
    return b"".join(pieces)


_SILENT = f"the server said nothing for {TIMEOUT:.0f} s"


def _words(reason: object) -> str:
    """The reason without error numbers and line breaks."""
    text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return " ".join(str(text).split())


class _NoDowngrade(urllib.request.HTTPRedirectHandler):
    """Follows a redirect unless it leads from an encrypted to an open connection."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: Any,
        code: int,
        msg: str,
        headers: Any,
        newurl: str,
    ) -> urllib.request.Request | None:
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise urllib.error.URLError("the server leads from https to an open connection")
        return super().redirect_request(req, fp, code, msg, headers, newurl)
