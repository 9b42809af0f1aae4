"""Pages that are gone, as an archive of the web has them: where a source asks for it, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote

import pytest
from faulty_server import faulty_server
from web_runs import Read, feed, later, source, titled, wait_is_over
from web_site import Web, web_site

from copydesk.flows.config.source_entry import read_entry
from copydesk.flows.fetching.http.politeness import MAX_FAILED_IN_A_ROW
from copydesk.flows.io.output_folder import LIBRARY
from copydesk.flows.run.batches import IngestResult

pytestmark = pytest.mark.slow
STAMPS = ["20190304050607", "20210304050607"]


class Archive:
    """An archive on loopback: it has two captures of each URL by default. ``web``: the site whose pages are gone."""

    def __init__(self, site: Web, web: Web) -> None:
        self.site, self.web = site, web
        self.index: bytes | None = None
        self.body = titled("As it was")
        self.headers = {"X_Archive_Orig_Content_Language": "fr", "X_Archive_Orig_Content_Length": "7"}
        self.status = 200
        self.asked: list[str] = []
        site.answer("cdx", self._index)
        site.answer("web", self._capture)

    @property
    def base(self) -> str:
        return self.site.url("")

    def _index(self, handler: Any, rest: str) -> None:
        [url] = parse_qs(rest.partition("?")[2])["url"]
        self.asked.append(url)
        rows = [["timestamp"], *([stamp] for stamp in STAMPS)]
        handler.give(json.dumps(rows).encode() if self.index is None else self.index, kind="application/json")

    def _capture(self, handler: Any, _: str) -> None:
        handler.give(self.body, status=self.status, **self.headers)

    def run(self, *urls: str, more: str = "", **options: Any) -> IngestResult:
        """A run over URLs of the site with this archive as their fallback."""
        self.web.urls(*urls, lines=(f'fallback = "{self.base}"', more), also=self.site.server)
        return self.web.ingest(**options)


web = pytest.fixture(web_site)


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch, web: Web) -> Iterator[Archive]:
    with faulty_server() as server:
        yield Archive(Web(monkeypatch, server, web.folder), web)


def test_what_is_gone_is_had_from_the_archive(web: Web, archive: Archive) -> None:
    web.answer("gone", lambda handler, _: handler.give(b"", status=410))
    url = web.url("/gone/story?a=1&b=2")
    assert archive.run(url).ok == 1
    record = web.record()
    capture = f"{archive.base}/web/{STAMPS[1]}id_/{url}"
    assert record["source"] == {"kind": "url", "name": "p", "retrieved_from": capture}
    assert (record["url"], record["title"]) == (url, "As it was")
    assert record["fetched_at"] == "2021-03-04T05:06:07Z"
    assert archive.asked == [url]
    # what it came from is known when it is cleaned again as well
    web.ingest(from_archive=True)
    assert web.records() == [record]


NO_CAPTURES = [
    (b"[]", "the archive has no capture of it"),
    (b'[["timestamp"],["20209999000000"],["x"],[]]', "the archive has no capture of it"),
    (b"<html>", "the archive's index could not be read: its answer is no JSON of captures"),
    (None, "its capture in the archive could not be had: status 403"),
]
"""What the index answers, and what is said of the page."""


def test_what_no_archive_has_stays_gone_and_says_so(web: Web, archive: Archive) -> None:
    def index(handler: Any, rest: str) -> None:
        archive.index = NO_CAPTURES[int(parse_qs(rest.partition("?")[2])["url"][0][-1])][0]
        archive._index(handler, rest)

    archive.site.answer("cdx", index)
    archive.status = 403
    archive.run(*(f"http://paper-{number}.invalid/{number}" for number in range(len(NO_CAPTURES))))
    found = {record["url"][-1]: record for record in web.records()}
    assert len(found) == len(NO_CAPTURES)
    for number, (_, why) in enumerate(NO_CAPTURES):
        record = found[str(number)]
        assert (record["status"], record["reason"].split(":")[0]) == ("failed", "dns")
        assert record["reason"].endswith(why)
        assert "retrieved_from" not in record["source"]


def test_an_archive_is_only_for_missing_pages(web: Web, archive: Archive) -> None:
    pages = (web.url("/page"), web.url("/status/403"), web.url("/status/500"))
    archive.run(*pages)
    assert archive.asked == []
    web.output = web.folder / "other"
    web.use_source("url", "/status/404")
    web.ingest()
    assert archive.asked == []


def test_what_was_read_before_is_not_replaced_by_what_it_was(web: Web, archive: Archive) -> None:
    url = web.put("/story", titled("As it is"))
    assert archive.run(url).ok == 1
    del web.bodies["/story"]
    for _ in range(3):
        web.ingest()
        wait_is_over(web.output)
    assert [record["title"] for record in web.records()] == ["As it is"]
    assert archive.asked == []


@pytest.mark.parametrize("is_state_lost", [False, True])
def test_what_was_read_before_stays_where_its_state_does_not_count(
    web: Web, archive: Archive, is_state_lost: bool
) -> None:
    url = web.put("/story", titled("As it is"))
    assert archive.run(url).ok == 1
    del web.bodies["/story"]
    if is_state_lost:
        for part in (web.output).glob(f"{LIBRARY}*"):
            part.unlink()
    web.ingest(refetch=True)
    record = web.record()
    assert (record["title"], record["source"].get("retrieved_from")) == ("As it is", None)
    # only a memory that is there shows that no request is needed
    assert archive.asked == ([url] if is_state_lost else [])


def test_a_capture_is_requested_once(web: Web, archive: Archive) -> None:
    assert archive.run("http://no-such-paper.invalid/story").ok == 1
    wait_is_over(web.output)
    web.ingest()
    assert len(archive.asked) == 1
    assert [record["status"] for record in web.records()] == ["ok"]


def crawl(archive: Archive, *lists: list[str]) -> Read:
    """A run over feeds on the archive's own server."""
    servers = [archive.web.server, archive.site.server]
    feeds = [archive.site.put(f"/feed{at}", feed(*urls)) for at, urls in enumerate(lists)]
    sources = [
        source(f"f{at}", "feed", url, servers=servers, fallback=archive.base) for at, url in enumerate(feeds)
    ]
    return archive.web.read(*sources)


def unavailable(handler: Any, _: str) -> None:
    handler.give(b"", status=503)


@pytest.mark.parametrize(
    ("part", "answer", "most"), [("cdx", unavailable, MAX_FAILED_IN_A_ROW), ("web", later(9999), 1)]
)
def test_an_archive_that_does_not_answer_is_left_alone(
    web: Web, archive: Archive, part: str, answer: Any, most: int
) -> None:
    archive.site.answer("gone", lambda handler, _: handler.give(b"", status=404))
    archive.site.answer(part, answer)
    found = crawl(archive, [web.url(f"/gone/{number}") for number in range(8)])
    assert len({one.path for one in archive.site.asked() if one.path.startswith(f"/{part}")}) == most
    assert len(found.reasons) == 8
    assert found.skipped.splitlines() == [
        f"not looked for in an archive: {8 - most} that are gone, as it does not answer; they are tried again"
    ]


def test_missing_hosts_share_the_archive_pace(archive: Archive) -> None:
    archive.site.answer("cdx", unavailable)
    lists = [[f"http://no-paper-{source}-{number}.invalid/" for number in range(4)] for source in range(2)]
    found = crawl(archive, *lists)
    assert (
        len({request.path for request in archive.site.asked() if request.path.startswith("/cdx")})
        == MAX_FAILED_IN_A_ROW
    )
    assert len(found.reasons) == 8


def test_a_capture_is_no_health_of_its_host(archive: Archive) -> None:
    urls = [f"http://no-such-paper.invalid/{number}" for number in range(9)]

    def index(handler: Any, rest: str) -> None:
        has_one = quote(urls[3], safe="") in rest
        handler.give(json.dumps([["timestamp"], *([[STAMPS[0]]] if has_one else [])]).encode())

    archive.site.answer("cdx", index)
    found = crawl(archive, urls)
    assert (found.pages, len(found.reasons)) == ([urls[3]], MAX_FAILED_IN_A_ROW)
    assert found.skipped == "not fetched: 3 of hosts that do not answer, left for the next run"


def test_robots_txt_of_the_archive_is_obeyed(web: Web, archive: Archive) -> None:
    archive.site.server.robots = (200, b"User-agent: *\nDisallow: /cdx/\n")
    archive.run("http://no-such-paper.invalid/story")
    record = web.record()
    assert "the archive's index could not be read: " in record["reason"]
    assert archive.asked == []


def test_an_archive_gets_no_secrets(archive: Archive) -> None:
    more = 'headers = { Authorization = "Bearer hunter2" }'
    archive.run("http://no-such-paper.invalid/story", more=more)
    assert len(archive.site.asked()) == 2
    assert all("authorization" not in request.headers for request in archive.site.asked())


LED_TO = [
    ("/web/20180102030405id_/http://{host}/story", "2018-01-02T03:04:05Z"),
    ("/web/20180102030405id_/https://www.{host}:443/story/", "2018-01-02T03:04:05Z"),
    ("/web/20180102030405id_/http://{host}/another", None),
    ("/web/20180102030405id_/http://another-paper.invalid/story", None),
    # as the archive shows it to people, with words of its own
    ("/web/20180102030405/http://{host}/story", None),
    ("/web/20189999030405id_/http://{host}/story", None),
    ("/other", None),
    ("{web}/page", None),
]


def test_a_capture_is_of_the_time_and_address_it_leads_to(web: Web, archive: Archive) -> None:
    hosts = [f"paper-{number}.invalid" for number in range(len(LED_TO))]
    places = {
        host: place.format(host=host, web=web.url("")) for host, (place, _) in zip(hosts, LED_TO, strict=True)
    }

    def lead(handler: Any, rest: str) -> None:
        host = next((host for host in hosts if host in rest), "")
        if rest.startswith(STAMPS[1]):
            handler.give(b"", status=302, Location=places[host])
        else:
            handler.give(archive.body)

    archive.site.answer("web", lead)
    archive.site.answer("other", lead)
    archive.run(*(f"http://{host}/story" for host in hosts))
    found = {record["url"]: record for record in web.records()}
    for host, (_, read_at) in zip(hosts, LED_TO, strict=True):
        record = found[f"http://{host}/story"]
        if read_at is None:
            assert record["reason"].endswith("its capture in the archive leads elsewhere")
        else:
            assert record["fetched_at"] == read_at
            assert record["source"]["retrieved_from"] == f"{archive.base}{places[host]}"


def test_what_its_publisher_reserved_stays_reserved(web: Web, archive: Archive) -> None:
    """By what the page itself was sent with, which the archive hands on."""
    web.give("gone", b"", status=410)
    archive.headers = {"X_Archive_Orig_TDM_Reservation": "1"}
    web.put("/feed.xml", feed(web.url("/gone/1")))
    fallback = f'fallback = "{archive.base}"'
    web.use_sources(web.table("feed", "/feed.xml", fallback, also=archive.site.server))
    web.ingest()
    record = web.record()
    assert (record["status"], record["text"]) == ("rejected", "")
    assert record["reason"].startswith("tdm_reserved")


@pytest.mark.parametrize(
    ("kind", "address", "fallback", "problem"),
    [
        ("url", "https://a.example/", "wayback", "'wayback': expected internet-archive, or the URL of"),
        ("url", "https://a.example/", "https://b.example/x", "expected scheme and host alone"),
        ("url", "https://a.example/", "ftp://b.example", "is no URL; did you mean https://b.example"),
        ("url", "https://a.example/", 7, "expected a text"),
        ("folder", "pages", "internet-archive", "sets how pages are fetched"),
        ("warc", "https://a.example/a.warc", "internet-archive", "pages of WARC files are not requested"),
    ],
)
def test_what_is_no_archive_is_reported(kind: str, address: str, fallback: object, problem: str) -> None:
    with pytest.raises(match=problem):
        read_entry({"name": "a", "kind": kind, "address": address, "fallback": fallback})
