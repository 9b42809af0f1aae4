"""Whether fetching is held up by anything but its politeness policy: ``python -m benchmarks.fetching``.

Pages from as many hosts on loopback, each of which takes its time to answer: the time rate limits alone would
take (for each host its pages, one after the other, answer and pause), against the time it took, and the
memory that came on top.
"""

from __future__ import annotations

import asyncio
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from copydesk.flows.fetching.crawl.web_pages import WebPages
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.library.library import Library
from copydesk.flows.library.web.frontier import Frontier

PARAGRAPH = b"<p>The ferry sails again from Monday, said the harbour office, after three weeks of repairs to the quay.</p>"
PAGE = b"<!doctype html><title>Ferry</title><article><h1>Ferry</h1>" + PARAGRAPH * 100 + b"</article>"


@contextmanager
def _hosts(count: int, latency_seconds: float) -> Iterator[tuple[int, ...]]:
    """The ports of servers that answer every request with a page, after a while."""
    ready: list[int] = []
    is_ready, loop = threading.Event(), asyncio.new_event_loop()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                is_of_site = request.startswith((b"GET /robots.txt", b"GET /.well-known/"))
                await asyncio.sleep(latency_seconds)
                status, body = (b"404 Not Found", b"") if is_of_site else (b"200 OK", PAGE)
                head = b"HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % (
                    status,
                    len(body),
                )
                writer.write(head + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def serve() -> None:
        for _ in range(count):
            server = await asyncio.start_server(answer, "127.0.0.1", 0)
            ready.append(server.sockets[0].getsockname()[1])
        is_ready.set()

    loop.create_task(serve())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    is_ready.wait()
    try:
        yield tuple(ready)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def _fetch_all(sources: list[WebSource], expected: int) -> tuple[int, float]:
    """Takes every page and notes it as stored, as a run does; their number, and by how many MB the second
    half made memory grow.
    """
    half = _memory_mb()
    with TemporaryDirectory() as folder, Library.open(Path(folder)) as library:
        taken = 0
        for arrival in WebPages(sources, Frontier(library)):
            arrival.stored(None)
            taken += 1
            if taken == expected // 2:
                half = _memory_mb()
        return taken, _memory_mb() - half


def _memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


@click.command()
@click.option("--hosts", "host_count", default=20, show_default=True)
@click.option("--pages", "page_count", default=2_000, show_default=True, help="Of all hosts together.")
@click.option("--latency", default=0.05, show_default=True, help="Seconds a host takes to answer.")
@click.option("--pace", default=0.05, show_default=True, help="Seconds of pause after each answer.")
def main(*, host_count: int, page_count: int, latency: float, pace: float) -> None:
    """Fetch pages from hosts beside each other, and compare with what rate limits allow."""
    each = page_count // host_count
    with _hosts(host_count, latency) as ports:
        sources = [
            WebSource(
                name=f"host-{port}",
                kind="urls",
                addresses=tuple(f"http://127.0.0.1:{port}/{number}" for number in range(each)),
                pace_seconds=pace,
                allowed=frozenset(f"127.0.0.1:{port}" for port in ports),
            )
            for port in ports
        ]
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.perf_counter()
        taken, later_mb = _fetch_all(sources, page_count)
        spent = time.perf_counter() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    allowed = (each + 2) * (latency + pace) - pace
    click.echo(
        f"{taken} pages of {host_count} hosts: {spent:.1f} s; rate limits allow {allowed:.1f} s: {spent / allowed:.2f} times; {grown:.0f} MB on top, {later_mb:.0f} of them in the second half"
    )


if __name__ == "__main__":
    main()
