"""Hosts on loopback that answer well or misbehave, each on a port of its own: HTTP/1.1 in the clear,
encrypted, and HTTP/2.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import h2.exceptions
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from msgspec import Struct
from server_faults import (
    Again,
    Beneath,
    Ended,
    Fault,
    Frame,
    Frames,
    Layer,
    Sealed,
    Sent,
    Silence,
    Step,
)

LATE_SECONDS = 0.3
_HOST = "127.0.0.1"


class Host(Struct, frozen=True):
    """A host to be: its layer, and how it misbehaves on a request for ``/fault``; at once, or ``is_late``."""

    layer: Layer
    fault: Fault | None = None
    is_late: bool = False

    @property
    def scheme(self) -> str:
        """Of its URLs."""
        return "http" if self.layer == "http1" else "https"


Note = Callable[[int, float], object]
"""Called with a host's number and for how many seconds it was waited for, after each request for ``/fault``."""

PARAGRAPHS = 40


def paragraphs(path: str) -> list[str]:
    """The text of the page at a path, which no other path has."""
    return [
        f"On day {number} the ferry to quay {path.strip('/')} left at {number % 24} o'clock with {number * 7} people on board."
        for number in range(1, PARAGRAPHS + 1)
    ]


def page(path: str) -> bytes:
    """The page at a path."""
    text = "".join(f"<p>{paragraph}</p>\n" for paragraph in paragraphs(path))
    return (
        f"<!doctype html><title>Ferry {path}</title><article><h1>Ferry {path}</h1>{text}</article>".encode()
    )


def certificate(folder: Path, *, host: str = _HOST, is_expired: bool = False) -> Path:
    """A certificate and its key in one file, as whoever trusts the file takes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "copydesk tests")])
    began = datetime.now(UTC) - timedelta(days=2)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=1 if is_expired else 10))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "certificate.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return file


@contextmanager
def running(
    hosts: Sequence[Host], certified: Path, note: Note = lambda _number, _seconds: None
) -> Iterator[list[str]]:
    """The hosts for as long as the block lasts: ``127.0.0.1:port`` of each. ``certified``: as ``certificate``
    makes it. ``note`` is called beside the caller's thread.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    servers = asyncio.run_coroutine_threadsafe(_start(hosts, certified, note), loop).result()
    try:
        yield [f"{_HOST}:{server.sockets[0].getsockname()[1]}" for server in servers]
    finally:
        asyncio.run_coroutine_threadsafe(_stop(servers), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _start(hosts: Sequence[Host], certified: Path, note: Note) -> list[asyncio.Server]:
    contexts = {layer: _context(certified, layer) for layer in ("http1", "tls", "handshake", "http2")}
    return [
        await asyncio.start_server(
            partial(_converse, host, contexts[host.layer], partial(note, number)), _HOST, 0, limit=1 << 20
        )
        for number, host in enumerate(hosts)
    ]


async def _stop(servers: Sequence[asyncio.Server]) -> None:
    for server in servers:
        server.close()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _context(certified: Path, layer: str) -> ssl.SSLContext | None:
    if layer == "http1":
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certified)
    context.set_alpn_protocols(["h2"] if layer == "http2" else ["http/1.1"])
    return context


class _Gone(Exception):
    """The client has gone, or was left."""


class _Line:
    """One connection, encrypted by hand where it is, so that what lies beneath can be reached."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        context: ssl.SSLContext | None,
        note: Callable[[float], object],
    ) -> None:
        self._note = note
        self._reader = reader
        self._writer = writer
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True) if context else None
        self._path, self._requested_at = "", 0.0

    def turn_to(self, path: str) -> None:
        """Notes the path of the current request, ``""`` at the end."""
        now = time.perf_counter()  # noqa: TID251 - how long a client let a host wait
        if self._path == "/fault":
            self._note(now - self._requested_at)
        self._path, self._requested_at = path, now

    async def shake_hands(self) -> None:
        """Agrees on encryption, where there is any."""
        while self._tls is not None:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self.beneath(self._outgoing.read())
                await self._take()
            else:
                await self.beneath(self._outgoing.read())
                return

    async def read(self) -> bytes:
        """What has come; nothing at the end."""
        while True:
            if self._tls is None:
                return await self._reader.read(65_536)
            try:
                return self._tls.read(65_536)
            except ssl.SSLWantReadError:
                await self._take()
            except ssl.SSLError:
                return b""

    async def _take(self) -> None:
        data = await self._reader.read(65_536)
        if not data:
            raise _Gone
        self._incoming.write(data)

    async def send(self, data: bytes) -> None:
        """Sends bytes, encrypted where the connection is."""
        await self.beneath(self.sealed(data))

    async def beneath(self, data: bytes) -> None:
        """Sends bytes as they are."""
        self._writer.write(data)
        await self._writer.drain()

    def sealed(self, data: bytes) -> bytes:
        """Bytes as they go over the connection."""
        if self._tls is None:
            return data
        self._tls.write(data)
        return self._outgoing.read()

    async def end(self, how: str) -> None:
        """Ends the connection (see ``Ended``)."""
        if how == "politely" and self._tls is not None:
            with suppress(ssl.SSLError):
                self._tls.unwrap()
            await self.beneath(self._outgoing.read())
        if how == "force":
            raw = self._writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._writer.transport.abort()
        self._writer.close()
        raise _Gone


async def _converse(
    host: Host,
    context: ssl.SSLContext | None,
    note: Callable[[float], object],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    line = _Line(reader, writer, context, note)
    with suppress(_Gone, ConnectionError, ssl.SSLError, h2.exceptions.ProtocolError, asyncio.CancelledError):
        if host.layer == "handshake":
            await reader.read(65_536)
            await _misbehave(line, host, stream=0)
        await line.shake_hands()
        await (_answer_over_http2 if host.layer == "http2" else _answer_over_http1)(line, host)
    line.turn_to("")
    writer.close()


async def _answer_over_http1(line: _Line, host: Host) -> None:
    received = b""
    while data := await line.read():
        received += data
        while b"\r\n\r\n" in received:
            question, _, received = received.partition(b"\r\n\r\n")
            path = question.split(b" ")[1].decode("ascii")
            line.turn_to(path)
            if path == "/fault" and host.fault is not None:
                await _misbehave(line, host, stream=0)
                await line.end("politely")
            status, body = _answer(path)
            head = b"HTTP/1.1 %d X\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % (
                status,
                len(body),
            )
            await line.send(head + body)


async def _answer_over_http2(line: _Line, host: Host) -> None:
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    connection.initiate_connection()
    await line.send(connection.data_to_send())
    while data := await line.read():
        for event in connection.receive_data(data):
            await line.send(connection.data_to_send())
            if not isinstance(event, h2.events.RequestReceived):
                continue
            path = dict(event.headers or [])[b":path"].decode("ascii")
            line.turn_to(path)
            if path == "/fault" and host.fault is not None:
                await _misbehave(line, host, stream=event.stream_id or 0)
                continue
            status, body = _answer(path)
            headers = [(":status", str(status)), ("content-type", "text/html")]
            connection.send_headers(event.stream_id, headers)
            connection.send_data(event.stream_id, body, end_stream=True)
        await line.send(connection.data_to_send())


def _answer(path: str) -> tuple[int, bytes]:
    """Nothing speaks for the whole site; all else is a page."""
    return (404, b"") if path == "/robots.txt" or path.startswith("/.well-known/") else (200, page(path))


async def _misbehave(line: _Line, host: Host, *, stream: int) -> None:
    assert host.fault is not None
    for step in host.fault.begin:
        await _do(line, step, stream)
    if host.is_late:
        await asyncio.sleep(LATE_SECONDS)
    for step in host.fault.then:
        await _do(line, step, stream)


async def _do(line: _Line, step: Step, stream: int) -> None:
    match step:
        case Sent(data):
            await line.send(data)
        case Beneath(data):
            await line.beneath(data)
        case Sealed(data, part):
            sealed = line.sealed(data)
            whole = sealed[:-1] + bytes([sealed[-1] ^ 1])
            await line.beneath(whole if part == 1 else sealed[: int(len(sealed) * part)])
        case Again(data, times, pause):
            await _repeat(line, data, times, pause)
        case Frame():
            await line.send(step.encoded(stream))
        case Frames(frame, times):
            await _repeat(line, frame.encoded(stream), times, 0.0)
        case Ended(how):
            await line.end(how)
        case Silence():
            while await line.read():
                pass
            raise _Gone


async def _repeat(line: _Line, data: bytes, times: int | None, pause_seconds: float) -> None:
    """Many at once where they are small, and there is no pause between them."""
    left = times
    together = 1 if pause_seconds else max(1, 16_000 // len(data))
    while left is None or left > 0:
        count = together if left is None else min(left, together)
        await line.send(data * count)
        left = None if left is None else left - count
        await asyncio.sleep(pause_seconds)
