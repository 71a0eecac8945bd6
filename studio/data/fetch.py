"""Fetching one file from a mirror, without waiting for ever and without trusting anybody."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
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
_BEAT = 0.1
"""Seconds between two questions whether to give up."""
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
    torchvision's download this never falls back from https to http. Giving up takes a moment, also
    while the server, or the search for it, is silent.

    Raises:
        OSError: it could not be fetched; the message says why in a few words.
        LoadCancelled: `cancelled()` said True.
    """
    stop_if(cancelled)
    line = _Line(url, most)
    # Nothing but another thread can look up while this one would wait for a server that is silent.
    line.start()
    told = 0.0
    while line.is_alive():
        line.join(_BEAT)
        if cancelled is not None and cancelled():
            line.cut()
            line.join(1.0)
        stop_if(cancelled)
        if line.fraction > told:
            told = line.fraction
            progress(told)
    stop_if(cancelled)
    if line.error is not None:
        raise line.error
    return line.content


class _Line(threading.Thread):
    """Fetches one address. A daemon: a search for the server cannot be called off."""

    def __init__(self, url: str, most: int) -> None:
        super().__init__(name="fetch", daemon=True)
        self._url, self._most = url, most
        self._connections: list[http.client.HTTPConnection] = []
        self.content, self.fraction = b"", 0.0
        self.error: OSError | None = None

    def cut(self) -> None:
        """Ends whatever waits for the server."""
        for connection in self._connections:
            with contextlib.suppress(OSError, AttributeError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    def run(self) -> None:
        try:
            self.content = self._fetched()
        except OSError as error:
            self.error = error

    def _fetched(self) -> bytes:
        http_handler, https_handler = _HTTP(), _HTTPS()
        http_handler.connections = https_handler.connections = self._connections
        opener = urllib.request.build_opener(_NoDowngrade, http_handler, https_handler)
        request = urllib.request.Request(self._url, headers={"User-Agent": "modescope"})
        pieces: list[bytes] = []
        count = 0
        try:
            with opener.open(request, timeout=TIMEOUT) as answer:
                total = int(answer.headers.get("Content-Length") or 0)
                # read1 returns what has arrived: so progress is told of a slow server, too. Files
                # have no read1, and no slow servers either.
                read = getattr(answer, "read1", answer.read)
                while piece := read(_PIECE):
                    pieces.append(piece)
                    count += len(piece)
                    if count > self._most:
                        raise OSError("the server sends far more than the file should hold")
                    self.fraction = min(count / (total or self._most), 1.0)
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


class _Watched(urllib.request.AbstractHTTPHandler):
    """Keeps the connections that it makes, so that they can be cut."""

    connections: list[http.client.HTTPConnection]

    def do_open(self, http_class: Any, req: urllib.request.Request, **more: Any) -> Any:
        def make(*values: Any, **named: Any) -> http.client.HTTPConnection:
            connection: http.client.HTTPConnection = http_class(*values, **named)
            self.connections.append(connection)
            return connection

        return super().do_open(make, req, **more)


class _HTTP(_Watched, urllib.request.HTTPHandler):
    pass


class _HTTPS(_Watched, urllib.request.HTTPSHandler):
    pass


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
