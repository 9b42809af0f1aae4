"""A site's rules on the use of its pages: read from robots.txt, TDMRep and RSL, recorded, and respected."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from conftest import ARTICLE
from faulty_server import FaultyServer, faulty_server
from hypothesis import given, settings
from hypothesis import strategies as st
from web_site import Web, web_site

from copydesk import Page, clean_page
from copydesk.cleaners.types import SiteSignal
from copydesk.flows.fetching.http.robots import Robots
from copydesk.flows.fetching.http.site_files import MAX_LICENSES, MAX_SITE_FILE_BYTES
from copydesk.flows.fetching.http.usage_terms import license_links, license_signals, tdmrep_signals
from copydesk.flows.run.batches import IngestResult

PAGE_URL = "https://courier.example/news/ferry?page=2"
ROBOTS = """\
License: https://courier.example/license.xml
User-agent: *
Disallow: /drafts
Allow: /news/
Content-Signal: search=yes, ai-train=no   # as of May
Content-Usage: train-ai=y
Content-Usage: /news/ search=n

User-agent: GPTBot
User-agent: CCBot
Disallow: /

User-agent: ClaudeBot
Disallow: /drafts
"""


def signals_in(text: str, *, url: str = PAGE_URL) -> list[tuple[str, str]]:
    return [(signal.name, signal.value) for signal in Robots("rules", text.encode()).signals(url)]


def usage(*signals: SiteSignal, **headers: str) -> dict[str, Any]:
    record = clean_page(Page(body=ARTICLE.encode(), url=PAGE_URL, signals=signals, headers=headers))
    found = record.provenance.usage
    return {
        name: getattr(found, name) for name in found.__struct_fields__ if getattr(found, name) is not None
    }


def test_robots_say_who_may_fetch_and_what_for() -> None:
    assert signals_in(ROBOTS) == [
        ("allow", "/news/"), ("content-signal", "search=yes, ai-train=no"), ("content-usage", "train-ai=y"),
        ("content-usage", "search=n"), ("license", "https://courier.example/license.xml"),
        ("ai-crawlers", "GPTBot (line 11), CCBot (line 11) may not fetch it"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "path", "crawling", "quote"),
    [
        ("User-agent: copy\nDisallow: /\n", "/a", "deny", "/"),
        ("User-agent: *\nDisallow: /a%2fb\n", "/a%2Fb", "deny", "/a%2fb"),
        ("User-agent: *\nDisallow: /café\n", "/caf%C3%A9", "deny", "/café"),
    ],
)
def test_the_decision_is_recorded(text: str, path: str, crawling: str | None, quote: str | None) -> None:
    url = f"https://courier.example{path}"
    robots = Robots("rules", text.encode())
    assert robots.may_fetch(url) == (crawling != "deny")
    signals = tuple(robots.signals(url))
    assert usage(*signals).get("crawling") == crawling
    decided = [signal for signal in signals if signal.name in ("allow", "disallow")]
    assert [signal.value for signal in decided] == ([] if quote is None else [quote])
    assert all(str(signal.value) in text.splitlines()[(signal.line or 0) - 1] for signal in signals)


AGENTS = (
    "*", "copydesk", "CopyDesk", "copy", "copy*", "desk", "copydesk/1.0", "copydesk-news", "copydesk news",
    "GPTBot", "**", "",
)  # fmt: skip
PATHS = ("/", "/a", "/a/b", "/a%2Fb", "/a%2fb", "/café", "/caf%C3%A9", "/a/b;x", "/a?b=c", "/a$", "/index.html", "/a//b", "/%61")  # fmt: skip
PATTERNS = (
    *PATHS, "", "*", "a", "/*", "/*b", "/a*$", "/a/*/c", "/*?", "/" + "*" * 25, "$", "/a b", "/A", "/%zz",
)  # fmt: skip
robots_lines = st.one_of(
    st.tuples(
        st.sampled_from(("User-agent", "user-agent ", "User agent", "useragent")), st.sampled_from(AGENTS)
    ),
    st.tuples(
        st.sampled_from(("Disallow", "Allow", "disallow ", "Dissallow", "Noindex", "Foo", "Sitemap")),
        st.sampled_from(PATTERNS),
    ),
    st.tuples(st.sampled_from(("Crawl-delay", "Content-Signal")), st.sampled_from(("1", "search=no"))),
)


@pytest.mark.slow
@settings(max_examples=40)
@given(
    st.lists(robots_lines, max_size=8),
    st.sampled_from((": ", ":", " : ", " ")),
    st.sampled_from(("\n", "\r\n", "\n\n", "\n# x\n")),
    st.sampled_from(PATHS),
)
def test_decision_and_record_agree(lines: list[tuple[str, str]], between: str, end: str, path: str) -> None:
    text = "".join(f"{name}{between}{value}{end}" for name, value in lines)
    url = f"https://courier.example{path}"
    robots = Robots("rules", text.encode())
    signals = [signal for signal in robots.signals(url) if signal.name in ("allow", "disallow")]
    crawling = usage(*signals).get("crawling")
    assert (crawling == "deny") == (not robots.may_fetch(url))
    assert len(signals) == 1 or crawling != "deny"
    for signal in signals:  # the quoted line is in the file, and decides alone as all of them do together
        assert signal.value in text.splitlines()[(signal.line or 0) - 1]
        others = "Allow: /nothing" if crawling == "deny" else "Disallow: /"
        alone = Robots("rules", f"User-agent: *\n{others}\n{signal.name}: {signal.value}\n".encode())
        assert alone.may_fetch(url) == (crawling == "allow")


def test_tdmrep_speaks_by_place() -> None:
    body = json.dumps(
        [
            {"location": "/", "tdm-reservation": 0},
            {
                "location": "/news/*",
                "tdm-reservation": 1,
                "tdm-policy": "https://courier.example/policy.json",
            },
            {"location": "/news/archive", "tdm-reservation": 0},
        ]
    ).encode()
    found = tuple(tdmrep_signals(body, url=PAGE_URL))
    assert [(one.name, one.value) for one in found] == [
        ("tdm-reservation", "1"),
        ("tdm-policy", "https://courier.example/policy.json"),
    ]
    assert usage(*found) == {"tdm_reserved": True, "ai_training": "deny"}
    assert usage(*tdmrep_signals(body, url="https://courier.example/sport")) == {"tdm_reserved": False}


def rsl(*contents: str) -> bytes:
    inside = "".join(contents)
    return f'<?xml version="1.0"?><rsl xmlns="https://rslstandard.org/rsl">{inside}</rsl>'.encode()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            '<content url="/"><license><permits type="usage">all</permits></license></content>',
            {"ai_training": "allow", "search": "allow"},
        ),
        (
            '<content url="/"><license><prohibits type="usage">train-ai</prohibits><permits type="usage">search</permits></license></content>',
            {"ai_training": "deny", "search": "allow"},
        ),
        (  # for a payment, and else not at all
            (
                '<content url="/"><license><permits type="usage">ai-train</permits><payment type="subscription"/><prohibits type="usage">all</prohibits>'
                "</license></content>"
            ),
            {"ai_training": "deny", "search": "deny"},
        ),
        (
            '<content url="/"><license><permits type="usage">ai-train</permits><payment type="crawl"/></license></content>',
            {},
        ),
        (  # the content that matches most of the address
            (
                '<content url="/"><license><prohibits>all</prohibits></license></content>'
                '<content url="https://courier.example/news/*"><license><permits>search</permits><payment type="free"/></license></content>'
            ),
            {"search": "allow"},
        ),
        (
            '<content url="https://elsewhere.example/"><license><prohibits>all</prohibits></license></content>',
            {},
        ),
        ('<content url="/"><license><prohibits type="user">commercial</prohibits></license></content>', {}),
    ],
)
def test_the_terms_of_rsl(content: str, expected: dict[str, str]) -> None:
    assert usage(*license_signals(rsl(content), url=PAGE_URL)) == expected


def test_a_page_names_its_terms_in_a_header_or_an_element() -> None:
    header = {"link": '</a.xml>; rel="license"; type="application/rsl+xml", </b.css>; rel=preload'}
    body = b'<link rel="license" type="application/rsl+xml" href="/b.xml?x=1&amp;y=2"><link rel=icon href=/i>'
    assert list(license_links(header, body, url=PAGE_URL)) == [
        "https://courier.example/a.xml",
        "https://courier.example/b.xml?x=1&y=2",
    ]


@given(st.text(), st.binary(), st.binary())
def test_nothing_that_a_site_says_raises(robots: str, tdmrep: bytes, terms: bytes) -> None:
    signals = (
        *Robots("rules", robots.encode()).signals(PAGE_URL),
        *tdmrep_signals(tdmrep, url=PAGE_URL),
        *license_signals(terms, url=PAGE_URL),
    )
    assert all(isinstance(signal, SiteSignal) for signal in signals)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"location": 3, "tdm-reservation": 1}',
        b'[{"location": "/", "tdm-reservation": [1]}]',
        b'<!DOCTYPE rsl [<!ENTITY a "b">]><rsl><content><license><prohibits>all</prohibits></license></content></rsl>',
        b"<rsl><content url='/'><license><prohibits>" + b"<a>" * 10_000,
    ],
)
def test_what_cannot_be_read_says_nothing(body: bytes) -> None:
    assert [*tdmrep_signals(body, url=PAGE_URL), *license_signals(body, url=PAGE_URL)] == []


# --- in a run


web = pytest.fixture(web_site)


def ingest(
    web: Web, *paths: str, policy: str = "respect", also: FaultyServer | None = None, **options: Any
) -> IngestResult:
    web.urls(*paths, lines=(f'policy = "{policy}"',), also=also)
    return web.ingest(**options)


def records(web: Web) -> dict[str, dict[str, Any]]:
    return {record["url"]: record for record in web.records()}


@pytest.mark.slow
def test_signals_of_a_site_reach_the_record(web: Web) -> None:
    terms = rsl('<content url="/"><license><permits>search</permits></license></content>')
    web.server.robots = (
        200,
        f"User-agent: *\nAllow: /\nContent-Signal: ai-train=no\nLicense: {web.url('/license.xml')}\n".encode(),
    )
    web.server.files = {
        "/.well-known/tdmrep.json": b'[{"location": "/", "tdm-reservation": 0}]',
        "/license.xml": terms,
    }
    assert ingest(web, "/page", "/page?2").ok == 2
    for record in records(web).values():
        assert record["provenance"]["usage"] == {
            "crawling": "allow", "ai_training": "deny", "search": "allow", "tdm_reserved": False,
        }  # fmt: skip
        assert record["license"] == web.url("/license.xml")
        assert "robots.txt: content-signal: ai-train=no (line 3)" in [
            one["quote"] for one in record["provenance"]["evidence"] if one["where"] == "site"
        ]
    for path in ("/robots.txt", "/.well-known/tdmrep.json", "/license.xml"):
        assert web.server.paths().count(path) == 1
    web.server.asked.clear()
    ingest(web, "/page", "/page?2", "/page?3")
    assert web.server.paths() == [
        "/page?3",
        "/page",
        "/page?2",
    ]  # the new one first; what speaks for the site holds for a day


@pytest.mark.slow
def test_a_reserved_page_is_a_record_without_its_content(web: Web) -> None:
    web.server.files = {"/.well-known/tdmrep.json": b'[{"location": "/page", "tdm-reservation": 1}]'}
    assert ingest(web, "/page", "/conditional").rejected == 1
    reserved, free = records(web)[web.url("/page")], records(web)[web.url("/conditional")]
    assert reserved["reason"].startswith("tdm_reserved: ")
    assert (reserved["text"], reserved["removed"], reserved["title"]) == ("", [], None)
    assert reserved["provenance"]["usage"]["tdm_reserved"] is True
    assert [one["quote"] for one in reserved["provenance"]["evidence"]] == [
        "tdmrep.json: tdm-reservation: 1"
    ] * 2
    assert (free["status"], free["provenance"]["usage"]["tdm_reserved"]) == ("ok", None)
    (web.output / "records.jsonl").unlink()
    assert ingest(web, from_archive=True).records == 1  # nor is it kept as it came
    web.server.asked.clear()
    ingest(web, "/page")
    assert web.server.paths() == ["/page"]


@pytest.mark.slow
def test_a_pages_reservation(web: Web) -> None:
    page = ARTICLE.replace("<head>", '<head><meta name="tdm-reservation" content="1">')
    web.give("mine", page)
    assert ingest(web, "/mine").rejected == 1
    assert not (web.output / "archive").exists()


@pytest.mark.slow
def test_licences_a_day_are_limited(web: Web) -> None:
    with faulty_server() as third:

        def page(handler: Any, rest: str) -> None:
            links = (
                f'<link rel=license type=application/rsl+xml href="{third.url(f"/{rest}-{n}")}">'
                for n in range(3)
            )
            handler.give(ARTICLE.replace("<head>", "<head>" + "".join(links)).encode())

        web.answer("linked", page)
        paths = [f"/linked/{number}" for number in range(12)]
        assert ingest(web, *paths, also=third).ok == 12
        assert len({request.path for request in third.pages()}) == len(third.pages()) == MAX_LICENSES
        third.asked.clear()
        assert ingest(web, "/linked/another", also=third).ok == 1
        assert third.asked == []


@pytest.mark.slow
@pytest.mark.parametrize("is_packed", [False, True])
def test_a_site_file_that_is_too_large(web: Web, *, is_packed: bool) -> None:
    path = "/.well-known/tdmrep.json"
    content = b'[{"location": "/", "tdm-reservation": 1}]' + b" " * MAX_SITE_FILE_BYTES
    web.server.files = {path: gzip.compress(content) if is_packed else content}
    web.server.headers = {path: {"Content-Encoding": "gzip"}} if is_packed else {}
    assert ingest(web, "/page", "/page?2").ok == 2
    assert web.server.paths().count(path) == 1
    web.server.files[path] = gzip.compress(content[:-100]) if is_packed else content[:-100]
    assert ingest(web, "/page?3").rejected == 1


@pytest.mark.slow
def test_a_page_that_robots_deny_is_a_record_that_quotes_them(web: Web) -> None:
    web.server.robots = (200, b"Useragent: *\nDissallow: /page\nContent-Signals: search=no\n")
    assert ingest(web, "/page").rejected == 1
    (record,) = records(web).values()
    assert record["reason"] == "robots_denied: robots.txt: Disallow: /page (line 2)"
    usage = record["provenance"]["usage"]
    assert (usage["crawling"], usage["search"]) == ("deny", "deny")
    assert "robots.txt: disallow: /page (line 2)" in [
        one["quote"] for one in record["provenance"]["evidence"]
    ]
    assert web.server.paths() == ["/robots.txt"]


@pytest.mark.slow
def test_the_policy_to_record_reads_what_is_denied_and_says_so(web: Web) -> None:
    web.server.robots = (200, b"User-agent: *\nDisallow: /page\n")
    web.server.files = {"/.well-known/tdmrep.json": b'[{"location": "/", "tdm-reservation": 1}]'}
    assert ingest(web, "/page", policy="record").ok == 1
    (record,) = records(web).values()
    assert record["provenance"]["usage"] == {
        "crawling": "deny", "ai_training": "deny", "search": None, "tdm_reserved": True,
    }  # fmt: skip
    assert "robots.txt: disallow: /page (line 2)" in [
        one["quote"] for one in record["provenance"]["evidence"]
    ]


@pytest.mark.slow
def test_unreachable_robots_stop_any_policy(web: Web) -> None:
    web.server.robots = (403 + 100, b"")
    assert ingest(web, "/page", policy="record").failed == 1
    assert web.server.pages() == []


@pytest.mark.slow
def test_a_page_is_cleaned_again_with_what_its_site_stated(web: Web) -> None:
    web.server.robots = (200, "User-agent: *\nContent-Signal: ai-train=no # née\n".encode())
    ingest(web, "/page")
    before = records(web)
    (web.output / "records.jsonl").unlink()
    web.server.asked.clear()
    assert ingest(web, from_archive=True).ok == 1
    assert web.server.asked == []
    for known in (before, again := records(web)):
        for record in known.values():
            record["processing"].pop("duration_ms")
    assert again == before
