"""WARC files on the web: all their pages once, over broken connections, limits and runs."""

from __future__ import annotations

import gzip
import os
import re
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import HANG_SECONDS
from warc_files import HTML, warc
from warc_files import record as warc_record
from web_runs import Read, killed_once, noted, source_list, titled
from web_site import Web, web_site

from copydesk.cleaners.types import Page, Source
from copydesk.flows.io.output_folder import LIBRARY
from copydesk.flows.library.library import Library
from copydesk.flows.library.web.overview import make_due
from copydesk.flows.sources.opening.page_context import CONTEXT_HEADER, context_of

pytestmark = pytest.mark.slow
URLS = [f"http://paper.example/{number}" for number in range(20)]
FILE = warc(*((url, titled(f"Story {at}")) for at, url in enumerate(URLS)), packed=True)


site = pytest.fixture(web_site)


def crawl(site: Web, path: str = "/crawl.warc.gz", **more: Any) -> Read:
    return site.read(site.source("warc", path, name="w", **more))


def breaking(at: int, *, knows_ranges: bool) -> Any:
    """Breaks every answer off after so many bytes; the bytes that were asked for stand in ``asked``."""
    asked: list[str | None] = []

    def answer(handler: Any, _: str) -> None:
        wanted = handler.headers.get("Range")
        asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and knows_ranges else 0
        status = "206 Partial Content" if start else "200 OK"
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(FILE) - start}", 'ETag: "f1"']
        if start:
            lines.append(f"Content-Range: bytes {start}-{len(FILE) - 1}/{len(FILE)}")
        # without ranges each answer comes further than the one before
        end = start + at if knows_ranges else at * len(asked)
        handler.raw("\r\n".join((*lines, "", "")).encode() + FILE[start:end])

    return answer, asked


@pytest.mark.parametrize("knows_ranges", [True, False])
def test_a_broken_download_is_resumed(site: Web, knows_ranges: bool) -> None:
    answer, asked = breaking(len(FILE) // 2 + 1, knows_ranges=knows_ranges)
    site.answer("crawl.warc.gz", answer)
    found = crawl(site)
    assert (found.pages, found.reasons) == (URLS, [])
    assert asked == [None, f"bytes={len(FILE) // 2 + 1}-"]


def test_a_server_that_gives_no_more_is_reported_and_left_for_later(site: Web) -> None:
    site.answer("crawl.warc.gz", lambda handler, _: handler.give(b"", status=404))
    assert crawl(site).reasons == ["http_404"]
    site.again()
    assert crawl(site).reasons == []
    assert site.again() == []


def large_file() -> bytes:
    """So large that some of its pages come through before the rest is there."""
    pages = [
        (url, titled(f"Story {at}") + b"<!-- %s -->" % os.urandom(60_000).hex().encode())
        for at, url in enumerate(URLS)
    ]
    return warc(*pages, packed=True)


def test_what_is_made_due_again_goes_on_behind_what_is_stored(site: Web, tmp_path: Path) -> None:
    content = large_file()

    def half(handler: Any, _: str) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\n\r\n"
        handler.raw(head.encode() + content[: len(content) // 2])

    site.answer("crawl.warc.gz", half)
    first = crawl(site)
    assert first.reasons == ["truncated"]
    assert first.pages
    site.put("/crawl.warc.gz", content)
    with Library.open(tmp_path) as state:
        assert make_due(state, [], now=datetime.now(UTC)) == 1
    assert crawl(site).pages == URLS[len(first.pages) :]


def test_what_is_stored_is_not_read_again(site: Web) -> None:
    """Not within a file that a limit has cut, nor a file that has not changed."""
    site.put("/crawl.warc.gz", FILE)
    parts = [crawl(site, limit=8).pages for _ in range(3)]
    assert parts == [URLS[:8], URLS[8:16], URLS[16:]]
    site.again()
    assert crawl(site).pages == []
    assert site.again() == [("/crawl.warc.gz", 304)]
    # another file at its address: what it has in common with the first is not read twice
    others = [f"{url}/later" for url in URLS[:3]]
    site.put("/crawl.warc.gz", warc(*((url, titled(url)) for url in others), packed=True) + FILE)
    assert crawl(site).pages == others


def test_a_kill_loses_nothing_and_doubles_nothing(site: Web) -> None:
    """By SIGKILL, while the rest of a file is waited for: what is stored is not cleaned again."""
    more = threading.Event()
    content = large_file()

    def stop_in_between(handler: Any, _: str) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content[: len(content) // 2])
        more.wait(HANG_SECONDS)

    table = f'name = "w"\nkind = "warc"\naddress = "{site.url("/crawl.warc.gz")}"'
    file, output = source_list(site.folder, [site.server], table), site.output
    site.answer("crawl.warc.gz", stop_in_between)
    try:
        killed_once(lambda: noted(output, "waiting", "entry is not null") >= 5, file, output)
    finally:
        more.set()
    site.put("/crawl.warc.gz", content)
    result = site.ingest()
    assert 0 < result.records <= len(URLS) - 5
    assert [record["url"] for record in site.records()] == URLS
    assert site.ingest().records == 0


def test_a_list_of_files_gives_those_of_a_time(site: Web) -> None:
    """As Common Crawl's news have it, month by month; a file that was read is not asked for again."""
    names = [f"/cc/CC-NEWS-202011{day:02}000000-0001.warc" for day in (1, 3, 9)]
    for number, name in enumerate(names):
        # of a page of noon, and of one of the evening before
        pages = [(f"http://paper.example/{number}{at}", titled(f"Day {number} {at}")) for at in "ab"]
        day = 2 * number + 2
        site.put(name, dated(pages[0], f"2020-11-{day:02}T12") + dated(pages[1], f"2020-11-{day - 2:02}T20"))
    site.put("/2020/11.paths.gz", gzip.compress("\n".join(name[1:] for name in names).encode()))
    table = (
        f'name = "news"\nkind = "warc"\naddress = "{site.url("/{year}/{month}.paths.gz")}"\n'
        "since = 2020-11-03\nuntil = 2020-11-04\nlanguage = 'en'"
    )
    file = source_list(site.folder, [site.server], table)
    assert site.ingest().ok == 1
    assert [one[0] for one in site.again()] == ["/2020/11.paths.gz", names[1]]
    file.write_text(file.read_text("utf-8").replace("until = 2020-11-04", "until = 2020-11-30"), "utf-8")
    assert site.ingest().ok == 2
    assert site.again() == [("/2020/11.paths.gz", 304), (names[2], 200)]
    found = site.records()
    assert [record["url"][-2:] for record in found] == ["1a", "2a", "2b"]
    assert {record["source"]["name"] for record in found} == {"news"}
    assert site.ingest().records == 0
    assert site.again() == [("/2020/11.paths.gz", 304)]
    # what was read is kept as it came
    assert site.ingest(from_archive=True).ok == 3
    assert site.again() == []


def test_of_a_file_that_was_read_whole_no_page_is_remembered(site: Web, tmp_path: Path) -> None:
    """A state would grow with all that was ever read; of one that was not the pages are still known."""
    for name in ("a", "b"):
        pages = ((f"{url}/{name}", titled(f"Story {at} {name}")) for at, url in enumerate(URLS))
        site.put(f"/{name}.warc.gz", warc(*pages, packed=True))
    site.put("/paths.txt", b"a.warc.gz\nb.warc.gz\n")
    read_so_far = []
    for limit in (8, 20, None, None):
        found = crawl(site, "/paths.txt", limit=limit)
        with closing(sqlite3.connect(tmp_path / LIBRARY)) as database:
            (rows,) = database.execute("select count(*) from waiting where entry is not null").fetchone()
        read_so_far.append((len(found.pages), rows))
    assert read_so_far == [(8, 8), (20, 8), (12, 0), (0, 0)]


def dated(page: tuple[str, bytes], hour: str) -> bytes:
    return re.sub(rb"WARC-Date: \S+", f"WARC-Date: {hour}:00:00Z".encode(), warc(page))


def test_robots_txt_and_private_addresses_hold_for_files_too(site: Web) -> None:
    site.put("/crawl.warc.gz", FILE)
    site.server.robots = (200, b"User-agent: *\nDisallow: /\n")
    assert crawl(site).reasons == ["robots_denied"]
    site.folder /= "again"  # with a new state
    assert crawl(site, allowed=frozenset()).reasons == ["forbidden"]
    assert site.asked() == []


def test_what_an_archive_of_ours_had_from_elsewhere_says_so_still(site: Web) -> None:
    capture = "https://archive.example/web/20210304050607id_/http://paper.example/gone"
    page = Page(titled("As it was"), source=Source("url", "kept", retrieved_from=capture))
    lines = ("WARC-Type: response", "WARC-Target-URI: http://paper.example/gone")
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + titled("As it was")
    file = site.put("/a.warc", warc_record(*lines, f"{CONTEXT_HEADER}: {context_of(page)}", block=answer))
    source_list(site.folder, [site.server], f'name = "w"\nkind = "warc"\naddress = "{file}"')
    assert site.ingest().ok == 1
    [found] = site.records()
    assert found["source"] == {"kind": "warc", "name": "w", "retrieved_from": capture}


def test_what_is_no_warc_gives_no_page(site: Web) -> None:
    site.put("/crawl.warc.gz", b"<html><body>moved</body></html>")
    assert crawl(site).pages == []
    site.put("/paths.txt", b"<html><body>moved</body></html>")
    assert crawl(site, "/paths.txt").reasons == ["damaged"]


def test_what_is_damaged_costs_itself_alone(site: Web) -> None:
    bad = warc((URLS[1], b"<p>x</p>", "404 Not Found", HTML), packed=True)
    site.put("/crawl.warc.gz", FILE[: len(FILE) // 2] + b"\0" * 50 + FILE[len(FILE) // 2 :] + bad)
    found = crawl(site, since=datetime(2020, 1, 1, tzinfo=UTC))
    assert len(found.pages) >= 18
    assert "bad_status" in found.reasons
    # each loss has a line of its own: its name is behind the source's
    losses = [one.item.source.name for one in found.arrivals if not isinstance(one.item, Page)]
    assert len(set(losses)) == len(losses)
