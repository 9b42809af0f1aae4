"""Sitemaps: what they list is found, what they attack with is not reached, and walks end."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from processor_time import bounded

from copydesk.cleaners.types import Announced
from copydesk.flows.fetching.lists.listed import Link, ListedPage
from copydesk.flows.fetching.lists.sitemaps import (
    MAX_PAGES,
    Sitemap,
    SitemapError,
    Walk,
    read_sitemap,
)

HOST = "https://courier.example"
SCHEMA = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
IMAGE = 'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
MOST_TIMES = 200


def read(text: str | bytes) -> Sitemap:
    return read_sitemap(text.encode() if isinstance(text, str) else text)


def urlset(*urls: str, prolog: str = '<?xml version="1.0" encoding="UTF-8"?>') -> str:
    return f"{prolog}<urlset {SCHEMA} {NEWS} {IMAGE}>{''.join(f'<url>{url}</url>' for url in urls)}</urlset>"


def index(*links: tuple[str, str | None]) -> bytes:
    listed = "".join(
        f"<sitemap><loc>{url}</loc>{f'<lastmod>{date}</lastmod>' if date else ''}</sitemap>"
        for url, date in links
    )
    return f"<sitemapindex {SCHEMA}>{listed}</sitemapindex>".encode()


def urls_of(sitemap: Sitemap) -> list[str]:
    return [page.url for page in sitemap.pages]


def test_dates() -> None:
    dates = {
        "2026-11-02": "2026-11-02", "2026-11-02T08:30:00+01:00": "2026-11-02T08:30:00+01:00",
        "2026-11-02T08:30Z": "2026-11-02T08:30:00+00:00",
        " \n2026-11-02T08:30:00.5Z ": "2026-11-02T08:30:00+00:00",
        "2026-11-02 08:30:00": "2026-11-02",
        "Mon, 02 Nov 2026 08:30:00 GMT": "2026-11-02T08:30:00+00:00",
        "20261102": "2026-11-02", "2026": None, "yesterday": None, "0000-00-00": None,
    }  # fmt: skip
    found = read(index(*((f" {HOST}/{n}\n", date) for n, date in enumerate(dates))))
    assert [(link.url, link.lastmod) for link in found.sitemaps] == [
        (f"{HOST}/{n}", date) for n, date in enumerate(dates.values())
    ]
    assert found.problems == ()


def test_news_and_pictures() -> None:
    found = read(
        urlset(
            f"<loc>{HOST}/a?x=1&amp;y=2</loc><image:image><image:loc>{HOST}/a.jpg</image:loc>"
            "<image:title>A ship</image:title></image:image><news:news><news:publication>"
            "<news:name>The Courier</news:name><news:language>en</news:language></news:publication>"
            "<news:publication_date>2026-11-02T08:30:00Z</news:publication_date>"
            "<news:title><![CDATA[Ships & harbours]]></news:title></news:news>",
            f"<loc>{HOST}/b</loc>",
        )
    )
    assert found.pages == (
        ListedPage(
            f"{HOST}/a?x=1&y=2",
            changed_at=datetime(2026, 11, 2, 8, 30, tzinfo=UTC),
            announced=Announced(
                "sitemap",
                "Ships & harbours",
                published="2026-11-02T08:30:00+00:00",
                language="en",
                site_name="The Courier",
            ),
        ),
        ListedPage(f"{HOST}/b"),
    )


def test_flaws_that_many_have_cost_nothing() -> None:
    text = (
        f"\n<urlset><url><loc>{HOST}/?a=1&b=2</loc><news:news><news:title>Caf&eacute;</news:title></news:news></url>"
        f"<url><loc>{HOST}/b</loc></url></urlset>"
    )
    found = read(text)
    assert urls_of(found) == [f"{HOST}/?a=1&b=2", f"{HOST}/b"]
    assert found.pages[0].announced == Announced("sitemap", "Café")
    assert found.problems == ()


def test_an_index_and_a_text() -> None:
    found = read(index((f"{HOST}/a.xml", "2026-11-02"), (f"{HOST}/b.xml.gz", None), (f"{HOST}/a.xml", None)))
    assert found.sitemaps == (
        Link("sitemap", f"{HOST}/a.xml", "2026-11-02"),
        Link("sitemap", f"{HOST}/b.xml.gz"),
    )
    text = read(f"\ufeff{HOST}/a\r\n\r\n  {HOST}/b\n/c\n")
    assert urls_of(text) == [f"{HOST}/a", f"{HOST}/b"]
    assert text.problems == ("not a whole http or https URL: '/c'",)


def test_links_that_are_not_whole_are_reported() -> None:
    bad = ("/a", "javascript:alert(1)", "ftp://x.example/", "file:///etc/passwd", "http://[", "")
    found = read(urlset(*(f"<loc>{link}</loc>" for link in bad), f"<loc>{HOST}/ok</loc>"))
    assert urls_of(found) == [f"{HOST}/ok"]
    assert len(found.problems) == len(bad)
    many = read(urlset(*("<loc>/a</loc>",) * 1_000))
    assert many.problems[-1] == "980 more that are no whole URLs"


def test_broken_xml_gives_what_is_before_the_damage() -> None:
    whole = urlset(*(f"<loc>{HOST}/{n}</loc>" for n in range(3_000)))
    found = read(whole[: len(whole) // 2])
    assert 1_450 < len(found.pages) < 1_550
    assert found.problems[0].startswith("broken XML, read up to the damage")
    crossed = read(urlset(f"<loc>{HOST}/a</loc>", "<loc></url>", f"<loc>{HOST}/b</loc>"))
    assert urls_of(crossed) == [f"{HOST}/a"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "HTML"),
        (b"<html/>", "starts with"),
        (b"<rss/>", "starts with"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"Not found\n", "neither XML nor lines"),
    ],
)
def test_what_is_no_sitemap_is_named(body: bytes, message: str) -> None:
    with pytest.raises(SitemapError, match=message):
        read(body)


@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY x "&b;&b;&b;">',
        '<!ENTITY x SYSTEM "file://{secret}">',
        '<!ENTITY % p SYSTEM "file://{secret}"> %p;',
    ],
)
def test_document_types_are_refused(declared: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("https://secret.example/")
    declared = declared.replace("{secret}", str(tmp_path / "secret"))
    with pytest.raises(SitemapError, match="document type"):
        read(urlset("<loc>&x;</loc>", prolog=f'<?xml version="1.0"?><!DOCTYPE urlset [{declared}]>'))


@pytest.mark.slow
def test_many_entries_are_cut_in_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("copydesk.flows.fetching.lists.sitemaps.MAX_PAGES", 5_000)
    body = urlset(*(f"<loc>https://a.example/{n}</loc>" for n in range(40_000))).encode()
    tracemalloc.start()
    found = read(body)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found.pages) == 5_000
    assert found.problems == ("cut after 5,000 entries",)
    assert peak < 15_000_000


HOSTILE = {
    "pages that are none": urlset("<loc/>") + "<url/>" * 100_000,
    "a million empty pages": f"<urlset {SCHEMA}>" + "<url/>" * 100_000,
    "fields": f"<urlset {SCHEMA}><url>" + "<loc>a</loc>" * 50_000,
    "depth": f"<urlset {SCHEMA}>" + "<url>" * 125_000,
    "one long link": urlset(f"<loc>{HOST}/{'a' * 600_000}</loc>"),
    "lines": f"{HOST}/a\n" * 25_000,
    "ampersands": urlset("<loc>" + "&" * 1_100_000),
    "ampersands apart": urlset("<loc>" + "& " * 300_000),
    "dates": urlset(*(f"<loc>{HOST}/{n}</loc><lastmod>{'1 ' * 29}</lastmod>" for n in range(3_000))),
    "blank lines": f"{HOST}/a" + "\n" * 600_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_time_is_bounded(name: str) -> None:
    """Of a part of what is read at most: what takes time by the square of its size takes longer for that, too."""
    body = HOSTILE[name]
    with bounded(MOST_TIMES):
        assert len(read(body).pages) <= MAX_PAGES


PIECES = st.sampled_from(
    ["<url>", "</url>", "<loc>", "</loc>", f"{HOST}/a", "/a", "http://[", "<lastmod>", "2026-11-02", "</lastmod>", "<sitemap>", "</sitemap>", "<image:loc>", "&", "&x;", "&#0;", "<![CDATA[", "]]>", "<", ">", "\n", "</urlset>", "<!-- ", "<?x ?>", "<!DOCTYPE a>", "é"]
)  # fmt: skip
STARTS = st.sampled_from(["", "<urlset>", f"<sitemapindex {SCHEMA}>", f"{HOST}/\n"])


@pytest.mark.slow
@given(
    st.one_of(
        st.binary(max_size=1_000),
        st.builds(
            lambda start, pieces: (start + "".join(pieces)).encode(), STARTS, st.lists(PIECES, max_size=40)
        ),
    )
)
@settings(max_examples=40)
def test_any_bytes_give_a_sitemap_or_the_one_error(body: bytes) -> None:
    try:
        found = read(body)
    except SitemapError:
        return
    for item in (*found.pages, *found.sitemaps):
        assert urlsplit(item.url).scheme in ("http", "https")
        assert urlsplit(item.url).hostname


class Site:
    """Sitemaps by URL, None for those that cannot be had; and which were asked for."""

    def __init__(self, answer: Callable[[str], bytes | None]) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def walked(self, first_url: str, **limits: Any) -> list[str]:
        """Walks to the end; what was asked for."""
        self.asked.clear()
        walk = Walk(first_url, **limits)
        for url in walk:
            self.asked.append(url)
            body = self.answer(url)
            if body is not None:
                walk.add_links(read_sitemap(body).sitemaps)
        return list(self.asked)

    def names(self, first_url: str, **limits: Any) -> list[str]:
        return [url.rpartition("/")[2] for url in self.walked(first_url, **limits)]


def test_a_walk_goes_level_by_level_newest_first() -> None:
    day = "2026-11-0"
    pages = urlset(f"<loc>{HOST}/page</loc>").encode()
    site = Site(
        {
            "https://a.example/": index(
                ("https://a.example/old", f"{day}1"),
                ("https://a.example/unsaid", None),
                ("https://a.example/new", f"{day}3T10:00:00+02:00"),
                ("https://a.example/gone", f"{day}2"),
            ),
            "https://a.example/new": index(("https://a.example/deep", None), ("https://a.example/", None)),
            "https://a.example/old": pages,
            "https://a.example/deep": pages,
        }.get
    )
    assert site.names("https://a.example/") == ["", "new", "gone", "old", "unsaid", "deep"]
    since = datetime(2026, 11, 2, 12, tzinfo=UTC)
    assert site.names("https://a.example/", since=since) == ["", "new", "gone", "unsaid", "deep"]


@pytest.mark.slow
def test_walks_end() -> None:
    itself = Site(
        lambda url: index((url, None), ("https://a.example/2", None), ("https://a.example/1", None))
    )
    assert itself.names("https://a.example/1") == ["1", "2"]
    endless = Site(lambda url: index((f"{url}1", None)))
    assert endless.names("https://a.example/") == ["", "1", "11", "111"]
    wide = Site(lambda url: index(*((f"{url}/{n}", None) for n in range(60))))
    assert len(wide.walked("https://a.example")) == len(set(wide.asked)) == 500
    assert len(wide.walked("https://a.example", max_sitemaps=7)) == 7


@pytest.mark.slow
def test_indexes_of_indexes_take_little_time_and_memory() -> None:
    links = index(*((f"https://a.example/{n}", "2026-11-02") for n in range(1_000)))
    site = Site(lambda url: links.replace(b"a.example/", b"a.example/" + url[-3:].strip("/").encode() + b"-"))
    with bounded(MOST_TIMES):
        assert len(site.walked("https://a.example/000", max_sitemaps=10)) == 10
