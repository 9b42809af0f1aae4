"""Sources on the web, run end to end against a real server on loopback: every new page, nothing twice, nothing lost."""

from __future__ import annotations

import gc
import gzip
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from conftest import ARTICLE, HANG_SECONDS, Copydesk, clean_environment, wait_until
from faulty_server import ANSWERS, BOMB, PAGE, FaultyServer, faulty_server
from web_runs import RUN, feed, index, killed_once, noted, sitemap, titled, wait_is_over
from web_site import Web, web_site

from copydesk.cleaners.types import Page
from copydesk.flows.crawl.web_pages import WebPages
from copydesk.flows.errors import EnvironmentFault, SettingsError
from copydesk.flows.fetching.http.outcomes import Fetched
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.library.library import Library
from copydesk.flows.library.web.frontier import Frontier

# whole runs, which wait for hosts
pytestmark = pytest.mark.slow

TITLES = ("Old clock strikes again", "The harbour opens late", "A bridge for the valley")
FEED, SITEMAP = "/paper/feed.xml", "/paper/sitemap.xml"


class Paper(Web):
    """A small paper: a front, pages, a feed and a sitemap of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, server: FaultyServer, folder: Path) -> None:
        super().__init__(monkeypatch, server, folder)
        self.urls_of_pages = [self.put(f"/paper/{at}", titled(title)) for at, title in enumerate(TITLES)]
        self.put_lists()
        self.put("/paper/index.xml", index(self.url(SITEMAP)))
        self.put(
            "/paper/bare", b"<html><body><p>A site that names neither feed nor sitemap.</p></body></html>"
        )
        link = f"<link rel='alternate' type='application/rss+xml' href='{self.url(FEED)}'>"
        self.put("/paper", f"<html><head>{link}</head><body><p>Paper</p></body></html>".encode())

    def put_lists(self) -> None:
        self.put(FEED, feed(*self.urls_of_pages))
        self.put(SITEMAP, sitemap(*self.urls_of_pages))

    def titles(self) -> set[str]:
        return {record["title"] for record in self.records()}


web = pytest.fixture(web_site)


@pytest.fixture
def paper(monkeypatch: pytest.MonkeyPatch, server: FaultyServer, tmp_path: Path) -> Paper:
    return Paper(monkeypatch, server, tmp_path)


def test_many_lists_are_read_concurrently(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each list is parsed in a thread of the few that also look up the addresses of hosts."""
    with ExitStack() as opened:
        papers = [Web(monkeypatch, opened.enter_context(faulty_server()), tmp_path) for _ in range(12)]
        for paper in papers:
            paper.server.files["/index.xml"] = index(paper.url("/part.xml"))
            paper.server.files["/part.xml"] = sitemap(paper.url("/page"))
        papers[0].use_sources(
            *(paper.table("sitemap", "/index.xml", name=f"p{at}") for at, paper in enumerate(papers))
        )
        result = papers[0].ingest()
    assert (result.records, result.ok) == (12, 12)
    # a source that gives up on robots.txt because its host was never looked up has not requested it
    assert [paper.server.paths().count("/robots.txt") for paper in papers] == [1] * 12


def test_lists_may_be_packed_files(paper: Paper) -> None:
    """The index, its sitemap and the feed are packed without a Content-Encoding; the feed is packed twice."""
    paper.give("sitemap.xml.gz", gzip.compress(paper.bodies[SITEMAP]), kind="application/gzip")
    paper.give("index.xml.gz", gzip.compress(index(paper.url("/sitemap.xml.gz"))), kind="application/gzip")
    twice = gzip.compress(gzip.compress(paper.bodies[FEED]))
    paper.give("feed.xml.gz", twice, kind="application/gzip", Content_Encoding="gzip")
    paper.use_sources(paper.table("sitemap", "/index.xml.gz"), paper.table("feed", "/feed.xml.gz", name="f"))
    result = paper.ingest()
    # both lists have the same pages, and neither is reported as damaged
    assert (result.records, result.ok) == (3, 3)


def test_a_damaged_packed_list_is_reported(web: Web) -> None:
    web.server.files["/list.gz"] = BOMB
    web.use_source("feed", "/list.gz")
    web.ingest()
    assert web.record()["status"] == "rejected"
    assert web.record()["reason"].startswith("too_large: unpacks to more than 20,000,001 bytes")


@pytest.mark.parametrize(("kind", "whole"), [("feed", feed), ("sitemap", sitemap)], ids=["feed", "sitemap"])
def test_a_damaged_list_is_read_and_reported_until_it_is_whole(
    web: Web, kind: str, whole: Callable[..., bytes]
) -> None:
    story, other = (web.put(f"/story/{name}", titled(f"The {name} one")) for name in ("first", "other"))
    web.use_source(kind, web.put("/list", whole(story, other).partition(other.encode())[0]))
    for reading in ("first", "second"):
        web.ingest()
        titles = {one["url"]: one["status"] for one in web.records()}
        assert (reading, titles) == (reading, {story: "ok", web.url("/list"): "failed"})
    web.put("/list", whole(story, other))
    web.ingest()
    assert {one["url"] for one in web.records()} == {story, other}
    web.again()
    web.ingest()
    assert ("/list", 304) in web.again()


def test_entries_without_a_link_are_counted_in_a_run_and_by_clean(web: Web, invoke: Copydesk) -> None:
    episode = b"<item><title>An episode</title></item></channel>"
    podcast = feed(web.put("/story", titled("The first one"))).replace(b"</channel>", episode)
    web.use_source("feed", web.put("/feed", podcast))
    notice = "not fetched: 1 that are entries of feeds without a link"
    summary = web.ingest().summary
    assert "2 listed, 1 requested, 1 read, 1 left out (1 without a link)" in summary
    assert notice in summary
    done = invoke("clean", web.url("/feed"), "--allow-private", web.server.netloc)
    assert (done.returncode, done.stderr.decode().splitlines()) == (0, [notice])


def test_a_list_is_not_in_memory_while_its_pages_are_fetched(web: Web) -> None:
    urls = [web.url(f"/page?{number}") for number in range(10)]
    front = f"<html><head><link rel='sitemap' href='/map.xml'></head><body>{' ' * 1_000_000}</body></html>"
    web.server.files |= {
        "/map.xml": sitemap(*urls[:5]) + b" " * 1_000_000,
        "/feed.xml": feed(*urls[5:]) + b" " * 1_000_000,
        "/front": front.encode(),
    }
    for kind, path in (("sitemap", "/map.xml"), ("feed", "/feed.xml"), ("site", "/front")):
        with Library.open(web.folder / kind) as state:
            arrivals = iter(WebPages([web.source(kind, path, pace_seconds=0.05)], Frontier(state)))
            next(arrivals)
            # of this server: objects of other tests may not have been collected yet
            held = [it for it in gc.get_objects() if isinstance(it, Fetched) and it.url == web.url(path)]
            assert (kind, [page for page in held if len(page.body) > 500_000]) == (kind, [])
            assert len(list(arrivals)) == 4


def test_an_unchanged_feed_costs_one_request_and_a_new_entry_one_more(paper: Paper) -> None:
    paper.use_source("feed", FEED)
    paper.ingest()
    before = (paper.output / "records.jsonl").read_bytes()
    paper.requests()
    assert paper.ingest().records == 0
    assert paper.requests() == [FEED]
    assert (paper.output / "records.jsonl").read_bytes() == before
    paper.urls_of_pages.append(paper.put("/paper/new", titled("The new one")))
    paper.put_lists()
    assert paper.ingest().ok == 1
    assert paper.requests() == [FEED, "/paper/new"]
    assert len(paper.records()) == 4


def test_a_second_run_sends_conditional_requests(paper: Paper) -> None:
    paper.use_source("sitemap", SITEMAP)
    paper.ingest()
    paper.requests()
    assert paper.ingest().records == 0
    assert paper.requests() == [SITEMAP]
    paper.put(SITEMAP, paper.bodies[SITEMAP] + b" ")  # another sitemap, without dates of its pages
    assert paper.ingest().records == 0
    assert all("if-none-match" in request.headers for request in paper.asked())
    assert paper.again() == [(SITEMAP, 200), *((f"/paper/{name}", 304) for name in "012")]


def test_fragments_of_one_page_are_one_page(web: Web) -> None:
    page = web.url("/page?")
    web.server.files["/feed.xml"] = feed(*(f"{page}feed#{part}" for part in ("one", "two", "three")))
    web.server.files["/map.xml"] = sitemap(*(f"{page}map#{part}" for part in "abc"))
    (web.folder / "urls.txt").write_text(f"{page}urls#a\n{page}urls\n{page}urls#b\n")
    addresses = {"feed": "/feed.xml#top", "sitemap": "/map.xml", "url": f"{page}url#part", "urls": "urls.txt"}
    web.use_sources(*(web.table(kind, address, name=kind) for kind, address in addresses.items()))
    web.ingest()
    found = [(record["source"]["name"], record["url"], record["status"]) for record in web.records()]
    pages = {"feed": "feed", "sitemap": "map", "url": "url", "urls": "urls"}
    assert sorted(found) == [(kind, page + name, "ok") for kind, name in pages.items()]
    assert sorted(path for path in web.requests() if "?" in path) == [
        f"/page?{name}" for name in pages.values()
    ]


def test_a_new_fragment_of_a_page_requests_the_page(web: Web) -> None:
    web.use_source("feed", "/feed.xml")
    page = web.url("/conditional")
    web.server.files["/feed.xml"] = feed(f"{page}#one")
    web.ingest()
    web.requests()
    web.ingest()
    assert web.requests() == ["/feed.xml"]
    web.server.files["/feed.xml"] = feed(f"{page}#two", f"{page}#one")
    web.ingest()
    assert web.again() == [("/feed.xml", 200), ("/conditional", 304)]


def test_the_list_in_the_guide_works_as_shown(paper: Paper) -> None:
    guide = (Path(__file__).resolve().parents[3] / "docs" / "sources.md").read_text("utf-8")
    shown = guide.split("<!-- file: seeds/papers.toml -->")[1].split("```toml\n")[1].split("```")[0]
    assert shown.count("[[source]]") == 3
    for folder in ("saved-pages", "seeds"):
        (paper.folder / folder).mkdir()
    (paper.folder / "saved-pages" / "page.html").write_bytes(PAGE)
    for host in ("https://courier.example/", "https://gazette.example/"):
        shown = shown.replace(f'"{host}', f'"{paper.url("/paper/")}')
    for kind in ('kind = "feed" ', 'kind = "sitemap"\n'):
        shown = shown.replace(kind, f'allow_private = ["{paper.server.netloc}"]\n{kind}')
    file = paper.folder / "seeds" / "papers.toml"
    file.write_text(shown.replace("pace_seconds = 2 ", "pace_seconds = 0 "), "utf-8")
    paper.file = file.parent
    paper.ingest()
    found = paper.records()
    # a page that the feed and the sitemap both list is requested once, for whichever comes first
    assert {record["source"]["name"] for record in found} - {"courier", "gazette"} == {"saved/page.html"}
    assert len({record["url"] for record in found}) == len(found) == 4
    assert {record["status"] for record in found} == {"ok"}
    assert {record["source"]["kind"] for record in found} <= {"feed", "sitemap", "file"}


def test_faults_are_records_and_the_run_goes_on(web: Web) -> None:
    paths = ("/page", "/short", "/status/404", "/loop", "/redirect/to/http://169.254.169.254/", "/page?2")
    web.urls(*paths)
    result = web.ingest()
    assert (result.records, result.ok, result.rejected, result.failed) == (6, 2, 0, 4)
    reasons = {record["url"]: record["reason"] for record in web.records()}
    assert reasons[web.url("/short")].startswith("truncated: ")
    assert reasons[web.url("/status/404")].startswith("http_404: ")
    assert any((reason or "").startswith("forbidden: ") for reason in reasons.values())


def test_the_text_in_a_feed_replaces_a_page_that_is_gone(web: Web) -> None:
    text = ARTICLE[ARTICLE.index("<h1>") : ARTICLE.index("</article>")]
    content = f"<content:encoded><![CDATA[{text}]]></content:encoded></item>".encode()
    namespace = b"<rss xmlns:content='http://purl.org/rss/1.0/modules/content/'"
    body = feed(web.url("/status/404")).replace(b"</item>", content).replace(b"<rss", namespace)
    web.give("full.xml", body, kind="application/rss+xml")
    web.use_source("feed", "/full.xml")
    assert web.ingest().ok == 1
    assert "struck noon on Friday" in web.record()["text"]


def test_signals_of_a_response_reach_the_record(web: Web) -> None:
    web.use_source("url", "/signals")
    web.ingest()
    assert web.record()["provenance"]["usage"]["ai_training"] == "deny"


def test_without_an_archive_nothing_can_be_cleaned_again(paper: Paper) -> None:
    paper.use_source("feed", FEED)
    paper.ingest(keep_raw=False)
    assert not (paper.output / "archive").exists()
    with pytest.raises(SettingsError, match="there is no archive in"):
        paper.ingest(from_archive=True)


def test_a_source_is_read_at_first_and_when_it_is_due(paper: Paper) -> None:
    paper.use_source("feed", FEED, 'cron = "0 0 29 2 *"')
    assert paper.ingest().ok == 3
    paper.requests()
    assert paper.ingest().records == 0
    assert paper.requests() == []
    read_at = "2023-01-01 00:00:00.000000"
    assert paper.execute("update sources set read_at = ? returning 1", read_at)
    paper.ingest()
    assert FEED in paper.requests()


def test_a_source_has_rules_and_a_language_of_its_own(web: Web) -> None:
    kiosk = "<p class='kiosk'>Buy this issue at the kiosk by the station.</p></article>"
    web.give("kiosk", ARTICLE.replace('<html lang="en">', "<html>").replace("</article>", kiosk))
    rule = '[[source.rule]]\nname = "kiosk"\nlabel = "ad"\nreason = "the kiosk"\ncss = ["p.kiosk"]'
    web.use_source("url", "/kiosk", 'language = "en"', rule)
    web.ingest()
    assert "kiosk" not in web.record()["text"]
    assert (web.record()["language"], web.record()["language_source"]) == ("en", "both")


def test_a_missing_browser_is_reported_at_the_start(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("PATH", "PLAYWRIGHT_BROWSERS_PATH"):
        monkeypatch.setenv(variable, str(web.folder))
    web.use_source("url", "/page", 'fetch = "browser"')
    with pytest.raises(EnvironmentFault, match=r"fetch = .browser. need a Chromium: install .*$"):
        web.ingest()
    assert web.requests() == []


def test_a_browser_that_does_not_start_ends_the_run(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    (web.folder / "chromium").write_text("#!/bin/sh\nexit 1\n", "utf-8")
    (web.folder / "chromium").chmod(0o755)
    monkeypatch.setenv("PATH", f"{web.folder}:{os.environ['PATH']}")
    web.use_source("url", "/page", 'fetch = "browser"')
    with pytest.raises(EnvironmentFault, match=r"^\S*chromium cannot be started: .*by hand: .*$"):
        web.ingest()


def test_a_run_that_waits_for_servers_ends_on_sigint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A page and each kind of list, all on servers of their own that never finish."""
    with ExitStack() as opened:
        sites = {
            kind: Web(monkeypatch, opened.enter_context(faulty_server()), tmp_path)
            for kind in ("url", "feed", "sitemap", "site")
        }
        tables = [web.table(kind, "/slow", name=kind) for kind, web in sites.items()]
        file = sites["url"].use_sources(*tables)
        (tmp_path / "run.py").write_text(RUN, "utf-8")
        command = map(str, (sys.executable, tmp_path / "run.py", file, tmp_path / "out"))
        process = subprocess.Popen([*command], env=clean_environment(), start_new_session=True)
        try:
            wait_until(lambda: all("/slow" in web.server.paths() for web in sites.values()), of=process)
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=HANG_SECONDS) != 0
            assert [web.server.paths().count("/slow") for web in sites.values()] == [1] * 4
        finally:
            process.kill()
            process.wait()


def test_pages_are_stored_as_they_come_however_slowly(web: Web) -> None:
    """Killed while it waits for a response that does not come; the next run knows the pages that came before."""
    web.answer("late", ANSWERS["slow"])
    file = web.urls("/conditional/0", "/conditional/1", "/late", "/conditional/3")
    two_pages = (2, 1)  # stored, and one that is still waited for

    def state() -> tuple[int, int]:
        return noted(web.output, "url", "outcome = 'ok'"), web.server.paths().count("/late")

    killed_once(lambda: state() == two_pages, file, web.output)
    web.requests()
    web.answer("late", ANSWERS["conditional"])
    web.ingest()
    assert len(web.records()) == 4
    again = [request for request in web.server.asked if request.path in ("/conditional/0", "/conditional/1")]
    assert len(again) == 2
    assert all(request.headers.keys() & {"if-none-match", "if-modified-since"} for request in again), again


# --- lists over several runs


@pytest.mark.parametrize(
    ("kind", "lists"),
    [("feed", [FEED]), ("sitemap", ["/paper/index.xml", SITEMAP]), ("site", ["/paper/", FEED])],
)
def test_every_page_of_a_source_once_beyond_a_limit_in_the_next_run(
    paper: Paper, kind: str, lists: list[str]
) -> None:
    """And once it has them all, a run costs a request for each of its lists."""
    paper.use_source(kind, lists[0], "limit = 2")
    assert [paper.ingest().ok for _ in range(3)] == [2, 1, 0]
    paper.requests()
    assert paper.ingest().records == 0
    assert [(request.path, request.status) for request in paper.server.asked] == [(one, 304) for one in lists]
    assert paper.titles() == set(TITLES)
    assert {record["source"]["name"] for record in paper.records()} == {"p"}
    assert {record["url"] for record in paper.records()} == set(paper.urls_of_pages)


def test_a_page_that_failed_is_retried_though_its_feed_has_not_changed(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper.use_source("feed", FEED)
    whole = ANSWERS["paper"]

    def broken(handler: Any, rest: str) -> None:
        """The paper, but for a page that breaks off."""
        cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n<p>"
        handler.raw(cut) if rest == "1" else whole(handler, rest)

    paper.answer("paper", broken)
    assert paper.ingest().ok == 2
    paper.answer("paper", whole)
    monkeypatch.setattr("copydesk.flows.fetching.http.outcomes._BACKOFF_MINUTES", 0)
    assert paper.ingest().ok == 0  # it is still skipped
    wait_is_over(paper.output)
    assert paper.ingest().ok == 1
    paper.requests()
    paper.ingest()
    assert [(request.path, request.status) for request in paper.server.asked] == [(FEED, 304)]


def test_a_site_may_name_its_sitemap_in_robots_txt(paper: Paper) -> None:
    paper.server.robots = (200, f"Sitemap: {paper.url(SITEMAP)}\n".encode())
    paper.use_source("site", "/paper/bare")
    assert paper.ingest().ok == 3
    assert "/feed" not in paper.requests()


def test_guessed_addresses_of_feeds_are_not_requested_each_time(paper: Paper) -> None:
    for guess in ("feed", "rss", "sitemap.xml"):
        paper.give(guess, b"", status=404)
    paper.use_source("site", "/paper/bare")
    assert paper.ingest().records == 0
    assert {"/feed", "/rss", "/sitemap.xml"} <= set(paper.requests())
    paper.ingest()
    assert paper.requests() == ["/paper/bare"]


def test_known_pages_are_fetched_again_on_demand(paper: Paper) -> None:
    paper.use_source("feed", FEED, 'every = "1h"')
    paper.ingest()
    paper.requests()
    assert paper.ingest(refetch=True).ok == 3
    assert not any("if-none-match" in request.headers for request in paper.server.asked)


def test_pages_that_their_list_dates_too_early_are_skipped(paper: Paper) -> None:
    places = "".join(
        f"<url><loc>{url}</loc><lastmod>2026-11-{10 + at}</lastmod></url>"
        for at, url in enumerate(paper.urls_of_pages)
    )
    paper.give("dated.xml", f"<urlset>{places}</urlset>")
    paper.use_source("sitemap", "/dated.xml")
    assert paper.ingest(since="2026-11-11").ok == 2
    with pytest.raises(SettingsError, match="--since: 'soon': expected a span such as 24h"):
        paper.ingest(since="soon")


# --- secrets


def test_secrets_in_addresses_reach_no_log(web: Web, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    web.server.files["/map.txt"] = f"http://me:hush-2@{web.server.netloc}/page\n".encode()
    web.urls("/status/500?access_token=hush-1&page=2", "/page?api_key=hush-3")
    key = 'headers = { Authorization = "Bearer hush-4" }'
    web.use_sources(web.table("urls", "urls.txt", key), web.table("sitemap", "/map.txt", key, name="map"))
    result = web.ingest()
    assert (result.ok, result.failed) == (1, 2)
    assert "access_token=...&page=2" in result.summary
    assert "hush" not in result.summary + caplog.text
    found = (web.output / "records.jsonl").read_text("utf-8")
    assert not any(secret in found for secret in ("hush-2", "hush-4"))


# --- politeness over a whole run


def test_two_sources_of_one_host_share_its_pace_and_its_robots(paper: Paper) -> None:
    pace = "pace_seconds = 0.15"
    paper.use_sources(
        paper.table("feed", FEED, "cookies = true", pace, name="one"),
        paper.table("url", "/page", pace, name="two"),
    )
    assert paper.ingest().ok == 4
    assert min(later.at - earlier.at for earlier, later in pairwise(paper.server.asked)) >= 0.15
    paths = paper.requests()
    assert (paths.count("/robots.txt"), paths.count("/.well-known/tdmrep.json")) == (1, 1)


def test_cookies_are_sent_back_only_where_a_source_wants_it(web: Web) -> None:
    web.give("cookie", PAGE, Set_Cookie="visit=first; Path=/")
    for keeps in ("false", "true"):
        web.urls(f"/cookie/1?{keeps}", f"/cookie/2?{keeps}", lines=(f"cookies = {keeps}",))
        assert web.ingest().ok == 2
    assert [one.headers.get("cookie") for one in web.asked()] == [None, None, None, "visit=first"]


def test_a_site_with_endless_sitemaps_is_read_within_bounds(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("copydesk.flows.crawl.listings.MAX_SITEMAPS", 50)

    def endless(handler: Any, rest: str) -> None:
        parts = (web.url(f"/status/404?{rest}-{part}") for part in range(40))
        handler.give(index(*parts), kind="application/xml")

    web.answer("index", endless)
    web.give("status", b"", status=404)
    named = "".join(f"Sitemap: {web.url(f'/index/{number}')}\n" for number in range(5_000))
    web.server.robots = (200, f"Sitemap: file:///etc/passwd\nSitemap: /relative\n{named}".encode())
    web.use_source("site", "/page")
    web.ingest()
    paths = web.requests()
    assert 50 < len(paths) <= 50 + 3
    assert {path.partition("?")[0] for path in paths} <= {
        "/robots.txt", "/page", "/.well-known/tdmrep.json", "/status/404", "/index/0", "/index/1",
    }  # fmt: skip


def test_servers_get_the_contact_address(web: Web) -> None:
    web.use_source("url", "/page")
    web.ingest(contact="desk@courier.example")
    agents = [request.headers["user-agent"] for request in web.server.asked]
    assert all(agent.endswith("; desk@courier.example)") for agent in agents)
    for wrong in ("me", "a@b\nX: y", "a@b (c)"):
        with pytest.raises(SettingsError, match=r"--contact: .*: expected an e-mail address or a URL"):
            web.ingest(contact=wrong)


def test_fields_that_a_page_does_not_have_come_from_its_feed(web: Web) -> None:
    body = ARTICLE[ARTICLE.index("<p>") : ARTICLE.index("</article>")]
    web.give("silent", f"<html><body><article>{body}</article></body></html>")
    more = b"<dc:creator>Ada Moll</dc:creator><category>Town</category></item>"
    entries = feed(web.url("/silent"), dated="Fri, 20 Nov 2026 08:00:00 GMT").replace(b"</item>", more)
    web.give("feed.rss", entries.replace(b"<rss", b"<rss xmlns:dc='http://purl.org/dc/elements/1.1/'"))
    web.use_source("feed", "/feed.rss")
    web.ingest()
    record = web.record()
    assert record["date_published"] == "2026-11-20T08:00:00+00:00"
    assert record["field_origins"]["date_published"] == "feed:date_published"
    assert (record["authors"][0]["name"], record["tags"]) == ("Ada Moll", ["Town"])
    (web.output / "records.jsonl").unlink()
    web.ingest(from_archive=True)
    assert web.record()["field_origins"] == record["field_origins"]


def test_many_large_pages_at_once_stay_within_the_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Many hosts that all send 19 MB at once: a few are read at a time."""
    big = b"x" * 19_000_000
    monkeypatch.setitem(ANSWERS, "big", lambda handler, _: handler.give(big))
    with ExitStack() as opened:
        servers = [opened.enter_context(faulty_server()) for _ in range(26)]
        addresses = tuple(server.url("/big") for server in servers)
        allowed = frozenset(server.netloc for server in servers)
        source = WebSource("big", "urls", addresses, allowed=allowed, pace_seconds=0)
        state = opened.enter_context(Library.open(tmp_path))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        count = 0
        for arrival in WebPages([source], Frontier(state)):
            assert isinstance(arrival.item, Page)
            time.sleep(0.02)  # cleaning takes its time
            arrival.stored(None)
            count += 1
    assert count == 26
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 400
