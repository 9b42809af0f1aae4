"""A real HTTP server on loopback that misbehaves by path, and remembers each request."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import brotli
from conftest import ARTICLE

from copydesk.flows.io.zstandard import zstd

PAGE = ARTICLE.encode()
ETAG, LAST_MODIFIED = '"v1"', "Fri, 20 Nov 2026 08:00:00 GMT"
BOMB = gzip.compress(bytes(10_000_000)) * 1_030
"""Ten gigabytes of zeros in ten megabytes, in a thousand members one after the other."""
MORE_THAN_A_PAGE = bytes(50_000_000)


@dataclass
class Asked:
    """One request: when it arrived, its path and headers; the status it was answered with, 0 where that was
    nothing regular.
    """

    at: float
    path: str
    headers: dict[str, str]
    status: int = 0


@dataclass
class FaultyServer:
    """The server's address, its requests, and its robots.txt (a status and a body)."""

    port: int
    asked: list[Asked] = field(default_factory=list)
    robots: tuple[int, bytes] = (404, b"")
    files: dict[str, bytes] = field(default_factory=dict)
    """Further files by their paths."""
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    """Headers of robots.txt and further files, by their paths."""
    connections: int = 0
    written_to: list[str] = field(default_factory=list)
    """Paths that were requested with another method than GET."""

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.netloc}{path}"

    def paths(self) -> list[str]:
        return [one.path for one in self.asked]

    def pages(self) -> list[Asked]:
        return [one for one in self.asked if one.path not in ("/robots.txt", "/.well-known/tdmrep.json")]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer takes 40 ms
    state: FaultyServer

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def setup(self) -> None:
        self.state.connections += 1
        super().setup()

    def do_GET(self) -> None:
        now = time.monotonic()  # noqa: TID251 - for what must not come too soon
        self.current = Asked(now, self.path, {k.lower(): v for k, v in self.headers.items()})
        self.state.asked.append(self.current)
        name, _, rest = self.path.lstrip("/").partition("/")
        if self.path == "/robots.txt":
            status, body = self.state.robots
            self.give(body, status=status, kind="text/plain", **self.state.headers.get(self.path, {}))
        elif self.path in self.state.files:
            self.give(self.state.files[self.path], **self.state.headers.get(self.path, {}))
        elif name == ".well-known":
            self.give(b"", status=404)
        else:
            ANSWERS.get(name, _page)(self, rest)

    def do_other(self) -> None:
        self.state.written_to.append(self.path)
        self.give(b"", status=204)

    do_POST = do_PUT = do_HEAD = do_OPTIONS = do_other  # noqa: N815 - the base class calls them so

    def give(
        self, body: bytes, *, status: int = 200, kind: str = "text/html; charset=utf-8", **headers: str
    ) -> None:
        self.current.status = status
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def raw(self, data: bytes) -> None:
        """Bytes as they are, then the end."""
        self.wfile.write(data)
        self.wfile.flush()
        self.close_connection = True


def _page(handler: _Handler, _: str) -> None:
    handler.give(PAGE)


def _conditional(handler: _Handler, _: str) -> None:
    headers = handler.state.asked[-1].headers
    if headers.get("if-none-match") == ETAG or headers.get("if-modified-since") == LAST_MODIFIED:
        handler.give(b"", status=304)
    else:
        handler.give(PAGE, ETag=ETAG, Last_Modified=LAST_MODIFIED)


def _status(handler: _Handler, rest: str) -> None:
    handler.give(b"" if rest == "204" else PAGE, status=int(rest))


def _redirect(handler: _Handler, rest: str) -> None:
    handler.give(b"", status=302, Location="/" + rest if not rest.startswith("to/") else rest[3:])


def _count_down(handler: _Handler, rest: str) -> None:
    left = int(rest)
    handler.give(PAGE) if left == 0 else handler.give(b"", status=301, Location=f"/hops/{left - 1}")


def _packed(handler: _Handler, rest: str) -> None:
    body, name = PACKED[rest]
    handler.give(body, Content_Encoding=name)


def _slowly(handler: _Handler, _: str) -> None:
    handler.raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        handler.wfile.write(b"<p>")
        handler.wfile.flush()
        time.sleep(0.05)


def _endless(handler: _Handler, _: str) -> None:
    handler.raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        handler.wfile.write(b"<p>and so on</p>" * 4096)


def _reset(handler: _Handler, _: str) -> None:
    handler.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + PAGE)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def _flood(handler: _Handler, _: str) -> None:
    handler.raw(b"HTTP/1.1 200 OK\r\n" + b"X-Flood: yes\r\n" * 200_000 + b"\r\n" + PAGE)


def _busy(handler: _Handler, rest: str) -> None:
    status, wait, times = rest.split("/")
    seen = handler.state.paths().count(handler.path)
    if seen > int(times):
        handler.give(PAGE)
    else:
        handler.give(
            b"", status=int(status), **({"Retry_After": wait.replace("_", " ")} if wait != "-" else {})
        )


def _signals(handler: _Handler, _: str) -> None:
    handler.give(PAGE, X_Robots_Tag="noai", Content_Usage="train-ai=n")


def _raw(data: bytes) -> Callable[[_Handler, str], None]:
    return lambda handler, _: handler.raw(data)


_WHOLE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
ANSWERS: dict[str, Callable[[_Handler, str], None]] = {
    "conditional": _conditional, "status": _status, "redirect": _redirect, "hops": _count_down,
    "loop": lambda handler, _: handler.give(b"", status=302, Location="/loop"),
    "bad-redirect": lambda handler, _: handler.give(b"", status=302, Location="http://[oops/"),
    "no-redirect": lambda handler, _: handler.give(b"", status=302),
    "packed": _packed, "slow": _slowly, "endless": _endless, "reset": _reset, "flood": _flood, "busy": _busy,
    "signals": _signals,
    "short": _raw(_WHOLE + b"Content-Length: 100000\r\n\r\n" + PAGE),
    "cut-chunk": _raw(_WHOLE + b"Transfer-Encoding: chunked\r\n\r\n400\r\n" + PAGE[:100]),
    "bad-chunk": _raw(_WHOLE + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + PAGE[:100]),
    "two-lengths": _raw(_WHOLE + b"Content-Length: 3\r\nContent-Length: 300\r\n\r\n" + PAGE),
    "no-http": _raw(b"SSH-2.0-OpenSSH_9.6\r\n"), "empty-answer": _raw(b""),
}  # fmt: skip
PACKED: dict[str, tuple[bytes, str]] = {
    "gzip": (gzip.compress(PAGE), "gzip"),
    "two-members": (gzip.compress(PAGE[:500]) + gzip.compress(PAGE[500:]), "gzip"),
    "deflate": (zlib.compress(PAGE), "deflate"),
    "bare-deflate": (zlib.compress(PAGE, wbits=-15), "deflate"),
    "br": (brotli.compress(PAGE), "br"),
    "zstd": (zstd.compress(PAGE), "zstd"),
    "twice": (gzip.compress(brotli.compress(PAGE)), "br, gzip"),
    "gzip-cut": (gzip.compress(PAGE)[:-20], "gzip"), "br-cut": (brotli.compress(PAGE)[:-20], "br"),
    "zstd-cut": (zstd.compress(PAGE)[:-20], "zstd"),
    "not-gzip": (PAGE, "gzip"), "unknown": (PAGE, "rot13"), "bomb": (BOMB, "gzip"),
    "br-bomb": (brotli.compress(MORE_THAN_A_PAGE, quality=1), "br"),
    "zstd-bomb": (zstd.compress(MORE_THAN_A_PAGE), "zstd"),
}  # fmt: skip


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_: Any) -> None:
        """A client that hangs up on an endless body is what is wanted."""


@contextmanager
def faulty_server() -> Iterator[FaultyServer]:
    """The server, for as long as the block lasts."""
    handler = type("Handler", (_Handler,), {})
    server = _Server(("127.0.0.1", 0), handler)
    state = FaultyServer(server.server_address[1])
    handler.state = state
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
