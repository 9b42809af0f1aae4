"""Feeds: their entries are found, attacks fail, and nothing takes long."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from processor_time import bounded

from copydesk.flows.fetching.lists.feed_xml import MAX_ENTRIES
from copydesk.flows.fetching.lists.feeds import Feed, FeedEntry, FeedError, read_feed

URL = "https://courier.example/news/feed.xml"
NAMESPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)
MOST_TIMES = 2_000


def read(text: str | bytes, *, content_type: str | None = None, url: str = URL) -> Feed:
    body = text.encode() if isinstance(text, str) else text
    return read_feed(body, url=url, content_type=content_type)


def rss(items: str, *, head: str = "", prolog: str = "") -> str:
    return (
        f'{prolog}<rss version="2.0" {NAMESPACES}><channel><title>The Courier</title>'
        f"<language>en-gb</language>{head}{items}</channel></rss>"
    )


def atom(entries: str, *, attributes: str = "") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>Gazette</title>{entries}</feed>'


def only(feed: Feed) -> FeedEntry:
    (entry,) = feed.entries
    return entry


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
    assert (feed.kind, feed.title, feed.language, feed.problems) == ("rss", "The Courier", "en-gb", ())
    assert only(feed) == FeedEntry(
        url="https://courier.example/2026/bridge",
        id="b-1",
        title="Bridge & ferry",
        published="2026-11-02T08:30:00+01:00",
        authors=("Ann Ash", "Bo Birch"),
        summary="The bridge opens.",
        content="<p>The bridge <script>x</script>opens &amp; stays.</p>",
        content_type="text/html",
        language="en-gb",
        tags=("Town", "Traffic"),
    )


def test_rss_1_and_0_91() -> None:
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://courier.example/"><title>Old</title>'
        '</channel><item rdf:about="https://courier.example/a"><title>A</title><link>https://courier.example/a</link>'
        "<dc:date>2026-11-02T08:30Z</dc:date><dc:subject>Sea</dc:subject></item></rdf:RDF>"
    )
    entry = only(read(rdf))
    assert (entry.url, entry.title, entry.tags) == ("https://courier.example/a", "A", ("Sea",))
    assert (entry.published, entry.updated) == (None, "2026-11-02T08:30:00+00:00")
    netscape = (
        '<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" '
        '"http://hosts.example/rss-0.91.dtd"><rss version="0.91"><channel><title>Older</title>'
        "<item><title>B</title><link>http://courier.example/b</link></item></channel></rss>"
    )
    feed = read(netscape)
    assert (feed.title, only(feed).url) == ("Older", "http://courier.example/b")
    assert feed.problems == ("the document type was not read",)


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
    assert (feed.kind, feed.title, feed.language) == ("atom", "Gazette", "en")
    assert only(feed) == FeedEntry(
        url="https://gazette.example/blog/2026/tide",
        id="tag:1",
        title="Low tide",
        published="2026-11-01T07:00:00+00:00",
        updated="2026-11-02T07:00:00+00:00",
        authors=("Cy Cedar",),
        summary="Short.",
        content="<div><p>Low <b>tide</b>,<br>dry &amp; wide.</p></div>",
        content_type="text/html",
        language="cy",
        tags=("sea",),
    )


def test_a_podcast_without_links_keeps_its_words() -> None:
    feed = read(
        rss(
            '<item><title>Episode 1</title><guid isPermaLink="false">e1</guid>'
            '<enclosure url="https://cdn.example/1.mp3" type="audio/mpeg" length="1"/>'
            "<itunes:author>Di Dale</itunes:author><description>On boats.</description></item>"
        )
    )
    entry = only(feed)
    assert (entry.url, entry.id, entry.summary, entry.authors) == (None, "e1", "On boats.", ("Di Dale",))


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
                "title": "J",
                "language": "de",
                "items": [item, 5, {"url": "javascript:x"}],
            }
        )
    )
    assert (feed.kind, feed.title, feed.language) == ("json", "J", "de")
    assert only(feed) == FeedEntry(
        url="https://courier.example/a",
        id="7",
        title="A",
        published="2026-11-02T08:30:00+01:00",
        authors=("Ann",),
        content="Plain & simple",
        content_type="text/plain",
        language="de",
        tags=("x",),
    )
    assert feed.problems == ("1 items are no objects", "1 entries without a link or a text")
    older = '{"version":"https://jsonfeed.org/version/1","items":[{"url":"/a","content_html":"<p>b","author":{"name":"Bo"}}]}'
    assert (only(read(older)).content_type, only(read(older)).authors) == ("text/html", ("Bo",))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Mon, 02 Nov 2026 08:30:00 +0100", "2026-11-02T08:30:00+01:00"),
        ("Mon, 2 Nov 2026 08:30:00 GMT", "2026-11-02T08:30:00+00:00"),
        ("02 Nov 26 08:30 EST", "2026-11-02T13:30:00+00:00"),
        ("Mon, 02 Nov 2026 08:30:00 PDT", "2026-11-02T15:30:00+00:00"),
        ("2026-11-02T08:30:00Z", "2026-11-02T08:30:00+00:00"),
        ("2026-11-02T08:30:00.123-05:00", "2026-11-02T08:30:00-05:00"),
        ("2026-11-02 08:30:00", "2026-11-02"), ("2026-11-02", "2026-11-02"),
        ("20261102T083000Z", "2026-11-02T08:30:00+00:00"), ("2 November 2026", "2026-11-02"),
        ("Mon Nov  2 08:30:00 2026", "2026-11-02"), ("1793608200", "2026-11-02T08:30:00+00:00"),
        ("soon", None), ("0000-00-00", None),
    ],
)  # fmt: skip
def test_dates(written: str, expected: str | None) -> None:
    assert only(read(rss(f"<item><link>/a</link><pubDate>{written}</pubDate></item>"))).published == expected


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (rss("<item><title>Größe</title></item>", prolog='<?xml version="1.0" encoding="utf-8"?>').encode(), None),
        (rss("<item><title>Größe</title></item>", prolog='<?xml version="1.0" encoding="iso-8859-1"?>').encode("latin-1"), None),
        (rss("<item><title>Größe</title></item>", prolog='<?xml version="1.0" encoding="iso-8859-1"?>').encode(), None),
        (rss("<item><title>Größe</title></item>").encode("utf-16"), None),
        (rss("<item><title>Größe</title></item>", prolog='<?xml version="1.0"?>').encode("utf-16-be"), None),
        (rss("<item><title>Größe</title></item>").encode("cp1252"), "text/xml; charset=windows-1252"),
        (rss("<item><title>Größe</title></item>").encode(), "text/xml; charset=us-ascii"),
        (b"\xef\xbb\xbf \n" + rss("<item><title>Größe</title></item>").encode(), "text/html"),
    ],
)  # fmt: skip
def test_encodings_declared_or_wrongly_declared(body: bytes, content_type: str | None) -> None:
    assert only(read(body, content_type=content_type)).title == "Größe"


@pytest.mark.slow
def test_long_feeds_are_decoded_by_a_part_of_them() -> None:
    text = rss(
        "<item><title>Größe</title></item>" + "<item><title>Ruhe</title></item>" * 9_000 + " " * 400_000
    )
    assert read(text).entries[0].title == "Größe"
    assert read(text.encode("cp1252"), content_type="text/xml; charset=cp1252").entries[0].title == "Größe"


def test_links_are_whole_and_of_the_web() -> None:
    links = (
        "javascript:alert(1)", "ftp://x.example/a", "file:///etc/passwd", "//other.example/x", "a b",
        "http://", "http://[x",
    )  # fmt: skip
    feed = read(rss("".join(f"<item><title>{link}</title><link>{link}</link></item>" for link in links)))
    assert [entry.url for entry in feed.entries] == [
        None, None, None, "https://other.example/x", "https://courier.example/news/a%20b", None, None,
    ]  # fmt: skip


def test_words_before_a_feed_are_passed_over() -> None:
    feed = read(
        "Warning: no such file\n" + rss("<item><link>/a</link></item>", prolog='<?xml version="1.0"?>')
    )
    assert (only(feed).url, feed.problems) == ("https://courier.example/a", ("words before the feed",))


def test_entries_of_parts_of_one_page_are_distinguished() -> None:
    parts = rss("<item><link>/a#1</link></item><item><link>/a#2</link></item><item><link>/a#2</link></item>")
    items = {
        "version": "https://jsonfeed.org/version/1",
        "items": [{"url": "/a#1"}, {"id": "2", "url": "/a#2"}],
    }
    url = "https://courier.example/a"
    feed = read(parts)
    assert [(entry.url, entry.id) for entry in feed.entries] == [(url, f"{url}#1"), (url, f"{url}#2")]
    assert feed.problems == ("1 entries given more than once",)
    assert [(entry.url, entry.id) for entry in read(json.dumps(items)).entries] == [(url, "/a#1"), (url, "2")]


def test_entries_are_given_once() -> None:
    feed = read(rss("<item><link>/a</link></item><item><link>/a</link></item><item/>"))
    assert [entry.url for entry in feed.entries] == ["https://courier.example/a"]
    assert feed.problems == ("1 entries without a link or a text", "1 entries given more than once")


def test_broken_xml_costs_only_the_entry_it_is_in() -> None:
    feed = read(
        rss(
            "<item><link>/a?x=1&y=2</link><description>Rock & roll&nbsp;&mdash; live</description></item>"
            "<item><link>/b</link><description>One<br>two <p>three</description><author>Ann</author></item>"
            "<item><title>C</b><link>/c</link></item>"
            "<item><link>/d</link><content:encoded><![CDATA[<item><b></item> & more]]></content:encoded></item>"
            "<item><link>/e</link><media:thing undeclared:x='1'/>"
        )
    )
    by_url = {entry.url: entry for entry in feed.entries}
    assert by_url["https://courier.example/a?x=1&y=2"].summary == "Rock & roll\xa0— live"
    assert by_url["https://courier.example/b"].summary == "One<br>two <p>three"
    assert by_url["https://courier.example/b"].authors == ("Ann",)
    assert by_url["https://courier.example/d"].content == "<item><b></item> & more"
    assert "https://courier.example/e" in by_url
    assert feed.problems[0].startswith("broken XML, read entry by entry")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "empty"),
        (b"<!doctype html><html><head><title>Sign in</title></head></html>", "HTML"),
        (b"<html><body>404</body></html>", "HTML"), (b"<urlset/>", "<urlset>"),
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
    "namespaces": lambda part: atom("".join(f'<a:x xmlns:a="u{n}"/>' for n in range(500_000 // part))),
    "xhtml": lambda part: atom("<entry><content type='xhtml'>" + "".join(f'<a{n}:x xmlns:a{n}="u{n}"/>' for n in range(300_000 // part)) + "</content></entry>"),
    "sections": lambda part: rss("<![CDATA[" * (2_000_000 // part)),
    "comments": lambda part: "<!--a-->" * (2_400_000 // part) + rss(""),
    "document types": lambda part: "<!DOCTYPE a [" + "] " * (9_900_000 // part),
    "JSON": lambda part: '{"version":"https://jsonfeed.org/version/1.1","items":[' + '{"id":"1"},' * (900_000 // part) + "{}]}",
    "deep JSON": lambda part: '{"version":' + "[" * (2_000_000 // part),
}  # fmt: skip
"""Documents as large as are read (20 MB), or a part of that."""
WHOLE = frozenset({"ampersands", "many articles"})
"""Read as large as they come: there are limits to how much is mended and kept."""


@pytest.mark.slow
@pytest.mark.parametrize(("name", "part"), [(name, 1 if name in WHOLE else 8) for name in HOSTILE])
def test_time_is_bounded(name: str, part: int) -> None:
    document = HOSTILE[name](part)[:20_000_000]
    # what takes time by the square of its size takes minutes for an eighth, too
    with bounded(MOST_TIMES), contextlib.suppress(FeedError):
        assert len(read(document).entries) <= MAX_ENTRIES


def test_bytes_no_detector_should_see_whole() -> None:
    with bounded(MOST_TIMES), pytest.raises(FeedError):
        read(bytes(range(128, 256)) * 150_000)


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
print(len(read(body).entries), most_kilobytes() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not PROCESS.exists(), reason="the memory of a process is read where Linux has it")
def test_a_million_entries_take_the_memory_of_ten_thousand(tmp_path: Path) -> None:
    body = rss("".join(f"<item><link>/{n}</link></item>" for n in range(1_000_000))).encode()
    (tmp_path / "feed.xml").write_bytes(body[:20_000_000])
    # in a process of its own: tracing each piece of memory takes ten times as long as reading the feed
    measured = subprocess.run(
        [sys.executable, "-c", MEASURED, tmp_path / "feed.xml"], capture_output=True, check=True, text=True
    )
    entries, kilobytes = map(int, measured.stdout.split())
    assert entries == MAX_ENTRIES
    assert kilobytes < 200_000


@pytest.mark.slow
def test_that_a_feed_was_cut_is_reported() -> None:
    feed = read(rss("".join(f"<item><link>/{n}</link></item>" for n in range(MAX_ENTRIES + 1))))
    assert feed.problems == (f"cut after {MAX_ENTRIES:,} entries",)


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
@settings(max_examples=100)
def test_any_bytes_give_a_feed_or_the_one_error(body: bytes) -> None:
    try:
        feed = read(body)
    except FeedError:
        return
    for link in (entry.url for entry in feed.entries):
        assert link is None or (urlsplit(link).scheme in ("http", "https") and urlsplit(link).hostname)


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
@settings(max_examples=100)
def test_json_of_any_shape(feed: dict[str, object], items: list[dict[str, object]]) -> None:
    version = {"version": "https://jsonfeed.org/version/1.1"}
    body = json.dumps({**feed, "items": items, **version}).encode()
    for entry in read_if_possible(body):
        assert entry.url is None or entry.url.startswith(("http://", "https://"))


def read_if_possible(body: bytes) -> tuple[FeedEntry, ...]:
    try:
        return read(body).entries
    except FeedError:
        return ()
