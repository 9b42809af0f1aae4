"""Sources on the web, run end to end against a real server on loopback: every new page, nothing twice, nothing lost."""

from __future__ import annotations

import gc
import gzip
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from conftest import ARTICLE, HANG_SECONDS, Copydesk, clean_environment, wait_until
from faulty_server import ANSWERS, BOMB, PAGE, FaultyServer, faulty_server
from web_runs import RUN, execute, ingest, records

from copydesk.cleaners.types import Page
from copydesk.flows.errors import EnvironmentFault, SettingsError
from copydesk.flows.fetching.crawl.web_pages import WebPages
from copydesk.flows.fetching.http.outcomes import Fetched
from copydesk.flows.fetching.lists.sitemaps import MAX_SITEMAPS
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.store.state import State
from copydesk.flows.store.web_memory import WebMemory

# whole runs, which wait for hosts
pytestmark = pytest.mark.slow

TITLES = ("Old clock strikes again", "The harbour opens late", "A bridge for the valley")


class Paper:
    """A small paper on the server: pages, a feed and a sitemap of them, each with validators."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, server: FaultyServer) -> None:
        self.server = server
        self.pages = {
            str(number): ARTICLE.replace("Old clock strikes again", title)
            for number, title in enumerate(TITLES)
        }
        self.version = 1
        monkeypatch.setitem(ANSWERS, "paper", self._answer)

    def _answer(self, handler: Any, rest: str) -> None:
        body = self.body(rest)
        etag = f'"{rest}-{self.version if rest.endswith("xml") else len(body)}"'
        if handler.headers.get("If-None-Match") == etag:
            handler.give(b"", status=304)
        elif rest.endswith("xml"):
            handler.give(body.encode(), kind="application/xml", ETag=etag)
        elif body:
            handler.give(body.encode(), ETag=etag)
        else:
            handler.give(b"", status=404)

    def body(self, rest: str) -> str:
        url = self.server.url("/paper/")
        if rest == "feed.xml":
            items = "".join(
                f"<item><title>t</title><link>{url}{name}</link><guid>{url}{name}</guid></item>"
                for name in self.pages
            )
            return f"<?xml version='1.0'?><rss version='2.0'><channel><title>Paper</title>{items}</channel></rss>"
        if rest == "sitemap.xml":
            places = "".join(f"<url><loc>{url}{name}</loc></url>" for name in self.pages)
            return f"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{places}</urlset>"
        if rest == "index.xml":
            return f"<?xml version='1.0'?><sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>{url}sitemap.xml</loc></sitemap></sitemapindex>"
        if rest == "bare":
            return "<html><body><p>A site that names neither feed nor sitemap.</p></body></html>"
        if rest == "":
            return f"<html><head><link rel='alternate' type='application/rss+xml' href='{url}feed.xml'></head><body><p>Paper</p></body></html>"
        return self.pages.get(rest, "")


@pytest.fixture
def paper(monkeypatch: pytest.MonkeyPatch, server: FaultyServer) -> Paper:
    return Paper(monkeypatch, server)


def source_list(folder: Path, server: FaultyServer, *tables: str) -> Path:
    file = folder / "sources.toml"
    common = f'allow_private = ["{server.netloc}"]\npace_seconds = 0\n'
    file.write_text("".join(f"[[source]]\n{table}\n{common}\n" for table in tables), "utf-8")
    return file


@pytest.mark.parametrize("kind", ["feed", "sitemap", "site"])
def test_every_page_of_a_source_once(paper: Paper, tmp_path: Path, kind: str) -> None:
    address = paper.server.url("/paper/" + {"feed": "feed.xml", "sitemap": "sitemap.xml", "site": ""}[kind])
    file = source_list(tmp_path, paper.server, f'name = "paper"\nkind = "{kind}"\naddress = "{address}"')
    result = ingest(file, tmp_path / "out")
    assert (result.ok, result.failed) == (3, 0)
    found = records(tmp_path / "out")
    assert {record["title"] for record in found} == set(TITLES)
    assert {record["source"]["name"] for record in found} == {"paper"}
    assert {record["url"] for record in found} == {paper.server.url(f"/paper/{name}") for name in paper.pages}


def test_many_lists_are_read_beside_each_other(tmp_path: Path) -> None:
    """Each list is parsed in a thread of the few that also look up the addresses of hosts."""
    with ExitStack() as opened:
        papers = [opened.enter_context(faulty_server()) for _ in range(12)]
        tables = []
        for number, paper in enumerate(papers):
            index, part = paper.url("/index.xml"), paper.url("/part.xml")
            paper.files["/index.xml"] = (
                f"<sitemapindex><sitemap><loc>{part}</loc></sitemap></sitemapindex>".encode()
            )
            paper.files["/part.xml"] = f"<urlset><url><loc>{paper.url('/page')}</loc></url></urlset>".encode()
            tables.append(
                f'[[source]]\nname = "p{number}"\nkind = "sitemap"\naddress = "{index}"\n'
                f'allow_private = ["{paper.netloc}"]\npace_seconds = 0\n'
            )
        file = tmp_path / "sources.toml"
        file.write_text("".join(tables), "utf-8")
        result = ingest(file, tmp_path / "out")
    assert (result.records, result.ok) == (12, 12)
    # who gives up on a robots.txt because nobody looks up its address has not asked for it
    assert [paper.paths().count("/robots.txt") for paper in papers] == [1] * 12


@pytest.mark.parametrize("media", ["application/gzip", "application/x-gzip", "application/octet-stream"])
def test_lists_may_be_packed_files(
    paper: Paper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, media: str
) -> None:
    """The index, its sitemap and the feed are packed, which no Content-Encoding tells; the feed's answer is
    packed once more.
    """
    server = paper.server
    whole = {
        name: paper.body(f"{name}.xml").replace("sitemap.xml", "sitemap.xml.gz")
        for name in ("index", "sitemap", "feed")
    }
    for name, text in whole.items():
        body = gzip.compress(text.replace("/paper/sitemap", "/sitemap").encode())
        encoding = {"Content_Encoding": "gzip"} if name == "feed" else {}
        packed = gzip.compress(body) if encoding else body
        monkeypatch.setitem(
            ANSWERS,
            f"{name}.xml.gz",
            lambda handler, _, packed=packed, encoding=encoding: handler.give(packed, kind=media, **encoding),
        )
    tables = [
        f'name = "{name}"\nkind = "{kind}"\naddress = "{server.url(f"/{name}.xml.gz")}"'
        for name, kind in (("index", "sitemap"), ("feed", "feed"))
    ]
    result = ingest(source_list(tmp_path, server, *tables), tmp_path / "out")
    assert (result.records, result.ok) == (3, 3)  # both lists hold the same, and neither is told as damaged


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (BOMB, "rejected", "too_large: unpacks to more than 20,000,001 bytes"),
        (gzip.compress(PAGE)[:-20], "failed", "truncated: the packed body ends early"),
        (gzip.compress(PAGE)[:-8] + b"\1" * 8, "failed", "damaged: invalid gzip"),
    ],
)
@pytest.mark.parametrize("kind", ["sitemap", "feed"])
def test_what_a_packed_list_does_not_hold_is_reported(
    server: FaultyServer, tmp_path: Path, *, kind: str, body: bytes, status: str, reason: str
) -> None:
    server.files["/list.gz"] = body
    file = source_list(tmp_path, server, f'name = "p"\nkind = "{kind}"\naddress = "{server.url("/list.gz")}"')
    ingest(file, tmp_path / "out")
    (record,) = records(tmp_path / "out")
    assert (record["status"], record["reason"][: len(reason)]) == (status, reason)


def test_a_list_is_not_held_while_its_pages_are_fetched(server: FaultyServer, tmp_path: Path) -> None:
    places = "".join(f"<url><loc>{server.url(f'/page?{number}')}</loc></url>" for number in range(5))
    server.files["/map.xml"] = f"<urlset>{places}</urlset>{' ' * 1_000_000}".encode()
    items = "".join(f"<item><link>{server.url(f'/page?{number}')}</link></item>" for number in range(5, 10))
    feed = f"<rss version='2.0'><channel><title>P</title>{items}</channel></rss>{' ' * 1_000_000}"
    server.files["/feed.xml"] = feed.encode()
    front = f"<html><head><link rel='sitemap' href='/map.xml'></head><body>{' ' * 1_000_000}</body></html>"
    server.files["/front"] = front.encode()
    for kind, path in (("sitemap", "/map.xml"), ("feed", "/feed.xml"), ("site", "/front")):
        source = WebSource(
            kind, kind, (server.url(path),), allowed=frozenset({server.netloc}), pace_seconds=0.05
        )
        with State.open(tmp_path / kind) as state:
            arrivals = iter(WebPages([source], WebMemory(state)))
            next(arrivals)
            # of this server: what other tests left for the collector may not have been collected yet
            held = [
                one for one in gc.get_objects() if isinstance(one, Fetched) and one.url == server.url(path)
            ]
            assert (kind, [one for one in held if len(one.body) > 500_000]) == (kind, [])
            assert len(list(arrivals)) == 4


def test_an_unchanged_feed_costs_one_request(paper: Paper, tmp_path: Path) -> None:
    file = source_list(
        tmp_path,
        paper.server,
        f'name = "paper"\nkind = "feed"\naddress = "{paper.server.url("/paper/feed.xml")}"',
    )
    ingest(file, tmp_path / "out")
    before = (tmp_path / "out" / "records.jsonl").read_bytes()
    paper.server.asked.clear()
    assert ingest(file, tmp_path / "out").records == 0
    assert paper.server.paths() == ["/paper/feed.xml"]
    assert (tmp_path / "out" / "records.jsonl").read_bytes() == before


def test_a_second_run_asks_conditionally_for_what_it_knows(paper: Paper, tmp_path: Path) -> None:
    file = source_list(
        tmp_path,
        paper.server,
        f'name = "paper"\nkind = "sitemap"\naddress = "{paper.server.url("/paper/sitemap.xml")}"',
    )
    ingest(file, tmp_path / "out")
    paper.server.asked.clear()
    assert ingest(file, tmp_path / "out").records == 0
    assert paper.server.paths() == ["/paper/sitemap.xml"]
    paper.version = 2  # another sitemap, which does not say when its pages changed
    paper.server.asked.clear()
    assert ingest(file, tmp_path / "out").records == 0
    assert [one.path for one in paper.server.asked] == ["/paper/sitemap.xml", *map("/paper/{}".format, "012")]
    assert all("if-none-match" in one.headers for one in paper.server.asked)
    assert [one.status for one in paper.server.asked] == [200, 304, 304, 304]


def test_a_new_entry_brings_that_page_alone(paper: Paper, tmp_path: Path) -> None:
    file = source_list(
        tmp_path,
        paper.server,
        f'name = "paper"\nkind = "feed"\naddress = "{paper.server.url("/paper/feed.xml")}"',
    )
    ingest(file, tmp_path / "out")
    paper.server.asked.clear()
    paper.pages["new"] = ARTICLE.replace("Old clock strikes again", "The new one")
    paper.version = 2
    assert ingest(file, tmp_path / "out").ok == 1
    assert paper.server.paths() == ["/paper/feed.xml", "/paper/new"]
    assert len(records(tmp_path / "out")) == 4


def test_a_run_cut_short_loses_no_entry(paper: Paper, tmp_path: Path) -> None:
    """What a limit, or an end by force, left out is fetched next time, though the feed has not changed."""
    file = source_list(
        tmp_path,
        paper.server,
        f'name = "paper"\nkind = "feed"\naddress = "{paper.server.url("/paper/feed.xml")}"',
    )
    assert ingest(file, tmp_path / "out", limit=1).ok == 1
    assert ingest(file, tmp_path / "out").ok == 2
    assert {record["title"] for record in records(tmp_path / "out")} == set(TITLES)


def changes(url: str, *parts: str) -> str:
    items = "".join(f"<item><title>{part}</title><link>{url}#{part}</link></item>" for part in parts)
    return f"<rss version='2.0'><channel><title>Changes</title>{items}</channel></rss>"


def test_parts_of_one_page_are_one_page(server: FaultyServer, tmp_path: Path) -> None:
    page = server.url("/page?")
    server.files["/feed.xml"] = changes(page + "feed", "one", "two", "three").encode()
    places = "".join(f"<url><loc>{page}map#{part}</loc></url>" for part in "abc")
    server.files["/map.xml"] = f"<urlset>{places}</urlset>".encode()
    (tmp_path / "urls.txt").write_text(f"{page}urls#a\n{page}urls\n{page}urls#b\n")
    file = source_list(
        tmp_path,
        server,
        f'name = "feed"\nkind = "feed"\naddress = "{server.url("/feed.xml#top")}"',
        f'name = "map"\nkind = "sitemap"\naddress = "{server.url("/map.xml")}"',
        f'name = "one"\nkind = "url"\naddress = "{page}one#part"',
        'name = "urls"\nkind = "urls"\naddress = "urls.txt"',
    )
    ingest(file, tmp_path / "out")
    found = [
        (record["source"]["name"], record["url"], record["status"]) for record in records(tmp_path / "out")
    ]
    assert sorted(found) == [(name, page + name, "ok") for name in ("feed", "map", "one", "urls")]
    assert sorted(one.path for one in server.pages() if "?" in one.path) == [
        "/page?feed", "/page?map", "/page?one", "/page?urls"
    ]  # fmt: skip


def test_a_new_part_of_a_page_asks_for_the_page(server: FaultyServer, tmp_path: Path) -> None:
    file = source_list(
        tmp_path, server, f'name = "changes"\nkind = "feed"\naddress = "{server.url("/feed.xml")}"'
    )
    server.files["/feed.xml"] = changes(server.url("/conditional"), "one").encode()
    ingest(file, tmp_path / "out")
    server.asked.clear()
    ingest(file, tmp_path / "out")
    assert server.paths() == ["/feed.xml"]
    server.asked.clear()
    server.files["/feed.xml"] = changes(server.url("/conditional"), "two", "one").encode()
    ingest(file, tmp_path / "out")
    assert [(one.path, one.status) for one in server.asked] == [("/feed.xml", 200), ("/conditional", 304)]


def test_addresses_are_checked_before_anybody_is_asked(
    server: FaultyServer, copydesk: Copydesk, tmp_path: Path
) -> None:
    advice = 'holds a user or password; put it into headers, as Authorization = "${NAME}"'
    secret = server.url("/page").replace("://", "://me:hush@")
    run = copydesk("ingest", secret, "--output", "out")
    assert run.returncode != 0
    assert run.stderr.decode().rstrip().endswith(f"address: {advice}")
    source_list(tmp_path, server, 'name = "list"\nkind = "urls"\naddress = "urls.txt"')
    for line, said in (
        (secret, advice),
        ("http://[oops/", "is no URL: invalid ipv6 url"),
        ("www.p.example/a", "'www.p.example/a' is no URL; did you mean https://www.p.example/a?"),
    ):
        # where another address stands beside it, it is left out and told; a check calls it wrong
        (tmp_path / "urls.txt").write_text(f"\ufeff# mine\n\n  {server.url('/page')}\n{line}\n", "utf-8")
        looked = copydesk("sources", "check", "sources.toml")
        assert (looked.returncode, looked.stdout.count(b"\n")) == (1, 1)
        assert b"urls.txt:4: " in looked.stdout
        assert b"hush" not in looked.stdout
        (tmp_path / "urls.txt").write_text(f"# mine\n\n\n{line}\n", "utf-8")
        with pytest.raises(SettingsError) as caught:
            ingest(tmp_path / "sources.toml", tmp_path / "out")
        assert str(caught.value).startswith(f"{tmp_path / 'urls.txt'}:4: ")
        assert said in str(caught.value)
        assert b"hush" not in looked.stdout + run.stderr
    assert server.asked == []


def test_three_kinds_of_sources_in_one_list(paper: Paper, tmp_path: Path) -> None:
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "page.html").write_bytes(PAGE)
    file = tmp_path / "sources.toml"
    web = f'allow_private = ["{paper.server.netloc}"]\npace_seconds = 0\n'
    file.write_text(
        f'[[source]]\nname = "paper"\nkind = "feed"\naddress = "{paper.server.url("/paper/feed.xml")}"\n{web}'
        f'[[source]]\nname = "one-page"\nkind = "url"\naddress = "{paper.server.url("/page")}"\n{web}'
        '[[source]]\nname = "saved"\nkind = "folder"\naddress = "saved"\n',
        "utf-8",
    )
    assert ingest(file, tmp_path / "out").ok == 5
    assert sorted({record["source"]["kind"] for record in records(tmp_path / "out")}) == [
        "feed",
        "file",
        "url",
    ]


def test_the_list_in_the_guide_works_as_shown(paper: Paper, tmp_path: Path) -> None:
    guide = (Path(__file__).resolve().parents[4] / "docs" / "sources.md").read_text("utf-8")
    shown = guide.split("<!-- file: seeds/papers.toml -->")[1].split("```toml\n")[1].split("```")[0]
    assert shown.count("[[source]]") == 3
    for folder in ("saved-pages", "seeds"):
        (tmp_path / folder).mkdir()
    (tmp_path / "saved-pages" / "page.html").write_bytes(PAGE)
    allowed = f'allow_private = ["{paper.server.netloc}"]\n'
    for host in ("https://courier.example/", "https://gazette.example/"):
        shown = shown.replace(f'"{host}', f'"{paper.server.url("/paper/")}')
    shown = shown.replace('kind = "feed" ', allowed + 'kind = "feed" ').replace(
        'kind = "sitemap"\n', allowed + 'kind = "sitemap"\n'
    )
    file = tmp_path / "seeds" / "papers.toml"
    file.write_text(shown.replace("pace_seconds = 2 ", "pace_seconds = 0 "), "utf-8")
    ingest(file.parent, tmp_path / "out")
    found = records(tmp_path / "out")
    # what the feed and the sitemap both list is asked for once, by whichever comes first
    assert {record["source"]["name"] for record in found} - {"courier", "gazette"} == {"saved/page.html"}
    assert len({record["url"] for record in found}) == len(found) == 4
    assert {record["status"] for record in found} == {"ok"}


def test_faults_are_records_and_the_run_goes_on(server: FaultyServer, tmp_path: Path) -> None:
    paths = (
        "/page",
        "/short",
        "/status/404",
        "/loop",
        "/packed/gzip-cut",
        "/reset",
        "/redirect/to/http://169.254.169.254/",
        "/page?2",
    )
    (tmp_path / "urls.txt").write_text("".join(server.url(path) + "\n" for path in paths), "utf-8")
    file = source_list(tmp_path, server, 'name = "list"\nkind = "urls"\naddress = "urls.txt"')
    result = ingest(file, tmp_path / "out")
    assert (result.records, result.ok, result.rejected, result.failed) == (8, 2, 0, 6)
    reasons = {record["url"]: record["reason"] for record in records(tmp_path / "out")}
    assert reasons[server.url("/short")].startswith("truncated: ")
    assert reasons[server.url("/status/404")].startswith("http_404: ")
    assert any((reason or "").startswith("forbidden: ") for reason in reasons.values())


def test_a_page_that_failed_is_left_alone_for_a_while(server: FaultyServer, tmp_path: Path) -> None:
    file = source_list(
        tmp_path, server, f'name = "one"\nkind = "url"\naddress = "{server.url("/status/404")}"'
    )
    ingest(file, tmp_path / "out")
    server.asked.clear()
    ingest(file, tmp_path / "out")
    assert server.pages() == []


def test_what_the_feed_itself_says_replaces_a_page_that_is_gone(
    monkeypatch: pytest.MonkeyPatch, server: FaultyServer, tmp_path: Path
) -> None:
    text = ARTICLE[ARTICLE.index("<h1>") : ARTICLE.index("</article>")]
    feed = (
        "<?xml version='1.0'?><rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>P</title>"
        f"<item><link>{server.url('/status/404')}</link><content:encoded><![CDATA[{text}]]></content:encoded></item></channel></rss>"
    )
    monkeypatch.setitem(
        ANSWERS, "full.xml", lambda handler, _: handler.give(feed.encode(), kind="application/rss+xml")
    )
    file = source_list(
        tmp_path, server, f'name = "full"\nkind = "feed"\naddress = "{server.url("/full.xml")}"'
    )
    assert ingest(file, tmp_path / "out").ok == 1
    (record,) = records(tmp_path / "out")
    assert "struck noon on Friday" in record["text"]


def test_signals_of_the_answer_reach_the_record(server: FaultyServer, tmp_path: Path) -> None:
    file = source_list(tmp_path, server, f'name = "one"\nkind = "url"\naddress = "{server.url("/signals")}"')
    ingest(file, tmp_path / "out")
    (record,) = records(tmp_path / "out")
    assert record["provenance"]["usage"]["ai_training"] == "deny"


def test_what_was_fetched_is_cleaned_again_without_fetching(paper: Paper, tmp_path: Path) -> None:
    file = source_list(
        tmp_path,
        paper.server,
        f'name = "paper"\nkind = "feed"\naddress = "{paper.server.url("/paper/feed.xml")}"',
    )
    ingest(file, tmp_path / "out")
    before = {record["url"]: record for record in records(tmp_path / "out")}
    paper.server.asked.clear()
    (tmp_path / "out" / "records.jsonl").unlink()
    assert ingest(file, tmp_path / "out", from_archive=True).ok == 3
    assert paper.server.asked == []
    for record in records(tmp_path / "out"):
        known = before[record["url"]]
        for one in (record, known):
            one["processing"].pop("duration_ms")
        assert record == known


def test_without_an_archive_there_is_nothing_to_clean_again(paper: Paper, tmp_path: Path) -> None:
    file = source_list(
        tmp_path,
        paper.server,
        f'name = "paper"\nkind = "feed"\naddress = "{paper.server.url("/paper/feed.xml")}"',
    )
    ingest(file, tmp_path / "out", keep_raw=False)
    assert not (tmp_path / "out" / "archive").exists()
    with pytest.raises(SettingsError, match="there is no archive in"):
        ingest(file, tmp_path / "out", from_archive=True)


def test_a_source_that_is_not_due_is_not_requested(paper: Paper, tmp_path: Path) -> None:
    file = source_list(
        tmp_path,
        paper.server,
        f'name = "paper"\nkind = "feed"\nevery = "1h"\naddress = "{paper.server.url("/paper/feed.xml")}"',
    )
    assert ingest(file, tmp_path / "out").ok == 3
    paper.server.asked.clear()
    assert ingest(file, tmp_path / "out").records == 0
    assert paper.server.asked == []


def test_a_source_with_a_cron_line_is_read_at_first_and_once_a_time_of_it_has_come(
    paper: Paper, tmp_path: Path
) -> None:
    address = paper.server.url("/paper/feed.xml")
    table = f'name = "paper"\nkind = "feed"\naddress = "{address}"\ncron = '
    leap_day = source_list(tmp_path, paper.server, table + '"0 0 29 2 *"')
    assert ingest(leap_day, tmp_path / "out").ok == 3
    paper.server.asked.clear()
    assert ingest(leap_day, tmp_path / "out").records == 0
    assert paper.server.asked == []
    with closing(sqlite3.connect(tmp_path / "out" / "state.sqlite")) as state, state:
        changed = state.execute("UPDATE sources SET read_at = '2023-01-01 00:00:00.000000'")
        assert changed.rowcount > 0
    ingest(leap_day, tmp_path / "out")
    assert "/paper/feed.xml" in paper.server.paths()


def test_a_source_has_rules_and_a_language_of_its_own(
    monkeypatch: pytest.MonkeyPatch, server: FaultyServer, tmp_path: Path
) -> None:
    page = ARTICLE.replace('<html lang="en">', "<html>").replace(
        "</article>", "<p class='kiosk'>Buy this issue at the kiosk by the station.</p></article>"
    )
    monkeypatch.setitem(ANSWERS, "kiosk", lambda handler, _: handler.give(page.encode()))
    rule = '\n[[source.rule]]\nname = "kiosk"\nlabel = "ad"\nreason = "the kiosk"\ncss = ["p.kiosk"]\n'
    file = source_list(
        tmp_path, server, f'name = "one"\nkind = "url"\nlanguage = "en"\naddress = "{server.url("/kiosk")}"'
    )
    file.write_text(file.read_text("utf-8") + rule, "utf-8")
    ingest(file, tmp_path / "out")
    (record,) = records(tmp_path / "out")
    assert "kiosk" not in record["text"]
    assert (record["language"], record["language_source"]) == ("en", "both")


def test_a_browser_that_is_missing_is_reported_at_the_start(
    server: FaultyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("PATH", "PLAYWRIGHT_BROWSERS_PATH"):
        monkeypatch.setenv(variable, str(tmp_path))
    file = source_list(
        tmp_path, server, f'name = "one"\nkind = "url"\naddress = "{server.url("/page")}"\nfetch = "browser"'
    )
    with pytest.raises(EnvironmentFault, match=r"^fetch = .browser. needs a Chromium: install .*$"):
        ingest(file, tmp_path / "out")
    assert server.asked == []


def test_a_browser_that_does_not_start_ends_the_run(
    server: FaultyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "chromium").write_text("#!/bin/sh\nexit 1\n", "utf-8")
    (tmp_path / "chromium").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    file = source_list(
        tmp_path, server, f'name = "one"\nkind = "url"\naddress = "{server.url("/page")}"\nfetch = "browser"'
    )
    with pytest.raises(EnvironmentFault, match=r"^\S*chromium cannot be started: .*by hand: .*$"):
        ingest(file, tmp_path / "out")


def test_a_host_is_left_its_pace_in_a_whole_run(paper: Paper, tmp_path: Path) -> None:
    file = source_list(
        tmp_path,
        paper.server,
        f'name = "paper"\nkind = "feed"\naddress = "{paper.server.url("/paper/feed.xml")}"',
    )
    file.write_text(file.read_text("utf-8").replace("pace_seconds = 0", "pace_seconds = 0.2"), "utf-8")
    ingest(file, tmp_path / "out")
    assert min(later.at - earlier.at for earlier, later in pairwise(paper.server.asked)) >= 0.2


def test_a_private_address_is_refused_unless_its_source_names_it(
    server: FaultyServer, copydesk: Copydesk
) -> None:
    done = copydesk("ingest", "--dry-run", server.url("/page"))
    assert done.returncode == 1
    assert b"forbidden" in done.stderr
    assert server.asked == []


@pytest.mark.parametrize("kind", ["url", "feed", "sitemap", "site"])
def test_a_run_that_waits_for_a_server_ends_when_it_is_told_to(
    server: FaultyServer, tmp_path: Path, kind: str
) -> None:
    file = source_list(tmp_path, server, f'name = "one"\nkind = "{kind}"\naddress = "{server.url("/slow")}"')
    script = tmp_path / "run.py"
    script.write_text(RUN, "utf-8")
    process = subprocess.Popen(
        [sys.executable, script, file, tmp_path / "out"], env=clean_environment(), start_new_session=True
    )
    try:
        wait_until(lambda: "/slow" in server.paths(), of=process)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=HANG_SECONDS) != 0
        assert server.paths().count("/slow") == 1
    finally:
        process.kill()
        process.wait()


def test_a_killed_run_loses_nothing(paper: Paper, tmp_path: Path) -> None:
    """Killed while it waits for a page; the next run brings all."""
    file = source_list(
        tmp_path,
        paper.server,
        f'name = "paper"\nkind = "feed"\naddress = "{paper.server.url("/paper/feed.xml")}"',
    )
    file.write_text(file.read_text("utf-8").replace("pace_seconds = 0", "pace_seconds = 0.5"), "utf-8")
    script = tmp_path / "run.py"
    script.write_text(RUN, "utf-8")
    process = subprocess.Popen(
        [sys.executable, script, file, tmp_path / "out"], env=clean_environment(), start_new_session=True
    )
    try:
        wait_until(lambda: len(paper.server.pages()) == 3, of=process)
    finally:
        process.kill()
        process.wait()
    ingest(file, tmp_path / "out")
    assert {record["title"] for record in records(tmp_path / "out")} == set(TITLES)


def test_pages_are_stored_as_they_come_however_slowly(
    paper: Paper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Killed while it waits for an answer that does not come; the next run knows those that came before."""
    monkeypatch.setitem(ANSWERS, "late", ANSWERS["slow"])
    pages = [
        paper.server.url(f"/{name}") for name in ("conditional/0", "conditional/1", "late", "conditional/3")
    ]
    (tmp_path / "urls.txt").write_text("\n".join(pages), "utf-8")
    file = source_list(tmp_path, paper.server, 'name = "paper"\nkind = "urls"\naddress = "urls.txt"')
    (tmp_path / "run.py").write_text(RUN, "utf-8")
    command = [sys.executable, tmp_path / "run.py", file, tmp_path / "out"]
    process = subprocess.Popen(command, env=clean_environment(), start_new_session=True)
    try:
        wait_until(lambda: "/late" in paper.server.paths(), of=process)
        noted = "select count(*) from fetches where outcome = 'ok'"
        wait_until(lambda: execute(tmp_path / "out", noted) == [(2,)], of=process)
        assert paper.server.paths().count("/late") == 1  # it is still waited for
    finally:
        process.kill()
        process.wait()
    asked = len(paper.server.asked)
    monkeypatch.setitem(ANSWERS, "late", ANSWERS["conditional"])
    ingest(file, tmp_path / "out")
    assert len(records(tmp_path / "out")) == 4
    again = [one for one in paper.server.asked[asked:] if one.path in ("/conditional/0", "/conditional/1")]
    assert len(again) == 2
    assert all("if-none-match" in one.headers or "if-modified-since" in one.headers for one in again), again


# --- lists over several runs


def of_kind(paper: Paper, folder: Path, kind: str, rest: str, *lines: str) -> Path:
    """A list of one source of the paper."""
    table = f'name = "paper"\nkind = "{kind}"\naddress = "{paper.server.url("/paper/" + rest)}"'
    return source_list(folder, paper.server, "\n".join((table, *lines)))


@pytest.mark.parametrize(("kind", "rest"), [("feed", "feed.xml"), ("sitemap", "index.xml"), ("site", "")])
def test_what_a_limit_leaves_comes_in_the_next_run(
    paper: Paper, tmp_path: Path, kind: str, rest: str
) -> None:
    file = of_kind(paper, tmp_path, kind, rest, "limit = 2")
    assert [ingest(file, tmp_path / "out").ok for _ in range(3)] == [2, 1, 0]
    assert {record["title"] for record in records(tmp_path / "out")} == set(TITLES)


def test_a_page_that_failed_is_tried_again_though_its_feed_has_not_changed(
    paper: Paper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = of_kind(paper, tmp_path, "feed", "feed.xml")
    whole = paper.pages["1"]
    monkeypatch.setitem(ANSWERS, "paper", lambda handler, rest: _broken(paper, handler, rest))
    assert (ingest(file, tmp_path / "out").ok, paper.pages["1"]) == (2, whole)
    monkeypatch.setitem(ANSWERS, "paper", paper._answer)
    monkeypatch.setattr("copydesk.flows.fetching.http.retry_policy._WAIT_MINUTES", 0)
    assert ingest(file, tmp_path / "out").ok == 0  # it is still left alone
    with sqlite3.connect(tmp_path / "out" / "state.sqlite") as state:
        state.execute("update fetches set next_attempt_at = '2026-01-01 00:00:00.000000'")
    assert ingest(file, tmp_path / "out").ok == 1
    paper.server.asked.clear()
    ingest(file, tmp_path / "out")
    assert [(one.path, one.status) for one in paper.server.asked] == [("/paper/feed.xml", 304)]


def _broken(paper: Paper, handler: Any, rest: str) -> None:
    """The paper, but for a page that breaks off."""
    if rest == "1":
        handler.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n<p>")
    else:
        paper._answer(handler, rest)


def test_parts_of_an_index_that_has_not_changed_are_asked_for_changes(paper: Paper, tmp_path: Path) -> None:
    file = of_kind(paper, tmp_path, "sitemap", "index.xml")
    assert ingest(file, tmp_path / "out").ok == 3
    paper.server.asked.clear()
    assert ingest(file, tmp_path / "out").records == 0
    asked = [(one.path, one.status) for one in paper.server.asked]
    assert asked == [("/paper/index.xml", 304), ("/paper/sitemap.xml", 304)]


def test_an_unchanged_site_costs_two_requests(paper: Paper, tmp_path: Path) -> None:
    file = of_kind(paper, tmp_path, "site", "")
    assert ingest(file, tmp_path / "out").ok == 3
    paper.server.asked.clear()
    ingest(file, tmp_path / "out")
    assert [(one.path, one.status) for one in paper.server.asked] == [
        ("/paper/", 304),
        ("/paper/feed.xml", 304),
    ]


def test_a_site_may_name_its_sitemap_in_robots_txt(paper: Paper, tmp_path: Path) -> None:
    paper.server.robots = (200, f"Sitemap: {paper.server.url('/paper/sitemap.xml')}\n".encode())
    file = of_kind(paper, tmp_path, "site", "bare")
    assert ingest(file, tmp_path / "out").ok == 3
    assert "/feed" not in paper.server.paths()


def test_where_a_site_has_no_feed_is_not_requested_each_time(paper: Paper, tmp_path: Path) -> None:
    paper.server.files = {}
    for guess in ("feed", "rss", "sitemap.xml"):
        ANSWERS[guess] = lambda handler, _: handler.give(b"", status=404)
    try:
        file = of_kind(paper, tmp_path, "site", "bare")
        assert ingest(file, tmp_path / "out").records == 0
        assert {"/feed", "/rss", "/sitemap.xml"} <= set(paper.server.paths())
        paper.server.asked.clear()
        ingest(file, tmp_path / "out")
        assert paper.server.paths() == ["/paper/bare"]
    finally:
        for guess in ("feed", "rss", "sitemap.xml"):
            del ANSWERS[guess]


def test_what_is_known_is_requested_again_on_demand(paper: Paper, tmp_path: Path) -> None:
    file = of_kind(paper, tmp_path, "feed", "feed.xml", 'every = "1h"')
    ingest(file, tmp_path / "out")
    paper.server.asked.clear()
    assert ingest(file, tmp_path / "out", refetch=True).ok == 3
    assert not any("if-none-match" in one.headers for one in paper.server.asked)


def test_pages_that_their_list_dates_too_early_are_left_out(
    paper: Paper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = "".join(
        f"<url><loc>{paper.server.url(f'/paper/{name}')}</loc><lastmod>2026-11-{10 + int(name)}</lastmod></url>"
        for name in paper.pages
    )
    monkeypatch.setitem(
        ANSWERS, "dated.xml", lambda handler, _: handler.give(f"<urlset>{places}</urlset>".encode())
    )
    file = source_list(
        tmp_path, paper.server, f'name = "d"\nkind = "sitemap"\naddress = "{paper.server.url("/dated.xml")}"'
    )
    assert ingest(file, tmp_path / "out", since="2026-11-11").ok == 2
    with pytest.raises(SettingsError, match="--since 'soon': expected a span such as 24h"):
        ingest(file, tmp_path / "out", since="soon")


# --- secrets


def test_secrets_in_addresses_reach_no_log(
    server: FaultyServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    addresses = (server.url("/status/500?access_token=hush-1&page=2"), server.url("/page?api_key=hush-3"))
    server.files["/map.txt"] = f"http://me:hush-2@{server.netloc}/page\n".encode()
    (tmp_path / "urls.txt").write_text("\n".join(addresses), "utf-8")
    key = 'headers = { Authorization = "Bearer hush-4" }'
    file = source_list(
        tmp_path,
        server,
        f'name = "list"\nkind = "urls"\naddress = "urls.txt"\n{key}',
        f'name = "map"\nkind = "sitemap"\naddress = "{server.url("/map.txt")}"\n{key}',
    )
    result = ingest(file, tmp_path / "out")
    assert (result.ok, result.failed) == (1, 2)
    assert "access_token=...&page=2" in result.summary
    assert "hush" not in result.summary
    assert "hush" not in caplog.text
    found = (tmp_path / "out" / "records.jsonl").read_text("utf-8")
    assert not any(secret in found for secret in ("hush-2", "hush-4"))


# --- politeness over a whole run


def test_two_sources_of_one_host_share_its_pace_and_its_robots(paper: Paper, tmp_path: Path) -> None:
    file = source_list(
        tmp_path,
        paper.server,
        f'name = "one"\nkind = "feed"\naddress = "{paper.server.url("/paper/feed.xml")}"\ncookies = true',
        f'name = "two"\nkind = "url"\naddress = "{paper.server.url("/page")}"',
    )
    file.write_text(file.read_text("utf-8").replace("pace_seconds = 0", "pace_seconds = 0.15"), "utf-8")
    assert ingest(file, tmp_path / "out").ok == 4
    assert paper.server.paths().count("/robots.txt") == 1
    assert paper.server.paths().count("/.well-known/tdmrep.json") == 1
    assert min(later.at - earlier.at for earlier, later in pairwise(paper.server.asked)) >= 0.15


@pytest.mark.parametrize("keeps", [False, True])
def test_cookies_go_back_only_where_a_source_wants_it(
    server: FaultyServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, keeps: bool
) -> None:
    monkeypatch.setitem(
        ANSWERS, "cookie", lambda handler, _: handler.give(PAGE, Set_Cookie="visit=first; Path=/")
    )
    (tmp_path / "urls.txt").write_text(f"{server.url('/cookie/1')}\n{server.url('/cookie/2')}\n", "utf-8")
    key = f"cookies = {str(keeps).lower()}"
    file = source_list(tmp_path, server, f'name = "list"\nkind = "urls"\naddress = "urls.txt"\n{key}')
    assert ingest(file, tmp_path / "out").ok == 2
    assert [one.headers.get("cookie") for one in server.pages()] == [None, "visit=first" if keeps else None]


def test_a_site_with_sitemaps_without_number_is_read_within_bounds(
    server: FaultyServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def index(handler: Any, rest: str) -> None:
        parts = "".join(
            f"<sitemap><loc>{server.url(f'/status/404?{rest}-{part}')}</loc></sitemap>" for part in range(400)
        )
        handler.give(f"<sitemapindex>{parts}</sitemapindex>".encode(), kind="application/xml")

    monkeypatch.setitem(ANSWERS, "index", index)
    monkeypatch.setitem(ANSWERS, "status", lambda handler, _: handler.give(b"", status=404))
    named = "".join(f"Sitemap: {server.url(f'/index/{number}')}\n" for number in range(5_000))
    server.robots = (200, f"Sitemap: file:///etc/passwd\nSitemap: /relative\n{named}".encode())
    file = source_list(tmp_path, server, f'name = "site"\nkind = "site"\naddress = "{server.url("/page")}"')
    ingest(file, tmp_path / "out")
    assert len(server.asked) <= MAX_SITEMAPS + 3
    assert {path.partition("?")[0] for path in server.paths()} <= {
        "/robots.txt", "/page", "/.well-known/tdmrep.json", "/status/404", "/index/0", "/index/1",
    }  # fmt: skip


def test_servers_are_told_whom_to_write_to(server: FaultyServer, tmp_path: Path) -> None:
    file = source_list(tmp_path, server, f'name = "one"\nkind = "url"\naddress = "{server.url("/page")}"')
    ingest(file, tmp_path / "out", contact="desk@courier.example")
    assert all(one.headers["user-agent"].endswith("; desk@courier.example)") for one in server.asked)
    for wrong in ("me", "a@b\nX: y", "a@b (c)"):
        with pytest.raises(SettingsError, match=r"--contact .*: expected an e-mail address or a URL"):
            ingest(file, tmp_path / "out", contact=wrong)


def test_what_a_feed_says_of_a_page_is_read_where_the_page_is_silent(
    server: FaultyServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    body = ARTICLE[ARTICLE.index("<p>") : ARTICLE.index("</article>")]
    page = f"<html><body><article>{body}</article></body></html>"
    feed = (
        "<?xml version='1.0'?><rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>P</title>"
        f"<item><title>The clock, again</title><link>{server.url('/silent')}</link><dc:creator>Ada Moll</dc:creator>"
        "<pubDate>Fri, 20 Nov 2026 08:00:00 GMT</pubDate><category>Town</category></item></channel></rss>"
    )
    monkeypatch.setitem(ANSWERS, "silent", lambda handler, _: handler.give(page.encode()))
    monkeypatch.setitem(ANSWERS, "feed.rss", lambda handler, _: handler.give(feed.encode()))
    file = source_list(tmp_path, server, f'name = "p"\nkind = "feed"\naddress = "{server.url("/feed.rss")}"')
    ingest(file, tmp_path / "out")
    (record,) = records(tmp_path / "out")
    assert record["date_published"] == "2026-11-20T08:00:00+00:00"
    assert record["field_origins"]["date_published"] == "feed:date_published"
    assert (record["authors"][0]["name"], record["tags"]) == ("Ada Moll", ["Town"])
    (tmp_path / "out" / "records.jsonl").unlink()
    ingest(file, tmp_path / "out", from_archive=True)
    assert records(tmp_path / "out")[0]["field_origins"] == record["field_origins"]


def test_many_large_pages_at_once_stay_within_the_memory_there_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Forty hosts that all send 19 MB at once: a few are read at a time."""
    big = b"x" * 19_000_000
    monkeypatch.setitem(ANSWERS, "big", lambda handler, _: handler.give(big))
    with ExitStack() as opened:
        servers = [opened.enter_context(faulty_server()) for _ in range(40)]
        source = WebSource(
            name="big",
            kind="urls",
            addresses=tuple(one.url("/big") for one in servers),
            allowed=frozenset(one.netloc for one in servers),
            pace_seconds=0,
        )
        state = opened.enter_context(State.open(tmp_path))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        count = 0
        for arrival in WebPages([source], WebMemory(state)):
            assert isinstance(arrival.item, Page)
            time.sleep(0.05)  # cleaning takes its time
            arrival.stored(None)
            count += 1
    assert count == 40
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 400
