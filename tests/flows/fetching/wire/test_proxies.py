"""Proxies that the environment names, against a real one on loopback."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from conftest import HANG_SECONDS
from faulty_server import FaultyServer

from copydesk.flows.errors import SettingsError
from copydesk.flows.fetching.http.fetcher import Fetcher
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, Outcome, Request
from copydesk.flows.fetching.http.politeness import FetchLimits, PolitenessPolicy

QUICK = FetchLimits(seconds=HANG_SECONDS, robots_seconds=HANG_SECONDS, attempts=1)


@contextmanager
def proxy() -> Iterator[tuple[str, list[str]]]:
    """A forwarding proxy: its address, and what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            asked.append(self.path)
            parts = urlsplit(self.path)
            connection = HTTPConnection(parts.netloc, timeout=HANG_SECONDS)
            connection.request("GET", parts.path)
            answer = connection.getresponse()
            body = answer.read()
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            connection.close()

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_address[1]}", asked
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


def fetch(url: str, *, allowed: str = "") -> Outcome:
    async def one() -> Outcome:
        async with Fetcher(
            PolitenessPolicy(pace_seconds=0, allowed=frozenset(filter(None, [allowed]))), limits=QUICK
        ) as fetcher:
            return await fetcher.fetch(Request(url))

    return asyncio.run(one())


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_environment_proxies_are_used(
    server: FaultyServer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with proxy() as (address, asked):
        monkeypatch.setenv(name, address)
        outcome = fetch(server.url("/page"), allowed=server.netloc)
    assert isinstance(outcome, Fetched)
    assert asked == [server.url("/robots.txt"), server.url("/page")]


def test_no_proxy_hosts_are_requested_directly(server: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with proxy() as (address, asked):
        monkeypatch.setenv("HTTP_PROXY", address)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert isinstance(fetch(server.url("/page"), allowed=server.netloc), Fetched)
    assert asked == []


def test_a_proxy_reaches_no_private_host(server: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with proxy() as (address, asked):
        monkeypatch.setenv("ALL_PROXY", address)
        for url in (server.url("/page"), "http://localhost:8080/", "http://[::ffff:10.0.0.1]/"):
            outcome = fetch(url)
            assert isinstance(outcome, NotFetched)
            assert outcome.reason == "forbidden"
    assert (asked, server.asked) == ([], [])


def test_a_name_that_only_the_proxy_knows_is_left_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with proxy() as (address, asked):
        monkeypatch.setenv("HTTP_PROXY", address)
        outcome = fetch("http://intranet.invalid/page")
    assert isinstance(outcome, NotFetched)
    assert asked == ["http://intranet.invalid/robots.txt"]


def test_an_unusable_proxy_is_reported_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "gopher://me:secret@proxy.example:70")
    with pytest.raises(SettingsError, match="proxy of kind 'gopher' cannot be used") as error:
        fetch("https://courier.example/")
    assert "secret" not in str(error.value)
