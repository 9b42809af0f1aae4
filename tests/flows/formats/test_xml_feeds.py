"""Feeds of RSS and Atom: what they must have, that readers of feeds read them, and that no record breaks one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import feedparser
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree
from made_records import full_record, records
from msgspec.structs import replace

from copydesk import Record, clean
from copydesk.cleaners.schema import Author
from copydesk.flows.errors import SettingsError
from copydesk.flows.fetching.lists.feeds import read_feed
from copydesk.flows.formats.article_html import html_of
from copydesk.flows.formats.json_feed import feed_item, write_feed
from copydesk.flows.formats.xml_feeds import write_atom, write_rss

SEEDS = Path(__file__).resolve().parents[3] / "seeds" / "pages"
PAGES = ("en-html-newspaper.html", "zh-html-news.html", "nl-html-translated.html", "pt-html-press-release.html")  # fmt: skip
ADDRESS = "https://desk.example/feed.xml"
NAMES = {
    "a": "http://www.w3.org/2005/Atom",
    "c": "http://purl.org/rss/1.0/modules/content/",
    "d": "http://purl.org/dc/elements/1.1/",
}
Write = Callable[[Iterable[Record], BinaryIO], None]
KINDS = pytest.mark.parametrize("write", [write_rss, write_atom])


@pytest.fixture(scope="module")
def articles() -> list[Record]:
    return [clean((SEEDS / name).read_bytes(), url=f"https://news.example/{name}") for name in PAGES]


def written(write: Callable[..., None], made: Iterable[Record], **values: str) -> bytes:
    stream = BytesIO()
    write(made, stream, **values)
    return stream.getvalue()


def check_rss(content: bytes) -> list[etree._Element]:
    """The items of a feed that keeps to the rules of RSS 2.0 (rssboard.org/rss-specification)."""
    root = etree.fromstring(content)
    assert (root.tag, root.get("version"), [child.tag for child in root]) == ("rss", "2.0", ["channel"])
    channel = root[0]
    assert [child.tag for child in channel][:3] == ["title", "link", "description"]
    assert all(channel.findtext(name) for name in ("title", "link", "description"))
    items = channel.findall("item")
    for item in items:
        assert item.find("title") is not None or item.find("description") is not None
        assert item.find("guid").get("isPermaLink") == "false"  # type: ignore[union-attr]
        for name in ("title", "link", "guid", "pubDate", "description", f"{{{NAMES['c']}}}encoded"):
            assert len(item.findall(name)) <= 1
        if date := item.findtext("pubDate"):
            assert parsedate_to_datetime(date).tzinfo
    return items


def check_atom(content: bytes) -> list[etree._Element]:
    """The entries of a feed that keeps to the rules of RFC 4287."""
    root = etree.fromstring(content)
    assert root.tag == f"{{{NAMES['a']}}}feed"
    entries = root.findall("a:entry", NAMES)
    for element in (root, *entries):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"a:{name}", NAMES)) == 1
        assert datetime.fromisoformat(element.findtext("a:updated", "", NAMES)).tzinfo
    for entry in entries:
        UUID(entry.findtext("a:id", "", NAMES).removeprefix("urn:uuid:"))
        assert entry.findall("a:author/a:name", NAMES)
        assert entry.find("a:content", NAMES).get("type") == "html"  # type: ignore[union-attr]
        assert len(entry.findall("a:link[@rel='alternate']", NAMES)) <= 1
    return entries


@KINDS
def test_readers_of_feeds_read_whole_articles(write: Write, articles: list[Record]) -> None:
    content = written(write, articles)
    (check_rss if write is write_rss else check_atom)(content)
    read = feedparser.parse(content, sanitize_html=False, resolve_relative_uris=False)
    assert (read.bozo, len(read.entries)) == (0, len(articles))
    for entry, record in zip(read.entries, articles, strict=True):
        assert (entry.title, entry.link) == (record.title, record.url)
        assert entry.content[0].value == html_of(record).strip()
        names = [author.name for author in record.authors]
        # in Atom somebody must have written it
        named = names or ([] if write is write_rss else [record.site_name])
        assert [author.name for author in entry.get("authors", [])] == named
        assert [tag.term for tag in entry.get("tags", [])] == list(record.tags)
        assert record.id in UUID(entry.id.removeprefix("urn:uuid:")).hex
    pages = read_feed(content, url=ADDRESS, content_type=None).pages
    assert [page.url for page in pages] == [record.url for record in articles]
    assert clean(pages[0].content or "", pages[0].url).text == articles[0].text


@KINDS
def test_a_feed_says_where_it_is_only_if_that_is_known(write: Write, articles: list[Record]) -> None:
    assert b'rel="self"' not in written(write, articles)
    known = etree.fromstring(written(write, articles, feed_url=ADDRESS))
    assert known.xpath("//a:link[@rel='self']/@href", namespaces=NAMES) == [ADDRESS]
    assert b'"feed_url":"https://desk.example/feed.xml"' in written(write_feed, articles, feed_url=ADDRESS)
    for kind in (write, write_feed):
        with pytest.raises(
            SettingsError, match=r"--feed-url: expected a URL such as .*, not 'desk/feed.xml'"
        ):
            written(kind, articles, feed_url="desk/feed.xml")


@KINDS
@settings(max_examples=20)
@given(made=st.lists(records(), max_size=2))
@example(made=[])
@example(
    made=[
        replace(full_record(), title="\x00\x0b]]>\ufffe", text="\x01", markdown="a\x01", url="https://[half")
    ]
)
def test_any_records_make_a_feed(write: Write, made: list[Record]) -> None:
    check = check_rss if write is write_rss else check_atom
    content = written(write, made)
    assert len(check(content)) == len(made)
    assert made or feedparser.parse(content).bozo == 0


@pytest.mark.parametrize(
    ("published", "modified", "fetched", "pub_date", "updated"),
    [
        ("2026-05-06T07:08:09+02:00", None, None, "Wed, 06 May 2026 07:08:09 +0200", "2026-05-06T07:08:09+02:00"),
        ("2026-05-06T07:08:09Z", "2026-05-07T00:00:00z", None, "Wed, 06 May 2026 07:08:09 +0000", "2026-05-07T00:00:00+00:00"),
        ("2026-05-06", None, "2027-01-01T00:00:00Z", None, "2026-05-06T00:00:00+00:00"),
        (None, None, "2027-01-01T00:00:00Z", None, "2027-01-01T00:00:00+00:00"),
        ("2026-02-30T00:00:00Z", "soon", "99999-01-01T00:00:00Z", None, "1970-01-01T00:00:00+00:00"),
        ("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", None, "Fri, 31 Dec 9999 23:59:59 -2359", "0001-01-01T00:00:00+23:59"),
    ],
)  # fmt: skip
def test_dates(
    published: str | None, modified: str | None, fetched: str | None, pub_date: str | None, updated: str
) -> None:
    record = replace(full_record(), date_published=published, date_modified=modified, fetched_at=fetched)
    (item,) = check_rss(written(write_rss, [record]))
    assert item.findtext("pubDate") == pub_date
    # a day alone has no hour
    assert item.findtext("d:date", namespaces=NAMES) == (published if published == "2026-05-06" else None)
    (entry,) = check_atom(written(write_atom, [record]))
    assert entry.findtext("a:updated", namespaces=NAMES) == updated


def test_a_page_from_the_disk_is_linked_where_it_says_it_is(articles: list[Record]) -> None:
    page = replace(articles[0], url=None, canonical_url="https://desk.example/1")
    content = written(write_rss, [page])
    (item,) = check_rss(content)
    assert item.findtext("link") == feed_item(page)["url"] == "https://desk.example/1"
    assert etree.fromstring(content).findtext("channel/link") == "https://desk.example/"
    (entry,) = check_atom(written(write_atom, [page]))
    assert entry.find("a:link", NAMES).get("href") == "https://desk.example/1"  # type: ignore[union-attr]
    nowhere = etree.fromstring(written(write_rss, [replace(page, canonical_url=None)]))
    assert nowhere.findtext("channel/link") == "https://example.invalid/"


def test_somebody_has_written_it(articles: list[Record]) -> None:
    nobody = replace(articles[0], authors=(), site_name="The Courier")
    somebody = replace(articles[0], authors=(Author(name="Ida", url="javascript:x"),))
    first, second = check_atom(written(write_atom, [nobody, somebody]))
    assert first.findtext("a:author/a:name", namespaces=NAMES) == "The Courier"
    assert [child.tag for child in second.find("a:author", NAMES)] == [f"{{{NAMES['a']}}}name"]  # type: ignore[union-attr]


def test_a_feed_is_written_as_its_records_come(articles: list[Record]) -> None:
    """Nothing of a feed waits in memory for what comes after it."""
    seen: list[int] = []
    stream = BytesIO()

    def counted() -> Iterable[Record]:
        for record in articles * 5:
            seen.append(stream.tell())
            yield record

    write_atom(counted(), stream)
    assert seen[2:] == sorted(set(seen[2:]))
