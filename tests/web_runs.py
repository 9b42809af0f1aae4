"""What tests of several runs over sources on the web share: runs without cleaning, lists with validators, a
look into the state.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from conftest import ARTICLE, HANG_SECONDS, clean_environment, wait_until
from faulty_server import ANSWERS, Asked, FaultyServer
from msgspec import Struct

from copydesk.cleaners.types import Page
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.crawl.run_state import Arrival
from copydesk.flows.crawl.web_pages import WebPages
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, Outcome
from copydesk.flows.fetching.http.politeness import FetchLimits
from copydesk.flows.fetching.lists.listed import ListedPage, Listing, ListResult, PageResult
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.io.output_folder import LIBRARY
from copydesk.flows.library.library import Library
from copydesk.flows.library.records.record_table import RecordTable
from copydesk.flows.library.tables import record
from copydesk.flows.library.web.frontier import Frontier, Wants
from copydesk.flows.run.batches import IngestResult, ingest_plainly

QUICK = FetchLimits(seconds=HANG_SECONDS, robots_seconds=HANG_SECONDS, attempts=2, first_wait_seconds=0.01)
"""Quick to try again; as much time for an answer as a busy machine takes."""


class Read(Struct):
    """What one run came to."""

    arrivals: list[Arrival]
    skipped: str

    @property
    def pages(self) -> list[str]:
        return [str(one.item.url) for one in self.arrivals if isinstance(one.item, Page)]

    @property
    def reasons(self) -> list[str]:
        return [one.item.reason for one in self.arrivals if not isinstance(one.item, Page)]


def source(name: str, kind: str, *addresses: str, servers: Sequence[FaultyServer], **more: Any) -> WebSource:
    allowed = frozenset(server.netloc for server in servers)
    return WebSource(name, kind, addresses, **{"allowed": allowed, "pace_seconds": 0.0} | more)


def read(
    folder: Path,
    *sources: WebSource,
    limits: FetchLimits = QUICK,
    take: Callable[[Arrival], object] = lambda _: None,
    **options: Any,
) -> Read:
    """A run that cleans nothing, and has stored each page as it comes; ``take`` gets each before."""
    with Library.open(folder) as state:
        pages = WebPages(sources, Frontier(state), limits=limits, **options)
        arrivals = []
        for arrival in pages:
            take(arrival)
            arrival.stored(None if isinstance(arrival.item, Page) else arrival.item.reason)
            arrivals.append(arrival)
        return Read(arrivals, "\n".join(pages.skipped.lines()))


def note(
    web: Frontier,
    url: str,
    outcome: Outcome,
    now: datetime,
    *,
    source: str = "courier",
    reason: str | None = None,
) -> None:
    """Notes what came of a page, as once its record is stored."""
    web.settle(source, ListedPage(url), PageResult(outcome), reason=reason, now=now)


def note_list(web: Frontier, result: ListResult, now: datetime, *, source: str = "courier") -> None:
    """Notes what came of a list."""
    web.read_listing(Wants(WebSource(source, "feed", ()), now), Listing(results=(result,)), now=now)


def sent(url: str, now: datetime, etag: str | None = None, **headers: str) -> Fetched:
    """A page that was fetched."""
    return Fetched(url, 200, headers | ({"etag": etag} if etag else {}), b"", now)


def failed(url: str, reason: str, seconds: float = 3_600.0) -> NotFetched:
    """A failure; ``seconds``: of its back-off."""
    return NotFetched(url, reason, "", retry_seconds=seconds)


def source_list(folder: Path, servers: Sequence[FaultyServer], *tables: str) -> Path:
    file = folder / "sources.toml"
    places = ", ".join(f'"{server.netloc}"' for server in servers)
    common = f"allow_private = [{places}]\npace_seconds = 0\n"
    file.write_text("".join(f"[[source]]\n{table}\n{common}\n" for table in tables), "utf-8")
    return file


def ingest(file: Path, output: Path, **options: Any) -> IngestResult:
    return ingest_plainly(IngestOptions(sources=(str(file),), output=output, jobs=1, **options))


RUN = (
    "import sys; from pathlib import Path; from copydesk.flows.run.batches import ingest_plainly; from copydesk.flows.config.run_options import IngestOptions\n"
    "if __name__ == '__main__': ingest_plainly(IngestOptions(sources=(sys.argv[1],), output=Path(sys.argv[2]), jobs=1))"
)
"""A run as a program of its own."""


def killed_once(is_so: Callable[[], bool], file: Path, output: Path) -> None:
    """A run that is ended by SIGKILL as soon as something is so."""
    script = file.with_name("run.py")
    script.write_text(RUN, "utf-8")
    process = subprocess.Popen(
        [sys.executable, script, file, output], env=clean_environment(), start_new_session=True
    )
    try:
        wait_until(is_so, of=process)
    finally:
        process.kill()
        process.wait()


def noted(output: Path, table: str, condition: str = "true") -> int:
    """How many rows a table of a state that may not be there yet has."""
    try:
        return int(execute(output, f"select count(*) from {table} where {condition}")[0][0])  # noqa: S608 - ours
    except sqlite3.OperationalError:
        return 0


def records(output: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (output / "records.jsonl").read_text("utf-8").split("\n") if line]


def execute(output: Path, statement: str, *values: object) -> list[Any]:
    """Changes the state behind copydesk's back, or looks into it."""
    with closing(sqlite3.connect(output / LIBRARY)) as state, state:
        return state.execute(statement, values).fetchall()


def wait_is_over(output: Path) -> None:
    """Everything that failed is due again."""
    execute(output, "update url set next_attempt_at = '2026-01-01 00:00:00.000000' where failures > 0")


def feed(*urls: str, dated: str = "") -> bytes:
    """An RSS feed. ``dated``: when all its entries are from (RFC 822)."""
    date = f"<pubDate>{dated}</pubDate>" if dated else ""
    items = "".join(f"<item><title>t</title><link>{url}</link>{date}</item>" for url in urls)
    return f"<rss version='2.0'><channel><title>Paper</title>{items}</channel></rss>".encode()


def sitemap(*urls: str, lastmod: str = "") -> bytes:
    date = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    return f"<urlset>{''.join(f'<url><loc>{url}</loc>{date}</url>' for url in urls)}</urlset>".encode()


def index(*urls: str) -> bytes:
    places = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return f"<sitemapindex>{places}</sitemapindex>".encode()


def titled(title: str) -> bytes:
    return ARTICLE.replace("Old clock strikes again", title).encode()


class Site:
    """Answers by the first part of their path; all have the ETag of their bodies, and answer conditional requests."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, server: FaultyServer) -> None:
        self._monkeypatch = monkeypatch
        self.server = server
        self.bodies: dict[str, bytes] = {}
        """By the whole path."""

    def put(self, path: str, body: bytes, **headers: str) -> str:
        """Has a body at a path from now on; its URL."""
        self.bodies[path] = body

        def answer(handler: Any, rest: str) -> None:
            found = self.bodies.get(f"/{name}/{rest}" if rest else f"/{name}")
            if found is None:
                handler.give(b"", status=404)
                return
            etag = f'"{hashlib.sha256(found).hexdigest()[:12]}"'
            if handler.headers.get("If-None-Match") == etag:
                handler.give(b"", status=304)
            else:
                handler.give(found, ETag=etag, **headers)

        name = path.lstrip("/").partition("/")[0]
        self._monkeypatch.setitem(ANSWERS, name, answer)
        return self.server.url(path)

    def answer(self, name: str, answer: Callable[[Any, str], None]) -> None:
        """Answers all paths that begin with a name."""
        self._monkeypatch.setitem(ANSWERS, name, answer)

    def again(self) -> list[tuple[str, int]]:
        """The requests since the last call, without those of site files, and the status of each answer."""
        found = [(one.path, one.status) for one in self.asked()]
        self.server.asked.clear()
        return found

    def asked(self) -> list[Asked]:
        return self.server.pages()


def make_older(output: Path) -> None:
    """Has all records of a library read years ago: two answers within one second count as one."""
    with Library.open(output) as library, library.writing() as connection:
        numbers = connection.execute(sa.select(record.c.number)).scalars().all()
        table = RecordTable(connection)
        read = {number: json.loads(line)["fetched_at"] for number, line in table.lines(numbers)}
        table.amend({number: {"fetched_at": f"2024{moment[4:]}"} for number, moment in read.items()})


def later(seconds: int) -> Callable[[Any, str], None]:
    """An answer that asks for patience."""
    return lambda handler, _: handler.give(b"", status=429, Retry_After=str(seconds))


def slowly(seconds: float, answer: Callable[[Any, str], None]) -> Callable[[Any, str], None]:
    def wait(handler: Any, rest: str) -> None:
        time.sleep(seconds)
        answer(handler, rest)

    return wait


def pass_by(output: Path, seconds: int) -> None:
    """Makes all that the state holds so much older: as if so long had gone by since."""
    for column in ("fetched_at", "first_fetched_at", "next_attempt_at"):
        execute(
            output,
            # names of ours
            f"update url set {column} = strftime('%Y-%m-%d %H:%M:%f', {column}, ?) || '000'",  # noqa: S608
            f"-{seconds} seconds",
        )
