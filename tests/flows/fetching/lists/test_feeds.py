"""Feeds: their entries are found, attacks fail, and nothing takes long."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from processor_time import bounded

from copydesk.cleaners.types import Announced
from copydesk.flows.fetching.lists.feed_xml import MAX_ENTRIES
from copydesk.flows.fetching.lists.feeds import Feed, FeedError, read_feed
from copydesk.flows.fetching.lists.listed import ListedPage

URL = "https://courier.example/news/feed.xml"
NAMESPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)
MOST_TIMES, PART = 200, 16


def read(text: str | bytes, *, content_type: str | None = None, url: str = URL) -> Feed:
    body = text.encode() if isinstance(text, str) else text
    return read_feed(body, url=url, content_type=content_type)


def rss(items: str, *, head: str = "", prolog: str = "", root: str = "", channel: str = "") -> str:
    return (
        f'{prolog}<rss version="2.0" {NAMESPACES}{root}><channel{channel}><title>The Courier</title>'
        f"<language>en-gb</language>{head}{items}</channel></rss>"
    )


def atom(entries: str, *, attributes: str = "") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>Gazette</title>{entries}</feed>'


def only(feed: Feed) -> ListedPage:
    (page,) = feed.pages
    return page


def announced(feed: Feed) -> Announced:
    """What a feed says of its only page."""
    said = only(feed).announced
    assert said is not None
    return said


def test_rss_2_gives_all_it_says() -> None:
    feed = read(
        rss(
            "<item><title>Bridge &amp;amp; ferry</title><link>/2026/bridge</link><guid isPermaLink='false'>b-1</guid>"
            "<pubDate>Mon, 02 Nov 2026 08:30:00 +0100</pubDate><dc:creator>Ann Ash</dc:creator>"
            "<dc:creator>Bo Birch</dc:creator><category>Town</category><category>Traffic</category>"
            "<description>The bridge opens.</description>"
            "<content:encoded><![CDATA[<p>The bridge <script>x</script>opens &amp; stays.</p>]]></content:encoded>"
            "<media:title>A picture</media:title><media:content url='x.jpg'/></item>"
        )
    )
    assert feed.problems == ()
    assert only(feed) == ListedPage(
        url="https://courier.example/2026/bridge",
        key="b-1 2026-11-02T08:30:00+01:00",
        changed_at=datetime.fromisoformat("2026-11-02T08:30:00+01:00"),
        announced=Announced(
            "feed",
            title="Bridge & ferry",
            authors=("Ann Ash", "Bo Birch"),
            published="2026-11-02T08:30:00+01:00",
            language="en-gb",
            tags=("Town", "Traffic"),
        ),
        content="<p>The bridge <script>x</script>opens &amp; stays.</p>",
        content_type="text/html",
    )


def test_rss_1_and_0_91() -> None:
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://courier.example/"><title>Old</title>'
        '</channel><item rdf:about="https://courier.example/a"><title>A</title><link>https://courier.example/a</link>'
        "<dc:date>2026-11-02T08:30Z</dc:date><dc:subject>Sea</dc:subject></item></rdf:RDF>"
    )
    said = Announced("feed", "A", updated="2026-11-02T08:30:00+00:00", tags=("Sea",))
    assert (only(read(rdf)).url, announced(read(rdf))) == ("https://courier.example/a", said)
    netscape = (
        '<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" '
        '"http://hosts.example/rss-0.91.dtd"><rss version="0.91"><channel><title>Older</title>'
        "<item><title>B</title><link>http://courier.example/b</link></item></channel></rss>"
    )
    feed = read(netscape)
    # it only names a DTD, whose definitions are known
    assert (only(feed).url, feed.problems) == ("http://courier.example/b", ())
    feed = read(netscape.replace('"http://hosts.example/rss-0.91.dtd"', '"x.dtd" [<!ENTITY a "b">]'))
    assert (len(feed.pages), feed.problems) == (1, ("the definitions in its document type were not read",))


def test_atom_with_xhtml_and_bases() -> None:
    feed = read(
        atom(
            '<link rel="self" href="feed.xml"/>'
            '<entry xml:base="2026/"><id>tag:1</id><title type="html">Low &lt;i&gt;tide&lt;/i&gt;</title>'
            '<link rel="enclosure" href="tide.mp3"/><link href="tide"/>'
            "<author><name>Cy Cedar</name><email>cy@gazette.example</email></author>"
            "<published>2026-11-01T07:00:00Z</published><updated>2026-11-02T07:00:00Z</updated>"
            '<category term="sea" label="The sea"/><summary>Short.</summary>'
            '<content type="xhtml" xml:lang="cy"><x:div xmlns:x="http://www.w3.org/1999/xhtml">'
            "<x:p>Low <x:b>tide</x:b>,<x:br/>dry &amp; wide.</x:p></x:div></content></entry>",
            attributes='xml:base="https://gazette.example/blog/" xml:lang="en"',
        )
    )
    assert only(feed) == ListedPage(
        url="https://gazette.example/blog/2026/tide",
        key="tag:1 2026-11-02T07:00:00+00:00",
        changed_at=datetime.fromisoformat("2026-11-02T07:00:00+00:00"),
        announced=Announced(
            "feed",
            title="Low tide",
            authors=("Cy Cedar",),
            published="2026-11-01T07:00:00+00:00",
            updated="2026-11-02T07:00:00+00:00",
            language="cy",
            tags=("sea",),
        ),
        content="<div><p>Low <b>tide</b>,<br>dry &amp; wide.</p></div>",
        content_type="text/html",
    )


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ("<guid>https://courier.example/permanent</guid>", "permanent"),
        ("<guid isPermaLink='false'>permanent</guid><link>/a</link>", "a"),
        ("<link>/counted</link><f:origLink>/a</f:origLink>", "a"),
        ("<atom:link rel='enclosure' href='/b'/><atom:link type='application/pdf' href='/c'/><atom:link href='/a'/>", "a"),
        ("<guid isPermaLink='false'>of a podcast</guid><enclosure url='https://cdn.example/1.mp3'/>", None),
    ],
)  # fmt: skip
def test_the_page_of_an_entry(fields: str, url: str | None) -> None:
    feed = read(rss(f"<item xmlns:f='http://rssnamespace.org/feedburner/ext/1.0'>{fields}</item>"))
    assert [page.url for page in feed.pages] == ([f"https://courier.example/{url}"] if url else [])
    assert feed.problems == (() if url else ("1 entry without a link",))


def test_entries_without_a_link_are_counted_and_reported_if_no_entry_has_one() -> None:
    episode = "<item><enclosure url='https://cdn.example/1.mp3'/></item>"
    feed = read(rss(3 * episode))
    assert (feed.linkless, feed.problems) == (0, ("3 entries without a link",))
    feed = read(rss(3 * episode + "<item><link>/a</link></item>"))
    assert (feed.linkless, feed.problems) == (3, ())


def test_authors_are_named_without_their_addresses() -> None:
    authors = "".join(
        f"<author>{one}</author>"
        for one in (
            "ann@courier.example (Ann Ash)", "Bo &lt;bo@courier.example&gt;", "cy@courier.example",
            "mailto:cy@courier.example, desk@courier.example", "Ed Elm (sport)",
        )
    )  # fmt: skip
    feed = read(rss(f"<item><link>/a</link>{authors}<itunes:author>Di Dale</itunes:author></item>"))
    assert announced(feed).authors == ("Ann Ash", "Bo", "Ed Elm (sport)", "Di Dale")
    nameless = (
        "<author><email>cy@courier.example</email></author><author><name>di@courier.example</name></author>"
    )
    assert announced(read(atom(f"<entry><link href='/a'/>{nameless}</entry>"))).authors == ()
    items = [{"url": "/a", "authors": [{"name": "Ann Ash"}, {"name": "cy@courier.example"}]}]
    json_feed = {"version": "https://jsonfeed.org/version/1.1", "items": items}
    assert announced(read(json.dumps(json_feed))).authors == ("Ann Ash",)


def test_json_feed() -> None:
    item = {
        "id": 7, "url": "../a", "title": "A", "content_text": "Plain & simple",
        "date_published": "2026-11-02T08:30:00+01:00", "authors": [{"name": "Ann"}, 3, {"name": None}],
        "tags": ["x", 1, "x"], "image": {"no": "matter"},
    }  # fmt: skip
    feed = read(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "language": "de",
                "items": [item, 5, {"url": "javascript:x"}],
            }
        )
    )
    date = "2026-11-02T08:30:00+01:00"
    assert only(feed) == ListedPage(
        url="https://courier.example/a",
        key=f"7 {date}",
        changed_at=datetime.fromisoformat(date),
        announced=Announced("feed", "A", ("Ann",), published=date, language="de", tags=("x",)),
        content="Plain & simple",
        content_type="text/plain",
    )
    assert feed.problems == ("1 item cannot be read",)
    older = '{"version":"https://jsonfeed.org/version/1","items":[{"url":"/a","content_html":"<p>b","author":{"name":"Bo"}}]}'
    assert (only(read(older)).content_type, announced(read(older)).authors) == ("text/html", ("Bo",))


@pytest.mark.parametrize("broken", ['{"url":"/1","n":1e999}', "[1]"])
def test_a_broken_item_of_a_json_feed_costs_no_other(broken: str) -> None:
    feed = read(f'{{"version":"https://jsonfeed.org/version/1","items":[{broken},{{"url":"/2"}}]}}')
    assert only(feed).url == "https://courier.example/2"
    assert feed.problems == ("1 item cannot be read",)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Mon, 02 Nov 2026 08:30:00 +0100", "2026-11-02T08:30:00+01:00"),
        ("Mon, 2 Nov 2026 08:30:00 GMT", "2026-11-02T08:30:00+00:00"),
        ("02 Nov 26 08:30 EST", "2026-11-02T08:30:00-05:00"),
        ("Mon, 02 Nov 2026 08:30:00 PDT", "2026-11-02T08:30:00-07:00"),
        ("2026-11-02T08:30:00Z", "2026-11-02T08:30:00+00:00"),
        ("2026-11-02T08:30:00.123-05:00", "2026-11-02T08:30:00-05:00"),
        ("2026-11-02 08:30:00", "2026-11-02"), ("2026-11-02", "2026-11-02"),
        ("20261102T083000Z", "2026-11-02T08:30:00+00:00"), ("2 November 2026", "2026-11-02"),
        ("Mon Nov  2 08:30:00 2026", "2026-11-02"), ("1793608200", "2026-11-02T08:30:00+00:00"),
        ("Mon, 02 Nov 2026 08:30:00 CET", "2026-11-02T08:30:00+01:00"), ("Mon, 20 Nov 1995 19:12:08 +99999999999999", "1995-11-20"), ("soon", None), ("0000-00-00", None),
    ],
)  # fmt: skip
def test_dates(written: str, expected: str | None) -> None:
    feed = read(rss(f"<item><link>/a</link><pubDate>{written}</pubDate></item>"))
    assert announced(feed).published == expected


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (rss("<item><title>Größe</title><link>/a</link></item>", prolog='<?xml version="1.0" encoding="utf-8"?>').encode(), None),
        (rss("<item><title>Größe</title><link>/a</link></item>", prolog='<?xml version="1.0" encoding="iso-8859-1"?>').encode("latin-1"), None),
        (rss("<item><title>Größe</title><link>/a</link></item>", prolog='<?xml version="1.0" encoding="iso-8859-1"?>').encode(), None),
        (rss("<item><title>Größe</title><link>/a</link></item>").encode("utf-16"), None),
        (rss("<item><title>Größe</title><link>/a</link></item>", prolog='<?xml version="1.0"?>').encode("utf-16-be"), None),
        (rss("<item><title>Größe</title><link>/a</link></item>").encode("cp1252"), "text/xml; charset=windows-1252"),
        (rss("<item><title>Größe</title><link>/a</link></item>").encode(), "text/xml; charset=us-ascii"),
        (b"\xef\xbb\xbf \n" + rss("<item><title>Größe</title><link>/a</link></item>").encode(), "text/html"),
    ],
)  # fmt: skip
def test_encodings_declared_or_wrongly_declared(body: bytes, content_type: str | None) -> None:
    assert announced(read(body, content_type=content_type)).title == "Größe"


def test_words_before_a_feed_are_passed_over() -> None:
    feed = read(
        "Warning: no such file\n" + rss("<item><link>/a</link></item>", prolog='<?xml version="1.0"?>')
    )
    assert (only(feed).url, feed.problems) == ("https://courier.example/a", ("words before the feed",))


def test_a_page_is_listed_once_by_its_newest_entry() -> None:
    feed = read(
        rss(
            "<item><link>/a#1</link></item><item><link>/a#2</link><pubDate>2026-11-02</pubDate></item>"
            "<item><link>/a#3</link><pubDate>2026-11-01</pubDate></item><item><link>/a</link></item><item/>"
        )
    )
    # entries of parts of one page are distinguished: a new one means that the page has changed
    assert (only(feed).url, only(feed).key) == ("https://courier.example/a", "/a#2 2026-11-02")
    items = {"version": "https://jsonfeed.org/version/1", "items": [{"url": "/a#1"}]}
    assert only(read(json.dumps(items))).key == "/a#1"


def test_broken_xml_costs_only_the_entry_it_is_in() -> None:
    feed = read(
        rss(
            "<item><link>/a?x=1&y=2</link><summary/><description>Rock & roll&nbsp;&mdash; live</description></item>"
            "<item><link>/b</link><summary/><description>One<br>two <p>three</description><author>Ann</author></item>"
            "<item><title>C</b><link>/c</link></item>"
            "<item><link>/d</link><content:encoded><![CDATA[<item><b></item> & more]]></content:encoded></item>"
            "<item><link>/e</link><media:thing undeclared:x='1'/>"
        )
    )
    by_url = {page.url: page for page in feed.pages}
    assert by_url["https://courier.example/a?x=1&y=2"].content == "Rock & roll\xa0— live"
    assert by_url["https://courier.example/b"].content == "One<br>two <p>three"
    assert by_url["https://courier.example/b"].announced == Announced(
        "feed", authors=("Ann",), language="en-gb"
    )
    assert by_url["https://courier.example/d"].content == "<item><b></item> & more"
    assert "https://courier.example/e" in by_url
    assert feed.problems[0].startswith("broken XML, read entry by entry")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "empty"),
        (b"<!doctype html><html><head><title>Sign in</title></head></html>", "HTML"),
        (b"<html><body>404</body></html>", "HTML"), (b"<urlset/>", "a sitemap, not a feed"),
        (b'{"a": 1}', "no JSON Feed"), (b'{"version": ', "no JSON Feed"), (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"Not found", "no element"),
    ],
)  # fmt: skip
def test_what_is_no_feed_is_named(body: bytes, message: str) -> None:
    with pytest.raises(FeedError, match=message) as caught:
        read(body)
    assert "\n" not in str(caught.value)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "doctype",
    [
        f'<!DOCTYPE rss [<!ENTITY l0 "ha">{LAUGHS}<!ENTITY x "&l9;">]>',
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{secret}">]>',
        '<!DOCTYPE rss [<!ENTITY % p SYSTEM "file://{secret}"> %p; <!ENTITY x "&p;">]>',
        "<!DOCTYPE rss [<!ENTITY x ']> <![CDATA['>]>",
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE rss [<!ENTITY l0 "ha"> <!ENTITY x "&l0;&l0;">',
    ],
)
def test_document_types_define_and_fetch_nothing(doctype: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the secret")
    doctype = doctype.replace("{secret}", str(tmp_path / "secret"))
    document = rss("<item><title>&x;</title><link>/a</link></item>", prolog=f'<?xml version="1.0"?>{doctype}')
    feed = None
    with bounded(MOST_TIMES), contextlib.suppress(FeedError):
        feed = read(document)
    assert "secret" not in repr(feed)
    assert "haha" not in repr(feed)


def test_a_body_is_never_taken_for_a_path(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text(rss("<item><title>secret</title></item>"))
    for name in (str(tmp_path / "feed.xml"), "http://127.0.0.1:9/"):
        with pytest.raises(FeedError):
            read(name)


def attributes(count: int, name: str = "a") -> str:
    return "".join(f" {name}{n}='x{n}'" for n in range(count))


def entries(count: int) -> str:
    return "".join(f"<item><link>/{n}</link><dc:creator>A</dc:creator></item>" for n in range(count))


HOSTILE: dict[str, Callable[[int], str]] = {
    "many articles": lambda part: rss(
        "".join(f"<item><link>/{n}</link><content:encoded><![CDATA[{'<p>A word &amp; more.</p>' * 70}]]></content:encoded></item>" for n in range(9_900 // part))
    ),
    "many entries": lambda part: rss("<item><link>/a</link></item>" * (600_000 // part)),
    "many tags": lambda part: rss(f"<item><link>/a</link>{'<category>x</category>' * (900_000 // part)}</item>"),
    "long authors": lambda part: rss("".join(f"<item><link>/{n}</link><author>{'a' * 1_900}</author></item>" for n in range(9_900 // part))),
    "long dates": lambda part: rss("".join(f"<item><link>/{n}</link><pubDate>{'1 ' * 900}</pubDate></item>" for n in range(9_900 // part))),
    "ampersands": lambda part: rss("& " * (9_900_000 // part)),
    "depth": lambda part: rss("<item>" * (9_000 // part) + "<a>" * (1_000_000 // part)),
    "open texts": lambda part: rss("<item>" + "<description>" * (1_000_000 // part)),
    "attributes": lambda part: rss("<item><link " + " ".join(f"a{n}='x'" for n in range(1_400_000 // part)) + ">/a</link></item>"),
    "attributes of the root": lambda part: rss(entries(1_000), root=attributes(1_400_000 // part)),
    "attributes of the root, broken": lambda part: rss(entries(1_000) + "<b>", root=attributes(1_400_000 // part)),
    "attributes of the channel": lambda part: rss(entries(1_000), channel=attributes(1_400_000 // part)),
    "attributes of the channel, broken": lambda part: rss(entries(1_000) + "<b>", channel=attributes(1_400_000 // part)),
    "namespaces of the root": lambda part: rss(entries(1_000), root=attributes(320_000 // part, "xmlns:a")),
    "namespaces of the root, broken": lambda part: rss(entries(1_000) + "<b>", root=attributes(320_000 // part, "xmlns:a")),
    "namespaces": lambda part: atom("".join(f'<a:x xmlns:a="u{n}"/>' for n in range(500_000 // part))),
    "xhtml": lambda part: atom("<entry><content type='xhtml'>" + "".join(f'<a{n}:x xmlns:a{n}="u{n}"/>' for n in range(300_000 // part)) + "</content></entry>"),
    "sections": lambda part: rss("<![CDATA[" * (2_000_000 // part)),
    "comments": lambda part: "<!--a-->" * (2_400_000 // part) + rss(""),
    "document types": lambda part: "<!DOCTYPE a [" + "] " * (9_900_000 // part),
    "JSON": lambda part: '{"version":"https://jsonfeed.org/version/1.1","items":[' + '{"id":"1"},' * (900_000 // part) + "{}]}",
    "deep JSON": lambda part: '{"version":' + "[" * (2_000_000 // part),
}  # fmt: skip
"""Documents as large as are read (20 MB), or a part of that."""


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_time_is_bounded(name: str) -> None:
    # by the square of its size it takes ten times as long as it may
    document = HOSTILE[name](PART)
    with bounded(MOST_TIMES), contextlib.suppress(FeedError):
        assert len(read(document).pages) <= MAX_ENTRIES


def test_bytes_no_detector_should_see_whole() -> None:
    with bounded(MOST_TIMES), pytest.raises(FeedError):
        read(bytes(range(128, 256)) * 30_000)


PROCESS = Path("/proc/self/status")
MEASURED = f"""
import re, sys
from pathlib import Path
from copydesk.flows.fetching.lists.feeds import read_feed

def most_kilobytes():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("{PROCESS}").read_text())[1])

def read(body):
    return read_feed(body, url="https://courier.example/feed.xml", content_type=None)

body = Path(sys.argv[1]).read_bytes()
read(b"<rss><channel><item><link>/a</link></item></channel></rss>")  # what is imported and compiled is no part of it
before = most_kilobytes()
print(len(read(body).pages), most_kilobytes() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not PROCESS.exists(), reason="the memory of a process is read where Linux has it")
def test_many_entries_take_the_memory_of_ten_thousand(tmp_path: Path) -> None:
    body = rss("".join(f"<item><link>/{n}</link></item>" for n in range(200_000))).encode()
    (tmp_path / "feed.xml").write_bytes(body)
    # in a process of its own: tracing each piece of memory takes ten times as long as reading the feed
    measured = subprocess.run(
        [sys.executable, "-c", MEASURED, tmp_path / "feed.xml"], capture_output=True, check=True, text=True
    )
    entries, kilobytes = map(int, measured.stdout.split())
    assert entries == MAX_ENTRIES
    assert kilobytes < 60_000


@pytest.mark.parametrize(("most", "what"), [("MAX_ENTRIES", "entries"), ("MAX_MARKS", "tags and references")])
def test_that_a_feed_was_cut_is_reported(monkeypatch: pytest.MonkeyPatch, most: str, what: str) -> None:
    monkeypatch.setattr(f"copydesk.flows.fetching.lists.feed_xml.{most}", 30)
    feed = read(rss("".join(f"<item><link>/{n}</link></item>" for n in range(31))))
    assert feed.problems == (f"cut after 30 {what}",)
    assert 5 < len(feed.pages) <= 30


PIECES = st.sampled_from(
    ['<item>', '</item>', '<entry>', '</entry>', '<title>', '</title>', '<link>', '</link>', '<description>', '</description>', '<![CDATA[', ']]>', '&amp;', '&', '&x;', '&#0;', '&#xD800;', '<', '>', '<br>', '<author><name>A</name>', '</author>', '</content>', '/a', 'x:y', '<dc:date>', '2026', '</rss>', '</channel>', '<link/>', 'é', '\x00', '<!DOCTYPE a>', '<link href="/x"/>', "<content type='xhtml'>", "<atom:link href='http://[' />"]
)  # fmt: skip
STARTS = st.sampled_from(
    ["", "<rss>", rss("").partition("</channel>")[0], atom("").partition("</feed>")[0], '{"items":[']
)


@pytest.mark.slow
@given(
    st.one_of(
        st.binary(max_size=2_000),
        st.builds(lambda s, p: (s + "".join(p)).encode(), STARTS, st.lists(PIECES, max_size=40)),
    )
)
@settings(max_examples=40)
def test_any_bytes_give_a_feed_or_the_one_error(body: bytes) -> None:
    try:
        feed = read(body)
    except FeedError:
        return
    for page in feed.pages:
        assert urlsplit(page.url).scheme in ("http", "https")
        assert urlsplit(page.url).hostname


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("https://[x"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["url", "id", "name"]), inner)
    ),
    max_leaves=6,
)
KEYS = st.sampled_from(["id", "url", "title", "authors", "author", "tags", "date_published", "content_html", "language", "items"])  # fmt: skip


@pytest.mark.slow
@given(st.dictionaries(KEYS, VALUES), st.lists(st.dictionaries(KEYS, VALUES)))
@settings(max_examples=40)
def test_json_of_any_shape(feed: dict[str, object], items: list[dict[str, object]]) -> None:
    version = {"version": "https://jsonfeed.org/version/1.1"}
    body = json.dumps({**feed, "items": items, **version}).encode()
    with contextlib.suppress(FeedError):
        assert all(page.url.startswith(("http://", "https://")) for page in read(body).pages)
