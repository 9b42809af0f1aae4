"""WARC files over the network: downloads that resume, and the pipe to the thread that reads them."""

from __future__ import annotations

import asyncio
import io
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from conftest import HANG_SECONDS
from faulty_server import ANSWERS, FaultyServer
from msgspec import structs
from web_runs import QUICK

from copydesk.flows.fetching.http.download import MOST_BYTES, Broken, Pipe, beginning_of, download
from copydesk.flows.fetching.http.fetcher import Fetcher
from copydesk.flows.fetching.http.outcomes import (
    Fetched,
    NotFetched,
    NotModified,
    Outcome,
    Request,
    Validators,
)
from copydesk.flows.fetching.http.politeness import FetchLimits, PolitenessPolicy

CONTENT = bytes(range(251)) * 16_000
# as much as it takes to have come further
STEP = len(CONTENT) // 4 + 1
Answer = Callable[[Any, str], None]


def fetched(
    server: FaultyServer, *, limits: FetchLimits = QUICK, validators: Validators | None = None
) -> tuple[Outcome, bytes, bool]:
    """How a download ended, what came, and whether it was reported as the whole file."""

    def read(pipe: Pipe) -> tuple[bytes, bool]:
        got, file = bytearray(), io.BufferedReader(pipe)
        try:
            while part := file.read1():
                got += part
        except Broken:
            return bytes(got), False
        return bytes(got), True

    async def both() -> tuple[Outcome, bytes, bool]:
        politeness = PolitenessPolicy(pace_seconds=0.0, allowed=frozenset({server.netloc}))
        async with Fetcher(politeness, limits=limits) as fetcher:
            pipe = Pipe()
            reading = asyncio.create_task(asyncio.to_thread(read, pipe))
            request = Request(server.url("/file"), validators=validators or Validators())
            outcome = await download(request, pipe, fetcher, limits)
            return outcome, *await reading

    return asyncio.run(both())


def part_of(handler: Any, start: int, end: int, *, mark: str = "a", first: int | None = None) -> None:
    """An answer with a part of the file, which then breaks off unless that is its end."""
    lines = ["HTTP/1.1 206 Partial Content" if start else "HTTP/1.1 200 OK", f'ETag: "{mark}"']
    lines.append(f"Content-Length: {len(CONTENT) - start}")
    if start:
        lines.append(
            f"Content-Range: bytes {start if first is None else first}-{len(CONTENT) - 1}/{len(CONTENT)}"
        )
    handler.raw("\r\n".join((*lines, "", "")).encode() + CONTENT[start:end])


def start_of(handler: Any) -> int:
    return int((handler.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))


def test_the_rest_is_requested_after_a_break(monkeypatch: pytest.MonkeyPatch, server: FaultyServer) -> None:
    size = STEP
    monkeypatch.setitem(
        ANSWERS, "file", lambda handler, _: part_of(handler, start_of(handler), start_of(handler) + size)
    )
    outcome, got, is_whole = fetched(server)
    assert isinstance(outcome, Fetched)
    assert (got, is_whole, outcome.body) == (CONTENT, True, b"")
    headers = [request.headers for request in server.pages()]
    assert [one.get("range") for one in headers] == [None, *(f"bytes={at * size}-" for at in (1, 2, 3))]
    assert [one.get("if-range") for one in headers] == [None, *['"a"'] * 3]
    assert {one["accept-encoding"] for one in headers} == {"identity"}


ETAG, WEAK, DATE = ('ETag: "a"', 'ETag: W/"a"', "Last-Modified: Sat, 21 Nov 2026 06:00:00 GMT")


@pytest.mark.parametrize(
    ("marks", "if_range", "is_same"),
    [
        (([DATE], [ETAG, DATE]), DATE[15:], True), (([ETAG, DATE], [ETAG]), '"a"', True),
        (([ETAG, DATE], []), '"a"', True), (([ETAG], [ETAG, DATE]), '"a"', True),
        (([DATE], []), DATE[15:], True), (([WEAK, DATE], [WEAK]), None, True),
        (([WEAK], [ETAG]), None, True), (([WEAK, DATE], ['ETag: W/"b"', DATE]), None, False),
        (([WEAK, DATE], [DATE]), None, False),
        (([DATE], ["Last-Modified: Sun, 22 Nov 2026 06:00:00 GMT"]), DATE[15:], False),
    ],
)  # fmt: skip
def test_a_file_is_known_again_by_its_mark(
    monkeypatch: pytest.MonkeyPatch,
    server: FaultyServer,
    marks: tuple[list[str], list[str]],
    if_range: str | None,
    is_same: bool,
) -> None:
    """As RFC 9110 has it: a part repeats no more than it must, and a weak tag is no mark for one."""

    def answer(handler: Any, _: str) -> None:
        if start := start_of(handler):
            place = f"Content-Range: bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
            lines = ["HTTP/1.1 206 Partial Content", place, *marks[1]]
        else:
            lines = ["HTTP/1.1 200 OK", *marks[0]]
        lines.append(f"Content-Length: {len(CONTENT) - start}")
        handler.raw("\r\n".join((*lines, "", "")).encode() + CONTENT[start : len(CONTENT) if start else STEP])

    monkeypatch.setitem(ANSWERS, "file", answer)
    outcome, got, is_whole = fetched(server)
    assert (isinstance(outcome, Fetched), is_whole) == (is_same, is_same)
    assert got == (CONTENT if is_same else CONTENT[:STEP])
    assert server.pages()[1].headers.get("if-range") == if_range


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (lambda handler: part_of(handler, start_of(handler), len(CONTENT), mark="b"), "damaged"),
        (lambda handler: part_of(handler, start_of(handler), len(CONTENT), first=7), "damaged"),
        (lambda handler: handler.give(b"", status=404), "http_404"),
        (lambda handler: handler.give(b"", status=416), "http_416"),
        (lambda handler: handler.raw(b""), "protocol"),
        (lambda handler: handler.raw(b'HTTP/1.1 206 Partial Content\r\nETag: "a"\r\n\r\nx'), "damaged"),
    ],
    ids=["another file", "another part", "gone", "beyond its end", "nothing", "a part of nowhere"],
)
def test_what_is_not_the_rest_is_reported(
    monkeypatch: pytest.MonkeyPatch, server: FaultyServer, second: Callable[[Any], None], reason: str
) -> None:
    def answer(handler: Any, _: str) -> None:
        if handler.headers.get("Range"):
            second(handler)
        else:
            part_of(handler, 0, 1_000)

    monkeypatch.setitem(ANSWERS, "file", answer)
    outcome, got, is_whole = fetched(server)
    assert isinstance(outcome, NotFetched)
    assert (outcome.reason, got, is_whole) == (reason, CONTENT[:1_000], False)


def test_a_part_that_nobody_requested_is_none(monkeypatch: pytest.MonkeyPatch, server: FaultyServer) -> None:
    monkeypatch.setitem(ANSWERS, "file", lambda handler, _: part_of(handler, 10, len(CONTENT)))
    outcome, got, _ = fetched(server)
    assert isinstance(outcome, NotFetched)
    assert (outcome.reason, got) == ("damaged", b"")


@pytest.mark.parametrize(("part", "came"), [(0, 1), (1, QUICK.attempts)])
def test_a_download_with_little_progress_ends(
    monkeypatch: pytest.MonkeyPatch, server: FaultyServer, part: int, came: int
) -> None:
    def answer(handler: Any, _: str) -> None:
        start = start_of(handler) if part else 0
        part_of(handler, start, start + 1)

    monkeypatch.setitem(ANSWERS, "file", answer)
    outcome, got, is_whole = fetched(server)
    assert isinstance(outcome, NotFetched)
    assert (outcome.reason, got, is_whole) == ("truncated", CONTENT[:came], False)
    assert len(server.pages()) == QUICK.attempts


def test_a_file_delays_no_pages(monkeypatch: pytest.MonkeyPatch, server: FaultyServer) -> None:
    more = threading.Event()

    def slow(handler: Any, _: str) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(CONTENT)))
        handler.end_headers()
        handler.wfile.write(CONTENT[:STEP])
        assert more.wait(HANG_SECONDS)
        handler.wfile.write(CONTENT[STEP:])

    async def ask() -> list[Outcome]:
        politeness = PolitenessPolicy(pace_seconds=0.0, allowed=frozenset({server.netloc}))
        async with Fetcher(politeness, limits=QUICK) as fetcher:
            pipes = [Pipe(), Pipe()]
            read = [asyncio.create_task(asyncio.to_thread(io.BufferedReader(one).read)) for one in pipes]
            files = [
                asyncio.create_task(download(Request(server.url(f"/file/{at}")), pipe, fetcher, QUICK))
                for at, pipe in enumerate(pipes)
            ]
            try:
                while not server.pages():
                    await asyncio.sleep(0.01)
                async with asyncio.timeout(HANG_SECONDS):
                    pages = [await fetcher.fetch(Request(server.url(f"/page/{at}"))) for at in range(3)]
                paths = [request.path for request in server.pages()]
            finally:
                more.set()
            assert len(paths) == 4
            assert await asyncio.gather(*read) == [CONTENT, CONTENT]
            return [*pages, *await asyncio.gather(*files)]

    monkeypatch.setitem(ANSWERS, "file", slow)
    monkeypatch.setitem(ANSWERS, "page", lambda handler, _: handler.give(b"<p>x</p>"))
    assert all(isinstance(one, Fetched) for one in asyncio.run(ask()))
    assert len(server.pages()) == 5


@pytest.mark.parametrize(
    ("less", "reasons"),
    [
        ({"bytes": 2 * STEP}, {"too_large"}),
        # the deadline is met within an attempt or between two
        ({"seconds": 0.5}, {"timeout", "truncated"}),
    ],
)
def test_all_attempts_at_a_file_have_one_budget_and_one_deadline(
    monkeypatch: pytest.MonkeyPatch, server: FaultyServer, less: dict[str, Any], reasons: set[str]
) -> None:
    def answer(handler: Any, _: str) -> None:
        part_of(handler, start_of(handler), start_of(handler) + STEP)
        time.sleep(0.3 if "seconds" in less else 0.0)

    monkeypatch.setitem(ANSWERS, "file", answer)
    outcome, got, is_whole = fetched(server, limits=structs.replace(QUICK, **less))
    assert isinstance(outcome, NotFetched)
    assert outcome.reason in reasons
    assert not is_whole
    assert CONTENT.startswith(got)
    assert len(got) < len(CONTENT)


def test_an_unchanged_file_is_not_sent(monkeypatch: pytest.MonkeyPatch, server: FaultyServer) -> None:
    monkeypatch.setitem(ANSWERS, "file", lambda handler, _: handler.give(b"", status=304))
    outcome, got, is_whole = fetched(server, validators=Validators('"a"'))
    assert isinstance(outcome, NotModified)
    assert (got, is_whole) == (b"", True)


def test_of_a_look_the_rest_is_left(monkeypatch: pytest.MonkeyPatch, server: FaultyServer) -> None:
    def endless(handler: Any, _: str) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(CONTENT)
        except OSError:
            handler.close_connection = True

    async def look() -> bytes | NotFetched:
        politeness = PolitenessPolicy(pace_seconds=0.0, allowed=frozenset({server.netloc}))
        async with Fetcher(politeness, limits=QUICK) as fetcher:
            return await beginning_of(Request(server.url("/file")), fetcher, QUICK)

    monkeypatch.setitem(ANSWERS, "file", endless)
    found = asyncio.run(look())
    assert isinstance(found, bytes)
    assert 4_000 <= len(found) <= 1_000_000
    assert CONTENT.startswith(found[: len(CONTENT)])


PART = bytes(range(256)) * 4_000


def through(write: Callable[[Pipe], object], read: Callable[[Pipe], bytes]) -> bytes:
    async def both() -> bytes:
        pipe = Pipe()
        reading = asyncio.create_task(asyncio.to_thread(read, pipe))
        written = write(pipe)
        if asyncio.iscoroutine(written):
            await written
        return await reading

    return asyncio.run(both())


def whole(pipe: Pipe) -> bytes:
    return io.BufferedReader(pipe, 7_001).read()


def test_all_comes_out_as_it_was_put_in() -> None:
    held = list[int]()

    async def write(pipe: Pipe) -> None:
        for _ in range(30):
            await pipe.put(PART)
            held.append(pipe._held)
        pipe.end(is_whole=True)

    assert through(write, whole) == PART * 30
    assert max(held) <= MOST_BYTES + len(PART)


def test_what_breaks_off_is_reported_after_what_came() -> None:
    async def write(pipe: Pipe) -> None:
        await pipe.put(b"some")
        pipe.end(is_whole=False)
        pipe.end(is_whole=True)  # the first word counts

    def read(pipe: Pipe) -> bytes:
        got = pipe.read(4)
        with pytest.raises(Broken):
            pipe.read(1)
        return got or b""

    assert through(write, read) == b"some"


def test_who_writes_does_not_wait_for_a_reader_that_is_gone() -> None:
    async def write() -> None:
        pipe = Pipe()
        putting = asyncio.create_task(pipe.put(bytes(MOST_BYTES + 1)))
        await asyncio.sleep(0)
        assert not putting.done()
        pipe.end(is_whole=False)
        await putting

    asyncio.run(write())
