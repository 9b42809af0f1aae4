"""A receiver of webhooks on loopback that answers as it is told, and remembers each request; and secrets for it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from conftest import HANG_SECONDS

KEY = bytes(range(32))
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"


@dataclass
class Post:
    """A request: its path, the id of its message, and what it tells. ``is_signed``: whether its signature holds."""

    path: str
    id: str
    is_signed: bool
    content: dict[str, Any]
    headers: dict[str, str]

    @property
    def events(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.content["data"]
        return found

    @property
    def told(self) -> set[tuple[str, str, int | None]]:
        """Of its records what happened, id and version."""
        return {(one["type"], one["data"]["id"], one["data"].get("version")) for one in self.events}


@dataclass
class Receiver:
    """Where it listens and what it got. ``answers``: for the next requests; then ``answer``."""

    url: str
    posts: list[Post] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    answer: Answer | None = None
    left: threading.Event = field(default_factory=threading.Event)
    """Set for the handlers that wait to end."""

    @property
    def ids(self) -> list[str]:
        """Of the messages, in order, each try."""
        return [one.id for one in self.posts]


class Handler(BaseHTTPRequestHandler):
    """``answers`` of a receiver are functions of it."""

    protocol_version = "HTTP/1.1"
    receiver: Receiver

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        # by hand, as a receiver of somebody else's would
        expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        is_signed = headers["webhook-signature"] == f"v1,{expected}"
        post = Post(self.path, headers["webhook-id"], is_signed, json.loads(body), headers)
        waiting = self.receiver.answers
        answer = waiting.pop(0) if waiting else self.receiver.answer
        self.receiver.posts.append(post)
        (answer or status(204))(self)


Answer = Callable[[Handler], None]


def status(code: int, **headers: str) -> Answer:
    """An answer with nothing but a status and headers."""

    def give(handler: Handler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return give


def silence(handler: Handler) -> None:
    """No answer until the receiver ends."""
    handler.receiver.left.wait(HANG_SECONDS)
    handler.close_connection = True


def drip(handler: Handler) -> None:
    """A header that never ends, a byte at a time."""
    _drip(handler, b"HTTP/1.1 200 OK\r\nX-Slow: ")


def dripped_body(handler: Handler) -> None:
    """A status at once, and a body that never ends."""
    _drip(handler, b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")


def _drip(handler: Handler, begin: bytes) -> None:
    handler.close_connection = True
    try:
        handler.wfile.write(begin)
        while not handler.receiver.left.wait(0.05):
            handler.wfile.write(b"x")
            handler.wfile.flush()
    except OSError:  # the client has left
        pass


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    """A receiver that takes everything, at a port given by the system or at one that was free before."""
    handler = type("_Own", (Handler,), {})
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        server.daemon_threads = True
        receiver = handler.receiver = Receiver(f"http://127.0.0.1:{server.server_port}/hooks/s3cret-path")  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield receiver
        finally:
            receiver.left.set()
            server.shutdown()
