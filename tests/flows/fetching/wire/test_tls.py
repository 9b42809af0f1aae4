"""Encrypted connections and HTTP/2, against a real server on loopback with a certificate of its own."""

from __future__ import annotations

import asyncio
import queue
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import h2.config
import h2.connection
import h2.errors
import h2.events
import pytest
from conftest import ARTICLE, HANG_SECONDS
from misbehaving_hosts import certificate
from msgspec import structs

from copydesk.flows.fetching.http.fetcher import Fetcher
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, Outcome, Request
from copydesk.flows.fetching.http.politeness import FetchLimits, PolitenessPolicy

PAGE = ARTICLE.encode()
QUICK = FetchLimits(seconds=HANG_SECONDS, robots_seconds=HANG_SECONDS, attempts=1)
Answer = Callable[[h2.connection.H2Connection, int], None]


def whole(connection: h2.connection.H2Connection, stream: int) -> None:
    """The page as it should be."""
    connection.send_headers(stream, [(":status", "200"), ("content-type", "text/html")])
    connection.send_data(stream, PAGE, end_stream=True)


def downgrade(connection: h2.connection.H2Connection, stream: int) -> None:
    """Elsewhere, in the clear."""
    connection.send_headers(
        stream, [(":status", "302"), ("location", "http://courier.example/")], end_stream=True
    )


def missing(connection: h2.connection.H2Connection, stream: int) -> None:
    """Nothing here."""
    connection.send_headers(stream, [(":status", "404")], end_stream=True)


def large_redirect(connection: h2.connection.H2Connection, stream: int) -> None:
    """Elsewhere, with a body of two megabytes."""
    connection.send_headers(stream, [(":status", "302"), ("location", "/page")])
    for _ in range(125):
        connection.send_data(stream, bytes(16_000))
    connection.end_stream(stream)


def padded(connection: h2.connection.H2Connection, stream: int) -> None:
    """A body of ten kilobytes, which takes two and a half megabytes to send."""
    connection.send_headers(stream, [(":status", "200"), ("content-type", "text/html")])
    for _ in range(10_000):
        connection.send_data(stream, b"x", pad_length=255)
    connection.end_stream(stream)


ANSWERS: dict[str, Answer] = {
    "/large-redirect": large_redirect, "/padded": padded, "/page": whole,
    "/downgrade": downgrade, "/robots.txt": missing,
}  # fmt: skip


@contextmanager
def server(file: Path) -> Iterator[int]:
    """The port of a server that speaks HTTP/2 alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    context.set_alpn_protocols(["h2"])
    ready: queue.SimpleQueue[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = queue.SimpleQueue()

    async def serve() -> None:
        ended = asyncio.Event()
        running = await asyncio.start_server(_converse, "127.0.0.1", 0, ssl=context)
        async with running:
            ready.put((running.sockets[0].getsockname()[1], asyncio.get_running_loop(), ended))
            await ended.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    port, loop, ended = ready.get()
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    connection = h2.connection.H2Connection(
        h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
    )
    connection.initiate_connection()
    writer.write(connection.data_to_send())
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            for event in connection.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    path = dict(event.headers or [])[":path"]
                    ANSWERS[path](connection, event.stream_id)
            writer.write(connection.data_to_send())
            await writer.drain()
    writer.close()
    with suppress(ConnectionError, ssl.SSLError):
        await writer.wait_closed()


def fetch(port: int, path: str, *, bytes_: int = QUICK.bytes) -> Outcome:
    async def one() -> Outcome:
        politeness = PolitenessPolicy(pace_seconds=0, allowed=frozenset({f"127.0.0.1:{port}"}))
        async with Fetcher(politeness, limits=structs.replace(QUICK, bytes=bytes_)) as fetcher:
            return await fetcher.fetch(Request(f"https://127.0.0.1:{port}{path}"))

    return asyncio.run(one())


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a server whose certificate is trusted."""
    file = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with server(file) as port:
        yield port


@pytest.mark.parametrize("path", ["/page", "/large-redirect"])
def test_a_page_arrives_over_http_2_and_the_body_of_a_redirect_is_skipped(port: int, path: str) -> None:
    outcome = fetch(port, path, bytes_=1_000_000)
    assert isinstance(outcome, Fetched)
    assert outcome.body == PAGE


@pytest.mark.slow
def test_padding_counts(port: int) -> None:
    outcomes = fetch(port, "/padded", bytes_=1_000_000), fetch(port, "/padded", bytes_=3_000_000)
    assert isinstance(outcomes[0], NotFetched)
    assert outcomes[0].reason == "too_large"
    assert isinstance(outcomes[1], Fetched)


def test_a_redirect_out_of_encryption_is_not_followed(port: int) -> None:
    outcome = fetch(port, "/downgrade")
    assert isinstance(outcome, NotFetched)
    assert outcome.reason == "downgrade"


@pytest.mark.parametrize("fault", ["unknown", "expired", "of another host"])
def test_untrusted_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    file = certificate(
        tmp_path,
        host="127.0.0.2" if fault == "of another host" else "127.0.0.1",
        is_expired=fault == "expired",
    )
    if fault != "unknown":
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with server(file) as port:
        outcome = fetch(port, "/page")
    assert isinstance(outcome, NotFetched)
    assert outcome.reason == "tls"
    assert "certificate" in outcome.message.lower()
